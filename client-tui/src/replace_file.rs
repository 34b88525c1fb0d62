//! Writes a file whole or not at all, whatever crashes meanwhile.
//!
//! Used for what must survive a loss of power (the profile) and what is simply never to be seen half
//! written (the cache). It is not for files that grow: those are appended to.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
};

/// The mode of all files that tell something about a person: read and write for the owner alone.
pub const OWNER_ONLY: u32 = 0o600;

/// Replaces the content of `path`, which need not exist. After a crash there is the old content or
/// the new one. Blocks for as long as the disk takes.
///
/// # Errors
/// Whatever the file system answers; then `path` is as it was.
pub fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    write_beside(path, content, |temporary| fs::rename(temporary, path))
}

/// Creates `path` with this content, unless it exists. Blocks for as long as the disk takes.
///
/// # Errors
/// `AlreadyExists` where it exists, in whichever process has been faster; else whatever the file
/// system answers.
pub fn create_file(path: &Path, content: &[u8]) -> io::Result<()> {
    write_beside(path, content, |temporary| {
        fs::hard_link(temporary, path)?;
        fs::remove_file(temporary)
    })
}

/// Writes and syncs a file beside `path`, lets `put` bring it there and syncs the directory.
fn write_beside(
    path: &Path,
    content: &[u8],
    put: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = temporary_beside(path)?;
    if let Err(error) = write_and_sync(&temporary, content).and_then(|()| put(&temporary)) {
        // Best effort: what matters is the first error, and the next call overwrites the remains.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Named after the process, so that two programs on one directory never write the same file.
fn temporary_beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.new", process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_and_sync(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<OsString> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn the_new_content_takes_the_place_of_the_old_and_nothing_else_remains() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("menu");
        replace_file(&path, b"old").unwrap();
        replace_file(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(directory.path()), ["menu"]);
    }

    #[test]
    fn where_it_fails_the_old_content_stays_and_nothing_else_remains() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("menu");
        // A directory cannot be replaced by a file.
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), b"old").unwrap();
        replace_file(&path, b"new").unwrap_err();
        assert_eq!(fs::read(path.join("old")).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["menu"]);
    }

    #[test]
    fn what_exists_is_not_created_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profile");
        create_file(&path, b"first").unwrap();
        assert_eq!(create_file(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(directory.path()), ["profile"]);
    }
}
