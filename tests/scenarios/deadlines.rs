//! Deadlines that strike while a server runs, as its customer and its operator see them. The minutes
//! and hours of the house are shortened here; which wait has which is held elsewhere.

use anyhow::{Result, ensure};
use harness::{BackendOptions, eventually};
use serde_json::{Value, json};

use crate::evidence::Account;
use crate::house::{House, PATIENCE, TIFFIN, list, text, texts};
use crate::operator_commands::command;

const DELIVERIES: &str = "query($order: UUID, $function: String) {
    deliveries(orderId: $order, function: $function) { nodes {
        status attempts history { outcome error } } } }";

/// A house that waits half a second for anything, with a function that is paused.
fn impatient_without(function: &str) -> Result<House> {
    let arguments = ["--deadline-ms", "500"].map(Into::into).to_vec();
    let house =
        House::open_with(BackendOptions { pace: 0.0, arguments, ..BackendOptions::default() })?;
    command(&house, &["pause", function])?;
    Ok(house)
}

/// Lets the function go on, and gives what became of its delivery for this order: it comes too late.
fn comes_too_late(house: &House, function: &str, order_id: &str) -> Result<Value> {
    command(house, &["resume", function])?;
    let operator = house.operator()?;
    eventually(PATIENCE, "the delivery that comes too late", || {
        let variables = json!({ "order": order_id, "function": function });
        let page = operator.query(DELIVERIES, &variables)?;
        let delivery = list(&page, "/deliveries/nodes").first().cloned().unwrap_or_default();
        ensure!(delivery["status"] == "DONE", "{page:#}");
        Ok(delivery)
    })
}

#[test]
fn an_order_that_nobody_checks_is_cancelled_in_words_and_the_check_comes_too_late() -> Result<()> {
    let house = impatient_without("validate-order")?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    let order = house.order(TIFFIN, 2)?.with("tipCents", 300);
    let placed = ada.place(&order)?;
    assert_eq!(text(&placed, "/order/waitingFor/who"), "validate-order");
    let until = text(&placed, "/order/waitingFor/until").to_owned();

    let seen = changes.until(order.order_id, "OrderCancelled")?;
    let struck = seen.last().map(|it| &it["event"]).cloned().unwrap_or_default();
    assert_eq!(text(&struck, "/source"), "deadline");
    assert!(*text(&struck, "/recordedAt") >= *until, "{struck:#}, not before {until}");
    let ended = ada.settled(order.order_id)?;
    let ends = (text(&ended, "/status"), text(&ended, "/payment"), text(&ended, "/reason"));
    assert_eq!(ends, ("CANCELLED", "NONE", "it could not be checked in time."));
    let closed = Account { dishes: None, tip: None, given_back: Some(0) };
    assert_eq!(house.books()?.of(order.order_id)?, closed);

    let id = order.order_id.to_string();
    let late = comes_too_late(&house, "validate-order", &id)?;
    let last = list(&late, "/history").last().cloned().unwrap_or_default();
    let (outcome, why) = (text(&last, "/outcome"), text(&last, "/error"));
    assert_eq!((outcome, why), ("late", "the order is CANCELLED already"));
    assert_eq!(ada.client.order(order.order_id)?, ended, "nothing has changed");
    house.log_file()?.check()
}

#[test]
fn a_kitchen_that_never_answers_has_refused_and_the_money_is_back() -> Result<()> {
    let house = impatient_without("kitchen")?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 2)?;
    ada.place(&order)?;
    let ended = ada.settled(order.order_id)?;
    let ends = (text(&ended, "/status"), text(&ended, "/payment"), text(&ended, "/reason"));
    assert_eq!(ends, ("REJECTED", "REFUNDED", "the restaurant did not answer in time."));
    let all_back = Account { dishes: Some(29_00), tip: None, given_back: Some(29_00) };
    assert_eq!(house.books()?.of(order.order_id)?, all_back);
    let late = comes_too_late(&house, "kitchen", &order.order_id.to_string())?;
    assert_eq!(texts(list(&late, "/history"), "/outcome"), ["late"]);
    assert_eq!(ada.client.order(order.order_id)?, ended, "nothing has changed");
    command(&house, &["verify"]).map(drop)
}

#[test]
fn a_tip_that_nobody_settles_is_waived_and_the_meal_stays_delivered() -> Result<()> {
    let house = impatient_without("settle-tip")?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 300);
    ada.place(&order)?;
    let ended = ada.settled(order.order_id)?;
    assert_eq!((text(&ended, "/status"), &ended["tipCents"]), ("DELIVERED", &json!(0)));
    let late = comes_too_late(&house, "settle-tip", &order.order_id.to_string())?;
    assert_eq!(texts(list(&late, "/history"), "/outcome"), ["late"]);
    let paid = Account { dishes: Some(14_50), tip: Some(0), given_back: None };
    assert_eq!(house.books()?.of(order.order_id)?, paid);
    command(&house, &["verify"]).map(drop)
}
