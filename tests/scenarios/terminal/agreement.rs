//! What must hold when everything has settled, whatever happened before: the screen, the server and
//! the log say the same of the same orders.
//!
//! All orders are of one dish, each of another number of portions: that is how a person tells them
//! apart on the screen.

use anyhow::{Result, ensure};
use harness::terminal::Screen;
use harness::{Attempt, Client, eventually};
use serde_json::Value;

use super::person::{LIVE, PENDING, Person, THREE_TIER, tells_status};
use crate::evidence::LogFile;
use crate::house::{PATIENCE, list, text};

/// Portions of the dish, and the status that the order has come to, in the contract's word.
pub(super) type Said = (u64, String);

/// The statuses that an order may rest in here, as the contract and as the screen says them.
const RESTING: [(&str, &str); 4] = [
    ("VALIDATED", "Validated"),
    ("DELIVERED", "Delivered"),
    ("CANCELLED", "Cancelled"),
    ("REJECTED", "Rejected"),
];

/// Waits until nothing is pending and the screen shows what the server has, and checks that the log
/// has the same. Gives what all three say, the smallest order first.
pub(super) fn of_screen_server_and_log(
    person: &mut Person,
    customer: &Client,
    log: &LogFile,
) -> Result<Vec<Said>> {
    person.terminal.wait_for(LIVE, PATIENCE * 2)?;
    person.types("3")?;
    let orders = eventually(PATIENCE, "a screen that shows what the server has", || {
        let orders = match orders(customer) {
            Ok(orders) => orders,
            Err(error) => return Attempt::NotYet(format!("{error:#}")),
        };
        let screen = person.terminal.screen();
        if is_settled(&screen) && shown(&screen) == said(&orders) {
            Attempt::Done(orders)
        } else {
            Attempt::NotYet(format!("{:?} on the server; the screen:\n{screen}", said(&orders)))
        }
    })?;
    log.check()?;
    let placed = log.events("OrderPlaced")?;
    ensure!(placed == u64::try_from(orders.len())?, "{placed} in the log, on record {orders:#?}");
    for order in &orders {
        let events = log.events_of(text(order, "/id").parse()?)?;
        ensure!(order["version"] == events, "{events} events in the log of {order:#}");
    }
    Ok(said(&orders))
}

/// All orders of a customer, as the server has them.
fn orders(customer: &Client) -> Result<Vec<Value>> {
    let document =
        "{ orders(first: 200) { nodes { id version status mutationIds lines { quantity } } } }";
    let data = customer.query(document, &Value::Null)?;
    Ok(list(&data, "/orders/nodes").to_vec())
}

fn said(orders: &[Value]) -> Vec<Said> {
    let portions = |order: &Value| order["lines"][0]["quantity"].as_u64().unwrap_or_default();
    let status = |order| text(order, "/status").to_owned();
    sorted(orders.iter().map(|order| (portions(order), status(order))).collect())
}

/// What the list of orders says of each of them: a line for the order, and one for its status.
fn shown(screen: &Screen) -> Vec<Said> {
    let screen = screen.text();
    let rows: Vec<&str> = screen.lines().collect();
    let said = rows.windows(2).filter_map(|rows| {
        let portions = portions_in(rows.first()?)?;
        let tells =
            |(_, word): &&(&str, &str)| rows.get(1).is_some_and(|row| tells_status(row, word));
        let status = RESTING.iter().find(tells).map_or("something else", |(status, _)| status);
        Some((portions, status.to_owned()))
    });
    sorted(said.collect())
}

/// How many portions the order is about that begins in this row of the screen; only there does its
/// price stand as well.
pub(super) fn portions_in(row: &str) -> Option<u64> {
    let (before, behind) = row.split_once(&format!(" x {}", THREE_TIER.name))?;
    behind.contains('$').then(|| before.rsplit(' ').next()?.parse().ok())?
}

fn is_settled(screen: &Screen) -> bool {
    PENDING.iter().all(|word| !screen.contains(word))
}

fn sorted(mut said: Vec<Said>) -> Vec<Said> {
    said.sort();
    said
}
