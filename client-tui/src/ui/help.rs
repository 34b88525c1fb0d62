//! All keys, those of the present pane first, and what the marks mean.

use optimistic::view::PendingState;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::list::place_in_list;
use super::scene::Scene;
use super::text::column;
use super::theme::Role;
use super::{pending, symbols};
use crate::app::keymap::{self, Binding, Layer};

/// The help is as wide as its longest line, and no wider than the terminal.
const COLUMNS: u16 = 78;
/// Where the sentences begin.
const KEYS_CELLS: usize = 21;

pub(super) fn draw(scene: &Scene, first_row: usize, body: Rect, frame: &mut Frame) {
    let lines = lines(scene);
    let columns = body.width.min(COLUMNS);
    let area = body.centered(Constraint::Length(columns), Constraint::Percentage(100));
    frame.render_widget(Clear, area);
    let rows = usize::from(area.height.saturating_sub(2));
    let first = first_row.min(lines.len().saturating_sub(rows));
    let shown = first..(first + rows).min(lines.len());
    let place = place_in_list(lines.len(), Some(shown.end.saturating_sub(1)), &shown);
    let inside = scene.block("Keys and marks", Role::Accent, place, area, frame);
    let lines: Vec<Line> = lines.into_iter().skip(first).take(rows).collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

/// How many rows the help has.
pub(crate) fn rows(focus: crate::app::pane::Pane) -> usize {
    let keys: usize = keymap::help(focus).iter().map(|(_, bindings)| bindings.len() + 2).sum();
    keys + MARKS.len() + PENDING.len() + 1
}

const PENDING: [PendingState; 5] = [
    PendingState::Queued,
    PendingState::Sending,
    PendingState::Checking,
    PendingState::Accepted,
    PendingState::Refused,
];

const MARKS: [(&str, &str); 3] = [
    (symbols::UNDER_WAY, "confirmed and under way"),
    (symbols::DONE, "reached, or at your door"),
    (symbols::ENDED_EARLY, "ended without food; it says why"),
];

fn lines(scene: &Scene) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (layer, bindings) in keymap::help(scene.model.focus) {
        lines.push(Line::from(scene.span(heading(layer), Role::Strong)));
        lines.extend(bindings.into_iter().map(|binding| key_line(scene, binding)));
        lines.push(Line::default());
    }
    lines.push(Line::from(
        scene.span("Marks: what is dim and pulses is not confirmed yet", Role::Strong),
    ));
    lines.extend(PENDING.map(|state| {
        let text = format!("{}: {}", pending::word(state), pending::meaning(state));
        mark_line(pending::mark(state), text)
    }));
    lines.extend(MARKS.map(|(mark, text)| mark_line(mark, text.to_owned())));
    lines
}

fn key_line(scene: &Scene, binding: &Binding) -> Line<'static> {
    let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
    Line::from(vec![
        scene.span(column(&format!("  {}", keys.join(" ")), KEYS_CELLS), Role::Accent),
        Span::raw(binding.help),
    ])
}

fn mark_line(mark: &str, text: String) -> Line<'static> {
    Line::from(vec![Span::raw(column(&format!("  {mark}"), KEYS_CELLS)), Span::raw(text)])
}

fn heading(layer: Layer) -> String {
    match layer {
        Layer::Always => "Everywhere, also over a question or a text".to_owned(),
        Layer::AnyPane => "In every pane".to_owned(),
        Layer::In(pane) => pane.name().to_owned(),
        Layer::Help => "In this help".to_owned(),
        Layer::Question => "When asked".to_owned(),
        Layer::Editing => "While writing".to_owned(),
    }
}
