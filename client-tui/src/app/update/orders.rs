//! Placing, cancelling, taking back, sending again: step 1 of an order's way.
//!
//! What follows on the screen comes from the store: the placeholder is in its very next view.

use optimistic::Input;
use optimistic::view::{Offer, Row};
use shared::id::{MutationId, OrderId};
use shared::order::status::OrderStatus;

use super::facts;
use crate::app::command::Step;
use crate::app::connection::LinkState;
use crate::app::effect::Effect;
use crate::app::keymap::{Removal, removal};
use crate::app::model::{Model, Overlay, Question};
use crate::app::moment::Moment;
use crate::app::pane::Pane;
use crate::app::toasts::Tone;

pub(super) fn select(model: &mut Model, step: Step) {
    let view = model.timeless_view();
    let here = model.order_index(&view.rows);
    let there = step.from(here, view.rows.len()).and_then(|index| view.rows.get(index));
    model.selected.order = there.map(|row| row.order.id);
}

/// Places what is in the cart, and goes where it can be watched.
pub(super) fn place(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let Some(catalog) = model.store.catalog() else { return Vec::new() };
    let placed_at = model.store.server_time(moment.wall());
    if model.cart.scheduled_for().is_some_and(|wished| wished <= placed_at) {
        let words =
            "The time for which this is to be has passed: press w in the cart to choose another.";
        hint(model, words, moment);
        return Vec::new();
    }
    let order = model.cart.order(moment.order_id, catalog, placed_at);
    let order = match order.and_then(|it| it.check_ahead(placed_at).map(|()| it)) {
        Ok(order) => order,
        Err(invalid) => {
            let words = format!("This cannot be ordered: {invalid}.");
            model.toasts.show(Tone::Bad, words, None, moment.monotonic());
            return Vec::new();
        }
    };
    let input = Input::Place { mutation_id: moment.mutation_id, order };
    let effects = facts::store(model, input, moment);
    let view = model.timeless_view();
    // The store declines what its own rules forbid, and says so: then the cart is still needed.
    if view.rows.iter().any(|row| row.order.id == moment.order_id) {
        model.cart.empty();
        model.selected.cart_row = None;
        model.selected.order = Some(moment.order_id);
        model.focus = Pane::Orders;
    }
    effects
}

/// `x`: dismisses, takes back, or asks whether to cancel.
pub(super) fn remove(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let Some((order_id, removal)) = of_the_selected(model, |row| removal(row).ok()) else {
        return Vec::new();
    };
    match removal {
        Removal::Cancel => {
            model.overlay = Some(Overlay::Question(Question::Cancel(order_id)));
            Vec::new()
        }
        Removal::TakeBack(mutation_id) => {
            leave_row(model, order_id, Input::TakeBack { mutation_id }, moment)
        }
        Removal::Dismiss(mutation_id) => {
            model.toasts.dismiss_about(order_id);
            let effects = leave_row(model, order_id, Input::Dismiss { mutation_id }, moment);
            hint(model, "Dismissed: it is decided, and needs you no more.", moment);
            effects
        }
    }
}

/// Asks the store for something that may take the row away: then its neighbour is selected.
fn leave_row(model: &mut Model, order_id: OrderId, input: Input, moment: Moment) -> Vec<Effect> {
    let view = model.timeless_view();
    let place = view.rows.iter().position(|row| row.order.id == order_id);
    let effects = facts::store(model, input, moment);
    let view = model.timeless_view();
    if !view.rows.iter().any(|row| row.order.id == order_id) {
        let last = view.rows.len().saturating_sub(1);
        let neighbour = place.and_then(|place| view.rows.get(place.min(last)));
        model.selected.order = neighbour.map(|row| row.order.id);
    }
    effects
}

/// The question was answered with yes.
pub(super) fn cancel(model: &mut Model, order_id: OrderId, moment: Moment) -> Vec<Effect> {
    let mutation_id = moment.mutation_id;
    let effects = facts::store(model, Input::Cancel { mutation_id, order_id }, moment);
    // The store may have declined it, or taken the whole order back; then it has said so.
    let view = model.timeless_view();
    let asked = view.rows.iter().find(|row| {
        row.order.id == order_id && row.pending.iter().any(|it| it.mutation_id == mutation_id)
    });
    if let Some(status) = asked.map(|row| row.order.status) {
        let words = match status {
            OrderStatus::Placed | OrderStatus::Validated => {
                "Cancellation asked for: within the grace period no money moves."
            }
            OrderStatus::Paid
            | OrderStatus::Accepted
            | OrderStatus::Preparing
            | OrderStatus::Ready
            | OrderStatus::PickedUp
            | OrderStatus::Delivered
            | OrderStatus::Rejected
            | OrderStatus::PaymentDeclined
            | OrderStatus::Cancelled => {
                "Cancellation asked for: if it is in time, what was paid comes back."
            }
        };
        hint(model, words, moment);
    }
    effects
}

/// Sends all that is pending on the selected order at once, without waiting.
pub(super) fn send_again(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let retries = |row: &Row<'_>| -> Option<Vec<MutationId>> {
        let pending = row.pending.iter();
        let offered = pending.filter(|pending| pending.offers.contains(&Offer::RetryNow));
        Some(offered.map(|pending| pending.mutation_id).collect())
    };
    let Some((_, mutations)) = of_the_selected(model, retries) else { return Vec::new() };
    let mut effects = vec![facts::wake_link()];
    for mutation_id in mutations {
        effects.extend(facts::store(model, Input::RetryNow { mutation_id }, moment));
    }
    let words = if model.connection.link == LinkState::Live {
        "Sent now, under the same id as before: it happens once."
    } else {
        "The backend is being tried now; what waits goes out as soon as it answers, and happens once."
    };
    hint(model, words, moment);
    effects
}

fn hint(model: &mut Model, words: &str, moment: Moment) {
    model.toasts.show(Tone::Hint, words.to_owned(), None, moment.monotonic());
}

/// The selected order, and what this finds out about its row.
fn of_the_selected<T>(
    model: &Model,
    find_out: impl Fn(&Row<'_>) -> Option<T>,
) -> Option<(OrderId, T)> {
    let view = model.timeless_view();
    let row = view.rows.get(model.order_index(&view.rows)?)?;
    Some((row.order.id, find_out(row)?))
}
