//! `verify`: does the file keep all that was promised?
//!
//! The log is read twice, once along its positions and once stream after stream, in one read transaction
//! and in constant memory. Nothing is mended here: whoever finds something keeps a copy and asks why.

mod verdict;
mod questions;
mod states;
mod deliveries;
mod portions;
mod books;
mod audit;
#[cfg(test)]
mod tests;

use std::path::Path;

use rusqlite::Connection;

use super::fold::{FromLog, StateHash, StateHasher, each_stream};
use super::words::{counted, grouped};
use crate::gateway;
use crate::store::StoreError;
use crate::store::sqlite::{head, open_to_look};
use books::{Books, BooksCheck};
use states::StatesCheck;
pub(crate) use verdict::{Check, Findings, Verdict};

/// Reads the whole file, and the bank's books beside it, as they are at one moment.
///
/// # Errors
/// The file cannot be read, so nobody can say what holds.
pub(crate) fn verify(database: &Path) -> Result<Verdict, StoreError> {
    look_at_all(database).map_err(|error| error.of_file(database))
}

fn look_at_all(database: &Path) -> Result<Verdict, StoreError> {
    let log = open_to_look(database)?;
    // The books are read between two looks at the log: what the log had before them must be on them,
    // and what is on them the log must have by the second look, or be about to have.
    let before_books = head(&log)?.position;
    let books = Books::open(gateway::books_beside(database))?;
    log.execute_batch("BEGIN")?;
    let head = head(&log)?;
    let file = file(&log)?;
    let (states, books, state) = streams(&log, BooksCheck::new(&log, books, before_books))?;
    let checks = vec![
        file,
        along_the_log(&log)?,
        states,
        receipts(&log)?,
        deliveries::check(&log)?,
        portions::check(&log)?,
        audit::check(&log)?,
        books,
    ];
    Ok(Verdict { database: database.to_owned(), head, checks, state })
}

/// Whether the pages and indices of the file make sense.
fn file(log: &Connection) -> Result<Check, StoreError> {
    let mut findings = Findings::default();
    let mut statement = log.prepare("PRAGMA integrity_check(10)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let said: String = row.get(0)?;
        if said != "ok" {
            findings.add(said);
        }
    }
    Ok(Check::new("file", "its pages and indices are sound", findings))
}

fn along_the_log(log: &Connection) -> Result<Check, StoreError> {
    let mut findings = Findings::default();
    questions::ask(log, &questions::LOG, &mut findings)?;
    let events = count(log, "SELECT count(*) FROM event")?;
    let what = counted(events, "event");
    let summary =
        format!("{what} without a gap, in the order of time, each cause before its effect");
    Ok(Check::new("log", summary, findings))
}

fn receipts(log: &Connection) -> Result<Check, StoreError> {
    let mut findings = Findings::default();
    questions::ask(log, &questions::RECEIPTS, &mut findings)?;
    let accepted = count(log, "SELECT count(*) FROM receipt WHERE refusal IS NULL")?;
    let refused = count(log, "SELECT count(*) FROM receipt WHERE refusal IS NOT NULL")?;
    let (accepted, refused) = (grouped(accepted), grouped(refused));
    let summary = format!("{accepted} accepted and {refused} refused, as the log says");
    Ok(Check::new("receipts", summary, findings))
}

fn streams(
    log: &Connection,
    mut books: BooksCheck<'_>,
) -> Result<(Check, Check, StateHash), StoreError> {
    let (mut hasher, mut states) = (StateHasher::default(), StatesCheck::new(log));
    each_stream(log, |stream| -> Result<(), StoreError> {
        if let FromLog::Folded(folded) = &stream {
            hasher.take_in(folded)?;
            books.see(folded)?;
        }
        states.see(&stream)
    })?;
    Ok((states.end()?, books.end()?, hasher.finish()))
}

fn count(log: &Connection, sql: &str) -> Result<u64, StoreError> {
    Ok(log.query_row(sql, [], |row| row.get(0))?)
}
