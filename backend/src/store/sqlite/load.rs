//! *Load*: begins the batch's transaction, locks the head, and reads all that the batch touches.
//! Step 4 of an order's way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::cursor::Position;
use shared::function::Function;
use shared::id::{CustomerId, OrderId};
use shared::order::Order;

use super::SqliteStore;
use crate::eventing::consumer::Follower;
use crate::eventing::delivery::{Delivery, DeliveryKey};
use crate::eventing::follower::Progress;
use crate::eventing::log::{InputHash, LogEvent, StreamName};
use crate::eventing::plan::{Head, Loaded, ReceiptKey, StoredReceipt, Stream};
use crate::eventing::schedule::Planned;
use crate::safeguard::Safeguard;
use crate::store::StoreError;
use crate::store::row::{self, DELIVERY_COLUMNS, EVENT_COLUMNS, STREAM_COLUMNS};

mod due;
mod old;

/// How many waits are ended in one batch; the others come with the next.
const OVERDUE_MAX: u32 = 64;

/// What a batch touches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    /// Receipts of its mutations.
    pub(crate) receipts: BTreeSet<ReceiptKey>,
    /// Streams that it decides on.
    pub(crate) streams: BTreeSet<StreamName>,
    /// Deliveries that it completes.
    pub(crate) deliveries: BTreeSet<DeliveryKey>,
    /// Followers that go on in it.
    pub(crate) followers: BTreeSet<Follower>,
    /// Events of deliveries that it redelivers.
    pub(crate) events: BTreeSet<Position>,
    /// How many due deliveries of which functions it may hand out.
    pub(crate) slots: BTreeMap<Function, usize>,
    /// Which customer had the last turn of which function.
    pub(crate) turns: BTreeMap<Function, CustomerId>,
    /// What was over before this is old, where it forgets what is old.
    pub(crate) old_before: Option<Timestamp>,
    /// Whether it ends waits whose deadline has struck, and strikes schedules.
    pub(crate) waits: Waits,
    /// The streams that schedules append to, beside the system's; loaded only where one is due.
    pub(crate) scheduled: Vec<StreamName>,
}

/// Whether a batch looks at deadlines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Waits {
    /// It does not.
    #[default]
    Leave,
    /// It does.
    End,
}

impl SqliteStore {
    /// Begins the transaction of a batch and reads what it touches. What follows is either
    /// [`apply`](Self::apply) or [`abandon`](Self::abandon).
    pub(crate) fn load(&mut self, keys: &Keys, now: Timestamp) -> Result<Loaded, StoreError> {
        self.commit_what_was_answered()?;
        // Immediate: a transaction that begins by reading could find another writer before it when it
        // comes to write, and no time-out helps then.
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        read_all(&self.connection, keys, now).inspect_err(|_| self.abandon())
    }

