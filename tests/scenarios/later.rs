//! An order for later: paid at once, cooked so that it arrives at its time and not before, whatever
//! happens to the server meanwhile, and cancelled until the kitchen begins.

use anyhow::Result;
use harness::http::orders::place_order_document;
use harness::{PlaceOrder, Port};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::evidence::Account;
use crate::house::{House, PATIENCE, TIFFIN, list, text};

/// Without simulated durations, the restaurant is asked exactly at the time for which the order is.
const AT_ONCE: f64 = 0.0;

fn in_seconds(house: &House, seconds: i64) -> Result<Timestamp> {
    let now: Timestamp = text(&house.server()?, "/now").parse()?;
    Ok(now.checked_add(SignedDuration::from_secs(seconds))?)
}

fn order_for(house: &House, at: Timestamp) -> Result<PlaceOrder> {
    Ok(house.order(TIFFIN, 2)?.with("scheduledFor", at.to_string()))
}

fn moment(order: &Value, pointer: &str) -> Result<Timestamp> {
    Ok(text(order, pointer).parse()?)
}

const SCHEDULED: &str = "query($id: UUID!) { order(id: $id) {
    status payment scheduledFor expectedAt waitingFor { who since until } timeline { status at } } }";

#[test]
fn an_order_for_later_outlives_a_kill_and_arrives_at_its_time_and_not_before() -> Result<()> {
    let mut house = House::open(AT_ONCE)?;
    let ada = house.customer("Ada")?;
    let at = in_seconds(&house, 5)?;
    let order = order_for(&house, at)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "PAID", PATIENCE)?;
    let id = json!({ "id": order.order_id.to_string() });
    let waiting = ada.client.query(SCHEDULED, &id)?["order"].take();
    assert_eq!(moment(&waiting, "/scheduledFor")?, at);
    assert_eq!(moment(&waiting, "/waitingFor/since")?, at, "the restaurant is not asked before");
    let until = moment(&waiting, "/waitingFor/until")?;
    assert_eq!(until, at.checked_add(SignedDuration::from_mins(10))?);
    assert_eq!(text(&waiting, "/waitingFor/who"), "kitchen");
    assert!(waiting["expectedAt"].is_null(), "nobody has accepted it yet");

    house.backend.kill()?;
    house.backend.restart(Port::Same)?;
    ada.settled(order.order_id)?;
    let delivered = ada.client.query(SCHEDULED, &id)?["order"].take();
    assert_eq!(delivered["status"], "DELIVERED");
    for reached in list(&delivered, "/timeline") {
        let before = ["PLACED", "VALIDATED", "PAID"].contains(&text(reached, "/status"));
        assert_eq!(moment(reached, "/at")? < at, before, "{reached}");
    }
    house.log_file()?.check()
}

#[test]
fn an_order_for_tomorrow_is_cancelled_and_its_money_given_back_like_any_other() -> Result<()> {
    let house = House::open(AT_ONCE)?;
    let ada = house.customer("Ada")?;
    let order = order_for(&house, in_seconds(&house, 24 * 3_600)?)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "PAID", PATIENCE)?;
    ada.client.cancel_order(order.order_id)?;
    assert_eq!(ada.settled(order.order_id)?["status"], "CANCELLED");
    let account = Account { dishes: Some(29_00), tip: None, given_back: Some(29_00) };
    assert_eq!(house.books()?.of(order.order_id)?, account);
    Ok(())
}

#[test]
fn more_than_a_week_ahead_is_told_the_bound_and_a_time_long_past_is_refused_for_good() -> Result<()>
{
    let house = House::open(AT_ONCE)?;
    let ada = house.customer("Ada")?;
    let too_far = order_for(&house, in_seconds(&house, 7 * 24 * 3_600 + 60)?)?;
    let variables = json!({ "input": too_far.input() });
    let error = ada.client.error(&place_order_document(), &variables)?;
    assert_eq!(error.code, "BAD_USER_INPUT");
    assert!(error.message.contains("at most 7 days ahead"), "{}", error.message);

    let passed = order_for(&house, in_seconds(&house, -3_600)?)?;
    let first = ada.client.place_order(&passed)?;
    assert_eq!(text(&first, "/refusal/code"), "SCHEDULED_TIME_PASSED");
    assert!(text(&first, "/refusal/message").contains("Order again"), "{first:#}");
    let again = ada.client.place_order(&passed)?;
    assert_eq!((&again["replayed"], &again["refusal"]), (&json!(true), &first["refusal"]));

    let just_passed = order_for(&house, in_seconds(&house, -60)?)?;
    ada.place(&just_passed)?;
    assert_eq!(ada.settled(just_passed.order_id)?["status"], "DELIVERED");
    Ok(())
}

#[test]
fn a_client_that_knows_no_orders_for_later_repeats_itself_without_a_conflict() -> Result<()> {
    let house = House::open(AT_ONCE)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let said_so = order.clone().with("scheduledFor", Value::Null);
    assert_eq!(ada.place(&said_so)?["replayed"], true);
    let at = in_seconds(&house, 60)?;
    let other = json!({ "input": order.with("scheduledFor", at.to_string()).input() });
    let error = ada.client.error(&place_order_document(), &other)?;
    assert_eq!(error.code, "IDEMPOTENCY_CONFLICT");
    Ok(())
}
