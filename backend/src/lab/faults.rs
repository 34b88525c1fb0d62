//! Which faults are on, and how often they strike: the data, and what of it makes no sense. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::function::Function;
use thiserror::Error;

/// The longest that an answer is held back: beyond it every client has long given up.
const LATENCY_MAX: Duration = Duration::from_mins(1);

/// How often something happens, from 0 (never) to 1 (always).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Chance(f64);

/// The faults that are on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Faults {
    /// What all draws depend on.
    pub seed: i32,
    /// Each attempt of these fails; they are not paused.
    pub functions_down: BTreeSet<Function>,
    /// A delivery is made twice.
    pub duplicate_deliveries: Chance,
    /// A delivery is held back so that later ones overtake it.
    pub reorder_deliveries: Chance,
    /// A function crashes after its effect and before its acknowledgement.
    pub crash_before_ack: Chance,
    /// The bank does what it is asked, and its answer never comes.
    pub gateway_timeouts: Chance,
    /// The answer to a mutation is lost after the commit.
    pub lost_replies: Chance,
    /// How much later each answer goes out.
    pub latency: Duration,
}

/// What is to be another way; none where it stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Change {
    /// See [`Faults::seed`].
    pub seed: Option<i32>,
    /// See [`Faults::functions_down`].
    pub functions_down: Option<BTreeSet<Function>>,
    /// See [`Faults::duplicate_deliveries`].
    pub duplicate_deliveries: Option<Chance>,
    /// See [`Faults::reorder_deliveries`].
    pub reorder_deliveries: Option<Chance>,
    /// See [`Faults::crash_before_ack`].
    pub crash_before_ack: Option<Chance>,
    /// See [`Faults::gateway_timeouts`].
    pub gateway_timeouts: Option<Chance>,
    /// See [`Faults::lost_replies`].
    pub lost_replies: Option<Chance>,
    /// See [`Faults::latency`].
    pub latency: Option<Duration>,
}

/// No such faults can be made.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub(crate) enum InvalidFaults {
    /// It is no probability.
    #[error("a chance is from 0 (never) to 1 (always), not {0}")]
    Chance(f64),
    /// It is no latency.
    #[error("`latencyMs` is from 0 to {most}, not {0}", most = LATENCY_MAX.as_millis())]
    Latency(i32),
}

impl Chance {
    /// It happens each time.
    #[cfg(test)]
    pub(crate) const ALWAYS: Self = Self(1.0);

    /// A chance between 0 and 1.
    ///
    /// # Errors
    /// It is not.
    pub(crate) fn new(chance: f64) -> Result<Self, InvalidFaults> {
        let fits = (0.0..=1.0).contains(&chance);
        fits.then_some(Self(chance)).ok_or(InvalidFaults::Chance(chance))
    }

    /// As a number from 0 to 1.
    pub(crate) const fn get(self) -> f64 {
        self.0
    }
}

impl Faults {
    /// A latency of so many milliseconds.
    ///
    /// # Errors
    /// It is negative, or beyond what anybody waits for.
    pub(crate) fn latency_of(milliseconds: i32) -> Result<Duration, InvalidFaults> {
        let latency = u64::try_from(milliseconds).ok().map(Duration::from_millis);
        let fits = latency.filter(|latency| *latency <= LATENCY_MAX);
        fits.ok_or(InvalidFaults::Latency(milliseconds))
    }
}

impl Change {
    /// The faults after this change.
    pub(crate) fn applied_to(self, before: Faults) -> Faults {
        Faults {
            seed: self.seed.unwrap_or(before.seed),
            functions_down: self.functions_down.unwrap_or(before.functions_down),
            duplicate_deliveries: self.duplicate_deliveries.unwrap_or(before.duplicate_deliveries),
            reorder_deliveries: self.reorder_deliveries.unwrap_or(before.reorder_deliveries),
            crash_before_ack: self.crash_before_ack.unwrap_or(before.crash_before_ack),
            gateway_timeouts: self.gateway_timeouts.unwrap_or(before.gateway_timeouts),
            lost_replies: self.lost_replies.unwrap_or(before.lost_replies),
            latency: self.latency.unwrap_or(before.latency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_chance_and_no_latency_is_refused() {
        for wrong in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
            assert!(Chance::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Chance::new(0.25).map(Chance::get), Ok(0.25));
        for wrong in [-1, 60_001] {
            assert_eq!(Faults::latency_of(wrong), Err(InvalidFaults::Latency(wrong)));
        }
        assert_eq!(Faults::latency_of(60_000), Ok(LATENCY_MAX));
    }
}
