//! What the backend keeps, and the promises that its database must keep: one file, one writer.
//! Steps 4 to 8 of an order's way.
//!
//! The writer *loads* all that a batch touches and *applies* what was planned, in one transaction that
//! locks the log's head first. Readers have connections of their own and never wait for it.

pub(crate) mod sqlite;
pub(crate) mod read;
pub(crate) mod row;

use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// What can go wrong with the database.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The database said no; nothing was written.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file holds something that this build cannot read.
    #[error("the database holds something that cannot be read ({what}): {why}")]
    Unreadable {
        /// Where.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file was written by a newer version.
    #[error(
        "{path} has schema version {found}, and this program knows up to {known}: start the newer program"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The commit failed in a way that leaves open whether it happened. Only recovery can tell, so
    /// the process must end.
    #[error("the outcome of a commit is unknown ({0}): the server ends, and recovery decides")]
    OutcomeUnknown(rusqlite::Error),
    /// A reader could not run.
    #[error("reading was cut short: {0}")]
    Interrupted(String),
}

impl StoreError {
    /// Whether every request would fail on it just now, whatever it asks.
    pub(crate) fn concerns_everybody(&self) -> bool {
        let code = match self {
            Self::Database(error) => error.sqlite_error_code(),
            Self::Unreadable { .. }
            | Self::Newer { .. }
            | Self::OutcomeUnknown(_)
            | Self::Interrupted(_) => None,
        };
        code.is_some_and(|code| {
            [ErrorCode::DatabaseBusy, ErrorCode::DiskFull, ErrorCode::SystemIoFailure]
                .contains(&code)
        })
    }

    /// Something in the database that makes no sense.
    pub(crate) fn unreadable(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Unreadable { what: what.into(), why: format!("{why}") }
    }
}
