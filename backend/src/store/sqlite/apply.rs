//! *Apply*: writes what was planned and commits. The plan is complete; nothing is decided here.
//! Steps 4 and 5 of an order's way.

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, params};
use shared::order::Order;

use super::SqliteStore;
use crate::eventing::attempt::{Attempt, KEPT_MAX};
use crate::eventing::consumer::{Consumer, Follower};
use crate::eventing::delivery::{Delivery, DeliveryKey};
use crate::eventing::follower::Progress;
use crate::eventing::log::{LogEvent, StreamName, StreamState};
use crate::eventing::plan::{Head, ReceiptKey, StoredReceipt, Stream, Writes};
use crate::eventing::request::{Pause, Standing};
use crate::eventing::schedule::Schedule;
use crate::lab::FaultPoint;
use crate::safeguard::Safeguard;
use crate::store::StoreError;
use crate::store::row::{self, FoundBy};

/// How many old attempts one transaction forgets: some milliseconds.
const FORGET_MAX: u32 = 500;

impl SqliteStore {
    /// Writes all of it and commits, or writes nothing.
    ///
    /// # Errors
    /// [`StoreError::OutcomeUnknown`] where nobody can say whether the commit happened; with any
    /// other error, it did not.
    pub(crate) fn apply(&mut self, writes: &Writes) -> Result<(), StoreError> {
        if writes.is_empty() {
            self.abandon();
            return Ok(());
        }
        FaultPoint::BatchPlanned.passed();
        write_all(&self.connection, writes).inspect_err(|_| self.abandon())?;
        if Safeguard::Commit.is_gone() {
            return Ok(());
        }
        FaultPoint::BeforeCommit.passed();
        let Err(error) = self.connection.execute_batch("COMMIT") else {
            FaultPoint::AfterCommit.passed();
            self.commits += 1;
            return Ok(());
        };
        // Rolled back by us now, or by SQLite because the disk was full before the commit was on it: it
        // surely did not happen.
        let rolled_back = if self.connection.is_autocommit() {
            error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        } else {
            self.connection.execute_batch("ROLLBACK").is_ok()
        };
        Err(if rolled_back { error.into() } else { StoreError::OutcomeUnknown(error) })
    }
}

fn write_all(db: &Connection, writes: &Writes) -> Result<(), StoreError> {
    for committed in &writes.events {
        insert_event(db, &committed.event)?;
    }
    for (name, stream) in &writes.streams {
        put_stream(db, *name, stream)?;
    }
    for (key, receipt) in &writes.receipts {
        if !Safeguard::Receipts.is_gone() {
            insert_receipt(db, key, receipt)?;
        }
    }
    for delivery in writes.deliveries.values() {
        put_delivery(db, delivery)?;
    }
    for attempt in &writes.attempts {
        put_attempt(db, attempt)?;
    }
    for (follower, progress) in &writes.progress {
        put_progress(db, *follower, progress)?;
    }
    for (consumer, pause) in &writes.pauses {
        put_pause(db, *consumer, *pause)?;
    }
    if let Some(standing) = writes.standing {
        db.execute("UPDATE log_head SET held = ?1", [standing == Standing::Held])?;
    }
    for (schedule, next_at) in &writes.schedules {
        put_schedule(db, *schedule, *next_at)?;
    }
    if let Some(before) = writes.forget_before {
        forget_attempts(db, before)?;
    }
    for key in &writes.pruned {
        prune(db, *key)?;
    }
    if writes.events.is_empty() { Ok(()) } else { move_head(db, writes.head) }
}

fn insert_event(db: &Connection, event: &LogEvent) -> Result<(), StoreError> {
    let data = row::written_data(&event.body);
    let data = data.map_err(|why| StoreError::unreadable("an event", why))?;
    db.prepare_cached(
        "INSERT INTO event (seq, id, stream, stream_version, type, schema_version, customer_id, data,
             mutation_id, input_hash, causation_id, source, occurred_at, recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        event.position.get(),
        event.id.to_string(),
        event.stream.to_string(),
        event.stream_version.get(),
        event.type_name(),
        event.schema_version(),
        event.customer_id.map(|id| id.to_string()),
        data.get(),
        event.mutation_id.map(|id| id.to_string()),
        event.input_hash.as_ref().map(|hash| &hash.0),
        event.causation_id.map(|id| id.to_string()),
        event.source.to_string(),
        event.occurred_at.as_millisecond(),
        event.recorded_at.as_millisecond(),
    ])?;
    Ok(())
}

/// Stores a stream as its events make it.
pub(crate) fn put_stream(
    db: &Connection,
    name: StreamName,
    stream: &Stream,
) -> Result<(), StoreError> {
    let found_by = FoundBy::of(&stream.state);
    let state = match &stream.state {
        StreamState::Order(order) if Safeguard::Fold.is_gone() => {
            serde_json::to_string(&Order { rating: None, ..(**order).clone() })
        }
        StreamState::Order(order) => serde_json::to_string(&**order),
        StreamState::Customer(customer) => serde_json::to_string(customer),
        StreamState::Restaurant(stock) => serde_json::to_string(stock),
        StreamState::System(system) => serde_json::to_string(system),
    };
    let state = state.map_err(|why| StoreError::unreadable(name.to_string(), why))?;
    db.prepare_cached(
        "INSERT INTO stream (stream, version, customer_id, status, first_seq, wait_until, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (first_seq) DO UPDATE SET version = excluded.version, status = excluded.status,
             wait_until = excluded.wait_until, state = excluded.state",
    )?
    .execute(params![
        name.to_string(),
        stream.version.get(),
        found_by.customer_id,
        found_by.status,
        stream.first_position.get(),
        found_by.wait_until,
        state,
    ])?;
    Ok(())
}

