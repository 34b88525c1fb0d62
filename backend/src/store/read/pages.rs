//! The pages: what a query reads, in one transaction, at most so much at a time.
//! Step 8 of an order's way.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use shared::cursor::{Position, Version};
use shared::id::{CustomerId, OrderId};
use shared::order::status::OrderStatus;

use super::{EventsPage, More, OrdersPage};
use crate::eventing::log::{LogEvent, Scope, StreamName, StreamState};
use crate::eventing::plan::Committed;
use crate::safeguard::Safeguard;
use crate::store::StoreError;
use crate::store::row::{self, EVENT_COLUMNS, STREAM_COLUMNS};
use crate::store::sqlite::head;

pub(super) fn orders(
    db: &Connection,
    customer: CustomerId,
    statuses: &[OrderStatus],
    before: Option<Position>,
    first: usize,
) -> Result<OrdersPage, StoreError> {
    let mut sql =
        format!("SELECT {STREAM_COLUMNS} FROM stream WHERE customer_id = ? AND first_seq < ?");
    if !statuses.is_empty() {
        let words: Vec<_> = statuses.iter().map(|status| format!("'{}'", status.word())).collect();
        // Writing to a string cannot fail.
        let _infallible = write!(sql, " AND status IN ({})", words.join(", "));
    }
    sql.push_str(" ORDER BY first_seq DESC LIMIT ?");
    let before = before.map_or(i64::MAX, |position| position.get().cast_signed());
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![customer.to_string(), before, one_more(first)])?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        let (_, stream) = row::stream(row)?;
        if let StreamState::Order(order) = stream.state {
            orders.push((stream.first_position, Arc::unwrap_or_clone(order)));
        }
    }
    let more = cut(&mut orders, first);
    Ok(OrdersPage { orders, more, head: head(db)? })
}

pub(super) fn events(
    db: &Connection,
    scope: Scope,
    order: Option<OrderId>,
    after: Position,
    first: usize,
) -> Result<EventsPage, StoreError> {
    let after = Value::from(after.get().cast_signed());
    let (mut sql, mut values, customer_id, place) = match order {
        None => ("seq > ?".to_owned(), vec![after], "customer_id", "seq"),
        // A plus keeps SQLite, which has no statistics, from any index but the stream's: it might read
        // all that the customer ever had, to find what is of this order.
        Some(id) => {
            let stream = StreamName::Order(id).to_string().into();
            let of_stream = "stream = ? AND +seq > ?".to_owned();
            (of_stream, vec![stream, after], "+customer_id", "stream_version")
        }
    };
    if let Scope::Customer(id) = scope {
        // Writing to a string cannot fail.
        let _infallible = write!(sql, " AND {customer_id} = ?");
        values.push(id.to_string().into());
    }
    values.push(one_more(first).into());
    let sql = format!("SELECT {EVENT_COLUMNS} FROM event WHERE {sql} ORDER BY {place} LIMIT ?");
    let mut statement = db.prepare_cached(&sql)?;
    let mut events = collect(statement.query(params_from_iter(values))?, row::event)?;
    let more = cut(&mut events, first);
    Ok(EventsPage { events, more })
}

/// Each event with its order before and as of it: folded forward from how that stood before the first of
/// them.
pub(super) fn changes(
    db: &Connection,
    scope: Scope,
    after: Position,
    first: usize,
) -> Result<Vec<Arc<Committed>>, StoreError> {
    let mut states: BTreeMap<StreamName, Option<StreamState>> = BTreeMap::new();
    let mut changes = Vec::new();
    for event in events(db, scope, None, after, first)?.events {
        let before = match states.remove(&event.stream) {
            Some(state) => state,
            None => as_of(db, event.stream, event.stream_version)?,
        };
        let mut state = event.fold(before.clone());
        states.insert(event.stream, state.clone());
        if Safeguard::AsOf.is_gone() {
            state = as_of(db, event.stream, Version::new(u32::MAX))?;
        }
        let [before, order] = [before, state].map(|it| it.and_then(StreamState::into_order));
        changes.push(Arc::new(Committed { event: Arc::new(event), before, order }));
    }
    Ok(changes)
}

/// The fold of a stream's events before this version.
fn as_of(
    db: &Connection,
    stream: StreamName,
    version: Version,
) -> Result<Option<StreamState>, StoreError> {
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM event WHERE stream = ?1 AND stream_version < ?2
         ORDER BY stream_version"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let events = collect(statement.query(params![stream.to_string(), version.get()])?, row::event)?;
    Ok(events.iter().fold(None, |state, event: &LogEvent| event.fold(state)))
}

pub(super) fn collect<T>(
    mut rows: rusqlite::Rows<'_>,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// One more than asked for tells whether another page follows.
pub(super) fn one_more(first: usize) -> i64 {
    i64::try_from(first).unwrap_or(i64::MAX).saturating_add(1)
}

pub(super) fn cut<T>(page: &mut Vec<T>, first: usize) -> More {
    let more = if page.len() > first { More::Follows } else { More::Nothing };
    page.truncate(first);
    more
}
