//! The orders, newest first, each with its line of life.
//!
//! A placeholder is dim and its mark pulses; the fact that takes its place stands solid, on the same
//! row. A refusal stays, with its reason, until somebody has dismissed it.

use optimistic::view::{PendingView, Row, Standing};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shared::order::Order;
use shared::order::status::OrderStatus;

use super::list::{place_in_list, window};
use super::scene::{Scene, selected};
use super::text::{cut_spans, two_sides, width, wrap};
use super::theme::Role;
use super::{pending, symbols, track, words};
use crate::app::model::Model;
use crate::app::pane::Pane;

/// Where the second line of a row begins: beneath the name.
const INDENT: &str = "    ";

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let rows = &scene.view.rows;
    let index = scene.model.order_index(rows);
    let height = usize::from(area.height.saturating_sub(2));
    let shown = window(rows.len(), index, height, |row| rows.get(row).map_or(1, height_of));
    let place = place_in_list(rows.len(), index, &shown);
    let inside = scene.pane(Pane::Orders, "Orders", place, area, frame);
    if rows.is_empty() {
        let words = ["No orders yet.", "Choose a restaurant (key 1), press Enter."];
        return scene.empty(&words, inside, frame);
    }
    let cells = usize::from(inside.width);
    let lines: Vec<Line> = rows
        .iter()
        .enumerate()
        .skip(shown.start)
        .take(shown.len())
        .flat_map(|(number, row)| lines(scene, row, Some(number) == index, cells))
        .collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

/// Whether a row that is in view here pulses or grows older.
pub(super) fn shows_pending(model: &Model, area: Rect) -> bool {
    let view = model.timeless_view();
    let index = model.order_index(&view.rows);
    let height = usize::from(area.height.saturating_sub(2));
    let row_height = |row: usize| view.rows.get(row).map_or(1, height_of);
    let shown = window(view.rows.len(), index, height, row_height);
    let mut rows = view.rows.iter().skip(shown.start).take(shown.len());
    rows.any(|row| row.pending.iter().any(|pending| pending::is_moving(pending.state)))
}

/// Rows of a row: the order, how it fares, and one for each further thing that is pending on it.
fn height_of(row: &Row<'_>) -> usize {
    2 + further(row).len()
}

/// What is pending beyond what the second line says itself.
fn further<'a>(row: &'a Row<'_>) -> &'a [PendingView<'a>] {
    match row.standing {
        Standing::Confirmed => &row.pending,
        Standing::Placeholder | Standing::NotPlaced => row.pending.get(1..).unwrap_or_default(),
    }
}

fn lines<'a>(scene: &Scene, row: &Row<'a>, is_chosen: bool, cells: usize) -> Vec<Line<'a>> {
    let selection = scene.selection(Pane::Orders, is_chosen);
    let (mark, mark_role) = mark(scene, row);
    let role = match row.standing {
        Standing::Confirmed => Role::Plain,
        Standing::Placeholder => Role::Pending,
        Standing::NotPlaced => Role::Plain,
    };
    let name = row.restaurant.map_or("A restaurant", |restaurant| &restaurant.name);
    let name_role = if row.standing == Standing::Confirmed { Role::Strong } else { role };
    let zone = &scene.model.settings.time_zone;
    let placed = words::day_or_time(row.order.placed_at, scene.now.wall, zone);
    let left = vec![
        scene.selection_mark(selection),
        scene.span(format!("{mark} "), mark_role),
        scene.span(name, name_role),
        scene.span(format!("  {}", words::dishes(row.order)), role),
    ];
    let right = vec![scene.span(format!("{:>8}  {placed:>6}", row.order.total()), role)];
    let mut lines = vec![two_sides(left, right, cells), second_line(scene, row, cells)];
    let more = further(row).iter().map(|pending| pending_line(scene, pending, cells));
    lines.extend(more);
    selected(lines, selection)
}

fn mark(scene: &Scene, row: &Row<'_>) -> (&'static str, Role) {
    match (row.standing, row.pending.first()) {
        (Standing::Placeholder | Standing::NotPlaced, Some(first)) => {
            (pending::mark(first.state), pending::role(scene, first.state))
        }
        (Standing::Placeholder | Standing::NotPlaced, None) => (symbols::QUEUED, Role::Pending),
        (Standing::Confirmed, _) => standing_mark(row.order.status),
    }
}

