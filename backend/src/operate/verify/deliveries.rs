//! Has each event reached, or will it reach, each function that consumes it, and nobody else?

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Rows};
use shared::cursor::Position;
use shared::function::Function;
use shared::id::OrderId;

use super::questions;
use super::verdict::{Check, Findings};
use crate::eventing::delivery::{Delivery, DeliveryStatus};
use crate::eventing::log::{Body, LogEvent, StreamName};
use crate::eventing::routes::routes;
use crate::operate::scan::{Along, each_event};
use crate::operate::words::{counted, grouped};
use crate::store::StoreError;
use crate::store::row::{self, DELIVERY_COLUMNS};

/// Where the deliveries stand, counted.
#[derive(Default)]
struct Tally {
    done: u64,
    /// Done, and forgotten since.
    pruned: u64,
    waiting: u64,
    dead: u64,
}

/// Goes along the log and along the deliveries, side by side.
pub(super) fn check(log: &Connection) -> Result<Check, StoreError> {
    let sql = format!("SELECT {DELIVERY_COLUMNS} FROM delivery ORDER BY seq, function");
    let mut statement = log.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let (mut tally, mut findings) = (Tally::default(), Findings::default());
    let (pruned_to, mut next) = (pruned_to(log)?, legible(&mut rows, &mut findings)?);
    each_event(log, Along::Positions, |event| -> Result<(), StoreError> {
        // What cannot be read is told where the streams are folded.
        let Ok(event) = event else { return Ok(()) };
        let mut of_event = Vec::new();
        while let Some(delivery) = next.take_if(|it| it.key.position <= event.position) {
            tally.count(&delivery);
            if delivery.key.position == event.position {
                of_event.push(delivery);
            }
            next = legible(&mut rows, &mut findings)?;
        }
        tally.pruned += compare(&event, &of_event, &pruned_to, &mut findings);
        Ok(())
    })?;
    questions::ask(log, &questions::DELIVERIES, &mut findings)?;
    let Tally { done, pruned, waiting, dead } = tally;
    let (done, pruned, waiting) = (grouped(done), grouped(pruned), grouped(waiting));
    let dead = counted(dead, "dead letter");
    let summary = format!(
        "{done} done, {pruned} done and pruned, {waiting} waiting, {dead}: one for each event and function"
    );
    Ok(Check::new("deliveries", summary, findings))
}

impl Tally {
    fn count(&mut self, delivery: &Delivery) {
        match delivery.status {
            DeliveryStatus::Done => self.done += 1,
            DeliveryStatus::Pending | DeliveryStatus::Leased => self.waiting += 1,
            DeliveryStatus::Dead => self.dead += 1,
        }
    }
}

/// The next delivery that can be read.
fn legible(rows: &mut Rows<'_>, findings: &mut Findings) -> Result<Option<Delivery>, StoreError> {
    while let Some(row) = rows.next()? {
        match row::delivery(row) {
            Ok(delivery) => return Ok(Some(delivery)),
            Err(why) => findings.add(format!("a delivery cannot be read: {why}")),
        }
    }
    Ok(None)
}

/// The functions that still have something to do for an order.
pub(super) fn unfinished(
    log: &Connection,
    order: OrderId,
) -> Result<BTreeSet<Function>, StoreError> {
    // From the events of the order to the deliveries of each, by their key; the other way round there may be
    // a million to go through.
    let mut has_work = log.prepare_cached(
        "SELECT 1 FROM event CROSS JOIN delivery
             ON delivery.function = ?2 AND delivery.seq = event.seq
         WHERE event.stream = ?1 AND delivery.status <> 'done'",
    )?;
    let name = StreamName::Order(order).to_string();
    let mut functions = BTreeSet::new();
    for function in Function::ALL {
        if has_work.exists([name.as_str(), function.name()])? {
            functions.insert(function);
        }
    }
    Ok(functions)
}

/// Up to where each function's deliveries may be gone because they were done.
fn pruned_to(log: &Connection) -> Result<BTreeMap<Function, Position>, StoreError> {
    let mut statement = log.prepare("SELECT pruned_to FROM consumer WHERE function = ?1")?;
    let mut pruned = BTreeMap::new();
    for function in Function::ALL {
        let upto: Option<u64> =
            statement.query_row([function.name()], |row| row.get(0)).optional()?;
        pruned.extend(upto.map(|upto| (function, Position::new(upto))));
    }
    Ok(pruned)
}

/// What an event's deliveries lack or have too much; how many of them are gone because they were done.
fn compare(
    event: &LogEvent,
    deliveries: &[Delivery],
    pruned_to: &BTreeMap<Function, Position>,
    findings: &mut Findings,
) -> u64 {
    let routes = match &event.body {
        Body::Order(event) => routes(event),
        Body::Customer(_) | Body::Restaurant(_) | Body::System(_) => &[],
    };
    let expected: BTreeSet<_> = routes.iter().map(|route| route.function).collect();
    let found: BTreeSet<_> = deliveries.iter().map(|delivery| delivery.key.function).collect();
    let (position, type_name) = (event.position, event.type_name());
    let mut pruned = 0;
    for function in expected.difference(&found) {
        if pruned_to.get(function).is_some_and(|upto| position <= *upto) {
            pruned += 1;
            continue;
        }
        findings.add(format!("{function} has no delivery of position {position} ({type_name})"));
    }
    for function in found.difference(&expected) {
        findings.add(format!("{function} does not handle position {position} ({type_name})"));
    }
    pruned
}
