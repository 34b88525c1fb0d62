//! Kill -9 in the middle of everything. What was acknowledged goes on after the next start and
//! comes to its end once, with its money taken once or not at all; what was not acknowledged can
//! be sent again.
//!
//! A server is killed the moment a change is seen. At a pace of some milliseconds it waits then
//! for the next step; at none it is in the middle of it.

use std::array;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, anyhow, ensure};
use harness::{Attempt, PlaceOrder, Port, eventually};
use serde_json::Value;

use crate::evidence::Account;
use crate::house::{Customer, FOR_EVER, House, Menu, PATIENCE, TIFFIN, statuses, text, texts};
use crate::life_of_an_order::WAY;

/// Something to eat, and what must have become of it however often the server is killed.
struct Story {
    dish: &'static str,
    portions: i64,
    /// Without a kill, this many events follow the first one.
    events_to_come: usize,
    status: &'static str,
    account: Account,
}

const DELIVERED: Story = Story {
    dish: TIFFIN,
    portions: 2,
    events_to_come: 9,
    status: "DELIVERED",
    account: Account { dishes: Some(29_00), tip: Some(3_00), given_back: None },
};
const REFUSED: Story = Story {
    dish: "Lasagne della Nonna",
    portions: 5,
    events_to_come: 4,
    status: "REJECTED",
    account: Account { dishes: Some(72_50), tip: None, given_back: Some(72_50) },
};
const DECLINED: Story = Story {
    dish: "Unlucky Thirteen",
    portions: 1,
    events_to_come: 3,
    status: "PAYMENT_DECLINED",
    account: Account { dishes: Some(0), tip: None, given_back: Some(0) },
};

/// Tells the story once for each of its events, and kills the server as soon as that one is seen.
fn kill_after_each_event(pace: f64, story: &Story) -> Result<()> {
    let mut house = House::open(pace)?;
    let ada = house.customer("Ada")?;
    let mut orders = Vec::new();
    for events in 0..=story.events_to_come {
        let mut changes = ada.follow(None)?;
        let order = house.order(story.dish, story.portions)?.with("tipCents", 3_00);
        ada.place(&order)?;
        // The first change is that it was placed; with 0 the receipt is all that was seen.
        for _ in 0..events {
            changes.next()?;
        }
        house.backend.kill()?;
        house.log_file()?.check()?;
        house.backend.restart(Port::Same)?;
        orders.push(order);
    }
    for order in &orders {
        check_end(&house, &ada, order, story)?;
    }
    check_all_at_rest(&house)
}

fn check_end(house: &House, ada: &Customer, order: &PlaceOrder, story: &Story) -> Result<()> {
    let ended = ada.settled(order.order_id)?;
    assert_eq!(text(&ended, "/status"), story.status, "{ended:#}");
    assert_eq!(house.books()?.of(order.order_id)?, story.account);
    let events = ada.events(order.order_id)?;
    let mut types = texts(&events, "/type");
    assert_eq!(types.len(), story.events_to_come + 1, "{types:?}");
    types.sort_unstable();
    types.dedup();
    assert_eq!(types.len(), events.len(), "something has happened twice: {events:#?}");
    if story.status == "DELIVERED" {
        assert_eq!(statuses(&ended), WAY);
    }
    Ok(())
}

fn check_all_at_rest(house: &House) -> Result<()> {
    house.log_file()?.check()?;
    eventually(PATIENCE, "the last delivery", || house.log_file()?.check_all_done())
}

#[test]
fn an_order_is_brought_home_though_the_server_is_killed_in_each_of_its_waits() -> Result<()> {
    kill_after_each_event(0.02, &DELIVERED)
}

#[test]
fn an_order_is_brought_home_though_the_server_is_killed_while_its_functions_run() -> Result<()> {
    kill_after_each_event(0.0, &DELIVERED)
}

#[test]
fn a_refused_order_is_refunded_once_though_the_server_is_killed_at_each_step() -> Result<()> {
    kill_after_each_event(0.0, &REFUSED)
}

#[test]
fn a_declined_order_ends_once_though_the_server_is_killed_at_each_step() -> Result<()> {
    kill_after_each_event(0.0, &DECLINED)
}