fn insert_receipt(
    db: &Connection,
    (owner, mutation_id): &ReceiptKey,
    receipt: &StoredReceipt,
) -> Result<(), StoreError> {
    let refusal = receipt.refusal.as_ref().map(serde_json::to_string).transpose();
    let refusal = refusal.map_err(|why| StoreError::unreadable("a receipt", why))?;
    db.prepare_cached(
        "INSERT INTO receipt (owner, mutation_id, input_hash, seq, refusal)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        owner.to_string(),
        mutation_id.to_string(),
        receipt.input_hash.0,
        receipt.position.get(),
        refusal,
    ])?;
    Ok(())
}

/// Stores a delivery as it stands.
pub(crate) fn put_delivery(db: &Connection, delivery: &Delivery) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO delivery (function, seq, status, token, tries, revision, due_at, last_error,
             customer_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT customer_id FROM event WHERE seq = ?2))
         ON CONFLICT (function, seq) DO UPDATE SET status = excluded.status, token = excluded.token,
             tries = excluded.tries, revision = excluded.revision, due_at = excluded.due_at,
             last_error = excluded.last_error, customer_id = excluded.customer_id",
    )?
    .execute(params![
        delivery.key.function.name(),
        delivery.key.position.get(),
        row::status_word(delivery.status),
        delivery.token.0,
        delivery.tries,
        delivery.revision,
        delivery.due_at.as_millisecond(),
        delivery.last_error,
    ])?;
    Ok(())
}

/// Of one delivery only the newest are kept: something may have to wait for hours.
fn put_attempt(db: &Connection, attempt: &Attempt) -> Result<(), StoreError> {
    let (function, position) = (attempt.delivery.function.name(), attempt.delivery.position.get());
    db.prepare_cached(
        "INSERT INTO attempt (function, seq, token, started_at, ended_at, outcome, error, worker)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        function,
        position,
        attempt.token.0,
        attempt.started_at.as_millisecond(),
        attempt.ended_at.as_millisecond(),
        attempt.end.word(),
        attempt.error,
        attempt.worker,
    ])?;
    let oldest = attempt.token.0.saturating_sub(KEPT_MAX.into());
    db.prepare_cached("DELETE FROM attempt WHERE function = ?1 AND seq = ?2 AND token <= ?3")?
        .execute(params![function, position, oldest])?;
    Ok(())
}

/// How far a follower has come, and what it made of that.
pub(crate) fn put_progress(
    db: &Connection,
    follower: Follower,
    progress: &Progress,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO consumer (function, cursor, state) VALUES (?1, ?2, ?3)
         ON CONFLICT (function) DO UPDATE SET cursor = excluded.cursor, state = excluded.state",
    )?
    .execute(params![follower.name(), progress.cursor.get(), progress.state])?;
    Ok(())
}

/// Whether something of a consumer is attempted.
pub(crate) fn put_pause(
    db: &Connection,
    consumer: Consumer,
    pause: Pause,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO consumer (function, paused) VALUES (?1, ?2)
         ON CONFLICT (function) DO UPDATE SET paused = excluded.paused",
    )?
    .execute(params![consumer.name(), pause == Pause::Paused])?;
    Ok(())
}

/// When a schedule is due next.
pub(super) fn put_schedule(
    db: &Connection,
    schedule: Schedule,
    next_at: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO schedule (name, cron, next_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, next_at = excluded.next_at",
    )?
    .execute(params![schedule.name(), schedule.cron(), next_at.as_millisecond()])?;
    Ok(())
}

/// A page at a time, so that nobody waits for it.
fn forget_attempts(db: &Connection, before: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached(
        "DELETE FROM attempt WHERE (function, seq, token) IN
             (SELECT function, seq, token FROM attempt WHERE ended_at < ?1 LIMIT ?2)",
    )?
    .execute(params![before.as_millisecond(), FORGET_MAX])?;
    Ok(())
}

/// Forgets a delivery that is done, and keeps up to where that has gone.
fn prune(db: &Connection, key: DeliveryKey) -> Result<(), StoreError> {
    let of_delivery = params![key.function.name(), key.position.get()];
    db.prepare_cached("DELETE FROM delivery WHERE function = ?1 AND seq = ?2")?
        .execute(of_delivery)?;
    db.prepare_cached(
        "INSERT INTO consumer (function, pruned_to) VALUES (?1, ?2)
         ON CONFLICT (function) DO UPDATE SET pruned_to = max(pruned_to, excluded.pruned_to)",
    )?
    .execute(of_delivery)?;
    Ok(())
}

/// Says where the log ends.
pub(crate) fn move_head(db: &Connection, head: Head) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE log_head SET seq = ?1, recorded_at = ?2 WHERE one = 1")?
        .execute(params![head.position.get(), head.recorded_at.as_millisecond()])?;
    Ok(())
}
