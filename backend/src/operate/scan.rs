//! Reads the whole log, event by event, in constant memory.

use rusqlite::Connection;

use crate::eventing::log::LogEvent;
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
pub(crate) fn each_event(
    log: &Connection,
    along: Along,
    mut see: impl FnMut(Result<LogEvent, Illegible>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let order = match along {
        Along::Positions => "seq",
        Along::Streams => "stream, stream_version",
    };
    let mut statement =
        log.prepare(&format!("SELECT {EVENT_COLUMNS} FROM event ORDER BY {order}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let event = match row::event(row) {
            Ok(event) => Ok(event),
            Err(why) => Err(Illegible {
                position: row.get("seq")?,
                stream: row.get("stream")?,
                why: why.to_string(),
            }),
        };
        see(event)?;
    }
    Ok(())
}
