//! What one can read of the server: changes after a position, position marks, pages.
//! Step 8 of an order's way.

use shared::cursor::{Cursor, Position};
use shared::id::OrderId;
use shared::order::Order;

use super::Server;
use crate::input::{Change, OrderChanged, Page, PageToken};

/// Orders on a page: few, so that there are several pages.
pub(crate) const PAGE: usize = 3;

/// What a subscriber has had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subscription {
    pub(crate) last: Position,
}

impl Server {
    /// `None` is `CURSOR_OF_ANOTHER_LOG`: not of this log, or beyond its head.
    pub(crate) fn subscribe(&self, after: Cursor) -> Option<Subscription> {
        let is_ours = after.log_id == self.log_id && after.position <= self.head().position;
        is_ours.then_some(Subscription { last: after.position })
    }

    /// The next change of ours for this subscriber.
    pub(crate) fn next(&self, subscription: &mut Subscription) -> Option<Change> {
        let after = index_after(subscription.last);
        let (index, (event, order)) = self
            .log
            .iter()
            .enumerate()
            .skip(after)
            .find_map(|(index, entry)| Some((index, entry.as_ref()?)))?;
        let cursor = self.at(index + 1);
        let previous = Some(Cursor { log_id: self.log_id, position: subscription.last });
        subscription.last = cursor.position;
        let event = OrderChanged {
            event_type: event.data.type_name().to_owned(),
            mutation_id: event.mutation_id,
            order: Box::new(order.clone()),
        };
        Some(Change { cursor, previous, event: Some(event) })
    }

    /// A position mark, if all has been said.
    pub(crate) fn mark(&self, subscription: &mut Subscription) -> Option<Change> {
        let rest = self.log.iter().skip(index_after(subscription.last));
        if rest.flatten().next().is_some() {
            return None;
        }
        let previous = Some(Cursor { log_id: self.log_id, position: subscription.last });
        subscription.last = self.head().position;
        Some(Change { cursor: self.head(), previous, event: None })
    }

    /// A page of orders as of now, newest first by their first events.
    pub(crate) fn page(&self, after: Option<PageToken>) -> Page {
        let newest_first = self.newest_first();
        // The token counts from the oldest, so that new orders do not move the pages.
        // A token of a past that was set back may stand before all that there is.
        let older: Option<usize> = after.as_ref().and_then(|token| token.0.parse().ok());
        let skip = older.map_or(0, |older| newest_first.len().saturating_sub(older));
        let orders: Vec<Order> = newest_first
            .iter()
            .skip(skip)
            .take(PAGE)
            .filter_map(|order_id| self.orders.get(order_id).cloned())
            .collect();
        let left = newest_first.len().saturating_sub(skip + orders.len());
        let next = (left > 0).then(|| PageToken(left.to_string()));
        Page { after, orders, cursor: self.head(), next }
    }

    /// The orders by their first events.
    pub(crate) fn newest_first(&self) -> Vec<OrderId> {
        let placings = self.log.iter().flatten().rev();
        let placings = placings.filter(|(_, order)| order.version.get() == 1);
        placings.map(|(event, _)| event.order_id).collect()
    }
}

/// The index in the log of what follows this position: positions count from one.
fn index_after(position: Position) -> usize {
    usize::try_from(position.get()).unwrap_or(usize::MAX)
}
