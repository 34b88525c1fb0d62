//! `refund`: an order that ended unfulfilled leaves nothing on the gateway's books.
//! Step 6 of an order's way.
//!
//! It asks the gateway to *void* the order, charge known or not: what was taken goes back, and a charge
//! that arrives later finds a tombstone. There is no other way in which money is given back.

use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{bank_in_trouble, done_without_effect, then};
use crate::eventing::delivery::Outcome;
use crate::gateway::Gateway;

/// Has the gateway close its books on an order that ended.
pub(crate) async fn handle(_event: &OrderEvent, order: &Order, gateway: &Gateway) -> Outcome {
    if !order.status.ended_unfulfilled() {
        return done_without_effect();
    }
    match gateway.void(order.id).await {
        Ok(voided) => {
            then(Command::RecordRefund { captured: voided.captured, refunded: voided.refunded })
        }
        Err(error) => bank_in_trouble(&error),
    }
}
