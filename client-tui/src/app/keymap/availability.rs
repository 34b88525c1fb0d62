//! When a command applies, and if not, why: in a sentence that a person who pressed the key can use.
//! Step 1 of an order's way.

use crate::app::cart::CartRow;
use crate::app::model::{Model, Overlay};
use crate::app::pane::Pane;

mod orders;

pub use orders::{Removal, cancellation, rating, removal, tip};
pub(super) use orders::{
    an_order_is_selected, something_can_be_removed, something_can_be_sent, the_order_can_be_rated,
    the_tip_can_be_set,
};

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
        Some(CartRow::Written(_)) => As("write"),
        Some(CartRow::Place) => As("place the order"),
        None => No(EMPTY_CART),
    }
}

pub(super) fn the_row_is_a_number(model: &Model) -> Availability {
    match model.cart_row() {
        Some(CartRow::Dish(_) | CartRow::Tip) => Yes,
        Some(CartRow::Written(_) | CartRow::Place) => {
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
        Some(CartRow::Written(written)) if model.cart.is_unwritten(written) => {
            No("There is nothing written to remove.")
        }
        Some(CartRow::Written(_)) => As("clear"),
        Some(CartRow::Place) => No("Choose the dish to remove first."),
        None => No(EMPTY_CART),
    }
}

pub(super) fn something_is_entered(model: &Model) -> Availability {
    match &model.overlay {
        Some(Overlay::Rating(entry)) if entry.rating.is_none() => No("Choose 1 to 5 stars first."),
        Some(Overlay::Tip(_) | Overlay::Rating(_) | Overlay::Editing { .. }) => Yes,
        Some(Overlay::Help { .. } | Overlay::Question(_)) | None => No("There is nothing to keep."),
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
