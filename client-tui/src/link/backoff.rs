//! How long to wait before the next try: exponential, with full jitter.
//!
//! Pure: the random number is passed in. The link and the own backend both wait by it, so that a
//! backend that comes back is not met by all its clients in the same instant.

use std::time::Duration;

/// The most that the first wait can take. A restarted backend answers within 50 ms.
pub const BASE: Duration = Duration::from_millis(250);
/// The most that any wait can take: nobody should look at "offline" for longer than this once the
/// backend is there again.
pub const CAP: Duration = Duration::from_secs(10);

/// Counts the failures in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts one more failure and says how long to wait after it: a part of
    /// `min(CAP, BASE * 2^failures before)`. `random` picks the part, from 0 to 1.
    pub fn next_delay(&mut self, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(self.failures);
        let ceiling = BASE.saturating_mul(doubled).min(CAP);
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64(random.clamp(0.0, 1.0))
    }

    /// It works again: the next failure is the first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_with_each_failure_up_to_the_cap() {
        let mut backoff = Backoff::default();
        let ceilings: Vec<u128> = (0..8).map(|_| backoff.next_delay(1.0).as_millis()).collect();
        assert_eq!(ceilings, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    }

    #[test]
    fn the_jitter_is_full_from_nothing_to_the_ceiling() {
        assert_eq!(Backoff::default().next_delay(0.0), Duration::ZERO);
        assert_eq!(Backoff::default().next_delay(0.5), BASE / 2);
    }

    #[test]
    fn a_success_starts_from_the_base_again() {
        let mut backoff = Backoff::default();
        backoff.next_delay(1.0);
        backoff.reset();
        assert_eq!(backoff.next_delay(1.0), BASE);
    }

    #[test]
    fn endless_failures_stay_at_the_cap() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next_delay(1.0), CAP);
        assert_eq!(backoff.next_delay(1.0), CAP);
    }
}
