//! The state of the store: facts, what is pending over them, and what is drawn.
//! Steps 2 and 9 of an order's way.
//!
//! Plain values with an order of their own: two states that went the same way are equal, and hash to
//! the same.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::catalog::Catalog;
use shared::cursor::Cursor;
use shared::id::{CustomerId, MutationId, OrderId};
use shared::order::Order;
use uuid::Uuid;

use crate::account::{Account, ConnectionId, ProfileId};
use crate::cached::{CACHED_ORDERS_MAX, Cached, CachedOrders, Extent};
use crate::clock::Monotonic;
use crate::confirmed::{Confirmed, Pages, Stream};
use crate::outcome::{Outcome, Outcomes};
use crate::pending::{Pending, PendingMutation};
use crate::predict::{Knowledge, Prediction, predict};
use crate::rows::Rows;
use crate::rules::Rules;

pub use crate::confirmed::BUFFER_MAX;
pub use crate::pending::PENDING_MAX;

/// The orders that are kept at most. A customer with more sees the newest.
pub const ORDERS_MAX: usize = 5_000;

/// The mutations that are on their way at once: enough to hide the round trips, few enough that a
/// server which comes back is not run over.
pub const IN_FLIGHT_MAX: usize = 8;

/// All that the store knows. It changes by [`step`](crate::step()) alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) rules: Rules,
    pub(crate) profile: ProfileId,
    pub(crate) link: Link,
    pub(crate) access: Access,
    /// The server's clock less this machine's; `None` before a server has told us the time.
    pub(crate) clock_ahead: Option<SignedDuration>,
    pub(crate) catalog: Option<Catalog>,
    pub(crate) confirmed: Confirmed,
    pub(crate) pending: Pending,
    /// Of the orders with something pending; a cache that `refolded` would fill in the same way.
    pub(crate) predictions: BTreeMap<OrderId, Prediction>,
    pub(crate) rows: Rows,
    pub(crate) outcomes: Outcomes,
    pub(crate) next_write: u64,
}

/// The connection, as far as the store needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Link {
    Down,
    Up { connection: ConnectionId, account: Account },
}

/// Whether the server takes our word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    Granted,
    SignInNeeded,
}

impl State {
    /// Nothing known, nothing pending.
    pub fn new(profile: ProfileId) -> Self {
        Self::under(profile, Rules::whole())
    }

    /// Nothing known, nothing pending, and a rule switched off.
    #[cfg(any(test, feature = "broken-on-purpose"))]
    pub fn broken(profile: ProfileId, rules: Rules) -> Self {
        Self::under(profile, rules)
    }

    pub(crate) fn under(profile: ProfileId, rules: Rules) -> Self {
        Self {
            rules,
            profile,
            link: Link::Down,
            access: Access::Granted,
            clock_ahead: None,
            catalog: None,
            confirmed: Confirmed::default(),
            pending: Pending::new(rules),
            predictions: BTreeMap::new(),
            rows: Rows::default(),
            outcomes: Outcomes::default(),
            next_write: 0,
        }
    }

    /// The rules that hold here.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Whose mutations these are.
    pub fn profile(&self) -> ProfileId {
        self.profile
    }

    /// When a `Tick` is due; `None` while there is nothing to wait for. After a step it lies ahead of
    /// the step's `now`.
    pub fn next_wakeup(&self) -> Option<Monotonic> {
        if self.link == Link::Down {
            return None;
        }
        let answer = self.pending.awaited().next().map(|(until, _)| until);
        // With no place in flight left, an answer is what makes the next one go.
        let may_send = self.access == Access::Granted && self.pending.in_flight() < IN_FLIGHT_MAX;
        let mut sendable = self.pending.sendable().filter(|_| may_send);
        let retry = sendable.find(|(_, head)| !self.is_of_another_customer(head));
        let retry = retry.map(|(due, _)| due);
        let page = match &self.confirmed.pages {
            Pages::Loading { request, .. } => Some(request.due),
            Pages::All | Pages::AsManyAsKept => None,
        };
        let stream = match &self.confirmed.stream {
            Stream::Asked(request) => Some(request.due),
            Stream::Off | Stream::Live { .. } => None,
        };
        [answer, retry, page, stream].into_iter().flatten().min()
    }

    /// Restaurants and menus, if they are known.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    /// What became of the latest mutations, newest first.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().rev()
    }

    /// What became of this mutation, if that is not too long ago.
    pub fn outcome(&self, mutation_id: MutationId) -> Option<&Outcome> {
        self.outcomes().find(|outcome| outcome.mutation_id == mutation_id)
    }

    /// The order as it is drawn, with what is pending on it.
    pub fn order(&self, order_id: OrderId) -> Option<&Order> {
        match self.predictions.get(&order_id) {
            Some(prediction) => prediction.order.as_ref(),
            None => self.confirmed.orders.get(&order_id),
        }
    }

    /// Up to where the log has been followed.
    pub fn cursor(&self) -> Option<Cursor> {
        let log_id = self.confirmed.account?.log_id;
        self.confirmed.position.map(|position| Cursor { log_id, position })
    }

    /// The server's clock, from this machine's, as far as the difference is known.
    pub fn server_time(&self, wall: Timestamp) -> Timestamp {
        wall.saturating_add(self.clock_ahead.unwrap_or_default()).unwrap_or(wall)
    }

    /// What is worth caching now.
    pub fn to_cache(&self) -> Cached {
        Cached { catalog: self.catalog.clone(), orders: self.orders_to_cache() }
    }

    fn orders_to_cache(&self) -> Option<CachedOrders> {
        let account = self.confirmed.account?;
        let cursor = self.cursor()?;
        let confirmed = &self.confirmed.orders;
        let orders: Vec<Order> = self
            .rows
            .iter()
            .filter_map(|order_id| confirmed.get(&order_id).cloned())
            .take(CACHED_ORDERS_MAX)
            .collect();
        let is_whole = self.confirmed.pages == Pages::All && orders.len() == confirmed.len();
        let extent = if is_whole { Extent::All } else { Extent::Newest };
        Some(CachedOrders { account, cursor, orders, extent })
    }

    /// What this order looks like with all that is pending on it, computed from nothing.
    pub(crate) fn refolded(&self, order_id: OrderId) -> Option<Prediction> {
        self.pending.of_order(order_id).next()?;
        Some(predict(
            self.confirmed.orders.get(&order_id),
            self.pending.of_order(order_id),
            self.knowledge(),
        ))
    }

    fn knowledge(&self) -> Knowledge<'_> {
        Knowledge {
            rules: self.rules,
            catalog: self.catalog.as_ref(),
            customer_id: self.customer_id(),
        }
    }

    /// Whether it may have reached this log under another name, and so must not go out under ours.
    pub(crate) fn is_of_another_customer(&self, mutation: &PendingMutation) -> bool {
        let (Some(account), Some(sender)) = (self.confirmed.account, mutation.sender) else {
            return false;
        };
        sender.log_id == account.log_id && sender.customer_id != account.customer_id
    }

    /// Whom the server takes us for. Somebody who has never signed in is nobody yet; the placeholders
    /// of that time are drawn anew at sign-in.
    pub(crate) fn customer_id(&self) -> CustomerId {
        self.confirmed.account.map_or(CustomerId::new(Uuid::nil()), |account| account.customer_id)
    }
}
