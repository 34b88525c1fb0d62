//! How long an order is on its way where nobody cooks or rides: from asking until its customer hears that
//! it is delivered. Steps 3 to 8 of an order's way.

use std::path::Path;

use anyhow::{Context, Result};
use harness::http::orders::place_order_document;
use harness::wait::Stopwatch;
use harness::{PlaceOrder, Subscription};
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::bare;
use crate::figure::{Bound, Figure, Quantity};
use crate::house::House;
use crate::samples::Samples;

/// How many orders are followed, one after the other.
const FOLLOWED: usize = 60;

/// Measures all of it.
pub(crate) fn measure(backend: &Path) -> Result<()> {
    let house = House::open(backend, 0.0)?;
    let socket = house.socket()?;
    let document = "subscription { orderChanges { order { id version status } } }";
    let changes = socket.subscribe(document, &Value::Null)?;
    let (mut times, mut events) = (Vec::new(), 0);
    for _ in 0..FOLLOWED {
        let order = house.one_more();
        let watch = Stopwatch::start();
        socket.execute(&place_order_document(), &json!({ "input": order.input() }))?;
        events = delivered(&changes, &order)?;
        times.push(watch.elapsed());
    }
    let (took, commit) = (Samples::new(times).median(), bare::commits()?.median());
    Figure {
        what: "an order to its door at pace 0, median, over one bare commit for each event"
            .to_owned(),
        measured: Quantity::ratio(took, commit * events),
        bound: Bound::AtMost(Quantity::Times(2.0)),
        anchor: format!(
            "{} / ({events} events × {} commit); the bank's own commit is in it",
            Quantity::Time(took),
            Quantity::Time(commit),
        ),
    }
    .print();
    Ok(())
}

/// Waits until this order is delivered, and says how many events that took.
fn delivered(changes: &Subscription, order: &PlaceOrder) -> Result<u32> {
    let id = order.order_id.to_string();
    loop {
        let change = changes.next(PATIENCE)?;
        let Some(order) = change.pointer("/orderChanges/order") else { continue };
        let is = |field: &str, text: &str| order.get(field).and_then(Value::as_str) == Some(text);
        if is("id", &id) && is("status", "DELIVERED") {
            let version = order.get("version").and_then(Value::as_u64).context("no version")?;
            return Ok(u32::try_from(version)?);
        }
    }
}
