//! An order's line of life: which statuses it has reached, when, and which are still to come.
//! Steps 2 and 9 of an order's way.
//!
//! Small for a row of the list, large with words and times for the selected order. An early end cuts
//! the line where the order left the normal way.

use optimistic::view::{Row, Standing};
use ratatui::text::{Line, Span};
use shared::order::status::OrderStatus;
use shared::order::{Order, StatusChange};

use super::scene::Scene;
use super::text::{column, width};
use super::theme::Role;
use super::{pending, symbols, words};

/// Eight steps in eight cells.
pub(super) fn small(order: &Order) -> String {
    let reached = reached(order);
    OrderStatus::WAY
        .iter()
        .map(|step| if reached.contains(step) { symbols::TRACK_DONE } else { symbols::TRACK_OPEN })
        .collect()
}

fn reached(order: &Order) -> Vec<OrderStatus> {
    order.timeline.iter().map(|change| change.status).collect()
}

/// One station of the large track.
struct Station {
    name: &'static str,
    mark: &'static str,
    role: Role,
    at: Option<StatusChange>,
}

/// Three lines: the words, the line, the times; `None` where so many cells are too few.
pub(super) fn large(scene: &Scene, row: &Row<'_>, cells: usize) -> Option<[Line<'static>; 3]> {
    let stations = stations(scene, row);
    let fits = |time_cells: usize| {
        // Also a time that is still to come has its place, so that nothing moves when it comes.
        let narrow: Vec<usize> =
            stations.iter().map(|station| width(station.name).max(time_cells)).collect();
        (narrow.iter().sum::<usize>() + narrow.len().saturating_sub(1) <= cells).then_some(narrow)
    };
    let (times, narrow) = if let Some(narrow) = fits("12:04:09".len()) {
        (times(scene, &stations, words::time), narrow)
    } else {
        (times(scene, &stations, words::short_time), fits("12:04".len())?)
    };
    // The room that is left goes between the stations, but the line never gets so long that the eye
    // loses it.
    let used = narrow.iter().sum::<usize>();
    let gap = (cells.saturating_sub(used) / narrow.len().max(1)).clamp(1, 3);
    let columns: Vec<usize> = narrow.iter().map(|cells| cells + gap).collect();
    Some(draw(scene, &stations, &times, &columns))
}

fn draw(
    scene: &Scene,
    stations: &[Station],
    times: &[String],
    columns: &[usize],
) -> [Line<'static>; 3] {
    let mut lines = [Line::default(), Line::default(), Line::default()];
    let [names, line, below] = &mut lines;
    for (index, station) in stations.iter().enumerate() {
        let cells = columns.get(index).copied().unwrap_or_default();
        let time = times.get(index).map_or("", String::as_str);
        names.push_span(scene.span(column(station.name, cells), station.role));
        line.push_span(scene.span(station.mark, station.role));
        if let Some(next) = stations.get(index + 1) {
            let rail = if next.at.is_some() { "━" } else { "─" };
            line.push_span(Span::raw(rail.repeat(cells.saturating_sub(1))));
        }
        below.push_span(Span::raw(column(time, cells)));
    }
    lines
}

fn times(
    scene: &Scene,
    stations: &[Station],
    write: impl Fn(jiff::Timestamp, &jiff::tz::TimeZone) -> String,
) -> Vec<String> {
    let zone = &scene.model.settings.time_zone;
    let time =
        |station: &Station| station.at.map_or_else(String::new, |change| write(change.at, zone));
    stations.iter().map(time).collect()
}

fn stations(scene: &Scene, row: &Row<'_>) -> Vec<Station> {
    let order = row.order;
    let reached = |status: OrderStatus| {
        order.timeline.iter().rev().find(|change| change.status == status).copied()
    };
    if order.status.ended_unfulfilled() {
        return order.timeline.iter().map(|change| ended(*change)).collect();
    }
    let station = |status: OrderStatus| {
        let at = reached(status);
        let (mark, role) = match (at, status == order.status) {
            (Some(_), true) if row.standing != Standing::Confirmed => unconfirmed(scene, row),
            (Some(_), true) if status == OrderStatus::Delivered => (symbols::DONE, Role::Good),
            (Some(_), true) => (symbols::HERE, Role::Accent),
            (Some(_), false) => (symbols::DONE, Role::Strong),
            (None, _) => (symbols::TO_COME, Role::Plain),
        };
        // A placeholder's time is a guess; the log has not spoken.
        let at = at.filter(|_| row.standing == Standing::Confirmed);
        Station { name: words::status(status), mark, role, at }
    };
    OrderStatus::WAY.into_iter().map(station).collect()
}

fn unconfirmed(scene: &Scene, row: &Row<'_>) -> (&'static str, Role) {
    let first = row.pending.first();
    first.map_or((symbols::QUEUED, Role::Pending), |first| {
        (pending::mark(first.state), pending::role(scene, first.state))
    })
}

fn ended(change: StatusChange) -> Station {
    let (mark, role) = if change.status.ended_unfulfilled() {
        (symbols::ENDED_EARLY, Role::Bad)
    } else {
        (symbols::DONE, Role::Strong)
    };
    Station { name: words::status(change.status), mark, role, at: Some(change) }
}
