//! Looking under the hood: which event is selected, and whose events are shown.

use crate::app::command::Step;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::pane::Pane;
use shared::id::EventId;

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
pub(super) fn toggle_filter(model: &mut Model) {
    model.selected.only_order = match model.selected.only_order {
        Some(_) => None,
        None => model.event().and_then(|event| event.order_id),
    };
}

/// Shows the events of the selected order.
pub(super) fn of_the_selected_order(model: &mut Model) -> Vec<Effect> {
    let view = model.timeless_view();
    let row = model.order_index(&view.rows).and_then(|index| view.rows.get(index));
    model.selected.only_order = row.map(|row| row.order.id);
    model.selected.event = None;
    model.focus = Pane::UnderTheHood;
    Vec::new()
}
