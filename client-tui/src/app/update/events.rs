//! Looking under the hood: which event is selected, and whose events are shown.
//! Step 8 of an order's way.

use super::facts;
use crate::app::command::Step;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::moment::Moment;
use crate::app::pane::Pane;
use shared::id::{EventId, OrderId};

/// The newest event is followed; any other one stays selected.
pub(super) fn select(model: &mut Model, step: Step) {
    let shown: Vec<EventId> =
        model.events.shown(model.selected.only_order).map(|event| event.id).collect();
    let chosen = model.event().map(|event| event.id);
    let here = shown.iter().position(|id| Some(*id) == chosen);
    let there = step.from(here, shown.len()).and_then(|index| shown.get(index)).copied();
    model.selected.event = there.filter(|id| shown.last() != Some(id));
}

/// Only the events of the selected one's order, or all of them again.
pub(super) fn toggle_filter(model: &mut Model, moment: Moment) -> Vec<Effect> {
    if model.selected.only_order.take().is_some() {
        return Vec::new();
    }
    let order_id = model.event().and_then(|event| event.order_id);
    order_id.map_or_else(Vec::new, |order_id| show_only(model, order_id, moment))
}

/// Shows the events of the selected order.
pub(super) fn of_the_selected_order(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let view = model.timeless_view();
    let row = model.order_index(&view.rows).and_then(|index| view.rows.get(index));
    let Some(order_id) = row.map(|row| row.order.id) else { return Vec::new() };
    model.selected.event = None;
    model.focus = Pane::UnderTheHood;
    show_only(model, order_id, moment)
}

fn show_only(model: &mut Model, order_id: OrderId, moment: Moment) -> Vec<Effect> {
    model.selected.only_order = Some(order_id);
    // Those from before we listened are asked for.
    let news = model.session.ask_for_events(order_id);
    facts::settle(model, news, moment)
}