    /// Takes everything back that the transaction did; also where SQLite has done so by itself.
    pub(crate) fn abandon(&self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    /// Without its safeguard, the commit comes only here, after the replies; long enough after them for
    /// a kill to come in between.
    fn commit_what_was_answered(&self) -> Result<(), StoreError> {
        if Safeguard::Commit.is_gone() && !self.connection.is_autocommit() {
            #[expect(clippy::disallowed_methods, reason = "only where it is broken on purpose")]
            std::thread::sleep(std::time::Duration::from_millis(10));
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    /// When the next thing is due: a delivery of a function that is not `crowded` (a freed slot wakes
    /// those), a wait, or a schedule.
    pub(crate) fn next_due(
        &self,
        crowded: &BTreeSet<Function>,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.commit_what_was_answered()?;
        // One transaction for all of them: each that begins takes locks, and there is one look after each
        // batch.
        let reading = self.connection.unchecked_transaction()?;
        let mut earliest: Option<i64> = reading
            .prepare_cached("SELECT min(wait_until) FROM stream WHERE wait_until IS NOT NULL")?
            .query_row([], |row| row.get(0))?;
        let mut of_function = reading.prepare_cached(
            "SELECT due_at FROM delivery WHERE function = ?1 AND status IN ('pending', 'leased')
             ORDER BY due_at LIMIT 1",
        )?;
        for function in Function::ALL.iter().filter(|it| !crowded.contains(it)) {
            let due = of_function.query_row([function.name()], |row| row.get(0)).optional()?;
            earliest = [earliest, due].into_iter().flatten().min();
        }
        let schedule: Option<i64> = self
            .connection
            .prepare_cached("SELECT min(next_at) FROM schedule")?
            .query_row([], |row| row.get(0))?;
        earliest = [earliest, schedule].into_iter().flatten().min();
        let timestamp = |it| Timestamp::from_millisecond(it);
        earliest.map(timestamp).transpose().map_err(|why| StoreError::unreadable("due_at", why))
    }
}

fn read_all(db: &Connection, keys: &Keys, now: Timestamp) -> Result<Loaded, StoreError> {
    let mut head = head(db)?;
    if Safeguard::Head.is_gone() && head.position.get().is_multiple_of(10) {
        head.position = head.position.next();
    }
    let mut streams = keys.streams.clone();
    let (due, turns) = due::in_turn(db, keys, now.max(head.recorded_at))?;
    streams.extend(due.iter().map(|due| due.event.stream));
    let events = events(db, keys)?;
    streams.extend(events.values().map(|event| event.stream));
    let (overdue, schedules) = match keys.waits {
        Waits::Leave => (Vec::new(), Vec::new()),
        Waits::End => {
            let now = now.max(head.recorded_at);
            (overdue(db, now)?, schedules(db, Some(now))?)
        }
    };
    if !schedules.is_empty() {
        streams.insert(StreamName::System);
        streams.extend(&keys.scheduled);
    }
    streams.extend(overdue.iter().copied().map(StreamName::Order));
    let mut streams = read_streams(db, &streams)?;
    streams.extend(read_streams(db, &stocks(&streams))?);
    let old = match keys.old_before {
        Some(before) => old::done_before(db, head.position, before)?,
        None => Vec::new(),
    };
    Ok(Loaded {
        head,
        receipts: receipts(db, keys)?,
        streams,
        deliveries: deliveries(db, keys)?,
        cursors: cursors(db, keys)?,
        events,
        due,
        turns,
        overdue,
        old,
        schedules,
    })
}

/// The restaurants of whose portions these orders asked for some: whatever becomes of an order may
/// concern them.
fn stocks(streams: &BTreeMap<StreamName, Stream>) -> BTreeSet<StreamName> {
    let orders = streams.values().filter_map(|stream| stream.state.order());
    orders.filter_map(Order::portions_from).map(StreamName::Restaurant).collect()
}

pub(crate) fn head(db: &Connection) -> Result<Head, StoreError> {
    let mut statement = db.prepare_cached("SELECT log_id, seq, recorded_at FROM log_head")?;
    let mut rows = statement.query([])?;
    let row = rows.next()?.ok_or_else(|| StoreError::unreadable("log_head", "it is empty"))?;
    Ok(Head {
        log_id: row::parsed(row, "log_id")?,
        position: row::position(row, "seq")?,
        recorded_at: row::timestamp(row, "recorded_at")?,
    })
}

fn receipts(
    db: &Connection,
    keys: &Keys,
) -> Result<BTreeMap<ReceiptKey, StoredReceipt>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT input_hash, seq, refusal FROM receipt WHERE owner = ?1 AND mutation_id = ?2",
    )?;
    let mut found = BTreeMap::new();
    for key in &keys.receipts {
        let mut rows = statement.query(params![key.0.to_string(), key.1.to_string()])?;
        if let Some(row) = rows.next()? {
            let refusal: Option<String> = row.get("refusal")?;
            let refusal = refusal.map(|text| serde_json::from_str(&text)).transpose();
            let receipt = StoredReceipt {
                input_hash: InputHash(row.get("input_hash")?),
                position: Position::new(row.get("seq")?),
                refusal: refusal.map_err(|why| StoreError::unreadable("a receipt", why))?,
            };
            found.insert(*key, receipt);
        }
    }
    Ok(found)
}

pub(crate) fn read_streams(
    db: &Connection,
    names: &BTreeSet<StreamName>,
) -> Result<BTreeMap<StreamName, Stream>, StoreError> {
    let sql = format!("SELECT {STREAM_COLUMNS} FROM stream WHERE stream = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut found = BTreeMap::new();
    for name in names {
        let mut rows = statement.query([name.to_string()])?;
        if let Some(row) = rows.next()? {
            found.extend([row::stream(row)?]);
        }
    }
    Ok(found)
}

fn deliveries(db: &Connection, keys: &Keys) -> Result<BTreeMap<DeliveryKey, Delivery>, StoreError> {
    let found = |key: &DeliveryKey| delivery_at(db, *key).map(|found| Some((*key, found?)));
    keys.deliveries.iter().filter_map(|key| found(key).transpose()).collect()
}

/// The delivery of an event to a function, where there is one that is not forgotten.
fn delivery_at(db: &Connection, key: DeliveryKey) -> Result<Option<Delivery>, StoreError> {
    let sql = format!("SELECT {DELIVERY_COLUMNS} FROM delivery WHERE function = ?1 AND seq = ?2");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![key.function.name(), key.position.get()])?;
    rows.next()?.map(row::delivery).transpose()
}

fn cursors(db: &Connection, keys: &Keys) -> Result<BTreeMap<Follower, Position>, StoreError> {
    let known = |follower: &Follower| Ok((*follower, progress(db, *follower)?.cursor));
    keys.followers.iter().map(known).collect()
}

/// How far a follower has come; one that is new stands at the beginning of the log.
pub(crate) fn progress(db: &Connection, follower: Follower) -> Result<Progress, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT cursor, state FROM consumer WHERE function = ?1")?;
    let mut rows = statement.query([follower.name()])?;
    let Some(row) = rows.next()? else { return Ok(Progress::default()) };
    Ok(Progress { cursor: row::position(row, "cursor")?, state: row.get("state")? })
}