/// The mark of a confirmed order.
pub(super) fn standing_mark(status: OrderStatus) -> (&'static str, Role) {
    match status {
        OrderStatus::Delivered => (symbols::DONE, Role::Good),
        OrderStatus::Rejected | OrderStatus::PaymentDeclined | OrderStatus::Cancelled => {
            (symbols::ENDED_EARLY, Role::Bad)
        }
        OrderStatus::Placed
        | OrderStatus::Validated
        | OrderStatus::Paid
        | OrderStatus::Accepted
        | OrderStatus::Preparing
        | OrderStatus::Ready
        | OrderStatus::PickedUp => (symbols::UNDER_WAY, Role::Accent),
    }
}

fn second_line(scene: &Scene, row: &Row<'_>, cells: usize) -> Line<'static> {
    match (row.standing, row.pending.first()) {
        (Standing::Confirmed, _) | (_, None) => {
            let track = format!("{INDENT}{} ", track::small(row.order));
            let mut spans = vec![Span::raw(track)];
            spans.extend(how_it_fares(scene, row.order));
            two_sides(spans, Vec::new(), cells)
        }
        (Standing::Placeholder | Standing::NotPlaced, Some(first)) => {
            pending_line(scene, first, cells)
        }
    }
}

/// The status, since when, and what happens now; of an early end why.
pub(super) fn how_it_fares(scene: &Scene, order: &Order) -> Vec<Span<'static>> {
    let zone = &scene.model.settings.time_zone;
    let since = order.timeline.last().map_or(order.updated_at, |change| change.at);
    let time = words::time(since, zone);
    let status = words::status(order.status);
    if let Some(reason) = order.reason.as_ref().filter(|_| order.status.ended_unfulfilled()) {
        return vec![
            scene.span(format!("{status} {time}"), Role::Bad),
            Span::raw(format!(": {reason}")),
        ];
    }
    let mut spans = vec![
        scene.span(status, Role::Strong),
        Span::raw(if order.status.is_final() {
            format!(" {time}")
        } else {
            format!(" since {time}")
        }),
    ];
    spans.extend(words::wait(order).map(|wait| Span::raw(format!(", {wait}"))));
    let expected = order.expected_at.map(|at| words::short_time(at, zone));
    spans.extend(expected.map(|time| Span::raw(format!(", here about {time}"))));
    spans
}

fn pending_line(scene: &Scene, pending: &PendingView<'_>, cells: usize) -> Line<'static> {
    two_sides(pending_spans(scene, pending, INDENT), Vec::new(), cells)
}

fn pending_spans(scene: &Scene, pending: &PendingView<'_>, indent: &str) -> Vec<Span<'static>> {
    let role = pending::role(scene, pending.state);
    let rest = if pending::is_moving(pending.state) { Role::Pending } else { Role::Plain };
    let mark = pending::mark(pending.state);
    vec![
        Span::raw(indent.to_owned()),
        scene.span(format!("{mark} {}", pending::headline(pending)), role),
        scene.span(format!(": {}", pending::explanation(pending, scene.view.queue)), rest),
    ]
}

/// What is pending, as many lines as its words need, for the selected order.
pub(super) fn pending_words(
    scene: &Scene,
    pending: &PendingView<'_>,
    cells: usize,
) -> Vec<Line<'static>> {
    let spans = pending_spans(scene, pending, "");
    let one_line: usize = spans.iter().map(Span::width).sum();
    if one_line <= cells {
        return vec![Line::from(spans)];
    }
    let rest = if pending::is_moving(pending.state) { Role::Pending } else { Role::Plain };
    let explanation = pending::explanation(pending, scene.view.queue);
    let mut lines = vec![Line::from(cut_spans(spans.into_iter().take(2).collect(), cells))];
    let indent = cells.saturating_sub(width("  "));
    lines.extend(
        wrap(&explanation, indent)
            .into_iter()
            .map(|line| Line::from(scene.span(format!("  {line}"), rest))),
    );
    lines
}
