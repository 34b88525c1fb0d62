//! An order, as the contract shows it. Steps 5 and 8 of an order's way.

use std::sync::Arc;

use async_graphql::{Enum, Object, SimpleObject};
use shared::catalog::Catalog;
use shared::order;

use super::catalog::Restaurant;
use crate::api::scalars::{DateTime, UuidScalar};

/// An order as of one of its events; restaurant and menu are as of now.
pub(crate) struct Order {
    pub(crate) order: Arc<order::Order>,
    pub(crate) catalog: Arc<Catalog>,
}

/// The normal way is PLACED, VALIDATED, PAID, ACCEPTED, PREPARING, READY, PICKED_UP, DELIVERED.
/// REJECTED (by validation or the restaurant), PAYMENT_DECLINED and CANCELLED end an order early.
/// A client never sees a status go backward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "order::status::OrderStatus")]
pub(crate) enum OrderStatus {
    Placed,
    Validated,
    Paid,
    Accepted,
    Preparing,
    Ready,
    PickedUp,
    Delivered,
    Rejected,
    PaymentDeclined,
    Cancelled,
}

/// Money, apart from the order's status: whoever cancels sees whether it is back. The card pays the subtotal before the kitchen begins and the tip on delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "order::payment::PaymentStatus")]
pub(crate) enum PaymentStatus {
    None,
    Captured,
    Declined,
    Refunding,
    Refunded,
}

/// `who` is a function's name, or `operator`; `until` is when the deadline strikes.
#[derive(SimpleObject)]
pub(crate) struct Wait {
    who: String,
    since: DateTime,
    until: Option<DateTime>,
}

#[derive(SimpleObject)]
pub(crate) struct OrderLine {
    menu_item_id: UuidScalar,
    name: String,
    quantity: i32,
    unit_price_cents: i32,
}

#[derive(SimpleObject)]
pub(crate) struct StatusChange {
    status: OrderStatus,
    at: DateTime,
}

#[Object]
impl Order {
    async fn id(&self) -> UuidScalar {
        UuidScalar(self.order.id.uuid())
    }

    /// Grows by one with each event of this order.
    async fn version(&self) -> i32 {
        i32::try_from(self.order.version.get()).unwrap_or(i32::MAX)
    }

    async fn status(&self) -> OrderStatus {
        self.order.status.into()
    }

    async fn restaurant(&self) -> Restaurant {
        Restaurant::of_order(&self.catalog, self.order.restaurant_id)
    }

    async fn lines(&self) -> Vec<OrderLine> {
        let line = |line: &order::OrderLine| OrderLine {
            menu_item_id: UuidScalar(line.menu_item_id.uuid()),
            name: line.name.clone(),
            quantity: line.quantity.get().into(),
            unit_price_cents: line.unit_price.as_int(),
        };
        self.order.lines.iter().map(line).collect()
    }

    async fn subtotal_cents(&self) -> i32 {
        self.order.subtotal().as_int()
    }

    async fn tip_cents(&self) -> i32 {
        self.order.tip.as_int()
    }

    async fn total_cents(&self) -> i32 {
        self.order.total().as_int()
    }

    async fn note(&self) -> Option<&str> {
        self.order.note.as_deref()
    }

    /// Where to, as the customer wrote it.
    async fn deliver_to(&self) -> Option<&str> {
        self.order.deliver_to.as_deref()
    }

    async fn rating(&self) -> Option<i32> {
        self.order.rating.map(|rating| rating.get().into())
    }

    /// True from the moment a cancellation was asked for until it is decided.
    async fn cancel_requested(&self) -> bool {
        self.order.cancel_requested()
    }

    async fn payment(&self) -> PaymentStatus {
        self.order.payment_status().into()
    }

    /// Whom the order waits for; null when nothing is awaited (final, and money settled). Every wait has a deadline, and what happens
    /// then is an event; only a refund that fails for good waits for an operator.
    async fn waiting_for(&self) -> Option<Wait> {
        self.order.waiting_for().map(|wait| Wait {
            who: wait.who.name().to_owned(),
            since: DateTime(wait.since),
            until: wait.until.map(DateTime),
        })
    }

    /// When it should arrive, as far as is known now; null before it is accepted and in a final status.
    async fn expected_at(&self) -> Option<DateTime> {
        self.order.expected_at.map(DateTime)
    }

    /// The customer's wish, where the order is for later.
    async fn scheduled_for(&self) -> Option<DateTime> {
        self.order.scheduled_for.map(DateTime)
    }

    /// Why the order ended early, in words for the customer.
    async fn reason(&self) -> Option<&str> {
        self.order.reason.as_deref()
    }

    async fn courier(&self) -> Option<&str> {
        self.order.courier.as_deref()
    }

    /// When the customer placed it, by the customer's clock (bounded by the server's).
    async fn placed_at(&self) -> DateTime {
        DateTime(self.order.placed_at)
    }

    async fn updated_at(&self) -> DateTime {
        DateTime(self.order.updated_at)
    }

    /// Each status that this order has reached, oldest first.
    async fn timeline(&self) -> Vec<StatusChange> {
        let change = |change: &order::StatusChange| StatusChange {
            status: change.status.into(),
            at: DateTime(change.at),
        };
        self.order.timeline.iter().map(change).collect()
    }

    /// The clients' mutations that its events carry: proof that they were applied.
    async fn mutation_ids(&self) -> Vec<UuidScalar> {
        self.order.mutation_ids.iter().map(|id| UuidScalar(id.uuid())).collect()
    }
}
