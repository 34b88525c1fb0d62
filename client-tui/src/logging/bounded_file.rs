//! A log file that several processes append to and that stays within a bound.
//!
//! At the bound the old lines are copied beside it (`.1`) and the file begins anew. It is emptied and
//! not renamed, so that whoever has it open, the backend's standard error too, goes on in it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::replace_file::OWNER_ONLY;

/// The most that a log file has, give or take what is written between two looks: weeks of use, and
/// still quick to open in an editor.
pub const LIMIT_BYTES: u64 = 5 * 1024 * 1024;
/// After so many bytes of our own we look at the length again.
const LOOK_EVERY_BYTES: u64 = LIMIT_BYTES / 16;

/// Opens a log file to append to it, its owner's alone.
///
/// # Errors
/// Whatever the file system answers.
pub fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).read(true).mode(OWNER_ONLY).open(path)
}

/// Begins the file anew if it has more than `limit` bytes; what it held is then beside it. Lines that
/// somebody writes in this very moment may be lost.
///
/// # Errors
/// Whatever the file system answers.
pub fn keep_within(path: &Path, limit: u64) -> io::Result<()> {
    let file = append_to(path)?;
    // Only one process does it; the others find a short file afterwards.
    file.lock()?;
    if file.metadata()?.len() > limit {
        fs::copy(path, beside(path))?;
        file.set_len(0)?;
    }
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// A log file that looks after its own bound.
#[derive(Debug)]
pub(super) struct BoundedFile {
    path: PathBuf,
    file: File,
    since_last_look: u64,
}

impl BoundedFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        keep_within(path, LIMIT_BYTES)?;
        Ok(Self { path: path.to_owned(), file: append_to(path)?, since_last_look: 0 })
    }
}

impl Write for BoundedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.since_last_look = self.since_last_look.saturating_add(written as u64);
        if self.since_last_look >= LOOK_EVERY_BYTES {
            self.since_last_look = 0;
            keep_within(&self.path, LIMIT_BYTES)?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_written_for_ever_stays_within_its_bound() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut file = BoundedFile::open(&path).unwrap();
        let line = "x".repeat(64 * 1024) + "\n";
        for _ in 0..(3 * LIMIT_BYTES / line.len() as u64) {
            file.write_all(line.as_bytes()).unwrap();
            assert!(fs::metadata(&path).unwrap().len() <= LIMIT_BYTES + LOOK_EVERY_BYTES);
        }
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            2,
            "the log and the one before it"
        );
    }

    #[test]
    fn who_has_the_file_open_goes_on_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut other = append_to(&path).unwrap();
        other.write_all(b"old\n").unwrap();
        keep_within(&path, 4).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\n", "not over the limit yet");
        keep_within(&path, 3).unwrap();
        other.write_all(b"new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(fs::read_to_string(beside(&path)).unwrap(), "old\n");
    }
}
