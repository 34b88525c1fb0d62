//! `events`: what happened, one line each; also as it happens.
//!
//! Reads page by page beside a running server, and holds no transaction between pages, so that the
//! server's checkpoints are not held up.

mod line;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use rusqlite::{Connection, params};
use shared::cursor::Position;
use shared::id::LogId;
use thiserror::Error;

use super::scan::{Illegible, legible};
use crate::eventing::log::{LogEvent, StreamName};
use crate::store::StoreError;
use crate::store::row::EVENT_COLUMNS;

/// How many events are read at once.
const PAGE: u32 = 500;

/// How often a follower asks whether somebody has written; the answer is a number in shared memory.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Which events are shown, and how.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Of this stream only, where there is one.
    pub stream: Option<StreamName>,
    /// Those behind this position.
    pub after: Position,
    /// How.
    pub form: Form,
}

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For a person.
    Words,
    /// For a program: all that the contract tells of an event, as JSON.
    Json,
}

/// The events cannot be shown.
#[derive(Debug, Error)]
pub(crate) enum EventsError {
    /// The log failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody takes the lines.
    #[error("the events cannot be written out: {0}")]
    Output(#[from] io::Error),
    /// No order, or more than one, has an id that ends so.
    #[error("{0} orders have an id that ends in `{1}`: give more of it")]
    WhichOrder(u64, String),
}

/// The stream of the order whose id ends so.
///
/// # Errors
/// There is none, or more than one.
pub(crate) fn order_ending_in(log: &Connection, end: &str) -> Result<StreamName, EventsError> {
    let sql = "SELECT count(*), min(stream) FROM stream WHERE stream LIKE 'order:%' || ?1";
    let (count, stream): (u64, Option<String>) = log
        .query_row(sql, [end], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(StoreError::from)?;
    let named = stream.filter(|_| count == 1).and_then(|stream| stream.parse().ok());
    named.ok_or_else(|| EventsError::WhichOrder(count, end.to_owned()))
}

/// Writes all events that are wanted, and goes on with what comes as long as `wait` says so. Whoever
/// reads may have seen enough: then this ends well.
///
/// # Errors
/// The log cannot be read, or the output cannot be written.
pub(crate) fn show(
    log: &Connection,
    wanted: &Wanted,
    output: &mut impl Write,
    mut wait: impl FnMut(&Connection) -> Result<ControlFlow<()>, StoreError>,
) -> Result<(), EventsError> {
    let log_id = crate::store::sqlite::head(log)?.log_id;
    let mut after = wanted.after;
    loop {
        let page = page(log, wanted.stream, after)?;
        match write_page(output, log_id, wanted.form, &page) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
        match page.last() {
            Some(last) => after = position_of(last),
            None if wait(log)?.is_break() => return Ok(()),
            None => {}
        }
    }
}

/// Waits until somebody has written to the file since the last look.
///
/// # Errors
/// The log failed.
pub(crate) fn until_written(log: &Connection, seen: &mut i64) -> Result<(), StoreError> {
    loop {
        let version = log.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        if std::mem::replace(seen, version) != version {
            return Ok(());
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the one way to learn what another process does"
        )]
        std::thread::sleep(LOOK_EVERY);
    }
}

type Found = Result<LogEvent, Illegible>;

fn page(
    log: &Connection,
    stream: Option<StreamName>,
    after: Position,
) -> Result<Vec<Found>, StoreError> {
    let of_stream = if stream.is_some() { "AND stream = ?3" } else { "AND ?3 IS NULL" };
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM event WHERE seq > ?1 {of_stream} ORDER BY seq LIMIT ?2"
    );
    let mut statement = log.prepare_cached(&sql)?;
    let stream = stream.map(|stream| stream.to_string());
    let mut rows = statement.query(params![after.get().cast_signed(), PAGE, stream])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(legible(row)?);
    }
    Ok(found)
}

fn write_page(
    output: &mut impl Write,
    log_id: LogId,
    form: Form,
    page: &[Found],
) -> io::Result<()> {
    for found in page {
        match form {
            Form::Words => writeln!(output, "{}", line::in_words(found))?,
            Form::Json => writeln!(output, "{}", line::as_json(log_id, found)?)?,
        }
    }
    output.flush()
}

fn position_of(found: &Found) -> Position {
    match found {
        Ok(event) => event.position,
        Err(illegible) => Position::new(illegible.position.cast_unsigned()),
    }
}
