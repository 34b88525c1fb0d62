//! On which terms each function works: how long a lease lasts, how often it is tried, when again, and how
//! many at once. Step 6 of an order's way.
//!
//! One table, [`terms`]. What a function does is not known here.

use std::time::Duration;

use rand::{Rng, RngExt};
use shared::function::Function;

#[cfg(test)]
mod tests;

/// Wait after a handler that came too early: what it waits for takes moments.
pub(crate) const NOT_YET: Duration = Duration::from_millis(200);

/// The longest wait that a function may ask for after a failure (`Retry-After` of whom it called): a
/// slip of theirs must not put an order off for days.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// How long what is over is kept: a week, so that whoever looks on Monday sees the weekend.
pub(crate) const KEPT_FOR: Duration = Duration::from_hours(7 * 24);

/// On which terms a function works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// What ends the trying, beside success.
    pub tries: Tries,
    /// How long it rests after a failure.
    pub backoff: Backoff,
    /// How long a handler may hold a delivery before another may have it.
    pub lease: Duration,
    /// How many of its deliveries are handled at once: its bounded pool, so that a slow function starves
    /// no other.
    pub slots: usize,
}

/// What ends the trying. An order that waits for a function has a deadline in any case, but for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tries {
    /// So many; then the delivery is a dead letter.
    AtMost(u32),
    /// However many fit into the time until its order's deadline.
    UntilTheDeadline,
    /// However many it takes: it ends only by itself, or when the function gives up.
    WithoutEnd,
}

/// How long a function rests after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// The most after the first try is twice this; it doubles with each further one.
    pub base: Duration,
    /// The most after any.
    pub cap: Duration,
}

/// The terms of a function whose work is done in the house.
const IN_THE_HOUSE: Terms = Terms {
    tries: Tries::AtMost(10),
    backoff: Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(30) },
    lease: Duration::from_secs(30),
    slots: 8,
};

/// On which terms this function works: the one table.
pub(crate) const fn terms(function: Function) -> Terms {
    match function {
        Function::ValidateOrder => IN_THE_HOUSE,
        // Three events of each order come to each of them, and one to the others: with three times the
        // slots what flows in flows on, and is leased in the transaction that brought it. Where it had to
        // wait first, each delivery would be written once more.
        Function::Kitchen | Function::Courier => Terms { slots: 24, ..IN_THE_HOUSE },
        // They wait for the bank: an outage of an hour is only a wait, and what the bank says after the
        // deadline is still to be recorded.
        Function::ChargePayment | Function::SettleTip => {
            Terms { tries: Tries::UntilTheDeadline, ..IN_THE_HOUSE }
        }
        // Money that is owed is never given up by count.
        Function::Refund => Terms { tries: Tries::WithoutEnd, ..IN_THE_HOUSE },
        // A customer waits for the answer, which is due within a minute: the rests are shorter, and so is
        // the time for which a worker that has died can hold it.
        Function::Cancellation => Terms {
            tries: Tries::UntilTheDeadline,
            backoff: Backoff { base: Duration::from_millis(250), cap: Duration::from_secs(5) },
            lease: Duration::from_secs(10),
            ..IN_THE_HOUSE
        },
    }
}

/// How often a delivery is tried before it becomes a dead letter; `None` where it is not counted.
pub(crate) const fn tries_max(function: Function) -> Option<u32> {
    match terms(function).tries {
        Tries::AtMost(most) => Some(most),
        Tries::UntilTheDeadline | Tries::WithoutEnd => None,
    }
}

/// How many deliveries of a function are handled at once.
pub(crate) const fn slots(function: Function) -> usize {
    terms(function).slots
}

/// What no function's terms go beyond here, and what holds for all of them; tests set it, people do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryTiming {
    /// The longest lease.
    pub lease: Duration,
    /// The longest first wait after a failure, before it is doubled.
    pub backoff_base: Duration,
    /// The longest wait after any failure.
    pub backoff_cap: Duration,
    /// Wait after a handler that came too early.
    pub not_yet: Duration,
    /// How long what is over is kept, from the end of an attempt, and of the last lease of a delivery that
    /// is done.
    pub kept_for: Duration,
}

impl Default for DeliveryTiming {
    fn default() -> Self {
        Self {
            lease: IN_THE_HOUSE.lease,
            backoff_base: IN_THE_HOUSE.backoff.base,
            backoff_cap: IN_THE_HOUSE.backoff.cap,
            not_yet: NOT_YET,
            kept_for: KEPT_FOR,
        }
    }
}

impl DeliveryTiming {
    /// How long a handler of this function may hold a delivery.
    pub(crate) fn lease_of(&self, function: Function) -> Duration {
        terms(function).lease.min(self.lease)
    }

    /// How long a handler may run: well below its lease, so that it ends before another begins.
    pub(crate) fn handler_timeout(&self, function: Function) -> Duration {
        self.lease_of(function) / 3
    }

    /// When to try again after so many tries: anywhere up to a bound that doubles with each try
    /// (full jitter), so that what failed together does not come back together.
    pub(crate) fn backoff(
        &self,
        function: Function,
        tries: u32,
        random: &mut impl Rng,
    ) -> Duration {
        self.backoff_max(function, tries).mul_f64(random.random_range(0.0..=1.0))
    }

    /// The longest wait after so many tries.
    fn backoff_max(&self, function: Function, tries: u32) -> Duration {
        let Backoff { base, cap } = terms(function).backoff;
        // The exponent is bounded because nobody needs it beyond any cap.
        let doubled =
            base.min(self.backoff_base).saturating_mul(2_u32.saturating_pow(tries.min(16)));
        doubled.min(cap).min(self.backoff_cap)
    }
}
