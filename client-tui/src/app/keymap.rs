//! Which key means what, where: one table for dispatch, footer and help, so that no hint can lie.
//! Step 1 of an order's way.
//!
//! A key that means nothing is ignored. A key whose command does not apply just now is not: pressing
//! it says why.

use std::collections::BTreeSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::Command;
use super::model::Model;
use super::pane::Pane;

mod key;
mod availability;
mod table;

pub use availability::{Availability, Removal, cancellation, rating, removal, tip};
pub use key::Key;
pub use table::BINDINGS;

/// One row of the table.
#[derive(Debug)]
pub struct Binding {
    /// The keys; the first one is shown in the footer.
    pub keys: &'static [Key],
    /// What they do.
    pub command: Command,
    /// Where they do it.
    pub layer: Layer,
    /// The command in a word or two, for the footer.
    pub label: &'static str,
    /// The command in a sentence, for the help.
    pub help: &'static str,
    /// Hints with a higher number come first; 0 is not hinted at, only listed in the help.
    pub priority: u8,
    /// Whether the command applies just now.
    pub availability: fn(&Model) -> Availability,
}

/// Where a binding holds. What lies over the panes takes the keys first, and all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Even over everything else.
    Always,
    /// In all panes.
    AnyPane,
    /// In this pane, before what holds in all.
    In(Pane),
    /// While the help lies over the panes.
    Help,
    /// While a question waits for an answer.
    Question,
    /// While a text is being written.
    Editing,
    /// While a tip is being entered.
    Tip,
    /// While a rating is being entered.
    Rating,
}

/// The layers in which keys are looked up now, the first match wins.
pub fn layers(model: &Model) -> [Layer; 3] {
    use super::model::Overlay;
    match &model.overlay {
        None => [Layer::Always, Layer::In(model.focus), Layer::AnyPane],
        Some(Overlay::Help { .. }) => [Layer::Always, Layer::Help, Layer::Help],
        Some(Overlay::Question(_)) => [Layer::Always, Layer::Question, Layer::Question],
        Some(Overlay::Editing { .. }) => [Layer::Always, Layer::Editing, Layer::Editing],
        Some(Overlay::Tip(_)) => [Layer::Always, Layer::Tip, Layer::Tip],
        Some(Overlay::Rating(_)) => [Layer::Always, Layer::Rating, Layer::Rating],
    }
}

/// What this key means now.
pub fn resolve(model: &Model, event: KeyEvent) -> Option<&'static Binding> {
    let key = Key::from(event);
    layers(model).into_iter().find_map(|layer| {
        BINDINGS.iter().find(|binding| binding.layer == layer && binding.keys.contains(&key))
    })
}

/// The first key of this command in this layer.
pub fn key_of(command: Command, layer: Layer) -> Option<Key> {
    let binding = BINDINGS.iter().find(|it| it.command == command && it.layer == layer)?;
    binding.keys.first().copied()
}

/// The hints for the footer: what can be done now, the most useful first, `? help` always last.
pub fn hints(model: &Model) -> Vec<(&'static Binding, &'static str)> {
    let layers = layers(model);
    let mut hints: Vec<(&Binding, &str)> = BINDINGS
        .iter()
        .filter(|binding| layers.contains(&binding.layer) && binding.priority > 0)
        .filter_map(|binding| match (binding.availability)(model) {
            Availability::Yes => Some((binding, binding.label)),
            Availability::As(label) => Some((binding, label)),
            Availability::No(_) => None,
        })
        .collect();
    hints.sort_by_key(|(binding, _)| std::cmp::Reverse(binding.priority));
    // Two keys for one thing (Enter on the row that places the order, and `p`) are one hint.
    let mut named = BTreeSet::new();
    hints.retain(|(_, label)| named.insert(*label));
    hints
}

/// The bindings for the help: those of this pane first, then of all panes, then of the other ones.
pub fn help(pane: Pane) -> Vec<(Layer, Vec<&'static Binding>)> {
    let mut layers = vec![Layer::In(pane), Layer::AnyPane, Layer::Always];
    layers.extend(Pane::ALL.into_iter().filter(|other| *other != pane).map(Layer::In));
    layers.extend([Layer::Tip, Layer::Rating, Layer::Editing, Layer::Question, Layer::Help]);
    layers
        .into_iter()
        .map(|layer| (layer, BINDINGS.iter().filter(|binding| binding.layer == layer).collect()))
        .collect()
}

#[cfg(test)]
mod tests;
