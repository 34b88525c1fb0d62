//! The state of the store: facts, what is pending over them, and what is drawn.
//!
//! Plain values with an order of their own: two states that went the same way are equal, and hash to
//! the same.

use jiff::Timestamp;
use shared::catalog::Catalog;

use crate::account::ProfileId;
use crate::cached::Cached;
use crate::clock::Monotonic;
use crate::outcome::{Outcome, Outcomes};

/// The orders that are kept at most. A customer with more sees the newest.
pub const ORDERS_MAX: usize = 5_000;

/// All that the store knows. It changes by [`step`](crate::step) alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    profile: ProfileId,
    catalog: Option<Catalog>,
    outcomes: Outcomes,
}

impl State {
    /// Nothing known, nothing pending.
    pub fn new(profile: ProfileId) -> Self {
        Self { profile, catalog: None, outcomes: Outcomes::default() }
    }

    /// Whose mutations these are.
    pub fn profile(&self) -> ProfileId {
        self.profile
    }

    /// When a `Tick` is due; `None` while there is nothing to wait for.
    pub fn next_wakeup(&self) -> Option<Monotonic> {
        None
    }

    /// Restaurants and menus, if they are known.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    /// What became of the latest mutations, newest first.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().rev()
    }

    /// The server's clock, from this machine's, as far as the difference is known.
    pub fn server_time(&self, wall: Timestamp) -> Timestamp {
        wall
    }

    /// What is worth caching now.
    pub fn to_cache(&self) -> Cached {
        Cached { catalog: self.catalog.clone(), orders: None }
    }
}
