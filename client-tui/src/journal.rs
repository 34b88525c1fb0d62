//! Pending mutations on disk, so that neither a crash nor a restart loses or doubles one.
//!
//! Step 3 of an order's way waits here: before the first byte of a mutation goes out, the disk knows
//! that it may have been sent. What the records mean stands in `optimistic::record`; what is written
//! when, the store decides. This is only the paper: lines in a file, locks, and a thread of its own.
//!
//! ```text
//!  journal/journal.lock          held for moments: whoever opens, adopts or rewrites
//!  journal/journal-<uuid>.log    one per running program, locked while it runs
//! ```
//!
//! The journal of a program that died is unlocked; whoever starts next adopts it. One of an older
//! format is upgraded by that; one of a newer format is left alone, and the person is told.

mod oddity;
mod line;
mod pages;
mod adopt;
mod writer;

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use optimistic::{
    account::ProfileId,
    effect::Flush,
    record::{Ledger, Record, Remembered},
};
use uuid::Uuid;

pub(crate) use line::{opened, sealed};
pub use oddity::{Oddity, OddityKind};
pub use writer::{JournalReport, JournalWriter, QUEUE_LIMIT};

/// A file that is larger than this, and than twice what it was after the last time, is rewritten with
/// what is still pending. A pending order takes about a kilobyte.
const REWRITE_ABOVE: u64 = 1024 * 1024;

/// The journal of this program.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    profile: ProfileId,
    path: PathBuf,
    file: File,
    /// What the file's records fold into.
    ledger: Ledger,
    length: u64,
    rewrite_above: u64,
    condition: Condition,
}

/// A journal that has just been opened.
#[derive(Debug)]
pub struct Opened {
    /// Ready to be written.
    pub journal: Journal,
    /// What is still pending from before, oldest first.
    pub mutations: Vec<Remembered>,
    /// What was odd about the journals of dead programs and was coped with.
    pub oddities: Vec<Oddity>,
}

/// Whether the end of the file is what we think it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Sound,
    /// A write or a flush failed: what the disk has of it is unknown, and a second flush that
    /// succeeds proves nothing. The file is rewritten before anything is added to it.
    Suspect,
}

/// The journal cannot be kept; each says what to do. Nothing is sent that could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its directory or a file in it cannot be made, opened, listed or locked.
    #[error("the journal {path} cannot be opened ({source}): look at its permissions")]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record did not get to the disk.
    #[error("the journal {path} cannot be written ({source}): look whether the disk is full")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A record cannot be put into words; a mistake in this program.
    #[error("a record cannot be written down ({0}): please report this")]
    Record(#[from] serde_json::Error),
}

impl Journal {
    /// Opens the journal of a program that starts, as `journal-<name>.log`, and takes over what the
    /// journals of dead programs of the same profile hold. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// The directory or a file in it cannot be read, written or locked; then nothing is adopted.
    pub fn open(directory: &Path, profile: ProfileId, name: Uuid) -> Result<Opened, JournalError> {
        let gate = adopt::Gate::wait(directory)?;
        let mut adopted = adopt::adopt(&gate, profile)?;
        let path = directory.join(adopt::file_name(name));
        let ledger = std::mem::take(&mut adopted.ledger);
        let (file, length) = gate.write_anew(&path, profile, &ledger)?;
        // From here on all of it is in a file of ours.
        let oddities = adopted.discard(&path)?;
        let mutations = ledger.pending().cloned().collect();
        let journal = Self {
            directory: directory.to_owned(),
            profile,
            path,
            file,
            ledger,
            length,
            rewrite_above: next_rewrite(length),
            condition: Condition::Sound,
        };
        Ok(Opened { journal, mutations, oddities })
    }

    /// Appends these records and flushes them if one of them asks for it: all of them, or none.
    /// Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// None of them counts as written.
    pub fn append(&mut self, records: &[(Record, Flush)]) -> Result<(), JournalError> {
        if self.condition == Condition::Suspect {
            self.rewrite()?;
        }
        let mut lines = Vec::new();
        for (record, _) in records {
            sealed(&serde_json::to_string(record)?, &mut lines);
        }
        let is_flushed = records.iter().any(|(_, flush)| *flush == Flush::First);
        if let Err(source) = self.write(&lines, is_flushed) {
            self.condition = Condition::Suspect;
            return Err(JournalError::Write { path: self.path.clone(), source });
        }
        self.length = self.length.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        for (record, _) in records {
            self.ledger.apply(record);
        }
        Ok(())
    }

    /// Rewrites the file if it has grown too long for what is pending. One that cannot be rewritten
    /// stays as it is, and is tried again when it has doubled.
    ///
    /// # Errors
    /// It could not be rewritten; nothing is lost.
    pub fn rewrite_if_long(&mut self) -> Result<(), JournalError> {
        if self.length <= self.rewrite_above {
            return Ok(());
        }
        self.rewrite_above = next_rewrite(self.length);
        self.rewrite()
    }

    fn write(&mut self, lines: &[u8], is_flushed: bool) -> io::Result<()> {
        self.file.write_all(lines)?;
        if is_flushed { self.file.sync_data() } else { Ok(()) }
    }

    fn rewrite(&mut self) -> Result<(), JournalError> {
        let gate = adopt::Gate::wait(&self.directory)?;
        let (file, length) = gate.write_anew(&self.path, self.profile, &self.ledger)?;
        self.file = file;
        self.length = length;
        self.rewrite_above = next_rewrite(length);
        self.condition = Condition::Sound;
        Ok(())
    }
}

fn next_rewrite(length: u64) -> u64 {
    length.saturating_mul(2).max(REWRITE_ABOVE)
}

#[cfg(test)]
mod tests;
