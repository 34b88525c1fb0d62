//! How an order fares, as text: its status and what happens now, and what is pending on it.
//!
//! In one line that may be cut, for a list; or in as many as it takes, for the selected order.

use optimistic::intent::IntentKind;
use optimistic::view::{PendingView, Row};
use ratatui::text::{Line, Span};

use super::scene::Scene;
use super::text::{wrap, wrap_spans};
use super::theme::Role;
use super::{pending, words};

/// The status, since when, and what happens now; of an early end why.
pub(super) fn sentence(scene: &Scene, row: &Row<'_>) -> Vec<Span<'static>> {
    let order = row.order;
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
    let since = if order.status.is_final() { format!(" {time}") } else { format!(" since {time}") };
    let mut spans = vec![scene.span(status, Role::Strong), Span::raw(since)];
    // What only we think is awaited is no fact: it stands beneath, with its own mark.
    let wait = words::wait(order).filter(|_| !asks_to_cancel(row));
    let wait = wait.map(|wait| format!(", {wait}"));
    let expected = order.expected_at.map(|at| format!(", here about {}", words::time(at, zone)));
    // What comes last may be cut: the status tells most of the wait, but for a cancellation.
    let clauses = if order.cancel_requested() { [wait, expected] } else { [expected, wait] };
    spans.extend(clauses.into_iter().flatten().map(Span::raw));
    if let Some(rating) = order.rating {
        let (stars, words) = (words::stars(Some(rating)), words::rating(rating));
        spans.push(Span::raw(format!(", you rated it {words} {stars}")));
    }
    spans
}

/// The same, whole.
pub(super) fn sentence_in_full(scene: &Scene, row: &Row<'_>, cells: usize) -> Vec<Line<'static>> {
    wrap_spans(&sentence(scene, row), cells)
}

fn asks_to_cancel(row: &Row<'_>) -> bool {
    let mut pending = row.pending.iter();
    pending.any(|it| it.kind == IntentKind::Cancel && pending::is_undecided(it.state))
}

/// The mark, the word and the age of what is pending, and what it means.
pub(super) fn pending(scene: &Scene, pending: &PendingView<'_>) -> Vec<Span<'static>> {
    vec![
        headline(scene, pending),
        scene.span(format!(": {}", explanation(scene, pending)), rest(pending)),
    ]
}

/// The same, whole.
pub(super) fn pending_in_full(
    scene: &Scene,
    pending: &PendingView<'_>,
    cells: usize,
) -> Vec<Line<'static>> {
    let one_line = self::pending(scene, pending);
    if one_line.iter().map(Span::width).sum::<usize>() <= cells {
        return vec![Line::from(one_line)];
    }
    let indent = "  ";
    let explanation = wrap(&explanation(scene, pending), cells.saturating_sub(indent.len()));
    let explanation = explanation
        .into_iter()
        .map(|line| Line::from(scene.span(format!("{indent}{line}"), rest(pending))));
    [Line::from(headline(scene, pending))].into_iter().chain(explanation).collect()
}

fn headline(scene: &Scene, pending: &PendingView<'_>) -> Span<'static> {
    let text = format!("{} {}", pending::mark(pending.state), pending::headline(pending));
    scene.span(text, pending::role(scene, pending.state))
}

fn explanation(scene: &Scene, pending: &PendingView<'_>) -> String {
    let now = scene.now.monotonic;
    let next_try = super::countdown::words(&scene.model.connection, now);
    pending::explanation(pending, scene.view.queue, next_try.as_deref())
}

fn rest(pending: &PendingView<'_>) -> Role {
    if pending::is_undecided(pending.state) { Role::Pending } else { Role::Plain }
}
