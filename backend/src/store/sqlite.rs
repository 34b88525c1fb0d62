//! The writer's side of SQLite: one file in WAL mode, one connection that writes.
//! Steps 4 and 5 of an order's way.
//!
//! `synchronous=FULL` is what makes a receipt worth its name: without it, the last commits would be
//! lost when the power goes. Migrations run on start, each in a transaction of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use shared::function::Function;
use shared::id::LogId;

use super::{StoreError, row};
use crate::eventing::consumer::Consumer;
use crate::eventing::request::Standing;
use crate::eventing::retry::DeliveryTiming;
use crate::eventing::schedule::Schedule;

mod identity;
mod load;
mod apply;
#[cfg(test)]
mod tests;

pub(crate) use apply::{move_head, put_delivery, put_pause, put_progress, put_stream};
pub(crate) use load::{Keys, Waits, event_at, head, progress, read_streams, schedules};

/// The migrations, oldest first; the file's `user_version` counts those that it has seen.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_the_log.sql"),
    include_str!("migrations/0002_operators.sql"),
    include_str!("migrations/0003_held.sql"),
    include_str!("migrations/0004_schedules.sql"),
    include_str!("migrations/0005_turns.sql"),
    include_str!("migrations/0006_fewer_pages.sql"),
];

/// How long a reader of another process may hold us up before a statement fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Memory for pages in KiB; negative is SQLite's way to say so. Small: the file system caches too.
const WRITER_CACHE: &str = "PRAGMA cache_size = -2000";
const READER_CACHE: &str = "PRAGMA cache_size = -500";

/// How many prepared statements a connection keeps: more than it has.
const STATEMENTS_MAX: usize = 64;
/// After how many pages the write-ahead log is folded back into the file: 8 MB. What is written again and
/// again before that is folded back once; but until it has been as long once, each commit makes it longer,
/// which takes half as long again.
const FOLDED_BACK_AFTER: &str = "PRAGMA wal_autocheckpoint = 2000";

