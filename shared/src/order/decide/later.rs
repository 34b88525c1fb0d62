//! The rules of orders for later: which times may be wished for, when the restaurant is asked, and when
//! the food is expected. Steps 2 and 4 of an order's way.
//!
//! That a wish is not too far ahead is a matter of bounds, and looked at before it is a command.

use std::time::Duration;

use jiff::Timestamp;

use super::{Context, so_long_after};
use crate::order::Order;
use crate::order::refusal::{DenialCode, Refusal};

/// A time that has just passed is taken as *now*. One that passed long ago is no malformed input but an
/// order that came too late, perhaps for want of a connection: its answer is kept like any other.
pub(super) fn check_wish(wished: Option<Timestamp>, context: &Context<'_>) -> Result<(), Refusal> {
    let grace = context.policy.limits.scheduled_grace;
    if wished.is_some_and(|wished| so_long_after(wished, grace) < context.now) {
        return Err(Refusal::denied(
            DenialCode::ScheduledTimePassed,
            "The time for which this was to be is over. Order again, for now or for another time.",
        ));
    }
    Ok(())
}

/// When the restaurant is asked so that the food arrives at the time for which it is, where that is
/// later than now.
pub(super) fn ask_at(order: &Order, context: &Context<'_>) -> Option<Timestamp> {
    let way = context.policy.durations.from_ticket_to_door();
    let ask_at = order.scheduled_for?.saturating_sub(way).ok()?;
    (ask_at > context.now).then_some(ask_at)
}

/// When it should be at the door with so much of the way still to go: not before it is wished for.
pub(super) fn expected(order: &Order, way: Duration, context: &Context<'_>) -> Timestamp {
    let earliest = context.after(way);
    order.scheduled_for.map_or(earliest, |wished| wished.max(earliest))
}
