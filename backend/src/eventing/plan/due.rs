//! What time brings: deadlines that strike, and deliveries whose turn it is.
//! Step 6 of an order's way.
//!
//! Expired leases, retries, timers and new work all come through this one door.

use shared::id::OrderId;
use shared::order::command::Command;

use super::DueDelivery;
use super::completion::bury;
use super::draft::{Cause, Draft};
use crate::eventing::delivery::Outcome;
use crate::eventing::log::Source;
use crate::eventing::request::Completion;
use crate::eventing::retry::tries_max;

/// Ends the waits whose deadline has struck, where they still last.
pub(super) fn end_waits(draft: &mut Draft<'_>, overdue: &[OrderId]) {
    for id in overdue {
        // A refusal means that the wait has ended meanwhile: nothing is to be done.
        if let Ok(event) = draft.decide(draft.order(*id), &Command::EndWait) {
            let cause = Cause { source: Source::Deadline, mutation: None, causation_id: None };
            draft.append_to_order(*id, event, cause);
        }
    }
}

/// Hands out what is due; what has used up its tries (its handlers were killed) is given up.
pub(super) fn hand_out(draft: &mut Draft<'_>, due: Vec<DueDelivery>) {
    for DueDelivery { delivery, event } in due {
        // Completed in this very batch: it is as the completion left it.
        if draft.was_touched(delivery.key) {
            continue;
        }
        let used_up = tries_max(delivery.key.function).is_some_and(|most| delivery.tries >= most);
        match event.order_id() {
            Some(order_id) if used_up => {
                let why = "it did not come back from its last try".to_owned();
                let last = Completion {
                    delivery: delivery.key,
                    token: delivery.token,
                    started_at: draft.now(),
                    event_id: event.id,
                    order_id,
                    outcome: Outcome::GiveUp { why: why.clone() },
                };
                draft.keep_lost_attempt(&delivery);
                bury(draft, &last, delivery, &why);
            }
            Some(_) | None => draft.hand_out(delivery, event),
        }
    }
}
