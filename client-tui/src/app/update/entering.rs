//! Changing the tip of an order, and rating it: step 1 of an order's way.
//!
//! What was asked for is in the very next view of the store, like any pending mutation.

use optimistic::Input;

use super::facts;
use crate::app::effect::Effect;
use crate::app::entry::{RatingEntry, TipEntry};
use crate::app::model::{Model, Overlay};
use crate::app::moment::Moment;

/// Begins to enter a tip, with the one that is shown.
pub(super) fn begin_tip(model: &mut Model) {
    let entry = model.selected_order().map(|order| TipEntry::new(order.id, order.tip));
    model.overlay = entry.map(Overlay::Tip);
}

/// Begins to enter a rating, with the one that is shown.
pub(super) fn begin_rating(model: &mut Model) {
    let entry = model
        .selected_order()
        .map(|order| RatingEntry { order_id: order.id, rating: order.rating });
    model.overlay = entry.map(Overlay::Rating);
}

/// The tip is to be this one; what it is already is not asked for again.
pub(super) fn keep_tip(model: &mut Model, entry: &TipEntry, moment: Moment) -> Vec<Effect> {
    let (order_id, tip) = (entry.order_id, entry.tip());
    if model.store.order(order_id).is_none_or(|order| order.tip == tip.cents()) {
        return Vec::new();
    }
    let mutation_id = moment.mutation_id;
    facts::store(model, Input::SetTip { mutation_id, order_id, tip }, moment)
}

/// The rating is to be this one; what it is already is not asked for again.
pub(super) fn keep_rating(model: &mut Model, entry: RatingEntry, moment: Moment) -> Vec<Effect> {
    let RatingEntry { order_id, rating: Some(rating) } = entry else { return Vec::new() };
    if model.store.order(order_id).is_none_or(|order| order.rating == Some(rating)) {
        return Vec::new();
    }
    let mutation_id = moment.mutation_id;
    facts::store(model, Input::Rate { mutation_id, order_id, rating }, moment)
}
