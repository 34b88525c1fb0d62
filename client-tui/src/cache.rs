//! The last known menu and orders on disk, so that the first frame needs no backend.
//!
//! Disposable: where the file is odd, the backend tells everything anew. It never holds what is
//! pending; that is the journal's.

use std::path::Path;

use optimistic::{account::ProfileId, cached::Cached};

use crate::sealed_file::{Found, Kind, SealedFileError};

/// The largest file that is read is ten times what the most orders that are cached take.
const CACHE: Kind = Kind { format: 2, size_limit: 32 * 1024 * 1024 };

/// Reads what this profile has cached at `path`. Blocks for as long as the disk takes.
pub fn read_cache(path: &Path, profile: ProfileId) -> Found<Cached> {
    CACHE.read(path, profile)
}

/// Replaces what is cached at `path`. Blocks for as long as the disk takes.
///
/// # Errors
/// The file is as it was. Nothing is lost; the next start is a little slower.
pub fn write_cache(
    path: &Path,
    profile: ProfileId,
    cached: &Cached,
) -> Result<(), SealedFileError> {
    CACHE.write(path, profile, cached)
}

#[cfg(test)]
mod tests;
