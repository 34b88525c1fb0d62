//! What the operator asks: a delivery once more, a pause, the end of a customer's tokens.
//!
//! All of it is events, and so part of the audit trail: who asked, when, and of what.

use shared::id::CustomerId;
use shared::order::command::Command;

use super::draft::{Cause, Draft};
use crate::eventing::consumer::Consumer;
use crate::eventing::delivery::{DeliveryKey, DeliveryStatus};
use crate::eventing::log::{CustomerEvent, Source, StreamName, SystemEvent};
use crate::eventing::request::{Answer, Pause};

/// What is dead, done or failing is handed to its function once more, with a fresh budget. What has not
/// failed is due anyway, at its time, and stays as it is: nobody cooks faster for being asked.
pub(super) fn redeliver(draft: &mut Draft<'_>, key: DeliveryKey) -> Answer {
    let Some(mut delivery) = draft.delivery(key).cloned() else { return Answer::Unknown };
    match delivery.status {
        DeliveryStatus::Leased => return Answer::DeliveryRunning,
        DeliveryStatus::Pending if delivery.tries == 0 => {}
        DeliveryStatus::Pending | DeliveryStatus::Done | DeliveryStatus::Dead => {
            delivery.redeliver(draft.now());
            draft.keep_delivery(delivery.clone());
            say_so(draft, key);
        }
    }
    Answer::Delivery(Box::new(delivery))
}

fn say_so(draft: &mut Draft<'_>, key: DeliveryKey) {
    let Some(event) = draft.event(key.position) else { return };
    let (Some(order_id), event_id) = (event.order_id(), event.id) else { return };
    let command = Command::RecordRedelivery { function: key.function };
    if let Ok(event) = draft.decide(draft.order(order_id), &command) {
        let cause =
            Cause { source: Source::Operator, mutation: None, causation_id: Some(event_id) };
        draft.append_to_order(order_id, event, cause);
    }
}

/// Nothing of a consumer is attempted any more, or it goes on. Again is no mistake, and no event.
pub(super) fn set_paused(draft: &mut Draft<'_>, consumer: Consumer, pause: Pause) -> Answer {
    draft.pause(consumer, pause);
    let is_paused = draft.system().is_some_and(|system| system.paused.contains(&consumer));
    match (is_paused, pause) {
        (false, Pause::Paused) => {
            draft.append_to_system(SystemEvent::ConsumerPaused { consumer }, Source::Operator);
        }
        (true, Pause::Running) => {
            draft.append_to_system(SystemEvent::ConsumerResumed { consumer }, Source::Operator);
        }
        (true, Pause::Paused) | (false, Pause::Running) => {}
    }
    Answer::Done
}

/// All of a customer's tokens end. Again is no mistake, and changes nothing.
pub(super) fn revoke_tokens(draft: &mut Draft<'_>, id: CustomerId) -> Answer {
    let stream = draft.stream(StreamName::Customer(id));
    let Some(customer) = stream.and_then(|it| it.state.customer()) else { return Answer::Unknown };
    if customer.token_hash.is_some() {
        draft.append_to_customer(id, CustomerEvent::TokensRevoked {}, Source::Operator);
    }
    Answer::Done
}
