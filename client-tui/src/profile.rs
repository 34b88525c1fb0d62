//! Who orders: a name, and the token that a backend has given to it.
//!
//! One file per data directory, readable by its owner only. It says which log the token belongs to,
//! since a token is worth nothing on another one. Signing in is not done here.

use std::{
    fmt, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use shared::id::{CustomerId, LogId};

use crate::replace_file::{OWNER_ONLY, replace_file};

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

/// A customer as one backend knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub customer_id: CustomerId,
    pub name: String,
    pub token: Token,
    /// The log that the customer is part of. Where a backend serves another one, sign in anew.
    pub log_id: LogId,
    /// The URL of the backend that gave the token, for whoever reads the file.
    pub server: String,
}

/// The file of the profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error(
        "the profile {path} cannot be read: {source}; make it readable, or set --data-dir to another directory"
    )]
    Read { path: PathBuf, source: io::Error },
    #[error("the profile {path} is damaged: {source}; move it away to sign in as a new customer")]
    Damaged { path: PathBuf, source: serde_json::Error },
    #[error(
        "the profile {path} cannot be written: {source}; without it the next start is another customer, so make room or rights"
    )]
    Write { path: PathBuf, source: io::Error },
}

impl Profile {
    /// Reads the file; `None` where nobody has signed in yet. A file that others may read is made
    /// the owner's alone again.
    ///
    /// # Errors
    /// The file is there and cannot be used.
    pub fn load(path: &Path) -> Result<Option<Self>, ProfileError> {
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

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The file could not be written; the one that was there is still there.
    pub fn save(&self, path: &Path) -> Result<(), ProfileError> {
        let text = serde_json::to_vec_pretty(self).map_err(|source| ProfileError::Write {
            path: path.to_owned(),
            source: source.into(),
        })?;
        replace_file(path, &text)
            .map_err(|source| ProfileError::Write { path: path.to_owned(), source })
    }
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
mod tests {
    use super::*;
    use shared::id::{CustomerId, LogId};
    use uuid::Uuid;

    fn profile() -> Profile {
        Profile {
            customer_id: CustomerId::new(Uuid::from_u128(1)),
            name: "Ada".to_owned(),
            token: Token::new("secret".to_owned()),
            log_id: LogId::new(Uuid::from_u128(2)),
            server: "http://127.0.0.1:4000".to_owned(),
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_was_saved_is_loaded_and_only_its_owner_can_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profile.json");
        assert_eq!(Profile::load(&path).unwrap(), None, "nobody has signed in yet");
        profile().save(&path).unwrap();
        assert_eq!(Profile::load(&path).unwrap(), Some(profile()));
        assert_eq!(mode(&path), OWNER_ONLY);
    }

    #[test]
    fn a_profile_that_others_could_read_is_closed_to_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profile.json");
        profile().save(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        Profile::load(&path).unwrap();
        assert_eq!(mode(&path), OWNER_ONLY);
    }

    #[test]
    fn a_damaged_profile_is_an_error_that_says_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profile.json");
        fs::write(&path, "{\"token\":").unwrap();
        let error = Profile::load(&path).unwrap_err();
        assert!(
            matches!(error, ProfileError::Damaged { .. })
                && error.to_string().contains("move it away"),
            "{error}"
        );
    }

    #[test]
    fn a_token_does_not_slip_into_a_log() {
        assert!(!format!("{:?}", profile()).contains("secret"));
    }

    #[test]
    fn the_name_is_the_wanted_one_or_the_login_name() {
        let login = |name: &str| (name == "LOGNAME").then(|| "ada".to_owned());
        assert_eq!(name_to_sign_in_with(Some("Grace"), login), "Grace");
        assert_eq!(name_to_sign_in_with(None, login), "ada");
        assert_eq!(name_to_sign_in_with(Some(" \u{1b} "), login), "ada");
        assert_eq!(name_to_sign_in_with(None, |_| Some(String::new())), NAMELESS);
    }

    #[test]
    fn a_name_fits_on_a_screen() {
        assert_eq!(presentable("\u{1b}[31mAda\n").as_deref(), Some("[31mAda"));
        assert_eq!(presentable(&"x".repeat(500)).map(|name| name.len()), Some(NAME_LIMIT));
    }
}
