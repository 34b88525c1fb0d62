//! The operator's token: what proves that somebody may look after this server.
//!
//! It stands in a file that nobody but its owner may read, made with a random token where there is
//! none. Whoever can read the file is the operator; there is no other way to become one. The process
//! keeps only a hash of it, and compares in a time that tells nothing.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::secret;

/// The shortest token that is believed to be hard to guess, in characters: 128 bits in hexadecimal.
const LENGTH_MIN: usize = 32;
/// More than this is no token, and is not read to its end. In bytes.
const LENGTH_MAX: u64 = 1024;

/// What a caller has to present to be the operator. Only its hash is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OperatorToken {
    hash: [u8; 32],
}

/// The token file is of no use.
#[derive(Debug, Error)]
pub(crate) enum TokenFileError {
    /// It cannot be read or made.
    #[error(
        "the operator's token file {path} cannot be used: {why}. Is its folder there, and is it ours? \
         `--operator-token-file` names another"
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: std::io::Error,
    },
    /// What it holds is no token.
    #[error(
        "{path} holds no operator's token: one line of {LENGTH_MIN} to {LENGTH_MAX} printable characters \
         without spaces. Delete the file, and the next start makes a good one"
    )]
    NoToken {
        /// The file.
        path: PathBuf,
    },
}

impl OperatorToken {
    /// Reads the token of this file, and makes the file with mode 0600 and a token of 256 random bits
    /// where there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or what it holds is no token.
    pub(crate) fn of_file(path: &Path) -> Result<Self, TokenFileError> {
        match token_in(path) {
            Err(TokenFileError::Unusable { why, .. }) if why.kind() == ErrorKind::NotFound => {
                let text = secret::fresh();
                make(path, &text).map_err(|why| unusable(path, why))?;
                tracing::info!(file = %path.display(), "made a token for the operator");
                Ok(Self::new(&text))
            }
            token => {
                warn_of_readers(path).map_err(|why| unusable(path, why))?;
                Ok(Self::new(&token?))
            }
        }
    }

    fn new(token: &str) -> Self {
        Self { hash: Sha256::digest(token).into() }
    }

    /// Whether this is the token. However alike the two are, it takes the same time.
    pub(crate) fn is(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        let difference =
            self.hash.iter().zip(presented).fold(0, |all, (one, other)| all | (one ^ other));
        difference == 0
    }
}

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken")
    }
}

/// The token that this file holds, for whoever wants to present it.
///
/// # Errors
/// The file cannot be read, or what it holds is no token.
pub(crate) fn token_in(path: &Path) -> Result<String, TokenFileError> {
    let text = read(path).map_err(|why| unusable(path, why))?;
    let token = sound(&text).map(ToOwned::to_owned);
    token.ok_or_else(|| TokenFileError::NoToken { path: path.to_owned() })
}

fn unusable(path: &Path, why: std::io::Error) -> TokenFileError {
    TokenFileError::Unusable { path: path.to_owned(), why }
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LENGTH_MAX + 2).read_to_string(&mut text)?;
    Ok(text)
}

fn sound(text: &str) -> Option<&str> {
    let token = text.trim_end_matches(['\r', '\n']);
    let length = token.len();
    let fits = length >= LENGTH_MIN && u64::try_from(length).is_ok_and(|it| it <= LENGTH_MAX);
    (fits && token.chars().all(|it| it.is_ascii_graphic())).then_some(token)
}

/// Whole or not at all: a crash leaves no half token under the file's name.
fn make(path: &Path, token: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&draft)?;
    writeln!(file, "{token}")?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// A file that others may read makes operators of them; whoever put it there may want that.
#[cfg(unix)]
fn warn_of_readers(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "others can read the operator's token; `chmod 600` ends that");
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_of_readers(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_not_there_is_made_for_its_owner_alone_with_256_random_bits() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        let token = OperatorToken::of_file(&one).unwrap();
        assert_eq!(fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
        let text = token_in(&one).unwrap();
        assert_eq!(text.len(), 64);
        assert!(text.chars().all(|it| it.is_ascii_hexdigit()) && token.is(&text));
        OperatorToken::of_file(&other).unwrap();
        assert_ne!(token_in(&other).unwrap(), text);
        assert!(fs::read_dir(folder.path()).unwrap().count() == 2, "no draft is left");
    }

    #[test]
    fn a_file_that_is_there_is_believed_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let text = "correct-horse-battery-staple-0123456789\n";
        fs::write(&path, text).unwrap();
        let token = OperatorToken::of_file(&path).unwrap();
        assert!(token.is(text.trim_end()));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(OperatorToken::of_file(&path).unwrap(), token);
    }

    #[test]
    fn nothing_but_the_token_is_the_token() {
        let text = "0123456789abcdef0123456789abcdef";
        let token = OperatorToken::new(text);
        assert!(token.is(text));
        let shorter = text.strip_prefix("0").unwrap();
        for wrong in ["", "0", shorter, &text.to_uppercase(), &format!("{text} ")] {
            assert!(!token.is(wrong), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "OperatorToken", "no log learns it");
    }

    #[test]
    fn what_is_no_token_is_refused_and_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for nonsense in ["", "\n", "short", &"a b".repeat(20), &"x".repeat(2000)] {
            fs::write(&path, nonsense).unwrap();
            for error in [OperatorToken::of_file(&path).unwrap_err(), token_in(&path).unwrap_err()]
            {
                let told = error.to_string();
                assert!(told.contains("token holds no operator's token"), "{told}");
            }
        }
        let error = OperatorToken::of_file(Path::new("/nowhere/token")).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/token") && error.contains("--operator-token-file"),
            "{error}"
        );
    }
}
