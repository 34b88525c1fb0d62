//! A tip that changes on the way, and a rating at the end: the last accepted value stands, the tip
//! that stands at the door is what the gateway takes, and neither has more than one effect.

use std::thread;

use anyhow::{Result, ensure};
use harness::http::orders::{
    fresh_id, rate_order_document, rate_order_variables, set_tip_document, set_tip_variables,
};
use harness::{Client, Port, eventually};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::evidence::Account;
use crate::house::{Customer, FOR_EVER, House, PATIENCE, TIFFIN, position, text};

/// From the order to the door it takes 3.8 s: time enough to change the tip on the way.
const ON_THE_WAY: f64 = 0.1;
/// The grace lasts 100 ms, and the kitchen begins 140 ms after it.
const RACING: f64 = 0.02;
/// How many orders are raced for.
const RACES: usize = 16;

/// One thing that is asked, which can be sent again and over either transport.
struct Asked {
    mutation: &'static str,
    document: String,
    variables: Value,
}

impl Asked {
    fn tip(mutation_id: Uuid, order_id: Uuid, cents: i64) -> Self {
        let variables = set_tip_variables(mutation_id, order_id, cents);
        Self { mutation: "setTip", document: set_tip_document(), variables }
    }

    fn rating(mutation_id: Uuid, order_id: Uuid, rating: i64) -> Self {
        let variables = rate_order_variables(mutation_id, order_id, rating);
        Self { mutation: "rateOrder", document: rate_order_document(), variables }
    }

    fn over_http(&self, client: &Client) -> Result<Value> {
        Ok(client.query(&self.document, &self.variables)?[self.mutation].take())
    }

    fn over_web_socket(&self, customer: &Customer) -> Result<Value> {
        let mut data = customer.web_socket()?.execute(&self.document, &self.variables)?;
        Ok(data[self.mutation].take())
    }
}

fn assert_accepted(receipt: &Value) {
    assert_eq!((&receipt["refusal"], &receipt["replayed"]), (&Value::Null, &json!(false)));
}

fn assert_repeats(again: &Value, first: &Value) {
    assert_eq!(again["replayed"], true, "{again:#}");
    for field in ["mutationId", "cursor", "refusal"] {
        assert_eq!(again[field], first[field], "{field}");
    }
}

#[test]
fn the_last_tip_before_the_door_is_what_the_gateway_takes() -> Result<()> {
    let house = House::open(ON_THE_WAY)?;
    let ada = house.customer("Ada")?;
    // The tip at first, the two that follow, what the gateway then takes. It declines what ends in 13
    // cents; of a tip of nothing it never hears.
    let cases = [
        (0, [1_00, 5_00], Some(5_00)),
        (2_00, [1_00, 0], None),
        (2_13, [2_13, 100_00], Some(100_00)),
        (2_00, [3_00, 3_13], Some(0)),
    ];
    let mut placed = Vec::new();
    for (at_first, [over_http, over_web_socket], taken) in cases {
        let order = house.order(TIFFIN, 1)?.with("tipCents", at_first);
        ada.place(&order)?;
        let receipt = ada.client.set_tip(order.order_id, over_http)?;
        assert_accepted(&receipt);
        assert_eq!(receipt["order"]["tipCents"], over_http);
        assert_eq!(receipt["order"]["totalCents"], 14_50 + over_http);
        let last = Asked::tip(fresh_id(), order.order_id, over_web_socket).over_web_socket(&ada)?;
        assert_accepted(&last);
        placed.push((order.order_id, taken));
    }
    for (order_id, taken) in placed {
        let settled = ada.settled(order_id)?;
        assert_eq!(settled["status"], "DELIVERED");
        assert_eq!(settled["tipCents"], taken.unwrap_or(0), "{settled:#}");
        let account = Account { dishes: Some(14_50), tip: taken, given_back: None };
        assert_eq!(house.books()?.of(order_id)?, account);
    }
    house.log_file()?.check()
}

