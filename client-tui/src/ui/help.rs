//! All keys, those of the present pane first, and what the marks mean.

use optimistic::view::PendingState;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::list::{place_in_list, window};
use super::scene::{Scene, Selection, selected};
use super::text::{column, two_sides, wrap};
use super::theme::Role;
use super::{pending, symbols};
use crate::app::keymap::{self, Binding, Layer};
use crate::app::pane::Pane;

/// The help is no wider than its longest line.
const COLUMNS: u16 = 78;
/// Where the sentences begin: after the longest list of keys. In a narrow terminal these wrap.
const KEYS_CELLS: usize = 18;
const KEYS_CELLS_NARROW: usize = 11;
/// From here on the longest list of keys has its room.
const WIDE: u16 = 60;

/// A row of the help.
enum Row {
    Heading(String),
    Entry { left: String, left_role: Role, right: String },
    Gap,
}

pub(super) fn draw(scene: &Scene, chosen: usize, body: Rect, frame: &mut Frame) {
    let rows = rows(scene.model.focus);
    let columns = body.width.min(COLUMNS);
    let area = body.centered(Constraint::Length(columns), Constraint::Percentage(100));
    let cells = usize::from(area.width.saturating_sub(4));
    let lines: Vec<Vec<Line>> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| {
            let selection = if number == chosen { Selection::Focused } else { Selection::None };
            selected(lines(scene, row, selection, area.width, cells), selection)
        })
        .collect();
    let height = usize::from(area.height.saturating_sub(2));
    let shown = window(rows.len(), Some(chosen), height, |row| lines.get(row).map_or(0, Vec::len));
    let place = place_in_list(rows.len(), Some(chosen), &shown);
    frame.render_widget(Clear, area);
    let inside = scene.block("Keys and marks", Role::Accent, place, area, frame);
    let shown = lines.into_iter().skip(shown.start).take(shown.len());
    frame.render_widget(Paragraph::new(shown.flatten().collect::<Vec<_>>()), inside);
}

/// How many rows the help has.
pub(super) fn row_count(focus: Pane) -> usize {
    rows(focus).len()
}

fn rows(focus: Pane) -> Vec<Row> {
    let mut layers = keymap::help(focus).into_iter();
    // Here, and everywhere; then what one sees; then the rest.
    let first: Vec<Row> = layers.by_ref().take(2).flat_map(of_layer).collect();
    let mut rows = first;
    rows.extend(marks_and_more());
    rows.extend(layers.flat_map(of_layer));
    rows.pop();
    rows
}

fn of_layer((layer, bindings): (Layer, Vec<&'static Binding>)) -> Vec<Row> {
    let mut rows = vec![Row::Heading(heading(layer))];
    rows.extend(bindings.into_iter().map(|binding| {
        let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
        Row::Entry { left: keys.join(" "), left_role: Role::Accent, right: binding.help.to_owned() }
    }));
    rows.push(Row::Gap);
    rows
}

const PENDING: [PendingState; 5] = [
    PendingState::Queued,
    PendingState::Sending,
    PendingState::Checking,
    PendingState::Accepted,
    PendingState::Refused,
];

const MARKS: [(&str, &str); 5] = [
    (symbols::UNDER_WAY, "confirmed and under way"),
    (symbols::DONE, "reached, or at your door"),
    (symbols::ENDED_EARLY, "ended without food; it says why"),
    (symbols::STAR, "a star that you gave, of five"),
    (symbols::NO_STAR, "one that you did not give"),
];

/// What no key says.
const GOOD_TO_KNOW: [(&str, &str); 3] = [
    ("Your name", "your login name (USER or LOGNAME), or guest; --name says another"),
    ("x", "undoes the newest thing asked for that was refused or never sent"),
    ("The cart", "stays when you leave, and is here when you come back"),
];

fn marks_and_more() -> Vec<Row> {
    let entry = |left: &str, right: String| Row::Entry {
        left: left.to_owned(),
        left_role: Role::Plain,
        right,
    };
    let mut rows =
        vec![Row::Heading("Marks: what is dim and pulses is not confirmed yet".to_owned())];
    rows.extend(PENDING.map(|state| {
        let text = format!("{}: {}", pending::word(state), pending::meaning(state));
        entry(pending::mark(state), text)
    }));
    rows.extend(MARKS.map(|(mark, text)| entry(mark, text.to_owned())));
    rows.push(Row::Gap);
    rows.push(Row::Heading("Good to know".to_owned()));
    rows.extend(GOOD_TO_KNOW.map(|(name, text)| entry(name, text.to_owned())));
    rows.push(Row::Gap);
    rows
}

fn lines(
    scene: &Scene,
    row: &Row,
    selection: Selection,
    columns: u16,
    cells: usize,
) -> Vec<Line<'static>> {
    let mark = scene.selection_mark(selection);
    let whole = |spans: Vec<Span<'static>>| two_sides(spans, Vec::new(), cells);
    match row {
        Row::Heading(text) => vec![whole(vec![mark, scene.span(text, Role::Strong)])],
        Row::Gap => vec![whole(vec![mark])],
        Row::Entry { left, left_role, right } => {
            let keys = if columns < WIDE { KEYS_CELLS_NARROW } else { KEYS_CELLS };
            let texts = wrap(right, cells.saturating_sub(keys + 2)).into_iter();
            let lefts = wrap(left, keys.saturating_sub(1)).into_iter();
            side_by_side(lefts, texts)
                .enumerate()
                .map(|(number, (left, text))| {
                    let mark = if number == 0 { mark.clone() } else { Span::raw("  ") };
                    let left = scene.span(column(&left, keys), *left_role);
                    whole(vec![mark, left, Span::raw(text)])
                })
                .collect()
        }
    }
}

/// Pairs of both, as many as the longer one has.
fn side_by_side(
    mut left: impl Iterator<Item = String>,
    mut right: impl Iterator<Item = String>,
) -> impl Iterator<Item = (String, String)> {
    std::iter::from_fn(move || match (left.next(), right.next()) {
        (None, None) => None,
        (left, right) => Some((left.unwrap_or_default(), right.unwrap_or_default())),
    })
}

fn heading(layer: Layer) -> String {
    match layer {
        Layer::Always => "Everywhere, also over a question or a text".to_owned(),
        Layer::AnyPane => "In every pane".to_owned(),
        Layer::In(pane) => pane.name().to_owned(),
        Layer::Help => "In this help".to_owned(),
        Layer::Question => "When asked".to_owned(),
        Layer::Editing => "While writing".to_owned(),
        Layer::Tip => "While changing the tip".to_owned(),
        Layer::Rating => "While rating".to_owned(),
    }
}
