//! Attempts: what became of each call of a function that did not simply end well.
//! Steps 6 and 7 of an order's way.
//!
//! The delivery's row says where it stands now; this says how it came there. Whatever is done at once is
//! not written down, so that the normal way costs no row.

use std::str::FromStr;

use jiff::Timestamp;
use thiserror::Error;

use super::delivery::{DeliveryKey, Token, short};

/// How many attempts of one delivery are kept: the newest. Enough to see a pattern, too few to fill a
/// disk while something waits for hours.
pub(crate) const KEPT_MAX: u32 = 50;

/// One attempt that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Of which delivery.
    pub delivery: DeliveryKey,
    /// The token of its lease, which numbers the attempts.
    pub token: Token,
    /// When it was handed out.
    pub started_at: Timestamp,
    /// When the writer heard how it ended, or that it did not.
    pub ended_at: Timestamp,
    /// How it ended.
    pub end: AttemptEnd,
    /// What it said, or what is said of it; at most so long as a delivery's last error.
    pub error: String,
    /// Who made it.
    pub worker: String,
}

/// How an attempt ended that did not simply end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptEnd {
    /// It failed, and there will be another.
    Failed,
    /// It came too early; nothing failed.
    NotYet,
    /// It came too late: there was nothing left to do, and the delivery is done.
    Late,
    /// It was the last one.
    GivenUp,
    /// Nobody ever heard how it ended.
    Lost,
}

impl AttemptEnd {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Failed, Self::NotYet, Self::Late, Self::GivenUp, Self::Lost];

    /// Its word in the table and in the contract.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NotYet => "not yet",
            Self::Late => "late",
            Self::GivenUp => "given up",
            Self::Lost => "lost",
        }
    }
}

/// The word is no end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no attempt ends as `{0}`")]
pub(crate) struct UnknownEnd(pub String);

impl FromStr for AttemptEnd {
    type Err = UnknownEnd;

    fn from_str(word: &str) -> Result<Self, UnknownEnd> {
        let known = Self::ALL.into_iter().find(|end| end.word() == word);
        known.ok_or_else(|| UnknownEnd(word.to_owned()))
    }
}

impl Attempt {
    /// The same, with its words cut to the bound.
    pub(crate) fn cut(mut self) -> Self {
        self.error = short(&self.error);
        self
    }
}
