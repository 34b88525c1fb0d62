//! `courier`: is found while the kitchen cooks, picks the order up, delivers it.
//! Step 6 of an order's way.
//!
//! Looking for a courier and cooking go on side by side, and either may end first: a pick-up that comes
//! before the courier is assigned is simply too early.

use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{done_without_effect, then};
use crate::eventing::delivery::Outcome;

/// Who rides for us.
const COURIERS: [&str; 8] = ["Amal", "Bilal", "Chiara", "Dabbu", "Esra", "Femi", "Giang", "Hana"];

/// Does the courier's next step.
pub(crate) fn handle(event: &OrderEvent, order: &Order) -> Outcome {
    if let OrderEvent::PreparationStarted { .. } = event {
        then(Command::AssignCourier { courier: courier(order).to_owned() })
    } else if let OrderEvent::OrderReady { .. } = event {
        then(Command::PickUp)
    } else if let OrderEvent::OrderPickedUp { .. } = event {
        then(Command::Deliver)
    } else {
        done_without_effect()
    }
}

/// The same courier for the same order, however often the function is called.
fn courier(order: &Order) -> &'static str {
    let number = order.id.uuid().as_u128() % 8;
    let index = usize::try_from(number).unwrap_or_default();
    COURIERS.get(index).copied().unwrap_or("Amal")
}