#[test]
fn each_change_is_an_event_that_carries_its_mutation_and_reaches_whoever_follows() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let mutation_id = fresh_id();
    let receipt = Asked::tip(mutation_id, order.order_id, 2_50).over_http(&ada.client)?;

    let seen = changes.until(order.order_id, "TipSet")?;
    let Some(change) = seen.last() else { anyhow::bail!("nothing was seen") };
    assert_eq!(change["cursor"], receipt["cursor"]);
    assert_eq!(change["event"]["mutationId"], mutation_id.to_string());
    assert_eq!(change["event"]["message"], "The customer set the tip to $2.50.");
    assert_eq!(
        (&change["event"]["source"], &change["event"]["data"]),
        (&json!("customer"), &json!({ "tip": 2_50 }))
    );
    assert_eq!(ada.client.order(order.order_id)?["tipCents"], 2_50);
    Ok(())
}

#[test]
fn from_the_door_on_the_tip_stands_and_the_order_can_be_rated() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 2_00);
    ada.place(&order)?;
    let delivered = ada.settled(order.order_id)?;
    let refused = ada.client.set_tip(order.order_id, 5_00)?;
    assert_eq!(text(&refused, "/refusal/code"), "ORDER_CLOSED");
    assert!(text(&refused, "/refusal/message").contains("charged on delivery"), "{refused:#}");
    assert_eq!(refused["order"], delivered, "a refusal changes nothing");

    for rating in [2, 5] {
        let receipt = ada.client.rate_order(order.order_id, rating)?;
        assert_accepted(&receipt);
        assert_eq!(receipt["order"]["rating"], rating);
    }
    let rated = ada.client.order(order.order_id)?;
    assert_eq!((&rated["rating"], &rated["status"]), (&json!(5), &json!("DELIVERED")));
    assert!(rated["waitingFor"].is_null(), "{rated:#}");
    assert_eq!(house.books()?.of(order.order_id)?.tip, Some(2_00));
    house.log_file()?.check()
}

#[test]
fn before_the_door_and_after_another_end_there_is_nothing_to_rate() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 2_00);
    ada.place(&order)?;
    let too_early = ada.client.rate_order(order.order_id, 5)?;
    assert_eq!(text(&too_early, "/refusal/code"), "NOT_DELIVERED_YET");
    assert!(text(&too_early, "/refusal/message").contains("at your door"), "{too_early:#}");

    ada.client.cancel_order(order.order_id)?;
    let cancelled = ada.settled(order.order_id)?;
    assert_eq!(cancelled["status"], "CANCELLED");
    for refused in
        [ada.client.rate_order(order.order_id, 1)?, ada.client.set_tip(order.order_id, 5_00)?]
    {
        assert_eq!(text(&refused, "/refusal/code"), "ORDER_CLOSED");
        assert!(text(&refused, "/refusal/message").contains("cancelled"), "{refused:#}");
        assert_eq!(refused["order"], cancelled);
    }
    Ok(())
}

#[test]
fn what_is_repeated_is_answered_again_also_after_kill_9_and_undoes_nothing() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let first = Asked::tip(fresh_id(), order.order_id, 1_00);
    let too_early = Asked::rating(fresh_id(), order.order_id, 5);
    let asked = [first, too_early];
    let answers: Vec<_> =
        asked.iter().map(|it| it.over_http(&ada.client)).collect::<Result<_>>()?;
    ada.client.set_tip(order.order_id, 5_00)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    let head = house.head()?;

    let assert_same = || -> Result<()> {
        for (asked, answer) in asked.iter().zip(&answers) {
            for again in [asked.over_http(&ada.client)?, asked.over_web_socket(&ada)?] {
                assert_repeats(&again, answer);
                assert_eq!(again["order"]["tipCents"], 5_00, "an older tip comes not back");
            }
        }
        Ok(())
    };
    assert_same()?;
    assert_eq!(house.head()?, head);
    house.backend.kill()?;
    house.backend.restart(Port::Same)?;
    assert_same()?;
    assert_eq!(house.log_file()?.events("TipSet")?, 2);
    house.log_file()?.check()
}

