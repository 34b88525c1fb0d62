//! Has each event reached, or will it reach, each function that consumes it, and nobody else?

use std::collections::BTreeSet;

use rusqlite::{Connection, Rows};

use super::questions;
use super::verdict::{Check, Findings};
use crate::eventing::delivery::{Delivery, DeliveryStatus};
use crate::eventing::log::{Body, LogEvent};
use crate::eventing::routes::routes;
use crate::operate::scan::{Along, each_event};
use crate::operate::words::{counted, grouped};
use crate::store::StoreError;
use crate::store::row::{self, DELIVERY_COLUMNS};

/// Where the deliveries stand, counted.
#[derive(Default)]
struct Tally {
    done: u64,
    waiting: u64,
    dead: u64,
}

/// Goes along the log and along the deliveries, side by side.
pub(super) fn check(log: &Connection) -> Result<Check, StoreError> {
    let sql = format!("SELECT {DELIVERY_COLUMNS} FROM delivery ORDER BY seq, function");
    let mut statement = log.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let (mut tally, mut findings) = (Tally::default(), Findings::default());
    let mut next = legible(&mut rows, &mut findings)?;
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
        compare(&event, &of_event, &mut findings);
        Ok(())
    })?;
    questions::ask(log, &questions::DELIVERIES, &mut findings)?;
    let Tally { done, waiting, dead } = tally;
    let (done, waiting, dead) = (grouped(done), grouped(waiting), counted(dead, "dead letter"));
    let summary =
        format!("{done} done, {waiting} waiting, {dead}: one for each event and function");
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

fn compare(event: &LogEvent, deliveries: &[Delivery], findings: &mut Findings) {
    let routes = match &event.body {
        Body::Order(event) => routes(event),
        Body::Customer(_) | Body::Restaurant(_) | Body::System(_) => &[],
    };
    let expected: BTreeSet<_> = routes.iter().map(|route| route.function).collect();
    let found: BTreeSet<_> = deliveries.iter().map(|delivery| delivery.key.function).collect();
    let (position, type_name) = (event.position, event.type_name());
    for function in expected.difference(&found) {
        findings.add(format!("{function} has no delivery of position {position} ({type_name})"));
    }
    for function in found.difference(&expected) {
        findings.add(format!("{function} does not handle position {position} ({type_name})"));
    }
}
