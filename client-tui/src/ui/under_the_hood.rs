//! The event log as it arrives: position, type, source, cause; and the selected event in words.
//! Step 8 of an order's way.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::list::{place_in_list, window};
use super::scene::{Scene, empty, selected};
use super::text::{column, column_right, cut_spans, two_sides, wrap};
use super::theme::Role;
use super::words;
use crate::app::pane::Pane;
use crate::link::contract::LoggedEvent;

/// The longest names of events and of functions, and how they are cut where there is less room.
const TYPE_CELLS: usize = 21;
const SOURCE_CELLS: usize = 14;
/// From here on the events say in the list what they say.
const WIDE: usize = 96;
/// Room for the longest title.
const TITLE_CELLS: usize = 46;

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let only = scene.model.selected.only_order;
    let events: Vec<&LoggedEvent> = scene.model.events.shown(only).collect();
    let chosen = scene.model.event();
    let index = events.iter().position(|event| Some(event.id) == chosen.map(|event| event.id));
    let cells = usize::from(area.width.saturating_sub(4));
    let details = chosen.map_or_else(Vec::new, |event| details(scene, event, cells));
    let below = u16::try_from(details.len()).unwrap_or(0);
    // The frame, the headings, a line between.
    let height = usize::from(area.height.saturating_sub(4 + below));
    let shown = window(events.len(), index, height, |_| 1);
    let place = place_in_list(events.len(), index, &shown);
    let inside = scene.pane(Pane::UnderTheHood, title(scene, cells), place, area, frame);
    if events.is_empty() {
        return empty(nothing(scene), inside, frame);
    }
    let [top, list, _, bottom] = inside.layout(&Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(below),
    ]));
    frame.render_widget(headings(scene, usize::from(top.width)), top);
    let rows: Vec<Line> = events
        .iter()
        .enumerate()
        .skip(shown.start)
        .take(shown.len())
        .flat_map(|(number, event)| {
            let selection = scene.selection(Pane::UnderTheHood, Some(number) == index);
            let mark = scene.selection_mark(selection);
            selected(vec![row(scene, event, mark, usize::from(list.width))], selection)
        })
        .collect();
    frame.render_widget(Paragraph::new(rows), list);
    frame.render_widget(Paragraph::new(details), bottom);
}

/// Why there is nothing to see, and what would be here.
fn nothing(scene: &Scene) -> &'static [&'static str] {
    match scene.model.selected.only_order {
        Some(_) => &[
            "No event of this order is known here yet.",
            "They are shown as soon as the backend tells them. Press f for all events.",
        ],
        None if scene.view.rows.iter().any(|row| row.confirmed_version.is_some()) => &[
            "No event since this start.",
            "Each further one is written here as it arrives. Enter on an order shows all of its own.",
        ],
        None => &[
            "No event yet.",
            "Place an order: each event of its way is written here as it arrives, \
             with who appended it and what caused it.",
        ],
    }
}

fn title(scene: &Scene, cells: usize) -> &'static str {
    match scene.model.selected.only_order {
        Some(_) if cells < TITLE_CELLS => "Events of one order",
        Some(_) => "Under the hood: the events of one order",
        None if cells < TITLE_CELLS => "Under the hood",
        None => "Under the hood: the event log of your orders",
    }
}

fn headings(scene: &Scene, cells: usize) -> Line<'static> {
    let text = format!(
        "  {} {:8} {} {} {}",
        column_right("at", 6),
        "time",
        column("event", TYPE_CELLS),
        column("appended by", SOURCE_CELLS),
        "caused by",
    );
    Line::from(cut_spans(vec![scene.span(text, Role::Strong)], cells))
}

fn row(scene: &Scene, event: &LoggedEvent, mark: Span<'static>, cells: usize) -> Line<'static> {
    let zone = &scene.model.settings.time_zone;
    let mut spans = vec![
        mark,
        Span::raw(column_right(&event.position.to_string(), 6)),
        Span::raw(format!(" {:8} ", words::time(event.recorded_at, zone))),
        scene.span(column(&event.event_type, TYPE_CELLS), Role::Strong),
        Span::raw(format!(" {} ", column(&event.source, SOURCE_CELLS))),
    ];
    let cause = cause(scene, event);
    if cells >= WIDE {
        spans.push(Span::raw(column(&cause, 10)));
        spans.push(Span::raw(event.message.clone()));
    } else {
        spans.push(Span::raw(cause));
    }
    two_sides(spans, Vec::new(), cells)
}

/// What caused it, in a word.
fn cause(scene: &Scene, event: &LoggedEvent) -> String {
    match (event.causation_id, event.mutation_id) {
        (Some(cause), _) => match scene.model.events.get(cause) {
            Some(cause) => format!("{}", cause.position),
            None => "earlier".to_owned(),
        },
        (None, Some(_)) => "a key press".to_owned(),
        (None, None) => "the clock".to_owned(),
    }
}

/// The selected event in words: what happened, what caused it, what it caused.
fn details(scene: &Scene, event: &LoggedEvent, cells: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line> = wrap(&event.message, cells)
        .into_iter()
        .map(|line| Line::from(scene.span(line, Role::Strong)))
        .collect();
    let events = &scene.model.events;
    let name = |event: &LoggedEvent| format!("{} {}", event.position, event.event_type);
    let cause = match (event.causation_id, event.mutation_id) {
        (Some(cause), _) => events.get(cause).map_or("an earlier event".to_owned(), name),
        (None, Some(mutation)) => format!("your key press, mutation {mutation}"),
        (None, None) => "the clock".to_owned(),
    };
    let caused: Vec<String> = events.caused_by(event.id).map(name).collect();
    let caused = if caused.is_empty() { "nothing yet".to_owned() } else { caused.join(", ") };
    for text in [format!("Caused by {cause}"), format!("Caused {caused}")] {
        lines.extend(wrap(&text, cells).into_iter().map(Line::from));
    }
    lines
}
