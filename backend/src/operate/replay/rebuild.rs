//! What hangs on the log, computed from it: receipts of what was accepted, and who still has to look at
//! which event.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use shared::function::Function;
use shared::order::event::OrderEvent;
use shared::policy::Policy;

use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus};
use crate::eventing::log::{Body, LogEvent, Source, StreamState};
use crate::eventing::routes::{Route, routes};
use crate::store::StoreError;

/// The columns of the log, all of them.
const COLUMNS: &str = "seq, id, stream, stream_version, type, schema_version, customer_id, data, \
     mutation_id, input_hash, causation_id, source, occurred_at, recorded_at";

/// Copies the log as it is written, old versions of events too: what has happened is never changed.
pub(super) fn copy_events(log: &Connection, copy: &Connection) -> Result<u64, StoreError> {
    let mut statement = log.prepare(&format!("SELECT {COLUMNS} FROM event ORDER BY seq"))?;
    let places = vec!["?"; statement.column_count()].join(", ");
    let mut insert = copy.prepare(&format!("INSERT INTO event ({COLUMNS}) VALUES ({places})"))?;
    let mut rows = statement.query([])?;
    let mut events = 0;
    while let Some(row) = rows.next()? {
        insert.execute(params_from_iter(values(row)?))?;
        events += 1;
    }
    Ok(events)
}

fn values(row: &Row<'_>) -> Result<Vec<Value>, rusqlite::Error> {
    (0..row.as_ref().column_count()).map(|column| row.get(column)).collect()
}

/// A mutation with an event was accepted; a refused one has none.
pub(super) fn receipts(copy: &Connection) -> Result<u64, StoreError> {
    let receipts = copy.execute(
        "INSERT INTO receipt (owner, mutation_id, input_hash, seq)
         SELECT customer_id, mutation_id, input_hash, seq FROM event
         WHERE mutation_id IS NOT NULL AND input_hash IS NOT NULL",
        [],
    )?;
    Ok(u64::try_from(receipts).unwrap_or(u64::MAX))
}

/// The deliveries of a stream's events, as far as the log tells what became of them.
pub(super) fn deliveries(
    events: &[LogEvent],
    state: &StreamState,
    policy: &Policy,
) -> Vec<Delivery> {
    let of_event = |event: &LogEvent| -> Vec<Delivery> {
        let Body::Order(data) = &event.body else { return Vec::new() };
        let delivery = |route: &Route| {
            let key = DeliveryKey { function: route.function, position: event.position };
            let due_at = route.due_at(data, event.recorded_at, policy);
            let mut delivery = Delivery::new(key, due_at);
            delivery.status = status(event, route.function, events, state);
            delivery
        };
        routes(data).iter().map(delivery).collect()
    };
    events.iter().flat_map(of_event).collect()
}

/// What a function has made of an event. Whoever handled it and had nothing to add left no trace; handed
/// out once more, they will find again that there is nothing to add.
fn status(
    event: &LogEvent,
    function: Function,
    events: &[LogEvent],
    state: &StreamState,
) -> DeliveryStatus {
    let again = Body::Order(OrderEvent::DeliveryRedelivered { function });
    let effect = |it: &&LogEvent| {
        let follows = it.source == Source::Function(function) || it.body == again;
        it.causation_id == Some(event.id) && follows
    };
    match events.iter().rfind(effect).map(|it| &it.body) {
        Some(Body::Order(OrderEvent::DeliveryDied { .. })) => DeliveryStatus::Dead,
        // Handed out once more, and nobody knows how that ended: it may end so again.
        Some(body) if *body == again => DeliveryStatus::Pending,
        Some(Body::Order(_) | Body::Customer(_) | Body::Restaurant(_) | Body::System(_)) => {
            DeliveryStatus::Done
        }
        // An order that waits for nobody needs nobody.
        None if state.order().is_some_and(|order| order.waiting_for().is_none()) => {
            DeliveryStatus::Done
        }
        None => DeliveryStatus::Pending,
    }
}
