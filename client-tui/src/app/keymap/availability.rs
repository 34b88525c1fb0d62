//! When a command applies, and if not, why: in a sentence that a person who pressed the key can use.
//! Step 1 of an order's way.

use optimistic::intent::IntentKind;
use optimistic::view::{Offer, PendingState, PendingView, Row};
use shared::order::status::OrderStatus;

use crate::app::cart::CartRow;
use crate::app::model::Model;
use crate::app::pane::Pane;

/// Whether a command applies just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It does.
    Yes,
    /// It does, and this is what it is called here.
    As(&'static str),
    /// It does not: why, and what to do instead.
    No(&'static str),
}

use Availability::{As, No, Yes};

const NO_RESTAURANTS: &str =
    "No restaurants are known yet: they are shown as soon as the backend answers.";
const EMPTY_CART: &str = "The cart is empty: choose a dish on a menu and press Enter.";
const NO_ORDERS: &str = "No orders yet: choose a restaurant and press Enter.";

pub(super) fn a_restaurant_is_selected(model: &Model) -> Availability {
    if model.restaurant().is_some() { Yes } else { No(NO_RESTAURANTS) }
}

pub(super) fn a_dish_is_selected(model: &Model) -> Availability {
    if model.dish().is_some() { Yes } else { No(NO_RESTAURANTS) }
}

pub(super) fn the_dish_is_in_the_cart(model: &Model) -> Availability {
    match model.dish() {
        Some(dish) if model.cart.portions_of(dish.id) > 0 => Yes,
        _ => No("This dish is not in the cart."),
    }
}

pub(super) fn the_cart_is_full(model: &Model) -> Availability {
    if model.cart.is_empty() { No(EMPTY_CART) } else { Yes }
}

pub(super) fn row_of_the_cart(model: &Model) -> Availability {
    match model.cart_row() {
        Some(CartRow::Dish(_) | CartRow::Tip) => As("more"),
        Some(CartRow::Text(_)) => As("write"),
        Some(CartRow::Place) => As("place the order"),
        None => No(EMPTY_CART),
    }
}

pub(super) fn the_row_is_a_number(model: &Model) -> Availability {
    match model.cart_row() {
        Some(CartRow::Dish(_) | CartRow::Tip) => Yes,
        Some(CartRow::Text(_) | CartRow::Place) => {
            No("There is nothing to count on this row: choose a dish or the tip.")
        }
        None => No(EMPTY_CART),
    }
}

pub(super) fn the_row_can_be_cleared(model: &Model) -> Availability {
    match model.cart_row() {
        Some(CartRow::Dish(_)) => Yes,
        Some(CartRow::Tip) if model.cart.tip().is_zero() => No("There is no tip to remove."),
        Some(CartRow::Tip) => As("no tip"),
        Some(CartRow::Text(field)) if model.cart.text(field).is_empty() => {
            No("There is no text to remove.")
        }
        Some(CartRow::Text(_)) => As("clear"),
        Some(CartRow::Place) => No("Choose the dish to remove first."),
        None => No(EMPTY_CART),
    }
}

pub(super) fn an_order_is_selected(model: &Model) -> Availability {
    if model.timeless_view().rows.is_empty() { No(NO_ORDERS) } else { Yes }
}

/// What `x` does to an order; the update asks the same question, so that the hint cannot lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Its refusal has been read.
    Dismiss(shared::id::MutationId),
    /// It was never sent.
    TakeBack(shared::id::MutationId),
    /// It is on its way: ask first.
    Cancel,
}

/// Decides what `x` does to this order, the most urgent first.
///
/// # Errors
/// Why it does nothing.
pub fn removal(row: &Row<'_>) -> Result<Removal, &'static str> {
    let offered = |offer: Offer| {
        let pending = row.pending.iter().rev().find(|pending| pending.offers.contains(&offer));
        pending.map(|pending| pending.mutation_id)
    };
    if let Some(refused) = offered(Offer::Dismiss) {
        return Ok(Removal::Dismiss(refused));
    }
    if let Some(unsent) = offered(Offer::TakeBack) {
        return Ok(Removal::TakeBack(unsent));
    }
    if row.order.cancel_requested() || row.pending.iter().any(asks_to_cancel) {
        return Err("A cancellation is on its way already: wait for the decision.");
    }
    match row.order.status {
        OrderStatus::Placed
        | OrderStatus::Validated
        | OrderStatus::Paid
        | OrderStatus::Accepted => Ok(Removal::Cancel),
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

fn asks_to_cancel(pending: &PendingView<'_>) -> bool {
    pending.kind == IntentKind::Cancel && pending.state != PendingState::Refused
}

pub(super) fn something_can_be_removed(model: &Model) -> Availability {
    let view = model.timeless_view();
    let Some(row) = model.order_index(&view.rows).and_then(|index| view.rows.get(index)) else {
        return No(NO_ORDERS);
    };
    match removal(row) {
        Ok(Removal::Dismiss(_)) => As("dismiss"),
        Ok(Removal::TakeBack(mutation_id)) => As(taking_back(row, mutation_id)),
        Ok(Removal::Cancel) => As("cancel the order"),
        Err(reason) => No(reason),
    }
}

fn taking_back(row: &Row<'_>, mutation_id: shared::id::MutationId) -> &'static str {
    let taken_back = row.pending.iter().find(|pending| pending.mutation_id == mutation_id);
    match taken_back.map(|pending| pending.kind) {
        Some(IntentKind::Cancel) => "take the cancellation back",
        Some(IntentKind::SetTip) => "take the tip back",
        Some(IntentKind::Rate) => "take the rating back",
        Some(IntentKind::Place | IntentKind::Unknown) | None => "take back",
    }
}

pub(super) fn something_can_be_sent(model: &Model) -> Availability {
    let view = model.timeless_view();
    let Some(row) = model.order_index(&view.rows).and_then(|index| view.rows.get(index)) else {
        return No(NO_ORDERS);
    };
    if row.pending.iter().any(|pending| pending.offers.contains(&Offer::RetryNow)) {
        Yes
    } else {
        No("Nothing of this order waits to be sent.")
    }
}

pub(super) fn events_can_be_filtered(model: &Model) -> Availability {
    if model.selected.only_order.is_some() {
        return As("all events");
    }
    match model.event() {
        Some(event) if event.order_id.is_some() => Yes,
        Some(_) => No("This event belongs to no order."),
        None => No("No event has arrived yet: place an order and watch."),
    }
}

pub(super) fn an_older_event_is_selected(model: &Model) -> Availability {
    if model.selected.event.is_some() { Yes } else { No("The newest event is selected already.") }
}

pub(super) fn there_is_a_way_back(model: &Model) -> Availability {
    if !model.toasts.shown().is_empty() {
        return As("dismiss");
    }
    match model.focus {
        Pane::Restaurants => No("This is the first screen. Press q to leave."),
        Pane::UnderTheHood if model.selected.only_order.is_some() => As("all events"),
        Pane::Menu | Pane::Cart | Pane::Orders | Pane::UnderTheHood => Yes,
    }
}
