//! `settle-tip`: the card pays the tip that stands when the order is delivered.
//! Step 6 of an order's way.

use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{bank_in_trouble, done_without_effect, then};
use crate::eventing::delivery::Outcome;
use crate::gateway::{Answer, ChargeKind, Gateway};

/// Charges the tip that the event names.
pub(crate) async fn handle(event: &OrderEvent, order: &Order, gateway: &Gateway) -> Outcome {
    let OrderEvent::OrderDelivered { tip, wait_until: Some(_) } = event else {
        return done_without_effect();
    };
    if order.waiting_for().is_none() {
        // Settled or waived already.
        return done_without_effect();
    }
    match gateway.charge(order.id, ChargeKind::Tip, *tip).await {
        Ok(Answer::Captured) => then(Command::RecordTipCapture { amount: *tip }),
        Ok(Answer::Declined | Answer::Voided) => then(Command::RecordTipDecline),
        Err(error) => bank_in_trouble(&error),
    }
}
