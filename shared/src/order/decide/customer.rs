//! The rules of what a customer asks of an order that is placed: to cancel it, to change its tip, to
//! rate it. Steps 2 and 4 of an order's way.
//!
//! Each first looks whose order it is, then whether it is the time for it, then whether the order has
//! had its share of mutations: so the answer never tells a stranger anything.

use super::{Context, not_found};
use crate::id::CustomerId;
use crate::order::Order;
use crate::order::event::OrderEvent;
use crate::order::rating::Rating;
use crate::order::refusal::{DenialCode, Refusal};
use crate::order::status::OrderStatus;
use crate::order::tip::Tip;

/// Accepted until the kitchen has begun; a second request while the first is undecided changes
/// nothing but the version.
pub(super) fn request_cancellation(
    order: &Order,
    customer_id: CustomerId,
    context: &Context<'_>,
) -> Result<OrderEvent, Refusal> {
    check_owner(order, customer_id)?;
    if order.status.is_final() {
        return Err(closed(order, "there is nothing to cancel."));
    }
    if !order.status.can_be_cancelled() {
        return Err(Refusal::denied(
            DenialCode::TooLateToCancel,
            "The kitchen has begun, so it is too late to cancel. Enjoy your meal.",
        ));
    }
    check_share(order, context)?;
    // A repeated request does not put the decision off.
    let until = order.cancellation.as_ref().and_then(|wait| wait.until);
    let wait_until = until.unwrap_or_else(|| context.after(context.policy.deadlines.cancellation));
    Ok(OrderEvent::CancellationRequested { wait_until })
}

/// Accepted until the door, also while a cancellation is undecided; the last one stands.
pub(super) fn set_tip(
    order: &Order,
    customer_id: CustomerId,
    tip: Tip,
    context: &Context<'_>,
) -> Result<OrderEvent, Refusal> {
    check_owner(order, customer_id)?;
    if order.status == OrderStatus::Delivered {
        return Err(closed(order, "the tip is charged on delivery and can no longer be changed."));
    }
    if order.status.ended_unfulfilled() {
        return Err(closed(order, "there is nobody to tip, and no tip is charged."));
    }
    check_share(order, context)?;
    Ok(OrderEvent::TipSet { tip: tip.cents() })
}

/// Accepted once the order is at the door; the last one stands.
pub(super) fn rate(
    order: &Order,
    customer_id: CustomerId,
    rating: Rating,
    context: &Context<'_>,
) -> Result<OrderEvent, Refusal> {
    check_owner(order, customer_id)?;
    if order.status.ended_unfulfilled() {
        return Err(closed(order, "there is no meal to rate."));
    }
    if order.status != OrderStatus::Delivered {
        return Err(Refusal::denied(
            DenialCode::NotDeliveredYet,
            "This order is not delivered yet. Rate it once it is at your door.",
        ));
    }
    check_share(order, context)?;
    Ok(OrderEvent::OrderRated { rating })
}

/// Somebody else's order is none.
fn check_owner(order: &Order, customer_id: CustomerId) -> Result<(), Refusal> {
    if order.customer_id == customer_id { Ok(()) } else { Err(not_found()) }
}

/// Mutations stand in the order for ever, so their number has a bound.
fn check_share(order: &Order, context: &Context<'_>) -> Result<(), Refusal> {
    if order.mutation_ids.len() < context.policy.limits.mutations_per_order {
        return Ok(());
    }
    Err(Refusal::denied(
        DenialCode::TooManyChanges,
        "This order has been changed too often to be changed again. Let it come, or ask for help.",
    ))
}

fn closed(order: &Order, consequence: &str) -> Refusal {
    let status = order.status.word().to_lowercase().replace('_', " ");
    Refusal::denied(
        DenialCode::OrderClosed,
        format!("This order is {status} already; {consequence}"),
    )
}
