//! Times that were measured again and again, in order: a median says what is usual, the ninety-ninth
//! of a hundred what somebody has to wait now and then. It takes no times itself.

use std::time::Duration;

/// Measured times, the shortest first.
#[derive(Clone, Debug)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// These times, in whatever order.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Half of them took no longer.
    pub(crate) fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// So many of a hundred (0 to 100) took no longer; zero where nothing was measured.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * percent.min(100) / 100).copied().unwrap_or_default()
    }
}
