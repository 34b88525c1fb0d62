//! What operators read of the deliveries: pages of them, their attempts, and how far behind whom is.
//! Step 6 of an order's way.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use shared::cursor::Position;
use shared::function::Function;
use shared::id::OrderId;
use uuid::Uuid;

use super::pages::{collect, cut, one_more};
use super::{More, Reader};
use crate::eventing::attempt::Attempt;
use crate::eventing::delivery::{Delivery, DeliveryKey};
use crate::eventing::log::{LogEvent, StreamName};
use crate::store::StoreError;
use crate::store::row::{self, ATTEMPT_COLUMNS, DELIVERY_COLUMNS};
use crate::store::sqlite::event_at;

/// Which deliveries somebody wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryFilter {
    /// Of this order only.
    pub order: Option<OrderId>,
    /// To this function only.
    pub function: Option<Function>,
    /// In one of these; in any, where there are none.
    pub handling: Vec<Handling>,
}

/// Where a delivery stands, in an operator's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handling {
    /// Not tried yet, or due later.
    Pending,
    /// Handed out.
    Running,
    /// Handled.
    Done,
    /// Tried, and to be tried again.
    Failed,
    /// Given up.
    Dead,
}

/// The place of a delivery in the pages: the newest event comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryPlace(pub DeliveryKey);

/// A page of deliveries, each with its event and its attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveriesPage {
    /// The deliveries, newest event first.
    pub deliveries: Vec<(Delivery, LogEvent, Vec<Attempt>)>,
    /// Whether there are older ones.
    pub more: More,
}

/// What of a function's deliveries is not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// Not tried yet.
    pub pending: u64,
    /// Handed out.
    pub running: u64,
    /// Tried, and to be tried again.
    pub retrying: u64,
    /// Given up.
    pub dead: u64,
    /// When the oldest became due that is due.
    pub due_since: Option<Timestamp>,
}

impl Handling {
    /// Where this delivery stands.
    pub(crate) fn of(delivery: &Delivery) -> Self {
        use crate::eventing::delivery::DeliveryStatus as Status;
        match delivery.status {
            Status::Pending if delivery.tries == 0 => Self::Pending,
            Status::Pending => Self::Failed,
            Status::Leased => Self::Running,
            Status::Done => Self::Done,
            Status::Dead => Self::Dead,
        }
    }

    const fn condition(self) -> &'static str {
        match self {
            Self::Pending => "(status = 'pending' AND tries = 0)",
            Self::Failed => "(status = 'pending' AND tries > 0)",
            Self::Running => "status = 'leased'",
            Self::Done => "status = 'done'",
            Self::Dead => "status = 'dead'",
        }
    }
}

impl Reader {
    /// A page of the deliveries that pass the filter, older than `before`.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn deliveries(
        &self,
        filter: DeliveryFilter,
        before: Option<DeliveryPlace>,
        first: usize,
    ) -> Result<DeliveriesPage, StoreError> {
        self.read(move |db| page(db, &filter, before, first)).await
    }

    /// Which delivery has this public id, if one of this log has; it may be forgotten by now.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn delivery_with(&self, id: Uuid) -> Result<Option<DeliveryKey>, StoreError> {
        let Some(position) = DeliveryKey::position_in(id) else { return Ok(None) };
        let Some(event) = self.event(position).await? else { return Ok(None) };
        let keys = Function::ALL.map(|function| DeliveryKey { function, position });
        Ok(keys.into_iter().find(|key| key.public_id(event.id) == id))
    }

    /// What is known of the attempts of a delivery, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn attempts(&self, key: DeliveryKey) -> Result<Vec<Attempt>, StoreError> {
        self.read(move |db| attempts(db, key)).await
    }
}

pub(super) fn page(
    db: &Connection,
    filter: &DeliveryFilter,
    before: Option<DeliveryPlace>,
    first: usize,
) -> Result<DeliveriesPage, StoreError> {
    // Each function's are in order by themselves: what is newest of all is among what is newest of each.
    let functions = Function::ALL.into_iter().filter(|it| filter.function.is_none_or(|f| f == *it));
    let mut rows = Vec::new();
    for function in functions {
        rows.extend(of_function(db, function, filter, before, first)?);
    }
    rows.sort_unstable_by_key(|row| Reverse((row.key.position, row.key.function.name())));
    let more = cut(&mut rows, first);
    let deliveries = rows.into_iter().map(|delivery| with_its_past(db, delivery));
    Ok(DeliveriesPage { deliveries: deliveries.collect::<Result<_, _>>()?, more })
}

