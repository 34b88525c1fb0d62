//! What can be done with the selected order, and if not, why. Step 1 of an order's way.
//!
//! The update asks the same questions, so that no hint can lie. Several things may be pending on one
//! order: `x` means the newest of them that can be undone, `r` all that wait.

use optimistic::intent::IntentKind;
use optimistic::view::{Offer, PendingState, PendingView, Row, Standing};
use shared::id::MutationId;
use shared::order::status::OrderStatus;

use super::Availability::{self, As, No, Yes};
use crate::app::model::Model;

const NO_ORDERS: &str = "No orders yet: choose a restaurant and press Enter.";

pub(in crate::app::keymap) fn an_order_is_selected(model: &Model) -> Availability {
    of_the_selected(model, |_| Ok(Yes))
}

pub(in crate::app::keymap) fn something_can_be_removed(model: &Model) -> Availability {
    of_the_selected(model, |row| {
        removal(row).map(|removal| match removal {
            Removal::Dismiss(pending) => As(dismissing(kind_of(row, pending))),
            Removal::TakeBack(pending) => As(taking_back(kind_of(row, pending))),
            Removal::Cancel => As("cancel the order"),
        })
    })
}

pub(in crate::app::keymap) fn something_can_be_sent(model: &Model) -> Availability {
    of_the_selected(model, |row| {
        let waiting = row.pending.iter().filter(|it| it.offers.contains(&Offer::RetryNow)).count();
        match waiting {
            0 => Err("Nothing of this order waits to be sent."),
            1 => Ok(Yes),
            _ => Ok(As("send all now")),
        }
    })
}

pub(in crate::app::keymap) fn the_tip_can_be_set(model: &Model) -> Availability {
    of_the_selected(model, |row| tip(row).map(|()| Yes))
}

pub(in crate::app::keymap) fn the_order_can_be_rated(model: &Model) -> Availability {
    let label = |row: &Row<'_>| if row.order.rating.is_some() { As("rate it anew") } else { Yes };
    of_the_selected(model, |row| rating(row).map(|()| label(row)))
}

fn of_the_selected(
    model: &Model,
    ask: impl Fn(&Row<'_>) -> Result<Availability, &'static str>,
) -> Availability {
    let view = model.timeless_view();
    match model.order_index(&view.rows).and_then(|index| view.rows.get(index)) {
        Some(row) => ask(row).unwrap_or_else(No),
        None => No(NO_ORDERS),
    }
}

/// What `x` does to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Its refusal has been read.
    Dismiss(MutationId),
    /// It was never sent.
    TakeBack(MutationId),
    /// It is on its way: ask first.
    Cancel,
}

/// Decides what `x` does to this order: it undoes the newest of what was asked for, if that was
/// refused or never sent, then the one before; where nothing is left of that kind, it cancels.
///
/// # Errors
/// Why it does nothing.
pub fn removal(row: &Row<'_>) -> Result<Removal, &'static str> {
    if let Some(removal) = row.pending.iter().rev().find_map(undoing) {
        return Ok(removal);
    }
    cancellation(row).map(|()| Removal::Cancel)
}

/// Whether this order may still be cancelled.
///
/// # Errors
/// Why not.
pub fn cancellation(row: &Row<'_>) -> Result<(), &'static str> {
    if row.order.cancel_requested() || row.pending.iter().any(asks_to_cancel) {
        return Err("A cancellation is on its way already: wait for the decision.");
    }
    match row.order.status {
        OrderStatus::Placed
        | OrderStatus::Validated
        | OrderStatus::Paid
        | OrderStatus::Accepted => Ok(()),
        OrderStatus::Preparing => Err("The kitchen has begun, so it is too late to cancel."),
        OrderStatus::Ready | OrderStatus::PickedUp => {
            Err("The order is on its way to you: too late to cancel.")
        }
        OrderStatus::Delivered
        | OrderStatus::Rejected
        | OrderStatus::PaymentDeclined
        | OrderStatus::Cancelled => Err("This order has ended: there is nothing to cancel."),
    }
}

fn undoing(pending: &PendingView<'_>) -> Option<Removal> {
    if pending.offers.contains(&Offer::Dismiss) {
        return Some(Removal::Dismiss(pending.mutation_id));
    }
    let unsent = pending.offers.contains(&Offer::TakeBack);
    unsent.then_some(Removal::TakeBack(pending.mutation_id))
}

fn asks_to_cancel(pending: &PendingView<'_>) -> bool {
    pending.kind == IntentKind::Cancel && pending.state != PendingState::Refused
}

fn kind_of(row: &Row<'_>, mutation_id: MutationId) -> Option<IntentKind> {
    let pending = row.pending.iter().find(|pending| pending.mutation_id == mutation_id);
    pending.map(|pending| pending.kind)
}

const fn taking_back(kind: Option<IntentKind>) -> &'static str {
    match kind {
        Some(IntentKind::Cancel) => "take the cancellation back",
        Some(IntentKind::SetTip) => "take the tip back",
        Some(IntentKind::Rate) => "take the rating back",
        Some(IntentKind::Place | IntentKind::Unknown) | None => "take back",
    }
}

const fn dismissing(kind: Option<IntentKind>) -> &'static str {
    match kind {
        Some(IntentKind::Cancel) => "dismiss the refusal",
        Some(IntentKind::SetTip) => "dismiss the tip",
        Some(IntentKind::Rate) => "dismiss the rating",
        Some(IntentKind::Place | IntentKind::Unknown) | None => "dismiss",
    }
}

/// Whether the tip of this order may still change.
///
/// # Errors
/// Why not.
pub fn tip(row: &Row<'_>) -> Result<(), &'static str> {
    match (row.standing, row.order.status) {
        (Standing::NotPlaced, _) => Err("This order was not placed: there is nobody to tip."),
        (Standing::Placeholder | Standing::Confirmed, status) => match status {
            OrderStatus::Placed
            | OrderStatus::Validated
            | OrderStatus::Paid
            | OrderStatus::Accepted
            | OrderStatus::Preparing
            | OrderStatus::Ready
            | OrderStatus::PickedUp => Ok(()),
            OrderStatus::Delivered => {
                Err("The tip is charged on delivery: it can no longer be changed.")
            }
            OrderStatus::Rejected | OrderStatus::PaymentDeclined | OrderStatus::Cancelled => {
                Err("This order has ended: there is nobody to tip, and no tip is charged.")
            }
        },
    }
}

/// Whether this order may be rated.
///
/// # Errors
/// Why not, or not yet.
pub fn rating(row: &Row<'_>) -> Result<(), &'static str> {
    match row.order.status {
        OrderStatus::Delivered => Ok(()),
        OrderStatus::Placed
        | OrderStatus::Validated
        | OrderStatus::Paid
        | OrderStatus::Accepted
        | OrderStatus::Preparing
        | OrderStatus::Ready
        | OrderStatus::PickedUp => Err("Not delivered yet: rate it once it is at your door."),
        OrderStatus::Rejected | OrderStatus::PaymentDeclined | OrderStatus::Cancelled => {
            Err("This order has ended early: there is no meal to rate.")
        }
    }
}
