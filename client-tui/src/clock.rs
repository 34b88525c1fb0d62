//! The monotonic clock of the edge, with which waits and silences are measured.
//!
//! Whatever decides gets instants as arguments; only the edge reads them here.

use tokio::time::Instant;

/// Now; stands still in tests that pause tokio's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
pub fn now() -> Instant {
    Instant::now()
}
