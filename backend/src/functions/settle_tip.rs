//! `settle-tip`: the card pays the tip that stands when the order is delivered.
//! Step 6 of an order's way.
//!
//! Called after the tip was waived, it takes nothing any more. But the bank may have taken the tip
//! before, and whoever was to record it died: so it has the charge closed, and records what that finds.

use shared::money::Cents;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;
use shared::order::payment::Charge;

use super::{bank_in_trouble, done_without_effect, then, too_late};
use crate::eventing::delivery::Outcome;
use crate::gateway::{Answer, ChargeKind, Gateway};

/// Charges the tip that the event names.
pub(crate) async fn handle(event: &OrderEvent, order: &Order, gateway: &Gateway) -> Outcome {
    let OrderEvent::OrderDelivered { tip, wait_until: Some(_) } = event else {
        return done_without_effect();
    };
    match order.money.tip {
        Charge::Open => charge(order, *tip, gateway).await,
        Charge::Declined => close(order, gateway).await,
        Charge::Captured(_) => too_late("the tip is settled already"),
    }
}

async fn charge(order: &Order, tip: Cents, gateway: &Gateway) -> Outcome {
    match gateway.charge(order.id, ChargeKind::Tip, tip).await {
        Ok(Answer::Captured) => then(Command::RecordTipCapture { amount: tip }),
        Ok(Answer::Declined | Answer::Voided) => then(Command::RecordTipDecline),
        Err(error) => bank_in_trouble(&error),
    }
}

async fn close(order: &Order, gateway: &Gateway) -> Outcome {
    match gateway.close(order.id, ChargeKind::Tip).await {
        Ok(taken) if taken.is_zero() => {
            too_late("the tip was waived, and the bank has taken nothing")
        }
        Ok(taken) => then(Command::RecordTipCapture { amount: taken }),
        Err(error) => bank_in_trouble(&error),
    }
}
