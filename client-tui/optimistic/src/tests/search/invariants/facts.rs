//! What is known of the server's log: I1, I5 and the timers of I12.

use shared::cursor::Position;

use super::{Step, ensure};
use crate::confirmed::{Pages, Stream};
use crate::tests::search::terminal::{Link, Terminal};
use crate::tests::search::world::World;
use crate::tests::world::Server;
use crate::view::Standing;

/// I1, where a terminal happens to be calm.
pub(super) fn what_is_calm_is_the_servers(step: Step<'_>) -> Result<(), String> {
    let world = step.after;
    world
        .terminals()
        .filter(|(_, terminal)| is_calm(terminal, &world.server))
        .try_for_each(|(_, terminal)| shows_what_the_server_has(terminal, &world.server))
}

/// I1, at a fair end.
pub(super) fn all_is_the_servers(world: &World) -> Result<(), String> {
    world.terminals().try_for_each(|(who, terminal)| {
        ensure(is_calm(terminal, &world.server), || format!("{who:?} has not caught up"))?;
        shows_what_the_server_has(terminal, &world.server)
    })
}

/// It has followed the log to its end, has loaded everything and waits for nothing.
fn is_calm(terminal: &Terminal, server: &Server) -> bool {
    let confirmed = &terminal.state.confirmed;
    matches!(terminal.link, Link::Up(_))
        && confirmed.pages == Pages::All
        && matches!(confirmed.stream, Stream::Live { .. })
        && terminal.state.cursor() == Some(server.head())
        && !terminal.is_waiting_for_answers()
}

fn shows_what_the_server_has(terminal: &Terminal, server: &Server) -> Result<(), String> {
    let facts = &terminal.state.confirmed.orders;
    ensure(*facts == server.orders, || format!("{facts:?} is not {:?}", server.orders))?;
    terminal.view().rows.iter().try_for_each(|row| {
        let truth = server.orders.get(&row.order.id);
        let is_true = match row.standing {
            Standing::Confirmed => truth == Some(row.order),
            Standing::NotPlaced => truth.is_none(),
            Standing::Placeholder => false,
        };
        ensure(is_true, || {
            let (order, standing) = (row.order, row.standing);
            format!("{standing:?} {order:?} is drawn where the server has {truth:?}")
        })
    })
}

/// I5
pub(super) fn facts_never_go_back(step: Step<'_>) -> Result<(), String> {
    for (before, after) in step.of_each() {
        facts_are_facts(after, &step.after.server)?;
        if after.notes.may_forget {
            continue;
        }
        let (then, now) = (&before.state.confirmed, &after.state.confirmed);
        let position = |it: Option<Position>| it.map_or(0, Position::get);
        ensure(position(then.position) <= position(now.position), || {
            format!("our position fell from {:?} to {:?}", then.position, now.position)
        })?;
        for order in then.orders.values() {
            let version = now.version(order.id);
            ensure(version >= Some(order.version), || {
                format!("{} fell from {:?} to {version:?}", order.id, order.version)
            })?;
        }
    }
    Ok(())
}

/// What a terminal holds for a fact of this log is one: no prediction has slipped in (H32).
fn facts_are_facts(terminal: &Terminal, server: &Server) -> Result<(), String> {
    let is_followed = matches!(terminal.link, Link::Up(_))
        && terminal.state.confirmed.account == Some(server.account());
    if !is_followed {
        return Ok(());
    }
    terminal.state.confirmed.orders.values().try_for_each(|order| {
        let mut facts = server.log.iter().flatten().map(|(_, fact)| fact);
        ensure(facts.any(|fact| fact == order), || format!("a fact that is none: {order:?}"))
    })
}

/// I12, at each step: after it, the next timer lies ahead, so that none is left behind or rings in
/// circles.
pub(super) fn timers_lie_ahead(step: Step<'_>) -> Result<(), String> {
    step.after.terminals().try_for_each(|(who, terminal)| {
        let (due, now) = (terminal.state.next_wakeup(), terminal.now.monotonic);
        ensure(due.is_none_or(|due| due > now), || format!("{who:?}: due at {due:?}, now {now:?}"))
    })
}