/// The connection that writes.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    connection: Connection,
    /// How many batches were committed.
    commits: u64,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date. A new log gets
    /// the identity `fresh`.
    ///
    /// # Errors
    /// The file cannot be opened or written, or a newer program has written it.
    pub(crate) fn open(path: &Path, fresh: LogId) -> Result<Self, StoreError> {
        let opening = |why| StoreError::opening(path, why);
        let connection = Connection::open(path).map_err(opening)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Looked at before anything is set: what is not ours, or a newer program's, is left as it is.
        let found = identity::schema_version_to_write(&connection, path)?;
        Self::set_up(connection, found, fresh).map_err(opening)
    }

    fn set_up(
        mut connection: Connection,
        found: u32,
        fresh: LogId,
    ) -> Result<Self, rusqlite::Error> {
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1;
             PRAGMA checkpoint_fullfsync = 1; PRAGMA journal_size_limit = 67108864;",
        )?;
        connection.execute_batch(WRITER_CACHE)?;
        connection.execute_batch(FOLDED_BACK_AFTER)?;
        keep_statements(&connection)?;
        migrate(&mut connection, found)?;
        connection.pragma_update(None, "application_id", identity::APPLICATION_ID)?;
        connection.execute(
            "INSERT INTO log_head (one, log_id, seq, recorded_at) VALUES (1, ?1, 0, 0)
             ON CONFLICT DO NOTHING",
            [fresh.to_string()],
        )?;
        Ok(Self { connection, commits: 0 })
    }

    /// Makes every lease due at once: whoever held one died with the last process, and the tokens
    /// fence off whoever did not. The history of attempts says that they were lost.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn recover(
        &mut self,
        now: Timestamp,
        timing: &DeliveryTiming,
    ) -> Result<usize, StoreError> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now = now.as_millisecond();
        // The first condition says nothing new; it makes the index of unfinished rows fit.
        for function in Function::ALL {
            let lease = i64::try_from(timing.lease_of(function).as_millis()).unwrap_or(0);
            transaction.execute(
            "INSERT INTO attempt (function, seq, token, started_at, ended_at, outcome, error, worker)
             SELECT function, seq, token, min(due_at - ?2, ?1), ?1, 'lost',
                 'the server ended before it did', 'an earlier server' FROM delivery
             WHERE function = ?3 AND status IN ('pending', 'leased') AND status = 'leased'",
            params![now, lease, function.name()],
            )?;
        }
        let leases = transaction.execute(
            "UPDATE delivery SET status = 'pending', due_at = ?1, revision = revision + 1
             WHERE status IN ('pending', 'leased') AND status = 'leased'",
            [now],
        )?;
        transaction.commit()?;
        Ok(leases)
    }

    /// Whether this environment goes on by itself, or is held.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn standing(&self) -> Result<Standing, StoreError> {
        let held = self.connection.query_row("SELECT held FROM log_head", [], |row| row.get(0))?;
        Ok(if held { Standing::Held } else { Standing::Free })
    }

    /// Gives the log another identity: cursors of the former one mean nothing here.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn become_log(&mut self, log_id: LogId) -> Result<(), StoreError> {
        self.connection.execute("UPDATE log_head SET log_id = ?1", [log_id.to_string()])?;
        Ok(())
    }

    /// Writes all of `work` in one transaction and holds what comes of it, or writes nothing.
    ///
    /// # Errors
    /// The database failed, or `work` did.
    pub(crate) fn build_held<E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), E>,
    ) -> Result<(), E> {
        let database = |why| E::from(StoreError::Database(why));
        let immediate = TransactionBehavior::Immediate;
        let building = self.connection.transaction_with_behavior(immediate).map_err(database)?;
        work(&building)?;
        building.execute("UPDATE log_head SET held = 1", []).map_err(database)?;
        building.commit().map_err(database)
    }

    /// Sees to it that the schedules of this build, and no others, have a next time: one that is new, or
    /// has other times than it had, begins now.
    ///
    /// # Errors
    /// The database failed, or a schedule has no next time.
    pub(crate) fn plan_schedules(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(immediate)?;
        let known = Schedule::ALL.map(|it| format!("{} {}", it.name(), it.cron()));
        transaction.execute(
            "DELETE FROM schedule WHERE name || ' ' || cron NOT IN (SELECT value FROM json_each(?1))",
            [serde_json::json!(known).to_string()],
        )?;
        let planned = load::schedules(&transaction, None)?;
        let new = |it: &Schedule| planned.iter().all(|planned| planned.schedule != *it);
        for schedule in Schedule::ALL.into_iter().filter(new) {
            let next_at = schedule.next_after(now);
            let next_at = next_at.map_err(|why| StoreError::unreadable(schedule.name(), why))?;
            apply::put_schedule(&transaction, schedule, next_at)?;
        }
        Ok(transaction.commit()?)
    }

    /// What is paused.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn paused(&self) -> Result<BTreeSet<Consumer>, StoreError> {
        let mut statement =
            self.connection.prepare("SELECT function FROM consumer WHERE paused = 1")?;
        let mut rows = statement.query([])?;
        let mut paused = BTreeSet::new();
        while let Some(row) = rows.next()? {
            paused.insert(row::parsed(row, "function")?);
        }
        Ok(paused)
    }

    /// How many rows this connection has inserted, updated or deleted since it was opened.
    pub(crate) fn rows_written(&self) -> u64 {
        self.connection.total_changes()
    }

    /// How many batches it has committed.
    pub(crate) fn commits(&self) -> u64 {
        self.commits
    }

    /// Folds the write-ahead log back into the file.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        // The answer is a row about how much was folded back; a reader may hold some of it, which the
        // next checkpoint takes along.
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opening = |why| StoreError::opening(path, why);
    let connection = Connection::open_with_flags(path, flags).map_err(opening)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(READER_CACHE).map_err(opening)?;
    keep_statements(&connection).map_err(opening)?;
    Ok(connection)
}

/// A statement is planned once, whatever it is asked with: SQLite would plan it anew for other values, and
/// here that never comes to another plan.
fn keep_statements(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// The same for a backup, which may be of an older version.
pub(crate) fn open_any_version(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_reader(path)?;
    match identity::schema_version_to_write(&connection, path)? {
        0 => Err(StoreError::NotOurs(path.to_owned())),
        _ => Ok(connection),
    }
}

/// The same for a file of which we know nothing yet: whether it is ours, and of our version, is looked
/// at first.
pub(crate) fn open_to_look(path: &Path) -> Result<Connection, StoreError> {
    let connection = open_reader(path)?;
    identity::expect_our_version(&connection, path)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, found: u32) -> Result<(), rusqlite::Error> {
    for (version, migration) in (1_u32..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
