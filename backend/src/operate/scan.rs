//! Reads the whole log, event by event, in constant memory.

use rusqlite::{Connection, Row};

use crate::eventing::log::{LogEvent, StreamName};
use crate::store::StoreError;
use crate::store::row::{self, EVENT_COLUMNS};

/// In which order the log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Along {
    /// As it happened.
    Positions,
    /// Stream after stream by their names, each from its first version on.
    Streams,
}

/// A row of the log that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Illegible {
    /// Where it stands.
    pub position: i64,
    /// Its stream, as it is written there.
    pub stream: String,
    /// What is wrong.
    pub why: String,
}

/// Shows each row of the log to `see`, as an event where it can be read.
///
/// # Errors
/// The database failed, or `see` did.
pub(crate) fn each_event<E: From<StoreError>>(
    log: &Connection,
    along: Along,
    mut see: impl FnMut(Result<LogEvent, Illegible>) -> Result<(), E>,
) -> Result<(), E> {
    let order = match along {
        Along::Positions => "seq",
        Along::Streams => "stream, stream_version",
    };
    let database = |why| E::from(StoreError::Database(why));
    let sql = format!("SELECT {EVENT_COLUMNS} FROM event ORDER BY {order}");
    let mut statement = log.prepare(&sql).map_err(database)?;
    let mut rows = statement.query([]).map_err(database)?;
    while let Some(row) = rows.next().map_err(database)? {
        see(legible(row)?)?;
    }
    Ok(())
}

/// The event in this row, from [`EVENT_COLUMNS`]; or that there is one which cannot be read.
///
/// # Errors
/// Not even its position can be read.
pub(crate) fn legible(row: &Row<'_>) -> Result<Result<LogEvent, Illegible>, StoreError> {
    Ok(match row::event(row) {
        Ok(event) => Ok(event),
        Err(why) => Err(Illegible {
            position: row.get("seq")?,
            stream: row.get("stream")?,
            why: why.to_string(),
        }),
    })
}

/// All events of one stream, oldest first. A stream is short: an order takes so many changes at most.
///
/// # Errors
/// The database failed, or an event cannot be read.
pub(crate) fn events_of(log: &Connection, name: StreamName) -> Result<Vec<LogEvent>, StoreError> {
    let sql =
        format!("SELECT {EVENT_COLUMNS} FROM event WHERE stream = ?1 ORDER BY stream_version");
    let mut statement = log.prepare_cached(&sql)?;
    let mut rows = statement.query([name.to_string()])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(row::event(row)?);
    }
    Ok(events)
}
