//! What the backend keeps, and the promises that its database must keep: one file, one writer.
//! Steps 4 to 8 of an order's way.
//!
//! The writer *loads* all that a batch touches and *applies* what was planned, in one transaction that
//! locks the log's head first. Readers have connections of their own and never wait for it.

pub(crate) mod sqlite;
pub(crate) mod read;
pub(crate) mod row;

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use shared::id::LogId;
use thiserror::Error;
use uuid::Builder;

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
    /// There is no such file.
    #[error(
        "there is no database at {0}: name another with --database, or let `tiffin-backend serve` make it"
    )]
    Missing(PathBuf),
    /// The file is something else; nothing in it was touched.
    #[error("{0} is no database of Tiffin's, so it is left as it is: name another file")]
    NotOurs(PathBuf),
    /// The file was written by a newer version; nothing in it was touched.
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
    /// The file was written by an older version, and whoever asks may only read it.
    #[error(
        "{path} has schema version {found}, and this program reads {known}: let `tiffin-backend serve` \
         bring it up to date"
    )]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The file is ours, and its pages make no sense.
    #[error(
        "{path} is damaged ({why}): keep a copy of it, and restore a backup with `tiffin-backend restore`"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        why: rusqlite::Error,
    },
    /// The file, or its folder, may not be written.
    #[error("{path} cannot be written ({why}): may we write to it and to its folder?")]
    NotWritable {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        why: rusqlite::Error,
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
            | Self::Missing(_)
            | Self::NotOurs(_)
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Damaged { .. }
            | Self::NotWritable { .. }
            | Self::OutcomeUnknown(_)
            | Self::Interrupted(_) => None,
        };
        code.is_some_and(|code| {
            [ErrorCode::DatabaseBusy, ErrorCode::DiskFull, ErrorCode::SystemIoFailure]
                .contains(&code)
        })
    }

    /// What a person can do about it while the server runs.
    pub(crate) fn advice(&self) -> &'static str {
        let code = match self {
            Self::Database(error) | Self::OutcomeUnknown(error) => error.sqlite_error_code(),
            Self::Damaged { .. } => Some(ErrorCode::DatabaseCorrupt),
            Self::NotWritable { .. } => Some(ErrorCode::ReadOnly),
            Self::Unreadable { .. }
            | Self::Missing(_)
            | Self::NotOurs(_)
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Interrupted(_) => None,
        };
        match code {
            Some(ErrorCode::DiskFull) => {
                "make room on the disk: until then everything can be read, and then writing goes on by itself"
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program has locked the database: end it, and writing goes on by itself"
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                "let us write to the database and to its folder, and writing goes on by itself"
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                "the database is damaged: stop the server, keep a copy, and restore a backup with \
                 `tiffin-backend restore`"
            }
            Some(_) | None => "whoever asked may ask again; if it stays so, look at the disk",
        }
    }

    /// What it means that this file cannot be opened, or not be written from its beginning.
    pub(crate) fn opening(path: &Path, why: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match why.sqlite_error_code() {
            Some(ErrorCode::CannotOpen) if !path.exists() => Self::Missing(path),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => Self::NotWritable { path, why },
            Some(ErrorCode::NotADatabase) => Self::NotOurs(path),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, why },
            Some(_) | None => Self::Database(why),
        }
    }

    /// The same error, with what it means for somebody who only reads this file.
    pub(crate) fn of_file(self, path: &Path) -> Self {
        match self {
            Self::Database(why) => Self::opening(path, why),
            Self::Unreadable { .. }
            | Self::Missing(_)
            | Self::NotOurs(_)
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Damaged { .. }
            | Self::NotWritable { .. }
            | Self::OutcomeUnknown(_)
            | Self::Interrupted(_) => self,
        }
    }

    /// Something in the database that makes no sense.
    pub(crate) fn unreadable(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Unreadable { what: what.into(), why: format!("{why}") }
    }
}

/// The identity of a new log.
pub(crate) fn fresh_log_id() -> LogId {
    let mut random = [0_u8; 16];
    #[expect(clippy::disallowed_methods, reason = "the edge: a new log gets its identity here")]
    rand::fill(&mut random);
    LogId::new(Builder::from_random_bytes(random).into_uuid())
}
