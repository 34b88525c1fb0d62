//! `charge-payment`: the card pays for the dishes, once, whatever happens.
//! Step 6 of an order's way.
//!
//! The key at the gateway is made of the order, never of the attempt: a second call gets the first
//! answer. Its event is delivered after the grace period, so a cancellation within it moves no money.

use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{bank_in_trouble, done_without_effect, then, too_late};
use crate::eventing::delivery::Outcome;
use crate::eventing::retry::NOT_YET;
use crate::gateway::{Answer, ChargeKind, Gateway};

/// Charges the amount that the event names.
pub(crate) async fn handle(event: &OrderEvent, order: &Order, gateway: &Gateway) -> Outcome {
    let OrderEvent::OrderValidated { amount, .. } = event else { return done_without_effect() };
    if order.status.is_final() {
        return too_late(format!("the order is {} already", order.status));
    }
    if order.cancel_requested() {
        let why = "a cancellation is undecided".to_owned();
        return Outcome::NotYet { after: NOT_YET, why };
    }
    match gateway.charge(order.id, ChargeKind::Dishes, *amount).await {
        Ok(Answer::Captured) => then(Command::RecordCapture { amount: *amount }),
        Ok(Answer::Declined) => then(Command::RecordDecline {
            reason: format!("your bank did not pay {amount}. Order something else."),
        }),
        // The order ended first, and its books are closed: there is nothing to record.
        Ok(Answer::Voided) => too_late("the bank has closed its books on the order"),
        Err(error) => bank_in_trouble(&error),
    }
}
