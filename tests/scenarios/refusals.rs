//! A refusal is an outcome: it has a code for programs, a sentence with a next step for the
//! customer, and a receipt; it appends nothing to the log.

use anyhow::Result;
use harness::PlaceOrder;
use harness::http::orders::fresh_id;
use serde_json::Value;

use crate::house::{FOR_EVER, House, TIFFIN, text};

fn assert_refused(receipt: &Value, code: &str, next_step: &str) {
    assert_eq!(text(receipt, "/refusal/code"), code, "{receipt:#}");
    let message = text(receipt, "/refusal/message");
    assert!(message.contains(next_step), "{message}");
    assert_eq!(receipt["replayed"], false);
}

#[test]
fn what_is_not_on_offer_is_refused_and_leaves_no_trace_in_the_log() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let head = house.head()?;

    let nowhere = PlaceOrder { restaurant_id: fresh_id(), ..house.order(TIFFIN, 1)? };
    let elsewhere = PlaceOrder { lines: house.order("Gyoza", 1)?.lines, ..house.order(TIFFIN, 1)? };
    let dearer = house.order(TIFFIN, 2)?.with("expectedSubtotalCents", 28_00);
    for (order, code, next_step) in [
        (nowhere, "RESTAURANT_UNKNOWN", "choose another"),
        (elsewhere, "DISH_UNKNOWN", "Look at its menu again"),
        (dearer, "PRICE_CHANGED", "This costs $29.00 now, not $28.00"),
    ] {
        let receipt = ada.client.place_order(&order)?;
        assert_refused(&receipt, code, next_step);
        assert!(receipt["order"].is_null() && receipt["refusal"]["orderVersion"].is_null());
        assert_eq!(receipt["cursor"], head, "the position at which it was decided");
        assert!(ada.client.order(order.order_id)?.is_null());
    }
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn an_order_that_is_not_there_cannot_be_cancelled() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let head = house.head()?;
    let receipt = ada.client.cancel_order(fresh_id())?;
    assert_refused(&receipt, "ORDER_NOT_FOUND", "Look at your orders");
    assert!(receipt["order"].is_null() && receipt["refusal"]["orderVersion"].is_null());
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn an_order_id_stands_for_one_order() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let first = house.order(TIFFIN, 1)?;
    ada.place(&first)?;
    let standing =
        ada.client.wait_for_status(first.order_id, "VALIDATED", crate::house::PATIENCE)?;

    let second = PlaceOrder { order_id: first.order_id, ..house.order("Garlic Naan", 3)? };
    let receipt = ada.client.place_order(&second)?;
    assert_refused(&receipt, "ORDER_ID_TAKEN", "with a fresh one");
    assert_eq!(receipt["order"], standing, "the order that has the id");
    assert_eq!(receipt["refusal"]["orderVersion"], standing["version"]);
    assert_eq!(ada.client.order(first.order_id)?, standing);
    Ok(())
}

#[test]
fn a_subtotal_as_expected_and_an_early_clock_are_no_reason_to_refuse() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 2)?;
    let order = order.with("expectedSubtotalCents", 29_00).with("placedAt", "2001-01-01T00:00:00Z");
    let receipt = ada.place(&order)?;
    let placed_at: jiff::Timestamp = text(&receipt, "/order/placedAt").parse()?;
    let updated_at: jiff::Timestamp = text(&receipt, "/order/updatedAt").parse()?;
    let believed = updated_at.duration_since(placed_at).as_secs_f64();
    assert!((2.9..=3.1).contains(&believed), "the window of fairness is three seconds: {believed}");
    Ok(())
}