#[test]
fn one_order_survives_a_kill_at_every_step_of_its_way() -> Result<()> {
    let mut house = House::open(0.02)?;
    let ada = house.customer("Ada")?;
    let mut cursor = ada.follow(None)?.abort();
    let order = house.order(DELIVERED.dish, DELIVERED.portions)?.with("tipCents", 3_00);
    ada.place(&order)?;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|change| text(change, "/event/type") != "TipCaptured") {
        let mut changes = ada.follow(Some(&cursor))?;
        seen.push(changes.next()?);
        cursor = changes.abort();
        house.backend.kill()?;
        house.backend.restart(Port::Same)?;
    }
    assert_eq!(texts(&seen, "/event/id"), texts(&ada.log()?, "/id"), "followed over every kill");
    check_end(&house, &ada, &order, &DELIVERED)?;
    check_all_at_rest(&house)
}

#[test]
fn a_cancellation_that_was_acknowledged_is_decided_after_kill_9() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    let receipt = ada.client.cancel_order(order.order_id)?;
    assert!(receipt["refusal"].is_null(), "{receipt:#}");
    house.backend.kill()?;
    house.backend.restart(Port::Same)?;

    let ended = ada.settled(order.order_id)?;
    assert_eq!((text(&ended, "/status"), text(&ended, "/payment")), ("CANCELLED", "NONE"));
    assert_eq!(house.books()?.of(order.order_id)?.kept(), 0);
    house.log_file()?.check()
}

/// An order that was sent, and its receipt, if one came.
type Sent = (PlaceOrder, Option<Value>);

/// Places one order after the other until the server is gone, and counts the receipts.
fn place_until_gone(ada: &Customer, menu: &Menu, receipts: &AtomicUsize) -> Result<Vec<Sent>> {
    let mut sent = Vec::new();
    loop {
        let order = menu.order(TIFFIN, 1)?;
        let receipt = ada.place(&order).ok();
        let gone = receipt.is_none();
        sent.push((order, receipt));
        if gone {
            return Ok(sent);
        }
        receipts.fetch_add(1, Ordering::Relaxed);
    }
}

/// Kills the server while four clients place orders, after so many receipts.
fn place_and_kill(house: &mut House, ada: &Customer, kill_after: usize) -> Result<Vec<Sent>> {
    let receipts = AtomicUsize::new(0);
    let House { backend, menu } = house;
    thread::scope(|scope| {
        let clients: [_; 4] =
            array::from_fn(|_| scope.spawn(|| place_until_gone(ada, menu, &receipts)));
        let waiting = eventually(PATIENCE, "receipts", || match receipts.load(Ordering::Relaxed) {
            enough if enough >= kill_after => Attempt::Done(()),
            number => Attempt::NotYet(number.to_string()),
        });
        // Also where none came: the clients end with the server only.
        backend.kill()?;
        waiting?;
        let mut sent = Vec::new();
        for client in clients {
            sent.extend(client.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        Ok(sent)
    })
}

#[test]
fn what_was_sent_while_the_server_was_killed_has_happened_once_or_can_be_sent_again() -> Result<()>
{
    let mut house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let mut all = Vec::new();
    for kill_after in [1, 7, 12] {
        let sent = place_and_kill(&mut house, &ada, kill_after)?;
        house.log_file()?.check()?;
        house.backend.restart(Port::Same)?;
        for (order, receipt) in &sent {
            let again = ada.place(order)?;
            if let Some(receipt) = receipt {
                ensure!(again["replayed"] == true, "a receipt was given, and forgotten: {again:#}");
                assert_eq!(again["cursor"], receipt["cursor"]);
            }
        }
        all.extend(sent);
    }
    for (order, _) in &all {
        let ended = ada.settled(order.order_id)?;
        assert_eq!(text(&ended, "/status"), "DELIVERED");
        assert_eq!(house.books()?.of(order.order_id)?.kept(), 14_50);
    }
    let (log, number) = (house.log_file()?, u64::try_from(all.len())?);
    for event_type in ["OrderPlaced", "PaymentCaptured", "OrderDelivered"] {
        assert_eq!(log.events(event_type)?, number, "{event_type}");
    }
    check_all_at_rest(&house)
}
