//! How an order fares, as text: its status and what happens now, and what is pending on it.
//!
//! In one line that may be cut, for a list; or in as many as it takes, for the selected order.

use optimistic::intent::IntentKind;
use optimistic::outcome::Outcome;
use optimistic::record::Settlement;
use optimistic::view::{PendingView, Row};
use ratatui::text::{Line, Span};

use super::scene::Scene;
use super::text::{cut_spans, wrap, wrap_spans};
use super::theme::Role;
use super::{pending, symbols, words};
use crate::app::keymap::Key;

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
    let wait = match words::asked_later(order, scene.now.wall) {
        Some(at) => {
            let at = words::day_and_time(at, scene.now.wall, zone);
            Some(format!("the restaurant is asked at {at}"))
        }
        None => words::wait(order),
    };
    let wait = wait.filter(|_| !asks_to_cancel(row));
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
pub(super) fn pending(
    scene: &Scene,
    pending: &PendingView<'_>,
    keys: &[Key],
) -> Vec<Span<'static>> {
    vec![
        headline(scene, pending, keys),
        scene.span(format!(": {}", explanation(scene, pending)), rest(pending)),
    ]
}

/// All that is pending on the selected order, with the keys that mean it, whole.
pub(super) fn all_pending_in_full(
    scene: &Scene,
    row: &Row<'_>,
    cells: usize,
) -> Vec<Line<'static>> {
    row.pending
        .iter()
        .flat_map(|pending| in_full(scene, pending, &pending::keys(scene, row, pending), cells))
        .collect()
}

fn in_full(
    scene: &Scene,
    pending: &PendingView<'_>,
    keys: &[Key],
    cells: usize,
) -> Vec<Line<'static>> {
    let one_line = self::pending(scene, pending, keys);
    if one_line.iter().map(Span::width).sum::<usize>() <= cells {
        return vec![Line::from(one_line)];
    }
    let indent = "  ";
    let explanation = wrap(&explanation(scene, pending), cells.saturating_sub(indent.len()));
    let explanation = explanation
        .into_iter()
        .map(|line| Line::from(scene.span(format!("{indent}{line}"), rest(pending))));
    [Line::from(headline(scene, pending, keys))].into_iter().chain(explanation).collect()
}

fn headline(scene: &Scene, pending: &PendingView<'_>, keys: &[Key]) -> Span<'static> {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let keys = if keys.is_empty() { String::new() } else { format!(" ({})", keys.join(" ")) };
    let text = format!("{} {}{keys}", pending::mark(pending.state), pending::headline(pending));
    scene.span(text, pending::role(scene, pending.state))
}

fn explanation(scene: &Scene, pending: &PendingView<'_>) -> String {
    if let Some(conflict) = conflict(scene, pending) {
        return conflict;
    }
    let now = scene.now.monotonic;
    let next_try = super::countdown::words(&scene.model.connection, now);
    pending::explanation(pending, scene.view.queue, next_try.as_deref())
}

/// Of a refusal, which fact stood in the way and since when, where it was one.
fn conflict(scene: &Scene, pending: &PendingView<'_>) -> Option<String> {
    let mut outcomes = scene.model.store.outcomes();
    let outcome = outcomes.find(|outcome| outcome.mutation_id == pending.mutation_id)?;
    outcome.beaten_by.map(|_| scene.model.settings.explain(outcome))
}

/// What became of what was asked of this order before, the latest first: what is pending still, or
/// refused and not dismissed, stands elsewhere.
pub(super) fn history(scene: &Scene, row: &Row<'_>, cells: usize) -> Vec<Line<'static>> {
    let stands_elsewhere = |outcome: &Outcome| {
        row.pending.iter().any(|pending| pending.mutation_id == outcome.mutation_id)
    };
    let outcomes = scene.model.store.outcomes();
    outcomes
        .filter(|outcome| outcome.order_id == row.order.id && !stands_elsewhere(outcome))
        .map(|outcome| {
            let (mark, role) = match outcome.settlement {
                Settlement::Confirmed => (symbols::DONE, Role::Good),
                Settlement::Withdrawn => (symbols::TO_COME, Role::Plain),
                Settlement::Refused(_)
                | Settlement::OrderNotPlaced
                | Settlement::Vanished
                | Settlement::Abandoned => (symbols::REFUSED, Role::Bad),
            };
            let words = scene.model.settings.explain(outcome);
            let spans = vec![scene.span(format!("{mark} "), role), Span::raw(words)];
            Line::from(cut_spans(spans, cells))
        })
        .collect()
}

fn rest(pending: &PendingView<'_>) -> Role {
    if pending::is_undecided(pending.state) { Role::Pending } else { Role::Plain }
}
