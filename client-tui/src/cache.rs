//! The last known menu and orders on disk, so that the first frame needs no backend.
//!
//! Disposable: whatever is odd about the file, it is ignored with a word to the log, and the backend
//! tells everything anew. It never holds what is pending; that is the journal's.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use optimistic::{account::ProfileId, cached::Cached};
use serde::{Deserialize, Serialize};

use crate::{
    journal::{opened, sealed},
    replace_file::replace_file,
};

/// The format of the file. One with another format is ignored.
const FORMAT: u32 = 1;

/// The largest file that is read: ten times what the most orders that are cached take.
const SIZE_LIMIT: u64 = 32 * 1024 * 1024;

/// What the cache has.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Something to begin with.
    Cached(Cached),
    /// Nothing, as on a first start.
    Nothing,
    /// A file that is not believed.
    Ignored {
        /// Why, for the log.
        why: String,
    },
}

/// The cache could not be written. Nothing is lost; the next start is a little slower.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file system does not take it.
    #[error("the cache cannot be written ({0}); the next start will have to wait for the backend")]
    Write(#[from] io::Error),
    /// It cannot be put into words; a mistake in this program.
    #[error("the cache cannot be put into words ({0}): please report this")]
    Words(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Content<'a> {
    format: u32,
    profile: ProfileId,
    cached: &'a Cached,
}

/// The first look at a file: enough to know whether to look further.
#[derive(Deserialize)]
struct Cover {
    format: u32,
    profile: ProfileId,
}

#[derive(Deserialize)]
struct Inside {
    cached: Cached,
}

/// Reads what this profile has cached at `path`. Blocks for as long as the disk takes.
pub fn read_cache(path: &Path, profile: ProfileId) -> Found {
    let bytes = match File::open(path).and_then(read_bounded) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
        Err(error) => return Found::Ignored { why: error.to_string() },
    };
    understood(&bytes, profile).map_or_else(|why| Found::Ignored { why }, Found::Cached)
}

/// Replaces what is cached at `path`. Blocks for as long as the disk takes.
///
/// # Errors
/// The file is as it was.
pub fn write_cache(path: &Path, profile: ProfileId, cached: &Cached) -> Result<(), CacheError> {
    let json = serde_json::to_string(&Content { format: FORMAT, profile, cached })?;
    let mut line = Vec::with_capacity(json.len() + 16);
    sealed(&json, &mut line);
    Ok(replace_file(path, &line)?)
}

fn read_bounded(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn understood(bytes: &[u8], profile: ProfileId) -> Result<Cached, String> {
    let line = bytes.strip_suffix(b"\n").ok_or("it was cut off")?;
    let json = opened(line).ok_or("it is damaged")?;
    let cover: Cover = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if cover.format != FORMAT {
        return Err(format!("it has format {}, not {FORMAT}", cover.format));
    }
    if cover.profile != profile {
        return Err("it is of another profile".to_owned());
    }
    let inside: Inside = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok(inside.cached)
}

#[cfg(test)]
mod tests;
