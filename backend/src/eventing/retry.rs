//! How long a lease lasts, how often a function is tried, and when again. Step 6 of an order's way.

use std::time::Duration;

use rand::{Rng, RngExt};
use shared::function::Function;

/// Wait after a handler that came too early: what it waits for takes moments.
pub(crate) const NOT_YET: Duration = Duration::from_millis(200);

/// The longest wait that a function may ask for after a failure (`Retry-After` of whom it called): a
/// slip of theirs must not put an order off for days.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// The numbers of delivery; tests set them, people do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryTiming {
    /// How long a handler may hold a delivery before another may have it.
    pub lease: Duration,
    /// First wait after a failure; doubled with each further one.
    pub backoff_base: Duration,
    /// Longest wait after a failure.
    pub backoff_cap: Duration,
    /// Wait after a handler that came too early.
    pub not_yet: Duration,
}

impl Default for DeliveryTiming {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(30),
            not_yet: NOT_YET,
        }
    }
}

impl DeliveryTiming {
    /// How long a handler may run: well below the lease, so that it ends before another begins.
    pub(crate) fn handler_timeout(&self) -> Duration {
        self.lease / 3
    }

    /// When to try again after so many tries: anywhere up to a bound that doubles with each try
    /// (full jitter), so that what failed together does not come back together.
    pub(crate) fn backoff(&self, tries: u32, random: &mut impl Rng) -> Duration {
        let doubled = self.backoff_base.saturating_mul(2_u32.saturating_pow(tries.min(16)));
        doubled.min(self.backoff_cap).mul_f64(random.random_range(0.0..=1.0))
    }
}

/// How often a delivery is tried before it becomes a dead letter; `None` where only the order's own
/// deadline, or the function itself, ends the trying.
pub(crate) const fn tries_max(function: Function) -> Option<u32> {
    match function {
        Function::ValidateOrder | Function::Kitchen | Function::Courier => Some(10),
        // The first two wait for something outside: an outage of an hour is only a wait, and what the
        // bank says after the deadline is still to be recorded. Money that is owed, and a customer who
        // waits for an answer, are never given up by count.
        Function::ChargePayment
        | Function::SettleTip
        | Function::Refund
        | Function::Cancellation => None,
    }
}

/// How many deliveries of a function are handled at once: its bounded pool, so that a slow function
/// starves no other.
pub(crate) const fn slots(function: Function) -> usize {
    match function {
        Function::ValidateOrder
        | Function::ChargePayment
        | Function::Kitchen
        | Function::Courier
        | Function::SettleTip
        | Function::Refund
        | Function::Cancellation => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    proptest! {
        #[test]
        fn a_backoff_never_exceeds_its_bound(tries in 0..u32::MAX, seed in any::<u64>()) {
            let timing = DeliveryTiming::default();
            let wait = timing.backoff(tries, &mut StdRng::seed_from_u64(seed));
            prop_assert!(wait <= timing.backoff_cap);
            prop_assert!(tries > 4 || wait <= timing.backoff_base * 2_u32.pow(tries));
        }
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let timing = DeliveryTiming::default();
        for tries in 1..12 {
            let bound =
                timing.backoff_base.saturating_mul(2_u32.pow(tries)).min(timing.backoff_cap);
            let wait = |seed| timing.backoff(tries, &mut StdRng::seed_from_u64(seed));
            // In each quarter of the time up to the bound come about as many as in any other.
            let quarters = (0..400).map(wait).fold([0; 4], |mut quarters, wait| {
                let quarter = (wait.as_secs_f64() / bound.as_secs_f64() * 4.0).floor();
                quarters[[0.0, 1.0, 2.0].iter().filter(|it| quarter > **it).count()] += 1;
                quarters
            });
            assert!(quarters.iter().all(|it| (60..=140).contains(it)), "{tries}: {quarters:?}");
        }
    }

    #[test]
    fn a_handler_ends_before_its_lease_does() {
        let timing = DeliveryTiming::default();
        assert!(timing.handler_timeout() * 2 < timing.lease);
    }
}
