//! A file with a checksum, a format and a profile, written whole and believed whole or not at all.
//!
//! For what is good to have and no more: the cache, the cart. Whatever is odd about the file, it is
//! ignored with a word to the log. What must not be lost is the journal's.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use optimistic::account::ProfileId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    journal::{opened, sealed},
    replace_file::replace_file,
};

/// What distinguishes one kind of file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The format of its content. A file with another format is ignored.
    pub format: u32,
    /// The largest file that is read, in bytes.
    pub size_limit: u64,
}

/// What a file has.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// What was written.
    Content(T),
    /// Nothing, as on a first start.
    Nothing,
    /// A file that is not believed.
    Ignored {
        /// Why, for the log.
        why: String,
    },
}

/// The file could not be written, and is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SealedFileError {
    /// The file system does not take it.
    #[error("it cannot be written ({0}); make room, or name another directory with --data-dir")]
    Write(#[from] io::Error),
    /// It cannot be put into words; a mistake in this program.
    #[error("it cannot be put into words ({0}): please report this")]
    Words(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Outside<'a, T> {
    format: u32,
    profile: ProfileId,
    content: &'a T,
}

/// The first look at a file: enough to know whether to look further.
#[derive(Deserialize)]
struct Cover {
    format: u32,
    profile: ProfileId,
}

#[derive(Deserialize)]
struct Inside<T> {
    content: T,
}

impl Kind {
    /// Reads what this profile has written at `path`. Blocks for as long as the disk takes.
    pub fn read<T: DeserializeOwned>(self, path: &Path, profile: ProfileId) -> Found<T> {
        let bytes = match File::open(path).and_then(|file| self.read_bounded(file)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(error) => return Found::Ignored { why: error.to_string() },
        };
        self.understood(&bytes, profile).map_or_else(|why| Found::Ignored { why }, Found::Content)
    }

    /// Replaces what is at `path`. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// The file is as it was.
    pub fn write<T: Serialize>(
        self,
        path: &Path,
        profile: ProfileId,
        content: &T,
    ) -> Result<(), SealedFileError> {
        let outside = Outside { format: self.format, profile, content };
        let json = serde_json::to_string(&outside)?;
        let mut line = Vec::with_capacity(json.len() + 16);
        sealed(&json, &mut line);
        Ok(replace_file(path, &line)?)
    }

    fn read_bounded(self, file: File) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        file.take(self.size_limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn understood<T: DeserializeOwned>(
        self,
        bytes: &[u8],
        profile: ProfileId,
    ) -> Result<T, String> {
        let line = bytes.strip_suffix(b"\n").ok_or("it was cut off")?;
        let json = opened(line).ok_or("it is damaged")?;
        let cover: Cover = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if cover.format != self.format {
            return Err(format!("it has format {}, not {}", cover.format, self.format));
        }
        if cover.profile != profile {
            return Err("it is of another profile".to_owned());
        }
        let inside: Inside<T> = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Ok(inside.content)
    }
}
