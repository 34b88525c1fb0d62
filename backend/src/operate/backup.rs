//! `backup` and `restore`: the file as it is at one moment, and back.
//!
//! A backup is one file, complete in itself, made while the server goes on, and verified before it gets
//! its name. What is restored is another log: it may lack what clients have seen after the backup, so it
//! gets another identity, and they begin anew. The bank is no part of it: it goes on as the world does.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use shared::id::LogId;

use super::error::MakeError;
use super::partial::Partial;
use super::replay::books_from_log;
use super::verify::{Verdict, verify};
use super::words::grouped;
use crate::gateway::books_beside;
use crate::lock::ServerLock;
use crate::store::StoreError;
use crate::store::sqlite::{SqliteStore, open_any_version, open_to_look};

/// A backup that was made, or restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copied {
    target: PathBuf,
    what: What,
    /// What was found in it before it got its name.
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Backup,
    /// The log has this identity now.
    Restored(LogId),
}

/// Writes a backup of `database` to `target`; a server may be at work meanwhile.
///
/// # Errors
/// There is a target already, something cannot be read or written, or the file does not hold; then there
/// is no backup.
pub(crate) fn backup(database: &Path, target: &Path) -> Result<Copied, MakeError> {
    let log = open_to_look(database)?;
    let partial = Partial::begin(target)?;
    copy(&log, partial.path())?;
    let verdict = holds(partial.path())?;
    partial.keep()?;
    Ok(Copied { target: target.to_owned(), what: What::Backup, verdict })
}

/// Makes `target` from a backup, with the identity `fresh`. A bank that is there already is left alone;
/// where there is none, one is opened with what the log says.
///
/// # Errors
/// There is a target already, or a server at work on it; something cannot be read or written; or the
/// backup does not hold. Then there is no target.
pub(crate) fn restore(from: &Path, target: &Path, fresh: LogId) -> Result<Copied, MakeError> {
    let backup = open_any_version(from)?;
    let partial = Partial::begin(target)?;
    let _lock = ServerLock::take(target)?;
    copy(&backup, partial.path())?;
    // Opened as a server does, which also brings an older backup up to date.
    let mut store = SqliteStore::open(partial.path(), fresh)?;
    store.become_log(fresh)?;
    store.checkpoint()?;
    drop(store);
    if !books_beside(target).exists() {
        books_from_log(&open_to_look(partial.path())?, &books_beside(partial.path()))?;
    }
    let verdict = holds(partial.path())?;
    partial.keep()?;
    Ok(Copied { target: target.to_owned(), what: What::Restored(fresh), verdict })
}

/// All that is in the database at this moment, in one file, as SQLite itself writes it.
fn copy(log: &Connection, path: &Path) -> Result<(), MakeError> {
    let copied = log.execute("VACUUM INTO ?1", [path.as_os_str().to_string_lossy()]);
    copied.map_err(|why| StoreError::Database(why).of_file(path))?;
    Ok(())
}

fn holds(path: &Path) -> Result<Verdict, MakeError> {
    let verdict = verify(path)?;
    if verdict.holds() { Ok(verdict) } else { Err(MakeError::DoesNotHold(verdict.to_string())) }
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, what, verdict: Verdict { head, state, .. } } = self;
        let (target, position) = (target.display(), grouped(head.position.get()));
        match what {
            What::Backup => writeln!(f, "{target}: log {} up to position {position}", head.log_id)?,
            What::Restored(fresh) => {
                writeln!(f, "{target}: log {fresh} up to position {position}")?;
                writeln!(f, "Clients see another log, and begin anew with what it has.")?;
            }
        }
        writeln!(f, "state {state}\nVerified: everything holds.")
    }
}
