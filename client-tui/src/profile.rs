//! Who orders: a local profile, and the token that a backend has given to it.
//! Step 3 of an order's way.
//!
//! The profile exists before anybody has signed in and outlives the server's log; what is pending
//! belongs to it. Its file is readable by its owner only and is shared by all programs on one data
//! directory. Signing in itself is not done here.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use optimistic::account::{Account, ProfileId};
use serde::{Deserialize, Serialize};
use shared::id::{CustomerId, LogId};

use crate::replace_file::{OWNER_ONLY, create_file, replace_file};

/// The longest name that is kept, in characters; a terminal line has 80.
const NAME_LIMIT: usize = 60;
/// What a person without any name is called.
const NAMELESS: &str = "guest";

/// A bearer token: whoever has it is the customer. It shows itself only when asked by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The secret itself, for the connection and the file.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// A person at this machine, ordering from one backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub id: ProfileId,
    /// As whom, once somebody has signed in.
    pub signed_in: Option<SignedIn>,
}

/// A customer as one backend knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    pub customer_id: CustomerId,
    pub name: String,
    pub token: Token,
    /// The log that the customer is part of. Where the backend serves another one, sign in anew.
    pub log_id: LogId,
    /// The URL of the backend that gave the token, for whoever reads the file.
    pub server: String,
}

impl SignedIn {
    /// Whom the server takes us for with this token.
    pub fn account(&self) -> Account {
        Account { log_id: self.log_id, customer_id: self.customer_id }
    }
}

/// The file of the profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error(
        "the profile {path} cannot be read: {source}; make it readable, or name another directory with --data-dir"
    )]
    Read { path: PathBuf, source: io::Error },
    #[error("the profile {path} is damaged: {source}; move it away to begin as a new customer")]
    Damaged { path: PathBuf, source: serde_json::Error },
    #[error(
        "the profile {path} cannot be written: {source}; make room or give the rights, else the next start is another customer"
    )]
    Write { path: PathBuf, source: io::Error },
}

impl Profile {
    /// Reads the profile, or creates it with `fresh` as its id. Of several programs that do this at
    /// once all get the same one. A file that others may read is made its owner's alone again.
    ///
    /// # Errors
    /// The file is there and cannot be used, or is not there and cannot be made.
    pub fn load_or_create(path: &Path, fresh: ProfileId) -> Result<Self, ProfileError> {
        if let Some(profile) = Self::load(path)? {
            return Ok(profile);
        }
        let profile = Self { id: fresh, signed_in: None };
        match create_file(path, &profile.to_text(path)?) {
            Ok(()) => Ok(profile),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Self::load(path)?.unwrap_or(profile))
            }
            Err(source) => Err(ProfileError::Write { path: path.to_owned(), source }),
        }
    }

    /// Keeps a new sign-in, in the file and here. `refused` is the token that did not do any more,
    /// where there was one. Where another program on this file has signed in to the same log in the
    /// meantime, its sign-in is taken over, so that all are one customer.
    ///
    /// # Errors
    /// The file cannot be read or written; here the new sign-in holds all the same.
    pub fn sign_in(
        &mut self,
        path: &Path,
        new: SignedIn,
        refused: Option<&Token>,
    ) -> Result<(), ProfileError> {
        let log_id = new.log_id;
        self.signed_in = Some(new);
        let _lock = lock(path)?;
        let on_file = Self::load(path)?.and_then(|profile| profile.signed_in);
        let meanwhile =
            on_file.filter(|other| other.log_id == log_id && Some(&other.token) != refused);
        if meanwhile.is_some() {
            self.signed_in = meanwhile;
            return Ok(());
        }
        let text = self.to_text(path)?;
        replace_file(path, &text)
            .map_err(|source| ProfileError::Write { path: path.to_owned(), source })
    }

    fn load(path: &Path) -> Result<Option<Self>, ProfileError> {
        let read = |source| ProfileError::Read { path: path.to_owned(), source };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(read(error)),
        };
        let mode = fs::metadata(path).map_err(read)?.permissions().mode() & 0o777;
        if mode & !OWNER_ONLY != 0 {
            tracing::warn!(path = %path.display(), "others could read the profile's token; they cannot any more");
            fs::set_permissions(path, fs::Permissions::from_mode(OWNER_ONLY)).map_err(read)?;
        }
        let profile = serde_json::from_slice(&text);
        profile.map(Some).map_err(|source| ProfileError::Damaged { path: path.to_owned(), source })
    }

    fn to_text(&self, path: &Path) -> Result<Vec<u8>, ProfileError> {
        serde_json::to_vec_pretty(self)
            .map_err(|source| ProfileError::Write { path: path.to_owned(), source: source.into() })
    }
}

/// Held while the file is read and then written; the others wait for these few milliseconds.
fn lock(path: &Path) -> Result<File, ProfileError> {
    let write = |source| ProfileError::Write { path: path.to_owned(), source };
    let lock_path = path.with_extension("lock");
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(OWNER_ONLY)
        .open(lock_path)
        .map_err(write)?;
    file.lock().map_err(write)?;
    Ok(file)
}

/// The name to sign in with: the one that was asked for, or else the login name (`USER`, `LOGNAME`).
/// Control characters are dropped and the length is bounded, since it is shown on screens.
pub fn name_to_sign_in_with(
    wanted: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> String {
    let from_environment =
        || ["USER", "LOGNAME"].into_iter().find_map(|name| presentable(&variable(name)?));
    wanted.and_then(presentable).or_else(from_environment).unwrap_or_else(|| NAMELESS.to_owned())
}

/// `None` where nothing remains that could be shown.
fn presentable(name: &str) -> Option<String> {
    let shown: String =
        name.chars().filter(|character| !character.is_control()).take(NAME_LIMIT).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

#[cfg(test)]
mod tests;