fn events(db: &Connection, keys: &Keys) -> Result<BTreeMap<Position, Arc<LogEvent>>, StoreError> {
    // An operator can name what is not there: then there is nothing to redeliver.
    let found = |position: &Position| {
        event_at(db, *position).map(|event| Some((*position, Arc::new(event?))))
    };
    keys.events.iter().filter_map(|position| found(position).transpose()).collect()
}

/// The event at this position, if the log reaches so far.
pub(crate) fn event_at(db: &Connection, at: Position) -> Result<Option<LogEvent>, StoreError> {
    let sql = format!("SELECT {EVENT_COLUMNS} FROM event WHERE seq = ?1");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([at.get()])?;
    rows.next()?.map(row::event).transpose()
}

fn overdue(db: &Connection, now: Timestamp) -> Result<Vec<OrderId>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT stream FROM stream WHERE wait_until IS NOT NULL AND wait_until <= ?1
         ORDER BY wait_until LIMIT ?2",
    )?;
    let mut rows = statement.query(params![now.as_millisecond(), OVERDUE_MAX])?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        match row::parsed(row, "stream")? {
            StreamName::Order(id) => orders.push(id),
            StreamName::Customer(_) | StreamName::Restaurant(_) | StreamName::System => {}
        }
    }
    Ok(orders)
}

/// The schedules that are due at a time, or all of them; those of a newer build are left to it.
pub(crate) fn schedules(
    db: &Connection,
    due: Option<Timestamp>,
) -> Result<Vec<Planned>, StoreError> {
    let sql =
        "SELECT name, next_at FROM schedule WHERE next_at <= ifnull(?1, next_at) ORDER BY next_at";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([due.map(Timestamp::as_millisecond)])?;
    let mut schedules = Vec::new();
    while let Some(row) = rows.next()? {
        let next_at = row::timestamp(row, "next_at")?;
        schedules.push(Planned { schedule: row::parsed(row, "name")?, next_at });
    }
    Ok(schedules)
}
