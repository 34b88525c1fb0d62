//! `cancellation`: grants what the customer asked for in time. Step 6 of an order's way.
//!
//! The door has checked that the kitchen had not begun, and until this function has decided it will not
//! begin: so there is nothing left to weigh. What was charged meanwhile goes back by `refund`.

use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{done_without_effect, then};
use crate::eventing::delivery::Outcome;

/// Grants the cancellation.
pub(crate) fn handle(event: &OrderEvent) -> Outcome {
    if let OrderEvent::CancellationRequested { .. } = event {
        then(Command::Cancel)
    } else {
        done_without_effect()
    }
}
