//! Where we are: positions in a log, versions of an order, and the cursor that names log and position.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::LogId;

/// A position in one log: 0 stands before the first event, and the events follow without a gap.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// The position with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next position.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// How many events a stream (an order, a customer) has had; grows by one with each.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(u32);

impl Version {
    /// Before the first event.
    pub const NONE: Self = Self(0);

    /// The version after so many events.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// How many events that is.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The version after one more event.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

/// A position, and the log that it belongs to: `<logId>:<position>` on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// Which log.
    pub log_id: LogId,
    /// Where in it.
    pub position: Position,
}

/// The text is no cursor: it must be `<logId>:<position>`, a lower-case hyphenated UUID and a decimal
/// number without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a cursor: it reads `<logId>:<position>`, as the server gave it")]
pub struct NotACursor(pub String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.log_id, self.position)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let read = || {
            let (log_id, position) = text.split_once(':')?;
            let cursor = Self {
                log_id: log_id.parse().ok()?,
                position: Position::new(position.parse().ok()?),
            };
            // One cursor has one spelling, so that cursors may be compared as text.
            (cursor.to_string() == text).then_some(cursor)
        };
        read().ok_or_else(|| NotACursor(text.to_owned()))
    }
}

impl TryFrom<String> for Cursor {
    type Error = NotACursor;

    fn try_from(text: String) -> Result<Self, NotACursor> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(log in any::<u128>(), position in any::<u64>()) {
            let cursor = Cursor {
                log_id: LogId::new(uuid::Uuid::from_u128(log)),
                position: Position::new(position),
            };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn only_the_canonical_spelling_is_a_cursor() {
        let log = "018f0000-0000-7000-8000-00000000abcd";
        assert!(format!("{log}:0").parse::<Cursor>().is_ok());
        for text in [
            format!("{log}:01"),
            format!("{log}:+1"),
            format!("{log}:-1"),
            format!("{log}:"),
            format!("{log} :1"),
            format!("{}:1", log.to_uppercase()),
            log.replace('-', "") + ":1",
            log.to_owned(),
            String::new(),
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor(text.clone())));
        }
    }
}
