//! Every way in which an order can end, and what has become of the money in each: what ends
//! unfulfilled has nothing left on the gateway's books.

use anyhow::Result;
use harness::{PlaceOrder, eventually};
use serde_json::{Value, json};

use crate::evidence::Account;
use crate::house::{Customer, FOR_EVER, House, PATIENCE, TIFFIN, statuses, text, texts};

/// $13.13: no bank pays an amount that ends in 13 cents.
const UNLUCKY: &str = "Unlucky Thirteen";
/// The books were closed on an order for which nothing had been taken.
const CLOSED_EMPTY: Account = Account { dishes: None, tip: None, given_back: Some(0) };

/// An order that has come to its end, as everybody concerned sees it.
struct Ended {
    order: Value,
    event_types: Vec<String>,
    account: Account,
}

impl Ended {
    fn status_and_payment(&self) -> (&str, &str) {
        (text(&self.order, "/status"), text(&self.order, "/payment"))
    }

    fn reason(&self) -> &str {
        text(&self.order, "/reason")
    }
}

fn place_and_wait(house: &House, customer: &Customer, order: &PlaceOrder) -> Result<Ended> {
    customer.place(order)?;
    wait_for_end(house, customer, order)
}

fn wait_for_end(house: &House, customer: &Customer, order: &PlaceOrder) -> Result<Ended> {
    let id = order.order_id;
    let order = customer.settled(id)?;
    let events = customer.events(id)?;
    let event_types = texts(&events, "/type").into_iter().map(str::to_owned).collect();
    house.log_file()?.check()?;
    Ok(Ended { order, event_types, account: house.books()?.of(id)? })
}

#[test]
fn delivered_and_paid_with_the_tip() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 2)?.with("tipCents", 4_00);
    let ended = place_and_wait(&house, &ada, &order)?;
    assert_eq!(ended.status_and_payment(), ("DELIVERED", "CAPTURED"));
    assert_eq!(ended.account.kept(), 29_00 + 4_00);
    Ok(())
}

#[test]
fn delivered_and_the_tip_waived_that_the_bank_declines() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 2_13);
    let ended = place_and_wait(&house, &ada, &order)?;
    assert_eq!(ended.status_and_payment(), ("DELIVERED", "CAPTURED"));
    assert_eq!(ended.event_types.last().map(String::as_str), Some("TipWaived"));
    assert_eq!(ended.account, Account { dishes: Some(14_50), tip: Some(0), given_back: None });
    Ok(())
}

#[test]
fn rejected_by_validation_because_the_restaurant_is_closed() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let ended = place_and_wait(&house, &ada, &house.order("Shoyu Ramen", 1)?)?;
    assert_eq!(ended.status_and_payment(), ("REJECTED", "NONE"));
    assert!(ended.reason().contains("Moonlight Ramen is closed"), "{}", ended.reason());
    assert_eq!(statuses(&ended.order), ["PLACED", "REJECTED"]);
    assert_eq!(ended.event_types, ["OrderPlaced", "OrderRejected", "PaymentRefunded"]);
    assert_eq!(ended.account, CLOSED_EMPTY);
    Ok(())
}

#[test]
fn rejected_by_validation_because_it_is_too_much() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let ended = place_and_wait(&house, &ada, &house.order(TIFFIN, 18)?)?;
    assert_eq!(ended.status_and_payment(), ("REJECTED", "NONE"));
    assert!(ended.reason().contains("$250.00"), "{}", ended.reason());
    assert_eq!(ended.account, CLOSED_EMPTY);

    let just_within = house.order("Palak Paneer", 20)?.with("expectedSubtotalCents", 250_00);
    let ended = place_and_wait(&house, &ada, &just_within)?;
    assert_eq!(ended.status_and_payment(), ("DELIVERED", "CAPTURED"));
    Ok(())
}

#[test]
fn refused_by_the_restaurant_and_refunded() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let ended = place_and_wait(&house, &ada, &house.order("Lasagne della Nonna", 5)?)?;
    assert_eq!(ended.status_and_payment(), ("REJECTED", "REFUNDED"));
    assert!(ended.reason().contains("$60.00"), "{}", ended.reason());
    assert_eq!(statuses(&ended.order), ["PLACED", "VALIDATED", "PAID", "REJECTED"]);
    let all_back = Account { dishes: Some(72_50), tip: None, given_back: Some(72_50) };
    assert_eq!(ended.account, all_back);

    let just_within = house.order("Cacio e Pepe", 5)?.with("expectedSubtotalCents", 60_00);
    let ended = place_and_wait(&house, &ada, &just_within)?;
    assert_eq!(ended.status_and_payment(), ("DELIVERED", "CAPTURED"));
    Ok(())
}

#[test]
fn ended_because_the_bank_declined_the_payment() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let ended = place_and_wait(&house, &ada, &house.order(UNLUCKY, 1)?)?;
    assert_eq!(ended.status_and_payment(), ("PAYMENT_DECLINED", "DECLINED"));
    assert!(ended.reason().contains("$13.13"), "{}", ended.reason());
    assert_eq!(statuses(&ended.order), ["PLACED", "VALIDATED", "PAYMENT_DECLINED"]);
    assert_eq!(ended.account, Account { dishes: Some(0), tip: None, given_back: Some(0) });

    let ended = place_and_wait(&house, &ada, &house.order(UNLUCKY, 2)?)?;
    assert_eq!(ended.status_and_payment(), ("DELIVERED", "CAPTURED"), "26.26 is no bad luck");
    Ok(())
}

