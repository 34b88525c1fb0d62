//! What time it is: the wall clock when the process started, plus the time that has passed since.
//!
//! A jump of the wall clock neither expires leases nor delays timers. The one place of the backend
//! that reads a clock; everything else is told.

use std::time::Duration;

use jiff::Timestamp;

/// The process's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started_at: Timestamp,
    elapsed_at_start: Duration,
}

impl Clock {
    /// Starts at the machine's wall clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn start() -> Self {
        Self { started_at: Timestamp::now(), elapsed_at_start: elapsed() }
    }

    /// The same clock, never behind a time on record: where the wall clock was put back while nobody
    /// ran, time goes on from where the log ends, and so do its timers.
    pub(crate) fn not_before(self, recorded_at: Timestamp) -> Self {
        Self { started_at: self.started_at.max(recorded_at), ..self }
    }

    /// What time it is, to the millisecond: what is stored is what was decided with.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = elapsed().saturating_sub(self.elapsed_at_start);
        let now = self.started_at.saturating_add(passed).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// Time that passes even while a laptop sleeps.
#[cfg(target_os = "linux")]
fn elapsed() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Time since the first question; it may stand still while the machine sleeps.
#[cfg(not(target_os = "linux"))]
fn elapsed() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_in_whole_milliseconds() {
        let clock = Clock::start();
        let (first, second) = (clock.now(), clock.now());
        assert!(second >= first);
        assert_eq!(first.subsec_nanosecond() % 1_000_000, 0);
    }

    #[test]
    fn time_goes_on_from_what_is_on_record_even_where_that_lies_ahead() {
        let clock = Clock::start();
        let started = clock.now();
        let ahead = started.checked_add(Duration::from_hours(1)).unwrap();
        let behind = started.checked_sub(Duration::from_hours(1)).unwrap();
        let now = clock.not_before(ahead).now();
        assert!(now >= ahead && now < ahead.checked_add(Duration::from_mins(1)).unwrap(), "{now}");
        assert!(clock.not_before(behind).now() >= started);
    }
}
