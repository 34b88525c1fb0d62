//! Where the search has been: a search that never sees a gap proves nothing about gaps.

use std::collections::BTreeMap;
use std::fmt;

use crate::confirmed::Pages;
use crate::effect::Notice;
use crate::intent::IntentKind;
use crate::state::Access;
use crate::tests::search::chronicle::End;
use crate::tests::search::happening::Who;
use crate::tests::search::terminal::{Link, Stale, Terminal};
use crate::tests::search::world::World;
use crate::view::{PendingState, Standing};

/// In how many moments each situation was there.
#[derive(Debug, Default)]
pub(super) struct Sometimes(BTreeMap<&'static str, usize>);

/// A situation, and how one sees it in a step of one terminal.
type Situation = (&'static str, fn(&Terminal, &Terminal, &World) -> bool);

const SITUATIONS: [Situation; 32] = [
    ("queued", |_, now, _| is_shown(now, PendingState::Queued)),
    ("sending", |_, now, _| is_shown(now, PendingState::Sending)),
    ("checking", |_, now, _| is_shown(now, PendingState::Checking)),
    ("accepted", |_, now, _| is_shown(now, PendingState::Accepted)),
    ("refused", |_, now, _| is_shown(now, PendingState::Refused)),
    ("in doubt", |_, now, _| now.shown().iter().any(|it| it.doubt.is_some())),
    ("not placed", |_, now, _| {
        now.view().rows.iter().any(|row| row.standing == Standing::NotPlaced)
    }),
    ("elsewhere", |_, now, _| !now.view().elsewhere.is_empty()),
    ("several pending on one order", |_, now, _| {
        now.view().rows.iter().any(|row| row.pending.len() > 1)
    }),
    ("pending at both on one order", |_, _, world| is_pending_at_both(world)),
    ("tip pending", |_, now, _| asks_for(now, IntentKind::SetTip)),
    ("rating pending", |_, now, _| asks_for(now, IntentKind::Rate)),
    ("not saved", |_, now, _| was_told(now, |it| matches!(it, Notice::NotSaved { .. }))),
    ("declined", |_, now, _| was_told(now, |it| matches!(it, Notice::Declined { .. }))),
    ("order ended", |_, now, _| was_told(now, |it| matches!(it, Notice::Ended { .. }))),
    ("orders vanished", |_, now, _| was_told(now, |it| matches!(it, Notice::Vanished { .. }))),
    ("sign-in needed", |_, now, _| now.state.access == Access::SignInNeeded),
    ("gap", |_, now, _| !now.state.confirmed.buffer.is_empty()),
    ("gap closed", |then, now, _| {
        now.state.confirmed.buffer.len() < then.state.confirmed.buffer.len()
            && now.state.confirmed.position > then.state.confirmed.position
    }),
    ("half open", |_, now, _| now.link == Link::HalfOpen),
    ("some pages loaded", |_, now, _| {
        let confirmed = &now.state.confirmed;
        matches!(confirmed.pages, Pages::Loading { .. }) && confirmed.position.is_some()
    }),
    ("another log", |then, now, _| {
        let log = |it: &Terminal| it.state.confirmed.account.map(|account| account.log_id);
        log(then).is_some() && log(then) != log(now)
    }),
    ("set back", |then, now, _| {
        let confirmed = |it: &Terminal| (it.state.confirmed.account, it.state.confirmed.position);
        let ((was, at), (is, then_at)) = (confirmed(then), confirmed(now));
        was == is && at.is_some() && then_at.is_none()
    }),
    ("copies under way", |_, _, world| world.has_copies_under_way()),
    ("settled by evidence alone", |then, now, _| {
        newest_end(then, now) == Some(End::Confirmed)
            && then.shown().iter().any(|it| it.state == PendingState::Checking)
            && now.shown().len() < then.shown().len()
    }),
    ("confirmed", |then, now, _| newest_end(then, now) == Some(End::Confirmed)),
    ("withdrawn", |then, now, _| newest_end(then, now) == Some(End::Withdrawn)),
    ("order not placed", |then, now, _| newest_end(then, now) == Some(End::OrderNotPlaced)),
    ("known change", |_, now, _| now.notes.stale == Some(Stale::KnownChange)),
    ("late answer", |_, now, _| now.notes.stale == Some(Stale::LateAnswer)),
    ("foreign answer", |_, now, _| now.notes.stale == Some(Stale::ForeignAnswer)),
    ("clock set back", |then, now, _| now.now.wall < then.now.wall),
];

/// Situations between the end of one program and the start of another.
const BETWEEN: [&str; 3] = ["started with something pending", "adopted", "started with a cache"];

impl Sometimes {
    /// Notes what is there after this step.
    pub(super) fn look_at(&mut self, before: &World, after: &World) {
        for who in Who::BOTH {
            match (before.terminal(who), after.terminal(who)) {
                (Some(then), Some(now)) => {
                    for (name, is_there) in SITUATIONS {
                        if is_there(then, now, after) {
                            self.note(name);
                        }
                    }
                }
                (None, Some(now)) => self.look_at_a_start(who, before, now),
                (_, None) => {}
            }
        }
    }

    fn look_at_a_start(&mut self, who: Who, before: &World, now: &Terminal) {
        if now.pending().next().is_some() {
            self.note(BETWEEN[0]);
        }
        if before.disk.left_by_the_dead() > 1 && now.pending().count() > 1 {
            self.note(BETWEEN[1]);
        }
        if now.state.confirmed.account.is_some() && before.terminal(who).is_none() {
            self.note(BETWEEN[2]);
        }
    }

    fn note(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (name, times) in other.0 {
            *self.0.entry(name).or_default() += times;
        }
    }

    /// The situations that were never there.
    pub(super) fn never(&self) -> Vec<&'static str> {
        let all = SITUATIONS.iter().map(|(name, _)| *name).chain(BETWEEN);
        all.filter(|name| !self.0.contains_key(name)).collect()
    }
}

impl fmt::Display for Sometimes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.0.iter().map(|(name, times)| format!("{name} {times}×"));
        write!(out, "{}", words.by_ref().collect::<Vec<_>>().join(", "))
    }
}

fn is_shown(terminal: &Terminal, state: PendingState) -> bool {
    terminal.shown().iter().any(|it| it.state == state)
}

fn asks_for(terminal: &Terminal, kind: IntentKind) -> bool {
    terminal.pending().any(|it| it.kind() == kind && !it.is_refused())
}

fn was_told(terminal: &Terminal, what: fn(&Notice) -> bool) -> bool {
    terminal.notes.told.iter().any(what)
}

fn newest_end(then: &Terminal, now: &Terminal) -> Option<End> {
    let is_new = now.noted > then.noted;
    let newest = now.state.outcomes().next().filter(|_| is_new)?;
    Some(End::from(&newest.settlement))
}

fn is_pending_at_both(world: &World) -> bool {
    let [Some(a), Some(b)] = Who::BOTH.map(|who| world.terminal(who)) else { return false };
    a.state.pending.orders().any(|order_id| b.state.pending.of_order(order_id).next().is_some())
}
