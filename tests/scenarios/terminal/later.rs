//! An order for later from the screen: the time is written as people write it, kept with the cart,
//! and travels with the order.

use anyhow::{Context, Result};
use harness::Key;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::person::{Home, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House, PATIENCE, list, text};

/// What stands behind this word on its row, up to where the frame begins.
fn behind(screen: &str, word: &str) -> Result<String> {
    let rows = screen.lines().find_map(|row| row.split_once(word).map(|(_, behind)| behind));
    let behind = rows.with_context(|| format!("no {word:?} in\n{screen}"))?;
    Ok(behind.trim_matches(['│', ' ']).to_owned())
}

#[test]
fn the_time_that_is_written_into_the_cart_is_the_one_that_the_server_knows() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.chooses(&THREE_TIER, 1)?;
    ada.types("2")?;
    ada.sees("as soon as possible: press w to say when")?;
    ada.types("wsoon")?;
    ada.presses(Key::Enter)?;
    ada.reads("This is not a time: write 19:30")?;
    // What was typed is still there, to be put right.
    ada.sees("soon")?;
    for _ in "soon".chars() {
        ada.presses(Key::Backspace)?;
    }
    let now: Timestamp = text(&house.server()?, "/now").parse()?;
    ada.types("+180")?;
    ada.presses(Key::Enter)?;
    let wish = behind(&ada.sees("When        for ")?.text(), "When        for ")?;

    // Whoever leaves without ordering finds the wish again.
    ada.leaves()?;
    let mut ada = home.start_live(&["--url", &house.backend.url()])?;
    ada.types("2")?;
    ada.sees(&format!("for {wish}"))?;
    ada.types("p")?;
    ada.sees_status("Validated")?;

    let customer = home.customer(&house.backend.url())?;
    only_order(&customer, "VALIDATED")?;
    let data = customer.query("{ orders { nodes { scheduledFor } } }", &Value::Null)?;
    let orders = list(&data, "/orders/nodes");
    let at: Timestamp = text(orders.first().context("no order")?, "/scheduledFor").parse()?;
    let ahead = at.duration_since(now);
    let (least, most) = (SignedDuration::from_mins(179), SignedDuration::from_mins(181));
    assert!(least < ahead && ahead < most, "{ahead} ahead, written as {wish}");
    // The details of the order say the same time of day.
    let time_of_day = wish.split_whitespace().next_back().context("no time of day")?;
    ada.terminal.wait_until(PATIENCE, "the wish on the order's details", |screen| {
        let told = |row: &str| row.contains("For ") && row.contains(time_of_day);
        screen.text().lines().any(told)
    })?;
    Ok(())
}
