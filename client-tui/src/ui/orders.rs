//! The orders, newest first, each with its line of life. Steps 2 and 9 of an order's way.
//!
//! A placeholder is dim and its mark pulses; the fact that takes its place stands solid, on the same
//! row. A refusal stays, with its reason, until somebody has dismissed it.

use optimistic::state::ORDERS_MAX;
use optimistic::view::{Loading, PendingView, Queue, Row, Standing, View};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shared::order::status::OrderStatus;

use super::list::{place_in_list, window};
use super::scene::{Scene, Selection, empty, selected};
use super::text::{two_sides, width};
use super::theme::Role;
use super::{fares, pending, symbols, track, words};
use crate::app::model::Model;
use crate::app::pane::Pane;

/// Where the further lines of a row begin: beneath the name.
const INDENT: &str = "    ";

/// Where all is said of the selected order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// In its row: there is no room elsewhere.
    InItsRow,
    /// Beside the list.
    Beside,
}

pub(super) fn draw(scene: &Scene, telling: Telling, area: Rect, frame: &mut Frame) {
    let rows = &scene.view.rows;
    let index = scene.model.order_index(rows);
    let height = usize::from(area.height.saturating_sub(2));
    let cells = usize::from(area.width.saturating_sub(4));
    let chosen = index.and_then(|index| rows.get(index)).map_or_else(Vec::new, |row| {
        let selection = scene.selection(Pane::Orders, true);
        let further = match telling {
            Telling::InItsRow => as_full_as_fits(scene, row, selection, cells, height),
            Telling::Beside => in_short(scene, row, selection, cells),
        };
        row_lines(scene, row, selection, further, cells).into_iter().take(height).collect()
    });
    let height_of = |number: usize| match rows.get(number) {
        Some(_) if Some(number) == index => chosen.len(),
        Some(row) => height_of(row).min(height),
        None => 0,
    };
    let shown = window(rows.len(), index, height, height_of);
    let place = place_in_list(rows.len(), index, &shown);
    let inside = scene.pane(Pane::Orders, &title(scene), place, area, frame);
    if rows.is_empty() {
        return empty(nothing(scene), inside, frame);
    }
    let shown = rows.iter().enumerate().skip(shown.start).take(shown.len());
    let lines: Vec<Line> = shown
        .flat_map(|(number, row)| {
            if Some(number) == index {
                return chosen.clone();
            }
            let further = in_short(scene, row, Selection::None, cells);
            row_lines(scene, row, Selection::None, further, cells)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The name of the pane, and how much of the truth it shows.
fn title(scene: &Scene) -> String {
    match (scene.view.loading, scene.view.queue) {
        (Loading::All | Loading::Nothing, _) => "Orders".to_owned(),
        (Loading::Newest, Queue::Running) => "Orders, older ones are coming".to_owned(),
        (Loading::Newest, Queue::Offline | Queue::SignInNeeded) => "Orders, the newest".to_owned(),
        (Loading::AsManyAsKept, _) => format!("Orders, the newest {ORDERS_MAX}"),
    }
}

/// Why there is nothing to see, and how to get there.
fn nothing(scene: &Scene) -> &'static [&'static str] {
    match scene.view.loading {
        Loading::Nothing => &[
            "No orders are known here yet.",
            "Those that there are come as soon as the backend answers. \
             To order: choose a restaurant (key 1), press Enter.",
        ],
        Loading::Newest | Loading::All | Loading::AsManyAsKept => {
            &["No orders yet.", "Choose a restaurant (key 1), press Enter."]
        }
    }
}

/// The rows that are in view in this area.
pub(super) fn in_view<'a, 'b>(
    model: &Model,
    view: &'b View<'a>,
    area: Rect,
) -> impl Iterator<Item = &'b Row<'a>> + use<'a, 'b> {
    let index = model.order_index(&view.rows);
    let height = usize::from(area.height.saturating_sub(2));
    let row_height = |row: usize| view.rows.get(row).map_or(0, |row| height_of(row).min(height));
    let shown = window(view.rows.len(), index, height, row_height);
    view.rows.iter().skip(shown.start).take(shown.len())
}

/// Lines of a row: the order, how it fares, and one for each further thing that is pending on it.
fn height_of(row: &Row<'_>) -> usize {
    2 + beyond_the_first_line(row).len()
}

/// What is pending beyond what the line below the order says itself.
fn beyond_the_first_line<'a>(row: &'a Row<'_>) -> &'a [PendingView<'a>] {
    match row.standing {
        Standing::Confirmed => &row.pending,
        Standing::Placeholder | Standing::NotPlaced => row.pending.get(1..).unwrap_or_default(),
    }
}

fn row_lines(
    scene: &Scene,
    row: &Row<'_>,
    selection: Selection,
    further: Vec<Line<'static>>,
    cells: usize,
) -> Vec<Line<'static>> {
    let (mark, mark_role) = mark(scene, row);
    let (role, name_role) = match row.standing {
        Standing::Confirmed => (Role::Plain, Role::Strong),
        Standing::Placeholder => (Role::Pending, Role::Pending),
        Standing::NotPlaced => (Role::Plain, Role::Plain),
    };
    let name = row.restaurant.map_or("A restaurant", |restaurant| &restaurant.name);
    let zone = &scene.model.settings.time_zone;
    let placed = words::day_or_time(row.order.placed_at, scene.now.wall, zone);
    let left = vec![
        scene.selection_mark(selection),
        scene.span(format!("{mark} "), mark_role),
        scene.span(name, name_role),
        scene.span(format!("  {}", words::dishes(row.order)), role),
    ];
    let right = vec![scene.span(format!("{:>8}  {placed:>6}", row.order.total()), role)];
    let mut lines = vec![two_sides(left, right, cells)];
    lines.extend(further);
    selected(lines, selection)
}

fn mark(scene: &Scene, row: &Row<'_>) -> (&'static str, Role) {
    match (row.standing, row.pending.first()) {
        (Standing::Placeholder | Standing::NotPlaced, Some(first)) => {
            (pending::mark(first.state), pending::role(scene, first.state))
        }
        (Standing::Placeholder | Standing::NotPlaced, None) => (symbols::QUEUED, Role::Pending),
        (Standing::Confirmed, _) => confirmed_mark(row.order.status),
    }
}

fn confirmed_mark(status: OrderStatus) -> (&'static str, Role) {
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

/// How the order fares, each thing in one line.
fn in_short(
    scene: &Scene,
    row: &Row<'_>,
    selection: Selection,
    cells: usize,
) -> Vec<Line<'static>> {
    let pending = row.pending.iter().map(|pending| {
        let mut spans = vec![Span::raw(INDENT)];
        let keys = match selection {
            Selection::Focused => pending::keys(scene, row, pending),
            Selection::Resting | Selection::None => Vec::new(),
        };
        spans.extend(fares::pending(scene, pending, &keys));
        two_sides(spans, Vec::new(), cells)
    });
    status_in_short(scene, row, cells).into_iter().chain(pending).collect()
}

/// All of it where that has room beneath the first line; else all that is pending, since a reason that
/// is cut off helps nobody; else a line for each thing.
fn as_full_as_fits(
    scene: &Scene,
    row: &Row<'_>,
    selection: Selection,
    cells: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let room = cells.saturating_sub(width(INDENT));
    let pending = indented(fares::all_pending_in_full(scene, row, room), cells);
    let mut in_full = Vec::new();
    if says_its_status(row) {
        let mut status = vec![Line::raw(track::small(row.order))];
        status.extend(fares::sentence_in_full(scene, row, room));
        in_full.extend(indented(status, cells));
    }
    in_full.extend(pending.iter().cloned());
    let in_part = || status_in_short(scene, row, cells).into_iter().chain(pending).collect();
    let fits = |lines: &Vec<Line<'_>>| lines.len() < height;
    Some(in_full)
        .filter(fits)
        .or_else(|| Some(in_part()).filter(fits))
        .unwrap_or_else(|| in_short(scene, row, selection, cells))
}

fn status_in_short(scene: &Scene, row: &Row<'_>, cells: usize) -> Option<Line<'static>> {
    let mut spans = vec![Span::raw(format!("{INDENT}{} ", track::small(row.order)))];
    spans.extend(fares::sentence(scene, row));
    says_its_status(row).then(|| two_sides(spans, Vec::new(), cells))
}

/// Of an order that is only asked for yet, what is pending on it says all there is.
fn says_its_status(row: &Row<'_>) -> bool {
    row.standing == Standing::Confirmed || row.pending.is_empty()
}

fn indented(lines: Vec<Line<'static>>, cells: usize) -> Vec<Line<'static>> {
    let indented = |line: Line<'static>| {
        let spans = [Span::raw(INDENT)].into_iter().chain(line.spans).collect();
        two_sides(spans, Vec::new(), cells)
    };
    lines.into_iter().map(indented).collect()
}
