//! The nights of a town, counted by hand: as somebody would who has never heard of a cron expression.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;
use rand::{Rng, RngExt};

use crate::eventing::fixture::NOW;

/// [`NOW`] is eight in the morning, and shelves are filled at four, by UTC.
const BEFORE_THE_FIRST: Duration = Duration::from_hours(20);
const DAY: Duration = Duration::from_hours(24);
/// How many seconds before its first night a town may open: so few that it lives to see it, mostly.
const EVENING: RangeInclusive<u64> = 1..=600;

/// When a town opens: in the morning, or shortly before the night.
pub(super) fn opening(random: &mut impl Rng) -> Timestamp {
    if random.random_bool(0.5) {
        return NOW;
    }
    let evening = Duration::from_secs(random.random_range(EVENING));
    first().checked_sub(evening).unwrap()
}

/// All nights since the first town opened, until a moment.
pub(super) fn until(now: Timestamp) -> Vec<Timestamp> {
    let nights = (0..).map(|days| first().checked_add(DAY * days).unwrap());
    nights.take_while(|night| *night <= now).collect()
}

fn first() -> Timestamp {
    NOW.checked_add(BEFORE_THE_FIRST).unwrap()
}
