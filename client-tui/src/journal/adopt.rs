//! Files of a journal directory: made, locked, taken over from programs that died.
//! Step 3 of an order's way.
//!
//! All of this happens behind one gate (a lock on `journal.lock`), one program at a time: so each file
//! of a dead program is adopted once, and a file that its owner just replaces is never taken for dead.
//! Locks go with their process, however it ends.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use optimistic::{account::ProfileId, record::Ledger};
use uuid::Uuid;

use super::{
    JournalError, Oddity, OddityKind,
    pages::{self, Pages},
};
use crate::replace_file::OWNER_ONLY;

const PREFIX: &str = "journal-";
const FINISHED: &str = "log";
/// A file that is being written anew; one that is left over is of a program that died.
const UNFINISHED: &str = "new";
/// The longest file that is read, in bytes: several times what a journal with the most pending
/// mutations grows to before it is written anew.
const LENGTH_MAX: u64 = 64 * 1024 * 1024;

/// The right to make, adopt and replace files in a journal directory.
#[derive(Debug)]
pub(super) struct Gate {
    directory: PathBuf,
    _lock: File,
}

/// What dead programs have left.
#[derive(Debug, Default)]
pub(super) struct Adopted {
    pub(super) ledger: Ledger,
    /// Locked until they are discarded.
    files: Vec<(PathBuf, File)>,
    oddities: Vec<Oddity>,
}

pub(super) fn file_name(name: Uuid) -> String {
    format!("{PREFIX}{name}.{FINISHED}")
}

/// Takes over the files of dead programs of this profile; those of others stay as they are.
pub(super) fn adopt(gate: &Gate, profile: ProfileId) -> Result<Adopted, JournalError> {
    let mut adopted = Adopted::default();
    for path in gate.files()? {
        if path.extension().is_some_and(|it| it == UNFINISHED) {
            remove(&path)?;
        } else {
            adopted.take_over(path, profile)?;
        }
    }
    Ok(adopted)
}

impl Gate {
    /// Waits until nobody else is in the directory, which need not exist.
    pub(super) fn wait(directory: &Path) -> Result<Self, JournalError> {
        let open = || {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            let path = directory.join("journal.lock");
            let lock = options().create(true).open(path)?;
            lock.lock()?;
            Ok(Self { directory: directory.to_owned(), _lock: lock })
        };
        open().map_err(cannot_open(directory))
    }

    /// Writes a whole journal and brings it to `path`, flushed and locked. What was there before is
    /// there after a crash, or what is there now.
    pub(super) fn write_anew(
        &self,
        path: &Path,
        profile: ProfileId,
        ledger: &Ledger,
    ) -> Result<(File, u64), JournalError> {
        let bytes = pages::written(profile, ledger)?;
        let unfinished = path.with_extension(UNFINISHED);
        let write = || {
            remove_if_there(&unfinished)?;
            let mut file = options().create_new(true).open(&unfinished)?;
            file.lock()?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)?;
            File::open(&self.directory)?.sync_all()?;
            Ok(file)
        };
        let file =
            write().map_err(|source| JournalError::Write { path: path.to_owned(), source })?;
        Ok((file, u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
    }

    /// The journals and unfinished journals, in the order of their names, which is that of their time.
    fn files(&self) -> Result<Vec<PathBuf>, JournalError> {
        let list = || {
            let mut files = Vec::new();
            for entry in fs::read_dir(&self.directory)? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().as_encoded_bytes();
                let extension = path.extension().unwrap_or_default();
                let is_known = extension == FINISHED || extension == UNFINISHED;
                if name.starts_with(PREFIX.as_bytes()) && is_known {
                    files.push(path);
                }
            }
            files.sort();
            Ok(files)
        };
        list().map_err(cannot_open(&self.directory))
    }
}

impl Adopted {
    fn take_over(&mut self, path: PathBuf, profile: ProfileId) -> Result<(), JournalError> {
        let mut file = options().open(&path).map_err(cannot_open(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            // Its program lives.
            Err(TryLockError::WouldBlock) => return Ok(()),
            Err(TryLockError::Error(source)) => return Err(cannot_open(&path)(source)),
        }
        let length = file.metadata().map_err(cannot_open(&path))?.len();
        let pages = if length > LENGTH_MAX {
            Pages::NotOurs(OddityKind::Unreadable)
        } else {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(cannot_open(&path))?;
            pages::read(&bytes)
        };
        match pages {
            Pages::Of { profile: theirs, .. } if theirs != profile => {}
            Pages::Of { records, oddity, .. } => {
                for record in &records {
                    self.ledger.apply(record);
                }
                self.oddities.extend(oddity.map(|kind| Oddity { file: path.clone(), kind }));
                self.files.push((path, file));
            }
            Pages::Blank => self.files.push((path, file)),
            Pages::NotOurs(kind) => self.oddities.push(Oddity { file: path, kind }),
        }
        Ok(())
    }

    /// Removes the files, but for the one that stands in the place of `ours` by now: what they held
    /// is in it. Gives what was odd about them.
    pub(super) fn discard(self, ours: &Path) -> Result<Vec<Oddity>, JournalError> {
        for (path, file) in self.files {
            // Emptied first, so that one that cannot be removed does not come back to life.
            file.set_len(0).map_err(cannot_open(&path))?;
            if path != ours {
                remove(&path)?;
            }
        }
        Ok(self.oddities)
    }
}

fn remove(path: &Path) -> Result<(), JournalError> {
    fs::remove_file(path).map_err(cannot_open(path))
}

/// A file may be left over from a write that failed.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// For the owner alone, to read, and to add at the end.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(OWNER_ONLY);
    options
}

fn cannot_open(path: &Path) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let path = path.to_owned();
    |source| JournalError::Open { path, source }
}
