//! When a message is taken: the time, and ids that nobody has used before.
//!
//! Made at the edge for each message, so that `update` itself has neither clock nor randomness.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use optimistic::view::Looking;
use optimistic::{Monotonic, Now};
use serde::{Deserialize, Serialize};
use shared::id::{MutationId, OrderId};

/// The moment of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Both clocks, and a random number for the waits before retries.
    pub now: Now,
    /// For an order that is placed at this moment.
    pub order_id: OrderId,
    /// For a mutation that is asked for at this moment.
    pub mutation_id: MutationId,
}

impl Moment {
    /// On the clock that only goes forward.
    pub const fn monotonic(&self) -> Monotonic {
        self.now.monotonic
    }

    /// On the wall.
    pub const fn wall(&self) -> Timestamp {
        self.now.wall
    }
}

/// From when one looks at the orders, for somebody who lives in this time zone.
pub fn looking(now: Now, time_zone: &TimeZone) -> Looking {
    let here = now.wall.to_zoned(time_zone.clone());
    let day_began = here.start_of_day().map_or(now.wall, |start| start.timestamp());
    Looking { now: now.monotonic, day_began }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_where_the_person_is() {
        let wall: Timestamp = "2026-11-21T22:30:00Z".parse().unwrap();
        let now = Now { monotonic: Monotonic::from_millis(5), wall, jitter: 0 };
        let two_hours_east = TimeZone::fixed(jiff::tz::offset(2));
        let looking = looking(now, &two_hours_east);
        assert_eq!(looking.day_began.to_string(), "2026-11-21T22:00:00Z");
    }
}
