//! What a case can look at: the screen, what is wanted and told, and what the server and the disk hold.
//! Another table of words, like those of what happens.

use jiff::Timestamp;
use shared::order::Order;

use super::happens::mutation;
use super::names::order_number;
use super::stage::{Cannot, Stage, Terminal};
use super::text::Line;
use super::verdict::There;
use super::words;
use crate::outcome::Outcome;
use crate::record::Ledger;
use crate::view::{Loading, PendingCounts, PendingView, Queue, View};

/// What is there where this line looks.
pub(super) fn there(stage: &mut Stage, line: &Line) -> Result<There, Cannot> {
    let speaking = stage.speaking;
    match line.words().as_slice() {
        ["screen"] => Ok(There::Lines(screen(stage.terminal()?))),
        ["out"] => Ok(There::Listed(stage.terminal()?.look_out(speaking))),
        ["told"] => Ok(There::Lines(stage.terminal()?.look_told())),
        ["reason", "of", name @ ..] => about(stage, name, |it| it.reason.map(str::to_owned)),
        ["doubt", "of", name @ ..] => about(stage, name, |it| it.doubt.map(str::to_owned)),
        ["attention", "of", name @ ..] => {
            about(stage, name, |it| it.attention.map(words::attention))
        }
        ["age", "of", name @ ..] => about(stage, name, |it| Some(seconds(it.age.as_millis()))),
        ["attempts", "of", name @ ..] => about(stage, name, |it| Some(it.attempts.to_string())),
        ["offers", "of", name @ ..] => {
            let offers = pending(stage, name, |it| {
                it.offers.iter().map(|offer| words::offer(*offer).to_owned()).collect()
            })?;
            Ok(There::Listed(offers))
        }
        ["ends"] => Ok(There::Lines(ends(stage, Outcome::words)?)),
        ["explained"] => {
            let clock = |moment: Timestamp| moment.strftime("%H:%M").to_string();
            Ok(There::Lines(ends(stage, |outcome| outcome.explanation(clock))?))
        }
        ["elsewhere"] => {
            let view = stage.terminal()?.client.view();
            let elsewhere = view.elsewhere.iter().map(|it| {
                format!("{} {}", words::named(it.mutation_id, speaking), words::progress(it))
            });
            Ok(There::Listed(elsewhere.collect()))
        }
        ["totals"] => {
            let totals = stage.terminal()?.client.view().totals;
            Ok(one(&format!("{} on their way and {} today", totals.on_their_way, totals.today)))
        }
        ["rows"] => Ok(one(&stage.terminal()?.client.view().rows.len())),
        ["pending"] => Ok(There::Listed(counts(stage.terminal()?.client.view().pending))),
        ["queue"] => Ok(one(&queue(stage.terminal()?.client.view().queue))),
        ["loaded"] => Ok(one(&loaded(stage.terminal()?.client.view().loading))),
        ["timer"] => Ok(There::Lines(timer(stage.terminal()?))),
        ["cursor"] => {
            let cursor = stage.terminal()?.client.state.cursor();
            Ok(There::Lines(cursor.map(|it| it.position.to_string()).into_iter().collect()))
        }
        ["journal"] => Ok(There::Listed(journal(stage)?)),
        ["server", "holds"] => Ok(There::Lines(server(stage))),
        _ => Err(Cannot::NotUnderstood),
    }
}

fn one(there: &impl ToString) -> There {
    There::Lines(vec![there.to_string()])
}

fn screen(terminal: &Terminal) -> Vec<String> {
    terminal.client.view().rows.iter().map(words::row).collect()
}

/// Something about one pending mutation, wherever it is shown.
fn pending<T>(
    stage: &mut Stage,
    name: &[&str],
    tell: impl Fn(&PendingView<'_>) -> T,
) -> Result<T, Cannot> {
    let mutation_id = mutation(stage, name)?;
    let View { rows, elsewhere, .. } = stage.terminal()?.client.view();
    let mut shown = rows.into_iter().flat_map(|row| row.pending).chain(elsewhere);
    let found = shown.find(|it| it.mutation_id == mutation_id);
    found.as_ref().map(tell).ok_or_else(|| Cannot::Happen("it is not pending".to_owned()))
}

fn about(
    stage: &mut Stage,
    name: &[&str],
    tell: impl Fn(&PendingView<'_>) -> Option<String>,
) -> Result<There, Cannot> {
    Ok(There::Lines(pending(stage, name, tell)?.into_iter().collect()))
}

/// How mutations ended, oldest first.
fn ends(stage: &mut Stage, tell: impl Fn(&Outcome) -> String) -> Result<Vec<String>, Cannot> {
    let speaking = stage.speaking;
    let outcomes = stage.terminal()?.client.state.outcomes();
    let mut ends: Vec<String> = outcomes
        .map(|it| format!("{}: {}", words::named(it.mutation_id, speaking), tell(it)))
        .collect();
    ends.reverse();
    Ok(ends)
}

/// When the timer rings next, from now.
fn timer(terminal: &Terminal) -> Vec<String> {
    let client = &terminal.client;
    let due = client.state.next_wakeup();
    due.map(|due| format!("in {}", seconds(due.since(client.now.monotonic).as_millis())))
        .into_iter()
        .collect()
}

/// What the journal would bring back after a restart.
fn journal(stage: &mut Stage) -> Result<Vec<String>, Cannot> {
    let speaking = stage.speaking;
    let mut ledger = Ledger::default();
    stage.terminal()?.client.journal.iter().for_each(|record| ledger.apply(record));
    let remembered = ledger.pending().map(|it| {
        let name = words::named(it.mutation_id, speaking);
        match (&it.refused, it.sent) {
            (Some(_), _) => format!("{name} refused"),
            (None, Some(_)) => format!("{name} perhaps sent"),
            (None, None) => format!("{name} not sent"),
        }
    });
    Ok(remembered.collect())
}

/// The orders of the server, newest first.
fn server(stage: &Stage) -> Vec<String> {
    let server = &stage.server;
    let orders = server.newest_first().into_iter().filter_map(|id| server.orders.get(&id));
    orders.map(order).collect()
}

fn order(order: &Order) -> String {
    let cancelling = if order.cancel_requested() { " cancelling" } else { "" };
    format!("{} {}{cancelling}", order_number(order.id), order.status)
}

fn counts(counts: PendingCounts) -> Vec<String> {
    [
        (counts.queued, "queued"),
        (counts.sending, "sending"),
        (counts.checking, "checking"),
        (counts.accepted, "accepted"),
        (counts.refused, "refused"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, state)| format!("{number} {state}"))
    .collect()
}

const fn queue(queue: Queue) -> &'static str {
    match queue {
        Queue::Running => "running",
        Queue::Offline => "offline",
        Queue::SignInNeeded => "sign-in needed",
    }
}

const fn loaded(loading: Loading) -> &'static str {
    match loading {
        Loading::Nothing => "nothing yet",
        Loading::Newest => "the newest",
        Loading::All => "all",
        Loading::AsManyAsKept => "as many as are kept",
    }
}

fn seconds(milliseconds: u128) -> String {
    if milliseconds.is_multiple_of(1_000) {
        format!("{} s", milliseconds / 1_000)
    } else {
        format!("{milliseconds} ms")
    }
}
