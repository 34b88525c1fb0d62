//! How the business is doing, as operators watch it: whenever it changes, and no oftener than they can read.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::wait::let_pass;
use harness::{BackendOptions, Stopwatch, Subscription, eventually};
use serde_json::{Value, json};

use super::SET_PAUSED;
use crate::house::{House, PATIENCE, TIFFIN, list};

/// The least time between two insights: ten a second, says the contract.
const INTERVAL: Duration = Duration::from_millis(100);

#[test]
fn insights_come_at_most_ten_times_a_second() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let socket = house.operator_socket(None)?;
    let watching = Stopwatch::start();
    let document = "subscription { insights { byStatus { status orders }
        functions { name pending running doneTotal } } }";
    let insights = socket.subscribe(document, &Value::Null)?;
    for _ in 0..10 {
        ada.place(&house.order(TIFFIN, 1)?)?;
    }
    let mut told = 0;
    eventually(PATIENCE, "insights of ten orders that were delivered", || {
        let next = insights.next(PATIENCE)?;
        told += 1;
        let statuses = list(&next, "/insights/byStatus");
        let delivered = |it: &Value| it["status"] == "DELIVERED" && it["orders"] == 10;
        ensure!(statuses.iter().any(delivered), "{statuses:?}");
        Ok(())
    })?;
    let most = watching.elapsed().as_millis() / INTERVAL.as_millis() + 1;
    assert!(told <= most, "{told} insights in {:?}", watching.elapsed());
    Ok(())
}

#[test]
fn what_changes_nothing_that_is_shown_brings_no_insights() -> Result<()> {
    let house = House::open_talkative(BackendOptions::default())?;
    let (operator, socket) = (house.operator()?, house.operator_socket(None)?);
    let document = "subscription { insights { cursor functions { name pending lagMs paused } } }";
    let insights = socket.subscribe(document, &Value::Null)?;
    let quiet = eventually(PATIENCE, "insights of a quiet house", || {
        let next = insights.next(PATIENCE)?;
        let functions = list(&next, "/insights/functions");
        ensure!(functions.iter().all(|it| it["pending"] == 0 && it["lagMs"] == 0), "{next:#}");
        Ok(next)
    })?;
    let pause = |paused| json!({ "function": "kitchen", "paused": paused });
    for _ in 0..3 {
        // It is written, and is no event, because it goes on already.
        operator.query(SET_PAUSED, &pause(false))?;
        let_pass(INTERVAL);
    }
    operator.query(SET_PAUSED, &pause(true))?;
    assert_ne!(insights.next(PATIENCE)?, quiet, "nothing had changed");
    Ok(())
}

#[test]
fn a_lag_is_seen_to_grow_while_nothing_happens() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    operator.query(SET_PAUSED, &json!({ "function": "kitchen", "paused": true }))?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "PAID", PATIENCE)?;
    let socket = house.operator_socket(None)?;
    let document = "subscription { insights { functions { name lagMs } } }";
    let insights = socket.subscribe(document, &Value::Null)?;
    let first = eventually(PATIENCE, "a lag of the kitchen", || {
        let lag = lag_of_kitchen(&insights)?;
        ensure!(lag > 0, "none");
        Ok(lag)
    })?;
    let (second, third) = (lag_of_kitchen(&insights)?, lag_of_kitchen(&insights)?);
    assert!(first < second && second < third, "{first}, {second}, {third}");
    Ok(())
}

/// What the next insights say of it, in milliseconds.
fn lag_of_kitchen(insights: &Subscription) -> Result<i64> {
    let page = insights.next(PATIENCE)?;
    let functions = list(&page, "/insights/functions");
    let kitchen = functions.iter().find(|it| it["name"] == "kitchen");
    kitchen.and_then(|it| it["lagMs"].as_i64()).context("the kitchen has a lag")
}
