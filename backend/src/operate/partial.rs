//! A database in the making: it gets its name only when it is whole and on the disk.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::gateway::books_beside;

/// What SQLite and the bank put beside a database while they work with it.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Files that are being made for a target. What is not kept is removed.
#[derive(Debug)]
pub(crate) struct Partial {
    target: PathBuf,
    path: PathBuf,
}

/// The target cannot be made.
#[derive(Debug, Error)]
pub(crate) enum TargetError {
    /// There is something already; nothing is ever written over.
    #[error(
        "{0} exists already, and nothing is written over: name another file, or move that one away"
    )]
    Exists(PathBuf),
    /// Somebody makes the same, or has been killed while doing so.
    #[error("{0} is in the making: wait for whoever does it, or delete it if nobody does any more")]
    InTheMaking(PathBuf),
    /// The files cannot be made or named.
    #[error("{path} cannot be made: {why}")]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: io::Error,
    },
}

/// Says no where there is something of that name.
///
/// # Errors
/// There is.
pub(crate) fn refuse_existing(file: &Path) -> Result<(), TargetError> {
    if file.exists() { Err(TargetError::Exists(file.to_owned())) } else { Ok(()) }
}

impl Partial {
    /// Begins to make `target`, beside it.
    ///
    /// # Errors
    /// There is something of that name already, or its folder cannot be written.
    pub(crate) fn begin(target: &Path) -> Result<Self, TargetError> {
        refuse_existing(target)?;
        // A former database's commits, left behind without it. An empty one is nothing.
        let write_ahead_log = with_ending(target, "-wal");
        if std::fs::metadata(&write_ahead_log).is_ok_and(|it| it.len() > 0) {
            return Err(TargetError::Exists(write_ahead_log));
        }
        let path = with_ending(target, ".partial");
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => Ok(Self { target: target.to_owned(), path }),
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
                Err(TargetError::InTheMaking(path))
            }
            Err(why) => Err(TargetError::Unusable { path, why }),
        }
    }

    /// Where to make it meanwhile.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, once it is on the disk; the bank's books first, where there are any. Nobody may
    /// have it open.
    ///
    /// # Errors
    /// It cannot be flushed or renamed.
    pub(crate) fn keep(self) -> Result<(), TargetError> {
        let name = |from: PathBuf, to: PathBuf| -> Result<(), TargetError> {
            let named = File::open(&from)
                .and_then(|file| file.sync_all())
                .and_then(|()| std::fs::rename(&from, &to));
            named.map_err(|why| TargetError::Unusable { path: to, why })
        };
        let books = books_beside(&self.path);
        if books.exists() {
            name(books, books_beside(&self.target))?;
        }
        name(self.path.clone(), self.target.clone())?;
        sync_folder(&self.target)
            .map_err(|why| TargetError::Unusable { path: self.target.clone(), why })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for file in [self.path.clone(), books_beside(&self.path)] {
            for leftover in
                COMPANIONS.map(|ending| with_ending(&file, ending)).into_iter().chain([file])
            {
                match std::fs::remove_file(&leftover) {
                    Ok(()) => {}
                    // Named already, or never made.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => {
                        tracing::warn!(%error, "{} is left over: delete it", leftover.display());
                    }
                }
            }
        }
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A new name is durable once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
