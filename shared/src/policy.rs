//! The numbers of the business: how long things take, how long we wait, how much is too much.
//!
//! A policy is an argument of every decision. Tests and `--pace` change it; the fold of an order never
//! looks at it, because an order must read the same whatever the policy is today.

use std::time::Duration;

use crate::money::Cents;

/// All that a decision needs to know beside the order, the catalogue and the time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// How long the simulated world takes.
    pub durations: Durations,
    /// How long an order waits for each step before the wait itself ends it.
    pub deadlines: Deadlines,
    /// How much is too much.
    pub limits: Limits,
}

/// What the simulated world takes for its work, scaled by `--pace`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Durations {
    /// Between validation and charge: a cancellation within it moves no money.
    pub grace: Duration,
    /// The restaurant looks at the ticket.
    pub answer: Duration,
    /// The kitchen gets to it; until then the customer may cancel.
    pub queue: Duration,
    /// The kitchen cooks.
    pub cooking: Duration,
    /// The dispatch finds a courier, while the kitchen cooks.
    pub finding_courier: Duration,
    /// The courier takes the bag.
    pub handover: Duration,
    /// The courier rides to the door.
    pub riding: Duration,
}

/// How long an order waits at most. Never scaled by `--pace`: an outage lasts as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deadlines {
    /// For validation.
    pub validation: Duration,
    /// For the payment: an outage of an hour is only a wait.
    pub payment: Duration,
    /// For the restaurant's answer.
    pub restaurant: Duration,
    /// For the kitchen, beyond what cooking takes.
    pub cooking: Duration,
    /// For a courier at the counter.
    pub courier: Duration,
    /// For the courier, beyond what riding takes.
    pub riding: Duration,
    /// For the decision on a cancellation.
    pub cancellation: Duration,
    /// For the tip; afterwards it is waived.
    pub tip: Duration,
}

/// Bounds of what a customer may ask.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// The largest subtotal that validation lets pass.
    pub subtotal: Cents,
    /// Mutations that one order takes in its life; then `TOO_MANY_CHANGES`.
    pub mutations_per_order: usize,
    /// How far back a customer's clock may put an order: the fairness window.
    pub fairness_window: Duration,
    /// How long after the time for which it was to be an order is still taken, as one for now: a
    /// connection that was gone for minutes costs nobody their meal. Whoever comes later than that may
    /// have eaten meanwhile, and is asked.
    pub scheduled_grace: Duration,
}

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

const fn minutes(number: u64) -> Duration {
    seconds(number * 60)
}

impl Policy {
    /// The house's policy with its simulated durations multiplied by `pace`: 1 as for a person
    /// watching, 0 for none. What is not a finite number from 0 to 1000 counts as the nearest one that
    /// is, and what is no number at all as 1.
    pub fn with_pace(pace: f64) -> Self {
        let pace = if pace.is_nan() { 1.0 } else { pace.clamp(0.0, 1000.0) };
        let scaled = |duration: Duration| duration.mul_f64(pace);
        let Durations { grace, answer, queue, cooking, finding_courier, handover, riding } =
            Durations::AT_PACE_ONE;
        Self {
            durations: Durations {
                grace: scaled(grace),
                answer: scaled(answer),
                queue: scaled(queue),
                cooking: scaled(cooking),
                finding_courier: scaled(finding_courier),
                handover: scaled(handover),
                riding: scaled(riding),
            },
            deadlines: Deadlines::OF_THE_HOUSE,
            limits: Limits::OF_THE_HOUSE,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::with_pace(1.0)
    }
}

impl Durations {
    /// Long enough to watch each step, short enough to stay for the meal: about 40 seconds in all.
    pub const AT_PACE_ONE: Self = Self {
        grace: seconds(5),
        answer: seconds(3),
        queue: seconds(4),
        cooking: seconds(12),
        finding_courier: seconds(3),
        handover: seconds(2),
        riding: seconds(12),
    };
}

impl Durations {
    /// From the ticket on the restaurant's counter to the door.
    pub fn from_ticket_to_door(&self) -> Duration {
        self.answer + self.queue + self.cooking + self.handover + self.riding
    }
}

impl Deadlines {
    /// The house's patience.
    pub const OF_THE_HOUSE: Self = Self {
        validation: minutes(10),
        payment: minutes(24 * 60),
        restaurant: minutes(10),
        cooking: minutes(60),
        courier: minutes(30),
        riding: minutes(60),
        cancellation: minutes(1),
        tip: minutes(24 * 60),
    };

    /// The same for every wait: for tests that cannot wait for so long.
    pub const fn all(patience: Duration) -> Self {
        Self {
            validation: patience,
            payment: patience,
            restaurant: patience,
            cooking: patience,
            courier: patience,
            riding: patience,
            cancellation: patience,
            tip: patience,
        }
    }
}

impl Limits {
    /// The house's bounds.
    pub const OF_THE_HOUSE: Self = Self {
        subtotal: Cents::saturating(250_00),
        mutations_per_order: 100,
        fairness_window: seconds(3),
        scheduled_grace: minutes(15),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_scales_the_simulated_durations_and_never_the_deadlines() {
        let at_once = Policy::with_pace(0.0);
        assert_eq!(at_once.durations.cooking, Duration::ZERO);
        assert_eq!(at_once.deadlines, Policy::default().deadlines);
        assert_eq!(Policy::with_pace(2.0).durations.grace, seconds(10));
    }

    #[test]
    fn a_pace_that_is_none_is_brought_into_range() {
        assert_eq!(Policy::with_pace(f64::NAN), Policy::default());
        assert_eq!(Policy::with_pace(-3.0), Policy::with_pace(0.0));
        assert_eq!(Policy::with_pace(f64::INFINITY), Policy::with_pace(1000.0));
    }
}
