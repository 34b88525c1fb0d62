//! Secrets and what is kept of them: tokens are drawn here, and only their hashes are stored.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// 256 random bits in hexadecimal: what nobody guesses.
pub(crate) fn fresh() -> String {
    let mut secret = [0_u8; 32];
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: secrets are drawn here and nowhere else"
    )]
    rand::fill(&mut secret);
    hexadecimal(&secret)
}

/// SHA-256 in hexadecimal: what is kept of a secret, and how inputs are told apart.
pub(crate) fn hash(text: impl AsRef<[u8]>) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// Bytes as people and columns have them: two lower-case digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