#[test]
fn the_same_id_with_another_tip_rating_or_order_is_a_conflict() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let (order, other) = (house.order(TIFFIN, 1)?, house.order(TIFFIN, 1)?);
    ada.place(&order)?;
    ada.place(&other)?;
    let [tip, rating] = [fresh_id(), fresh_id()];
    Asked::tip(tip, order.order_id, 1_00).over_http(&ada.client)?;
    Asked::rating(rating, order.order_id, 1).over_http(&ada.client)?;
    for asked in [
        Asked::tip(tip, order.order_id, 1_01),
        Asked::tip(tip, other.order_id, 1_00),
        Asked::rating(tip, order.order_id, 1),
        Asked::rating(rating, order.order_id, 2),
        Asked::rating(rating, other.order_id, 1),
    ] {
        let error = ada.client.error(&asked.document, &asked.variables)?;
        assert_eq!(error.code, "IDEMPOTENCY_CONFLICT", "{}", asked.variables);
        assert_eq!(ada.web_socket()?.error(&asked.document, &asked.variables)?, error);
    }
    assert_eq!(house.log_file()?.events("TipSet")?, 1);
    Ok(())
}

/// Changes the tip again and again, until the order has ended, and gives the receipts.
fn raise(customer: &Customer, order_id: Uuid) -> Result<Vec<Value>> {
    let mut accepted = Vec::new();
    for cents in 1.. {
        let receipt = customer.client.set_tip(order_id, cents)?;
        match text(&receipt, "/refusal/code") {
            "" => accepted.push(receipt),
            // Enough to have been at it from the order to its end, either way.
            "ORDER_CLOSED" | "TOO_MANY_CHANGES" => break,
            code => anyhow::bail!("{code}: {receipt:#}"),
        }
    }
    Ok(accepted)
}

#[test]
fn a_tip_that_races_a_cancellation_is_charged_with_the_order_or_not_at_all() -> Result<()> {
    let house = House::open(RACING)?;
    let ada = house.customer("Ada")?;
    let mut delivered = 0;
    for round in 0..RACES {
        let order = house.order(TIFFIN, 1)?;
        ada.place(&order)?;
        // Every other order is cancelled, while its tip is being raised.
        let raised = thread::scope(|scope| {
            let raising = scope.spawn(|| raise(&ada, order.order_id));
            if round % 2 == 0 {
                ada.client.cancel_order(order.order_id)?;
            }
            raising.join().expect("no panic")
        })?;
        let last = raised.iter().max_by_key(|receipt| position(text(receipt, "/cursor")).ok());
        let tip = last.map_or(0, |receipt| receipt["order"]["tipCents"].as_i64().unwrap_or(-1));
        let ended = ada.settled(order.order_id)?;
        let account = house.books()?.of(order.order_id)?;
        match text(&ended, "/status") {
            "CANCELLED" => assert_eq!((account.kept(), account.tip), (0, None), "{ended:#}"),
            "DELIVERED" => {
                delivered += 1;
                // The simulated bank declines what ends in 13 cents.
                let due = if tip % 100 == 13 { 0 } else { tip };
                assert_eq!(ended["tipCents"], due, "{ended:#}");
                assert_eq!(account.kept(), 14_50 + due, "{ended:#}");
            }
            status => anyhow::bail!("{status}: {ended:#}"),
        }
    }
    ensure!((1..RACES).contains(&delivered), "{delivered} of {RACES} came home: no race");
    let log = house.log_file()?;
    log.check()?;
    eventually(PATIENCE, "the last delivery", || log.check_all_done())
}
