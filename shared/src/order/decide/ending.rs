//! The rules of early ends: cancellations granted, refunds, and deadlines that strike.
//! Steps 2 and 4 of an order's way.

use jiff::Timestamp;

use super::overtaken;
use crate::money::Cents;
use crate::order::Order;
use crate::order::event::{EndedBy, OrderEvent};
use crate::order::payment::Refund;
use crate::order::refusal::Refusal;
use crate::order::status::OrderStatus;

/// The cancellation is granted, as long as the kitchen has not begun.
pub(super) fn cancel(order: &Order) -> Result<OrderEvent, Refusal> {
    if !order.status.can_be_cancelled() {
        return Err(overtaken(order));
    }
    if !order.cancel_requested() {
        return Err(Refusal::late("no cancellation is asked for"));
    }
    Ok(cancelled(EndedBy::Customer, "you asked for it"))
}

/// The gateway has closed its books on an order that ended unfulfilled.
pub(super) fn record_refund(
    order: &Order,
    captured: Cents,
    refunded: Cents,
) -> Result<OrderEvent, Refusal> {
    if matches!(order.money.refund, Refund::Settled { .. }) {
        return Err(Refusal::late("the refund is on record"));
    }
    if !order.status.ended_unfulfilled() {
        return Err(Refusal::early("the order has not ended"));
    }
    Ok(OrderEvent::PaymentRefunded { captured, refunded })
}

/// A deadline has struck: the wait itself ends the order, if it still lasts.
pub(super) fn end_wait(order: &Order, now: Timestamp) -> Result<OrderEvent, Refusal> {
    let wait = order.waiting_for().ok_or_else(|| Refusal::late("nothing is awaited"))?;
    let until = wait.until.ok_or_else(|| Refusal::late("this wait has no deadline"))?;
    if until > now {
        return Err(Refusal::early("the deadline has not struck"));
    }
    if order.cancel_requested() {
        let reason = "you asked for it, and nobody objected in time";
        return Ok(cancelled(EndedBy::Customer, reason));
    }
    let too_late = |reason| Ok(cancelled(EndedBy::Deadline, reason));
    match order.status {
        OrderStatus::Placed => too_late("it could not be checked in time"),
        OrderStatus::Validated => too_late("the payment did not come through in time"),
        OrderStatus::Paid => Ok(OrderEvent::OrderRejected {
            reason: "the restaurant did not answer in time.".to_owned(),
        }),
        OrderStatus::Accepted | OrderStatus::Preparing => {
            too_late("the kitchen was not ready in time")
        }
        OrderStatus::Ready => too_late("no courier came in time"),
        OrderStatus::PickedUp => too_late("the courier did not arrive in time"),
        OrderStatus::Delivered => {
            Ok(OrderEvent::TipWaived { reason: "it could not be charged in time".to_owned() })
        }
        OrderStatus::Rejected | OrderStatus::PaymentDeclined | OrderStatus::Cancelled => {
            Err(overtaken(order))
        }
    }
}

fn cancelled(by: EndedBy, reason: &str) -> OrderEvent {
    OrderEvent::OrderCancelled { reason: format!("{reason}."), by }
}
