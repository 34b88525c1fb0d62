//! One server for one database file: a lock beside it, which says who holds it.
//!
//! The operating system holds the lock and lets it go when the process ends, however it ends; what is
//! written in the file only tells others where to find the server.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The lock, held as long as this lives.
#[derive(Debug)]
pub(crate) struct ServerLock {
    file: File,
    path: PathBuf,
}

/// The lock cannot be had.
#[derive(Debug, Error)]
pub(crate) enum LockError {
    /// Another server serves this file.
    #[error(
        "{holder} serves {database} already. Use that one, or end it, or name another --database"
    )]
    Held {
        /// The database.
        database: PathBuf,
        /// Who it is.
        holder: String,
    },
    /// The lock file cannot be opened or written.
    #[error(
        "the lock file {path} cannot be used: {why}. Is its folder there, and may we write to it?"
    )]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// What is wrong.
        why: std::io::Error,
    },
}

impl ServerLock {
    /// Takes the lock of a database file, `<database>.lock`.
    pub(crate) fn take(database: &Path) -> Result<Self, LockError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let unusable = |why| LockError::Unusable { path: path.clone(), why };
        let mut options = OpenOptions::new();
        // Not truncated: the file may be another server's.
        let opened = options.read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.read_to_string(&mut text).map_err(unusable)?;
                return Err(LockError::Held {
                    database: database.to_owned(),
                    holder: holder(&text),
                });
            }
            Err(TryLockError::Error(why)) => return Err(unusable(why)),
        }
        let lock = Self { file, path: path.clone() };
        lock.write("").map_err(unusable)?;
        Ok(lock)
    }

    /// Tells others where the server is: its URL on the first line, its process on the second, and
    /// where the operator's token stands on the third.
    pub(crate) fn announce(&self, url: &str, token_file: &Path) -> Result<(), LockError> {
        // As seen from anywhere; where that cannot be found out, as it was given.
        let token_file = std::path::absolute(token_file).unwrap_or_else(|_| token_file.to_owned());
        let process = std::process::id();
        let text = format!("{url}\npid {process}\noperator-token {}\n", token_file.display());
        let unusable = |why| LockError::Unusable { path: self.path.clone(), why };
        self.write(&text).map_err(unusable)
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    }
}

impl Drop for ServerLock {
    fn drop(&mut self) {
        // The lock itself ends with the file; an old address would only mislead.
        if let Err(error) = self.write("") {
            tracing::debug!(%error, "the lock file could not be emptied");
        }
    }
}

fn holder(text: &str) -> String {
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some(url), Some(process)) => format!("another server ({url}, {process})"),
        _ => "another server, which is just starting,".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_told_who_the_first_is_and_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("tiffin.db");
        let first = ServerLock::take(&database).unwrap();
        first.announce("http://127.0.0.1:4000", Path::new("/t/token")).unwrap();
        let told = std::fs::read_to_string(folder.path().join("tiffin.db.lock")).unwrap();
        assert_eq!(told.lines().nth(2), Some("operator-token /t/token"));
        let error = ServerLock::take(&database).unwrap_err().to_string();
        assert!(error.contains("http://127.0.0.1:4000") && error.contains("pid"), "{error}");
        let error = ServerLock::take(&database).unwrap_err().to_string();
        assert!(error.contains("http://127.0.0.1:4000"), "{error}");
        drop(first);
        ServerLock::take(&database).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = ServerLock::take(Path::new("/nowhere/at/all.db")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all.db.lock"));
    }
}
