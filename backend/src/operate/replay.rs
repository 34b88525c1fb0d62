//! `replay`: a second environment, built from the log alone.
//!
//! Every stored state, receipt and delivery of it is computed from the events. Nothing outside happens:
//! its bank is another one, whose books begin with what the log says; what is undecided stands still
//! until `serve --resume`. Refusals are in no event, so their receipts are not rebuilt.

mod rebuild;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use shared::id::LogId;
use shared::policy::Policy;

use super::error::MakeError;
use super::fold::{Folded, FromLog, StateHash, StateHasher, each_stream};
use super::partial::{Partial, refuse_existing};
use super::scan::{Illegible, events_of};
use super::verify::verify;
use super::words::{counted, grouped};
use crate::eventing::consumer::Follower;
use crate::eventing::delivery::DeliveryStatus;
use crate::eventing::follower::Progress;
use crate::eventing::log::StreamName;
use crate::eventing::plan::Head;
use crate::eventing::request::Pause;
use crate::gateway::books_beside;
use crate::gateway::from_log::make_books;
use crate::store::StoreError;
use crate::store::sqlite::{
    SqliteStore, head, move_head, open_to_look, put_delivery, put_pause, put_progress, put_stream,
};

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    source: PathBuf,
    target: PathBuf,
    fresh: LogId,
    head: Head,
    state: StateHash,
    tally: Tally,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    events: u64,
    streams: u64,
    receipts: u64,
    undecided: u64,
}

/// Builds `target` from the log in `source`, as a log of its own with the identity `fresh`.
///
/// # Errors
/// There is a target already, or something cannot be read or written; then there is no target.
pub(crate) fn replay(source: &Path, target: &Path, fresh: LogId) -> Result<Replayed, MakeError> {
    refuse_existing(&books_beside(target))?;
    let partial = Partial::begin(target)?;
    let log = open_to_look(source)?;
    log.execute_batch("BEGIN").map_err(|why| StoreError::opening(source, why))?;
    let (head, state) = (head(&log)?, state_of(&log)?);
    let tally = build(&log, head, partial.path(), fresh)?;
    books_from_log(&log, &books_beside(partial.path()))?;
    let verdict = verify(partial.path())?;
    if !verdict.holds() || verdict.state != state {
        return Err(MakeError::DoesNotHold(verdict.to_string()));
    }
    partial.keep()?;
    Ok(Replayed { source: source.to_owned(), target: target.to_owned(), fresh, head, state, tally })
}

/// Opens a bank of its own for a second environment.
///
/// # Errors
/// The log cannot be read, or the books cannot be written.
pub(crate) fn books_from_log(log: &Connection, books: &Path) -> Result<(), MakeError> {
    make_books(books, |books| {
        each_stream(log, |stream| -> Result<(), MakeError> {
            let folded = stream_of(stream)?;
            let order = folded.stream.state.order();
            Ok(order.map_or(Ok(()), |order| books.enter(order))?)
        })
    })
}

/// What the log comes to; only where all of it can be read.
fn state_of(log: &Connection) -> Result<StateHash, MakeError> {
    let mut hasher = StateHasher::default();
    each_stream(log, |stream| Ok::<_, MakeError>(hasher.take_in(&stream_of(stream)?)?))?;
    Ok(hasher.finish())
}

fn stream_of(found: FromLog) -> Result<Folded, MakeError> {
    match found {
        FromLog::Folded(folded) => Ok(*folded),
        FromLog::Empty(name) => Err(MakeError::Illegible {
            what: name.to_string(),
            why: "none of its events begins it".to_owned(),
        }),
        FromLog::Illegible(Illegible { position, why, .. }) => {
            Err(MakeError::Illegible { what: format!("position {position}"), why })
        }
    }
}

fn build(log: &Connection, head: Head, path: &Path, fresh: LogId) -> Result<Tally, MakeError> {
    let (mut store, mut tally) = (SqliteStore::open(path, fresh)?, Tally::default());
    let policy = Policy::default();
    store.build_held(|copy| {
        tally.events = rebuild::copy_events(log, copy)?;
        tally.receipts = rebuild::receipts(copy)?;
        each_stream(copy, |stream| {
            let Folded { name, stream, .. } = stream_of(stream)?;
            put_stream(copy, name, &stream)?;
            for consumer in stream.state.system().into_iter().flat_map(|it| &it.paused) {
                put_pause(copy, *consumer, Pause::Paused)?;
            }
            tally.streams += 1;
            // Functions handle what happens to orders; other streams may be long.
            let StreamName::Order(_) = name else { return Ok(()) };
            let events = events_of(copy, name)?;
            for delivery in rebuild::deliveries(&events, &stream.state, &policy) {
                tally.undecided += u64::from(delivery.status == DeliveryStatus::Pending);
                put_delivery(copy, &delivery)?;
            }
            Ok::<_, MakeError>(())
        })?;
        // Whoever was told something was told it by the original.
        let told = Progress { cursor: head.position, state: None };
        put_progress(copy, Follower::Notifications, &told)?;
        Ok::<_, MakeError>(move_head(copy, head)?)
    })?;
    // What is in the write-ahead log has no name beside the file that gets one.
    store.checkpoint()?;
    Ok(tally)
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, target, fresh, head, state, tally } = self;
        let (source, target) = (source.display(), target.display());
        let position = grouped(head.position.get());
        let events = counted(tally.events, "event");
        let (streams, receipts) = (counted(tally.streams, "stream"), grouped(tally.receipts));
        writeln!(
            f,
            "{target}: log {fresh}, built from {events} of log {} in {source}",
            head.log_id
        )?;
        writeln!(f, "  {streams} folded, {receipts} receipts of what was accepted rebuilt")?;
        writeln!(f, "  a bank of its own, whose books begin with what the log says")?;
        writeln!(f, "\nstate {state} at position {position}, the same in both")?;
        let undecided = match tally.undecided {
            1 => "1 delivery stands".to_owned(),
            many => format!("{} deliveries stand", grouped(many)),
        };
        writeln!(f, "{undecided} still until `tiffin-backend serve --database {target} --resume`.")
    }
}
