//! A follower goes on: what it made of the log and how far it has come become durable together.

use super::draft::{Cause, Draft};
use crate::eventing::follower::{Advance, Notice, Progress};
use crate::eventing::log::Source;
use crate::eventing::request::Answer;

/// Only from where it stands: whoever was overtaken has taken in what is taken in already.
pub(super) fn advance(draft: &mut Draft<'_>, asked: &Advance) -> Answer {
    if draft.cursor(asked.follower) != asked.from {
        return Answer::Zombie;
    }
    let progress = Progress { cursor: asked.to, state: Some(asked.state.clone()) };
    draft.keep_progress(asked.follower, progress);
    for Notice { order_id, cause, command } in &asked.notices {
        // A refusal means that there is nothing to say any more.
        if let Ok(event) = draft.decide(draft.order(*order_id), command) {
            let source = Source::Follower(asked.follower);
            let cause = Cause { source, mutation: None, causation_id: Some(*cause) };
            draft.append_to_order(*order_id, event, cause);
        }
    }
    Answer::Done
}