#[test]
fn cancelled_in_the_grace_before_any_money_moved() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;

    let receipt = ada.client.cancel_order(order.order_id)?;
    assert!(receipt["refusal"].is_null(), "{receipt:#}");
    // Asked for, and not decided yet: that is an event which comes later.
    let asked = &receipt["order"];
    assert_eq!((&asked["status"], &asked["cancelRequested"]), (&json!("VALIDATED"), &json!(true)));
    assert_eq!(asked["waitingFor"]["who"], "cancellation");

    let ended = wait_for_end(&house, &ada, &order)?;
    assert_eq!(ended.status_and_payment(), ("CANCELLED", "NONE"));
    assert_eq!(ended.order["cancelRequested"], false);
    assert_eq!(
        ended.event_types,
        [
            "OrderPlaced",
            "OrderValidated",
            "CancellationRequested",
            "OrderCancelled",
            "PaymentRefunded"
        ]
    );
    assert_eq!(ended.account, CLOSED_EMPTY);
    Ok(())
}

#[test]
fn a_charge_whose_time_comes_after_the_cancellation_takes_nothing() -> Result<()> {
    // The grace is 2.5 s: time enough to cancel, and then the charge is due.
    let house = House::open(0.5)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    ada.client.cancel_order(order.order_id)?;

    eventually(PATIENCE, "the charge's turn", || house.log_file()?.check_all_done())?;
    let ended = wait_for_end(&house, &ada, &order)?;
    assert_eq!(ended.status_and_payment(), ("CANCELLED", "NONE"));
    assert_eq!(ended.account, CLOSED_EMPTY);
    Ok(())
}

#[test]
fn cancelled_after_the_charge_and_refunded() -> Result<()> {
    // Between payment and kitchen lie 2.1 s: time enough to cancel.
    let house = House::open(0.3)?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    let order = house.order(TIFFIN, 2)?.with("tipCents", 4_00);
    ada.place(&order)?;
    changes.until(order.order_id, "PaymentCaptured")?;
    let receipt = ada.client.cancel_order(order.order_id)?;
    assert!(receipt["refusal"].is_null(), "{receipt:#}");

    let seen = changes.until(order.order_id, "PaymentRefunded")?;
    let payments: Vec<_> = seen.iter().map(|change| text(change, "/order/payment")).collect();
    assert!(payments.ends_with(&["REFUNDING", "REFUNDED"]), "{payments:?}");
    let ended = wait_for_end(&house, &ada, &order)?;
    assert_eq!(ended.status_and_payment(), ("CANCELLED", "REFUNDED"));
    let all_back = Account { dishes: Some(29_00), tip: None, given_back: Some(29_00) };
    assert_eq!(ended.account, all_back);
    Ok(())
}

#[test]
fn once_the_kitchen_has_begun_it_is_too_late_to_cancel_and_the_order_comes() -> Result<()> {
    // From the first flame to the door it takes 2.6 s: time enough to ask too late.
    let house = House::open(0.1)?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let cooking = changes.until(order.order_id, "PreparationStarted")?;

    let receipt = ada.client.cancel_order(order.order_id)?;
    assert_eq!(receipt["refusal"]["code"], "TOO_LATE_TO_CANCEL");
    assert!(text(&receipt, "/refusal/message").contains("too late"), "{receipt:#}");
    let version = cooking.last().map(|change| change["order"]["version"].as_i64());
    assert!(receipt["refusal"]["orderVersion"].as_i64() >= version.flatten(), "{receipt:#}");

    let ended = wait_for_end(&house, &ada, &order)?;
    assert_eq!(ended.status_and_payment(), ("DELIVERED", "CAPTURED"));
    assert!(!ended.event_types.iter().any(|it| it == "CancellationRequested"));
    assert_eq!(ended.account.kept(), 14_50);
    Ok(())
}

#[test]
fn an_order_that_has_ended_cannot_be_cancelled_however_it_ended() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    for (dish, status) in
        [(TIFFIN, "DELIVERED"), ("Gyoza", "REJECTED"), (UNLUCKY, "PAYMENT_DECLINED")]
    {
        let order = house.order(dish, 1)?;
        ada.place(&order)?;
        let before = ada.settled(order.order_id)?;
        let receipt = ada.client.cancel_order(order.order_id)?;
        assert_eq!(receipt["refusal"]["code"], "ORDER_CLOSED", "{status}");
        let in_words = status.to_lowercase().replace('_', " ");
        assert!(text(&receipt, "/refusal/message").contains(&in_words), "{receipt:#}");
        assert_eq!(receipt["refusal"]["orderVersion"], before["version"]);
        assert_eq!(receipt["order"], before);
        assert_eq!(ada.client.order(order.order_id)?, before, "a refusal changes nothing");
    }
    Ok(())
}
