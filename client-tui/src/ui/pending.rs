//! What is pending, as one sees it: a mark, a word and an age for each state, and what it means.
//! Steps 2 and 9 of an order's way.
//!
//! The marks fill up as the mutation gets on, and each has its word beside it, so that neither colour
//! nor motion is needed to tell them apart.

use optimistic::Monotonic;
use optimistic::intent::IntentKind;
use optimistic::view::{Attention, Offer, PendingState, PendingView, Queue, Row};

use super::motion::Motion;
use super::scene::Scene;
use super::theme::Role;
use super::{symbols, words};
use crate::app::command::Command;
use crate::app::keymap::{self, Key, Layer, Removal};
use crate::app::pane::Pane;

/// Its mark.
pub(crate) const fn mark(state: PendingState) -> &'static str {
    match state {
        PendingState::Queued => symbols::QUEUED,
        PendingState::Sending => symbols::SENDING,
        PendingState::Checking => symbols::CHECKING,
        PendingState::Accepted => symbols::ACCEPTED,
        PendingState::Refused => symbols::REFUSED,
    }
}

/// Its word.
pub(crate) const fn word(state: PendingState) -> &'static str {
    match state {
        PendingState::Queued => "queued",
        PendingState::Sending => "sending",
        PendingState::Checking => "checking",
        PendingState::Accepted => "accepted",
        PendingState::Refused => "refused",
    }
}

/// What the word means, for the legend in the help.
pub(crate) const fn meaning(state: PendingState) -> &'static str {
    match state {
        PendingState::Queued => "kept in the journal, not sent yet",
        PendingState::Sending => "on its way to the backend",
        PendingState::Checking => "no answer yet; asking again, it happens once",
        PendingState::Accepted => "on record, its first event is on the way",
        PendingState::Refused => "the answer is no; it says why",
    }
}

/// Whether it pulses: a refusal is decided and does not.
pub(crate) const fn is_undecided(state: PendingState) -> bool {
    match state {
        PendingState::Queued
        | PendingState::Sending
        | PendingState::Checking
        | PendingState::Accepted => true,
        PendingState::Refused => false,
    }
}

/// How its mark and word are written in this frame.
pub(crate) fn role(scene: &Scene, state: PendingState) -> Role {
    if is_undecided(state) { Role::Pulsing(scene.pulse()) } else { Role::Bad }
}

/// `queued 3 s`, or `cancellation queued 3 s`.
pub(crate) fn headline(pending: &PendingView<'_>) -> String {
    let word = word(pending.state);
    let subject = match pending.kind {
        IntentKind::Place => "",
        IntentKind::Cancel => "cancellation ",
        IntentKind::SetTip => "tip ",
        IntentKind::Rate => "rating ",
        IntentKind::Unknown => "request ",
    };
    let tries = match (pending.state, pending.attempts) {
        (PendingState::Sending | PendingState::Checking, 2..) => {
            format!(", try {}", pending.attempts)
        }
        _ => String::new(),
    };
    let age = words::age(pending.age);
    if is_undecided(pending.state) {
        format!("{subject}{word} {age}{tries}")
    } else {
        format!("{subject}{word}, asked {age} ago")
    }
}

/// The keys that mean this one, where several are pending on the selected order: `x` or `r` or both.
pub(crate) fn keys(scene: &Scene, row: &Row<'_>, pending: &PendingView<'_>) -> Vec<Key> {
    if row.pending.len() < 2 || scene.model.focus != Pane::Orders {
        return Vec::new();
    }
    let removes = match keymap::removal(row) {
        Ok(Removal::Dismiss(removed) | Removal::TakeBack(removed)) => {
            removed == pending.mutation_id
        }
        Ok(Removal::Cancel) | Err(_) => false,
    };
    let sends = pending.offers.contains(&Offer::RetryNow);
    let layer = Layer::In(Pane::Orders);
    let keys = [(removes, Command::Remove), (sends, Command::SendAgain)];
    let keys = keys.into_iter().filter(|(means, _)| *means);
    keys.filter_map(|(_, command)| keymap::key_of(command, layer)).collect()
}

/// When it looks different by itself: at the next step of its pulse, or when its age does.
pub(crate) fn next_change(pending: &PendingView<'_>, motion: Motion, now: Monotonic) -> Monotonic {
    let older = now.after(words::age_lasts(pending.age));
    let pulse = motion.next_change(now).filter(|_| is_undecided(pending.state));
    pulse.map_or(older, |pulse| pulse.min(older))
}

/// What it waits for, or why the answer was no, and the next step where there is one.
///
/// `next_try` says when the backend is tried again, where it is not reached.
pub(crate) fn explanation(
    pending: &PendingView<'_>,
    queue: Queue,
    next_try: Option<&str>,
) -> String {
    if let Some(attention) = pending.attention {
        return match attention {
            Attention::NotSaved { reason } => {
                format!("not saved, so not sent. Press r to try again. {reason}")
            }
            Attention::NeedsNewerTiffin => {
                "only a newer Tiffin can send it. Start that one, or press x to give it up."
                    .to_owned()
            }
            Attention::AnotherCustomer => {
                "sent as another customer, and never as this one. Press x to give it up.".to_owned()
            }
            Attention::TakesLong if pending.offers.contains(&Offer::RetryNow) => {
                "it takes longer than it should. Press r to send it now.".to_owned()
            }
            Attention::TakesLong => "it takes longer than it should; it is kept.".to_owned(),
        };
    }
    if let Some(doubt) = pending.doubt {
        return format!("in doubt: {doubt}");
    }
    match (pending.state, queue) {
        (PendingState::Refused, _) => pending.reason.unwrap_or("no reason was given.").to_owned(),
        (PendingState::Queued, Queue::Running) => "sent in a moment".to_owned(),
        (PendingState::Queued, Queue::Offline) => {
            "kept in the journal, sent when the backend answers".to_owned()
        }
        (PendingState::Queued, Queue::SignInNeeded) => {
            "kept in the journal until you are signed in again".to_owned()
        }
        (PendingState::Sending, _) => "waiting for the receipt".to_owned(),
        (PendingState::Checking, Queue::Running) => {
            "no answer came; asking again, it happens once".to_owned()
        }
        (PendingState::Checking, Queue::Offline) => match next_try {
            Some(next_try) => format!("no answer came; {next_try}, it happens once"),
            None => "no answer came; asked again when the backend answers".to_owned(),
        },
        (PendingState::Checking, Queue::SignInNeeded) => {
            "no answer came; asked again when you are signed in".to_owned()
        }
        (PendingState::Accepted, _) => "on record, its first event is on the way".to_owned(),
    }
}