/// The newest deliveries to a function, one more than a page has.
fn of_function(
    db: &Connection,
    function: Function,
    filter: &DeliveryFilter,
    before: Option<DeliveryPlace>,
    first: usize,
) -> Result<Vec<Delivery>, StoreError> {
    // Without a hint SQLite, which has no statistics, might read all that is done to find what is dead.
    let only_dead = filter.handling == [Handling::Dead];
    let index = if only_dead { "INDEXED BY delivery_dead" } else { "" };
    let mut sql = format!("SELECT {DELIVERY_COLUMNS} FROM delivery {index} WHERE function = ?");
    let mut values: Vec<Value> = vec![function.name().to_owned().into()];
    if let Some(DeliveryPlace(last)) = before {
        let position = last.position.get().cast_signed();
        sql.push_str(" AND (seq, function) < (?, ?)");
        values.extend([position.into(), last.function.name().to_owned().into()]);
        // Says nothing new, but in a way that SQLite can look up.
        sql.push_str(" AND seq <= ?");
        values.push(position.into());
    }
    if let Some(order) = filter.order {
        sql.push_str(" AND seq IN (SELECT event.seq FROM event WHERE event.stream = ?)");
        values.push(StreamName::Order(order).to_string().into());
    }
    if !filter.handling.is_empty() {
        let conditions: Vec<_> = filter.handling.iter().map(|it| it.condition()).collect();
        // Writing to a string cannot fail.
        let _infallible = write!(sql, " AND ({})", conditions.join(" OR "));
    }
    sql.push_str(" ORDER BY seq DESC LIMIT ?");
    values.push(one_more(first).into());
    let mut statement = db.prepare_cached(&sql)?;
    collect(statement.query(params_from_iter(values))?, row::delivery)
}

fn with_its_past(
    db: &Connection,
    delivery: Delivery,
) -> Result<(Delivery, LogEvent, Vec<Attempt>), StoreError> {
    let position = delivery.key.position;
    let event = event_at(db, position)?.ok_or_else(|| {
        StoreError::unreadable(format!("position {position}"), "the log has no event there")
    })?;
    let attempts = attempts(db, delivery.key)?;
    Ok((delivery, event, attempts))
}

fn attempts(db: &Connection, key: DeliveryKey) -> Result<Vec<Attempt>, StoreError> {
    let sql = format!(
        "SELECT {ATTEMPT_COLUMNS} FROM attempt WHERE function = ?1 AND seq = ?2 ORDER BY token"
    );
    let mut statement = db.prepare_cached(&sql)?;
    collect(statement.query(params![key.function.name(), key.position.get()])?, row::attempt)
}

/// What of each function's deliveries is not done, up to a position of the log. It reads what is open
/// and what is dead, and nothing of what is done.
pub(super) fn backlogs(
    db: &Connection,
    upto: Position,
    now: Timestamp,
) -> Result<BTreeMap<Function, Backlog>, StoreError> {
    let mut open = db.prepare_cached(
        "SELECT coalesce(sum(status = 'pending' AND tries = 0), 0) AS pending,
             coalesce(sum(status = 'leased'), 0) AS running,
             coalesce(sum(status = 'pending' AND tries > 0), 0) AS retrying,
             min(iif(due_at <= ?3, due_at, NULL)) AS due_since
         FROM delivery INDEXED BY delivery_due
         WHERE function = ?1 AND status IN ('pending', 'leased') AND seq <= ?2",
    )?;
    let mut dead = db.prepare_cached(
        "SELECT count(*) FROM delivery INDEXED BY delivery_dead
         WHERE status = 'dead' AND function = ?1 AND seq <= ?2",
    )?;
    let mut backlogs = BTreeMap::new();
    for function in Function::ALL {
        let (name, upto) = (function.name(), upto.get());
        let mut rows = open.query(params![name, upto, now.as_millisecond()])?;
        let Some(row) = rows.next()? else { continue };
        let backlog = Backlog {
            pending: row.get("pending")?,
            running: row.get("running")?,
            retrying: row.get("retrying")?,
            dead: dead.query_row(params![name, upto], |row| row.get(0))?,
            due_since: row::timestamp_option(row, "due_since")?,
        };
        backlogs.insert(function, backlog);
    }
    Ok(backlogs)
}
