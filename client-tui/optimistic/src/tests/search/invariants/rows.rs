//! What is drawn: I4, I6, I7, I8 and I9.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::OrderId;

use super::{Step, ensure};
use crate::clock::Monotonic;
use crate::intent::IntentKind;
use crate::outcome::OUTCOMES_MAX;
use crate::pending::PendingMutation;
use crate::state::{BUFFER_MAX, IN_FLIGHT_MAX, PENDING_MAX};
use crate::tests::search::chronicle::{Chronicle, End};
use crate::tests::search::terminal::{Brought, Terminal};
use crate::view::Row;

/// I4
pub(super) fn what_was_drawn_stays(step: Step<'_>) -> Result<(), String> {
    for (before, after) in step.of_each() {
        let then = drawn(before);
        let now = drawn(after);
        let once: BTreeSet<OrderId> = now.iter().copied().collect();
        ensure(once.len() == now.len(), || format!("a row twice: {now:?}"))?;
        for order_id in then.iter().filter(|it| !once.contains(it)) {
            let is_explained = after.notes.may_forget
                || has_been_given_up(*order_id, before, after, &step.after.chronicle);
            ensure(is_explained, || format!("row {order_id} went without a reason"))?;
        }
    }
    Ok(())
}

/// Its placing was taken back, or its end is known and has been read.
fn has_been_given_up(
    order_id: OrderId,
    before: &Terminal,
    after: &Terminal,
    chronicle: &Chronicle,
) -> bool {
    let mut of_order = before.state.pending.of_order(order_id);
    let Some(placing) = of_order.find(|it| it.kind() == IntentKind::Place) else { return false };
    let was_dismissed = placing.is_refused();
    let ended_without_an_order =
        chronicle.fates[&placing.mutation_id].ends.iter().any(|(_, end)| match end {
            End::Withdrawn | End::Vanished | End::Abandoned => true,
            End::Confirmed | End::Refused | End::OrderNotPlaced => false,
        });
    let is_gone = after.state.pending.get(placing.mutation_id).is_none();
    is_gone && (was_dismissed || ended_without_an_order)
}

/// I8
pub(super) fn rows_never_change_places(step: Step<'_>) -> Result<(), String> {
    for (before, after) in step.of_each() {
        let (then, now) = (drawn(before), drawn(after));
        let stayed = |these: &[OrderId], those: &[OrderId]| -> Vec<OrderId> {
            these.iter().copied().filter(|it| those.contains(it)).collect()
        };
        let (old, new) = (stayed(&then, &now), stayed(&now, &then));
        ensure(old == new, || format!("{old:?} became {new:?}"))?;
    }
    Ok(())
}

/// I6, where a single change came and nothing had waited for it.
pub(super) fn a_change_leaves_other_orders_alone(step: Step<'_>) -> Result<(), String> {
    for (before, after) in step.of_each() {
        let of = match after.notes.brought {
            None => continue,
            Some(Brought::AChangeOf(order_id)) => Some(order_id),
            Some(Brought::AMark) => None,
        };
        // Where all places in flight were taken, an end makes room for what waits.
        if before.state.pending.in_flight() >= IN_FLIGHT_MAX {
            continue;
        }
        let (then, now) = (others(before, of), others(after, of));
        ensure(then == now, || {
            let words =
                |rows: &[(Row<'_>, Dues)]| -> Vec<String> { rows.iter().map(in_words).collect() };
            format!("a change of {of:?} made {:?} of {:?}", words(&now), words(&then))
        })?;
    }
    Ok(())
}

/// When what is pending on an order is due.
type Dues = Vec<Option<Monotonic>>;

/// The rows of other orders than this one, and when something is due on them.
fn others(terminal: &Terminal, of: Option<OrderId>) -> Vec<(Row<'_>, Dues)> {
    let mut rows = terminal.view().rows;
    rows.retain(|row| Some(row.order.id) != of);
    let due = |row: &Row<'_>| {
        let pending = terminal.state.pending.of_order(row.order.id);
        pending.map(PendingMutation::due).collect()
    };
    rows.into_iter().map(|row| (row.clone(), due(&row))).collect()
}

fn in_words((row, due): &(Row<'_>, Dues)) -> String {
    let Row { order, standing, pending, .. } = row;
    let pending: Vec<_> = pending.iter().map(|it| (it.kind, it.state, it.doubt)).collect();
    format!("{} {} {standing:?} {pending:?} due {due:?}", order.id, order.status)
}

/// I7
pub(super) fn what_is_kept_is_what_is_computed(step: Step<'_>) -> Result<(), String> {
    step.after.terminals().try_for_each(|(who, terminal)| {
        let state = &terminal.state;
        ensure(state.pending.is_in_order(), || format!("{who:?}: an index is not of its list"))?;
        let computed: BTreeMap<OrderId, _> = state
            .pending
            .orders()
            .filter_map(|order_id| Some((order_id, state.refolded(order_id)?)))
            .collect();
        ensure(state.predictions == computed, || {
            format!("{who:?} keeps\n{:#?}\nfor\n{computed:#?}", state.predictions)
        })?;
        let placeholders = computed.iter().filter(|(_, it)| it.order.is_some()).map(|(id, _)| *id);
        let drawable: BTreeSet<OrderId> =
            state.confirmed.orders.keys().copied().chain(placeholders).collect();
        let rows: BTreeSet<OrderId> = state.rows.iter().collect();
        ensure(rows == drawable, || format!("{who:?} keeps {rows:?} of {drawable:?}"))?;
        let view = terminal.view();
        let in_view = view.rows.iter().map(|row| row.order.id);
        ensure(in_view.eq(state.rows.iter()), || format!("{who:?} draws {:?}", view.rows))
    })
}

/// I9
pub(super) fn sizes(step: Step<'_>) -> Result<(), String> {
    step.after.terminals().try_for_each(|(who, terminal)| {
        let state = &terminal.state;
        for (what, size, bound) in [
            ("pending", state.pending.len(), PENDING_MAX),
            ("in flight", state.pending.in_flight(), IN_FLIGHT_MAX),
            ("waiting for a gap to close", state.confirmed.buffer.len(), BUFFER_MAX),
            ("outcomes", state.outcomes().count(), OUTCOMES_MAX),
        ] {
            ensure(size <= bound, || format!("{who:?} has {size} {what}, more than {bound}"))?;
        }
        let mut orders = BTreeSet::new();
        let mut in_flight = terminal.pending().filter(|it| it.is_in_flight());
        ensure(in_flight.all(|it| orders.insert(it.order_id())), || {
            format!("{who:?} has two in flight for one order")
        })
    })
}

/// The orders that are drawn, from top to bottom (I7 holds these against the view).
fn drawn(terminal: &Terminal) -> Vec<OrderId> {
    terminal.state.rows.iter().collect()
}
