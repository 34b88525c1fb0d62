//! The clocks and the luck of the terminal program: the one place where both are drawn.

use jiff::Timestamp;
use optimistic::{Monotonic, Now};
use shared::id::{MutationId, OrderId};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use crate::app::Moment;
use crate::clock;

/// Makes moments.
pub(super) struct Moments {
    start: Instant,
    wall: Box<dyn Fn() -> Timestamp + Send>,
}

impl Moments {
    /// The clocks of this machine.
    pub(super) fn of_this_machine() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the edge: the wall clock is read here")]
        let wall = Timestamp::now;
        Self::with_wall(wall)
    }

    /// Another clock on the wall; the other one is tokio's.
    pub(super) fn with_wall(wall: impl Fn() -> Timestamp + Send + 'static) -> Self {
        Self { start: clock::now(), wall: Box::new(wall) }
    }

    pub(super) fn monotonic(&self) -> Monotonic {
        let millis = clock::now().duration_since(self.start).as_millis();
        Monotonic::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// The moment of a frame.
    pub(super) fn now(&self) -> Now {
        Now { monotonic: self.monotonic(), wall: (self.wall)(), jitter: 0 }
    }

    /// The moment of a message, with ids that nobody has used.
    #[expect(clippy::disallowed_methods, reason = "the edge: ids and jitter are drawn here")]
    pub(super) fn next(&self) -> Moment {
        Moment {
            now: Now { jitter: rand::random(), ..self.now() },
            order_id: OrderId::new(Uuid::now_v7()),
            mutation_id: MutationId::new(Uuid::now_v7()),
        }
    }

    /// The same time on tokio's clock, for its timers. Never early: a timer that fires within the
    /// millisecond before it is due would find nothing to do, and be armed again.
    pub(super) fn instant(&self, at: Monotonic) -> Instant {
        let since = Duration::from_millis(at.millis());
        self.start.checked_add(since).unwrap_or(self.start)
    }
}
