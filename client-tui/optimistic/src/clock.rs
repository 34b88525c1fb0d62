//! Time as an argument. Timers count on a clock that only goes forward; the wall clock is for people.
//!
//! Nothing here reads a clock. A wall clock may be an hour off or jump: no order, retry or age
//! depends on it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds since some moment before this process did anything; never goes back.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Monotonic(u64);

impl Monotonic {
    /// So many milliseconds after that moment.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// The milliseconds since that moment.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// So long afterwards.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(duration)))
    }

    /// How long ago `earlier` was; zero where it lies ahead.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// The moment of a [`step`](crate::step()): both clocks, and the luck of the draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Now {
    /// For timers and ages.
    pub monotonic: Monotonic,
    /// This machine's wall clock; only for what people read.
    pub wall: Timestamp,
    /// A fresh random number, from which the waits before retries are drawn.
    pub jitter: u64,
}

/// A duration in milliseconds; what does not fit counts as the longest that does.
pub(crate) fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
