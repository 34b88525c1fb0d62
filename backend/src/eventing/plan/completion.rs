//! The end of a handler: its commands and the mark "done" become durable together, or not at all.
//!
//! Step 7 of an order's way. Whoever comes without the token of the present lease is a zombie: its
//! effects inside the log are discarded (effects outside carry a key made of the order).

use std::time::Duration;

use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::{Event, OrderEvent};
use shared::order::evolve::evolve;
use shared::order::refusal::Refusal;

use super::draft::{Cause, Draft};
use crate::eventing::attempt::AttemptEnd;
use crate::eventing::delivery::{Delivery, DeliveryStatus, Outcome};
use crate::eventing::log::Source;
use crate::eventing::request::{Answer, Completion};
use crate::eventing::retry::{RETRY_AFTER_MAX, tries_max};
use crate::safeguard::Safeguard;

pub(super) fn complete(draft: &mut Draft<'_>, completed: &Completion) -> Answer {
    let ours = |delivery: &&Delivery| {
        let is_ours =
            delivery.status == DeliveryStatus::Leased && delivery.token == completed.token;
        is_ours || Safeguard::Tokens.is_gone()
    };
    let Some(delivery) = draft.delivery(completed.delivery).filter(ours).cloned() else {
        return Answer::Zombie;
    };
    match &completed.outcome {
        Outcome::Done(commands) => finish(draft, completed, delivery, commands),
        Outcome::Late { why } => late(draft, completed, delivery, why),
        Outcome::Retry { after, why } => retry(draft, completed, delivery, *after, why),
        Outcome::NotYet { after, why } => not_yet(draft, completed, delivery, *after, why),
        Outcome::GiveUp { why } => give_up(draft, completed, delivery, why),
    }
    Answer::Done
}

/// All commands or none: one that is too early puts the whole completion off, one that is denied ends
/// it as a dead letter, one that is too late adds nothing.
fn finish(
    draft: &mut Draft<'_>,
    completed: &Completion,
    mut delivery: Delivery,
    commands: &[Command],
) {
    match decide_all(draft, completed, commands) {
        Ok(Decided { events, overtaken: Some(why) }) if events.is_empty() => {
            late(draft, completed, delivery, &why);
        }
        Ok(Decided { events, overtaken: _ }) => {
            delivery.end(DeliveryStatus::Done);
            draft.keep_delivery(delivery);
            for event in events {
                draft.append_to_order(completed.order_id, event, cause(completed));
            }
        }
        Err(Refusal::Early { why }) => {
            let after = draft.world.timing.not_yet;
            not_yet(draft, completed, delivery, after, &why);
        }
        Err(Refusal::Denied(denial)) => give_up(draft, completed, delivery, &denial.message),
        Err(Refusal::Late { why }) => late(draft, completed, delivery, &why),
    }
}

/// What some commands come to.
struct Decided {
    events: Vec<OrderEvent>,
    /// Why a command adds nothing, where one came too late.
    overtaken: Option<String>,
}

/// The events that the commands come to, each decided on what the earlier ones made of the order.
fn decide_all(
    draft: &Draft<'_>,
    completed: &Completion,
    commands: &[Command],
) -> Result<Decided, Refusal> {
    let mut order: Option<Order> = draft.order(completed.order_id).cloned();
    let mut decided = Decided { events: Vec::new(), overtaken: None };
    for command in commands {
        match draft.decide(order.as_ref(), command) {
            Ok(data) => {
                let event = Event {
                    order_id: completed.order_id,
                    recorded_at: draft.now(),
                    mutation_id: None,
                    data: data.clone(),
                };
                order = evolve(order, &event);
                decided.events.push(data);
            }
            Err(Refusal::Late { why }) => decided.overtaken = Some(why),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(decided)
}

/// It is done and changes nothing, and the history of its attempts says why.
fn late(draft: &mut Draft<'_>, completed: &Completion, mut delivery: Delivery, why: &str) {
    draft.keep_attempt(&delivery, completed.started_at, AttemptEnd::Late, why);
    delivery.end(DeliveryStatus::Done);
    draft.keep_delivery(delivery);
}

fn retry(
    draft: &mut Draft<'_>,
    completed: &Completion,
    mut delivery: Delivery,
    after: Option<Duration>,
    why: &str,
) {
    if tries_max(delivery.key.function).is_some_and(|most| delivery.tries >= most) {
        return give_up(draft, completed, delivery, why);
    }
    draft.keep_attempt(&delivery, completed.started_at, AttemptEnd::Failed, why);
    let (timing, function) = (draft.world.timing, delivery.key.function);
    let backoff = timing.backoff(function, delivery.tries, &mut draft.random);
    delivery.note_error(why);
    let asked = after.unwrap_or_default().min(RETRY_AFTER_MAX);
    put_off(draft, delivery, backoff.max(asked));
}

/// The try is given back: nothing failed.
fn not_yet(
    draft: &mut Draft<'_>,
    completed: &Completion,
    mut delivery: Delivery,
    after: Duration,
    why: &str,
) {
    draft.keep_attempt(&delivery, completed.started_at, AttemptEnd::NotYet, why);
    delivery.tries = delivery.tries.saturating_sub(1);
    put_off(draft, delivery, after);
}

fn put_off(draft: &mut Draft<'_>, mut delivery: Delivery, wait: Duration) {
    delivery.put_off(draft.after(wait));
    draft.keep_delivery(delivery);
}

/// It was the last attempt.
fn give_up(draft: &mut Draft<'_>, completed: &Completion, delivery: Delivery, why: &str) {
    draft.keep_attempt(&delivery, completed.started_at, AttemptEnd::GivenUp, why);
    bury(draft, completed, delivery, why);
}

/// A dead letter is never silent: it is an event of its order.
pub(super) fn bury(
    draft: &mut Draft<'_>,
    completed: &Completion,
    mut delivery: Delivery,
    why: &str,
) {
    let function = delivery.key.function;
    delivery.note_error(why);
    delivery.end(DeliveryStatus::Dead);
    let error = delivery.last_error.clone().unwrap_or_default();
    draft.keep_delivery(delivery);
    let command = Command::RecordDeadLetter { function, error };
    if let Ok(event) = draft.decide(draft.order(completed.order_id), &command) {
        draft.append_to_order(completed.order_id, event, cause(completed));
    }
}

fn cause(completed: &Completion) -> Cause {
    Cause {
        source: Source::Function(completed.delivery.function),
        mutation: None,
        causation_id: Some(completed.event_id),
    }
}
