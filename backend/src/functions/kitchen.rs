//! `kitchen`: takes an order on or not, begins, is ready. How long that takes is the routes' business.
//! Step 6 of an order's way.

use shared::catalog::Catalog;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{done_without_effect, then};
use crate::eventing::delivery::Outcome;

/// Does the kitchen's next step.
pub(crate) fn handle(event: &OrderEvent, order: &Order, catalog: &Catalog) -> Outcome {
    if let OrderEvent::PaymentCaptured { .. } = event {
        then(answer(order, catalog))
    } else if let OrderEvent::OrderAccepted { .. } = event {
        then(Command::BeginCooking)
    } else if let OrderEvent::PreparationStarted { .. } = event {
        then(Command::FinishCooking)
    } else {
        done_without_effect()
    }
}

fn answer(order: &Order, catalog: &Catalog) -> Command {
    let restaurant = catalog.restaurant(order.restaurant_id);
    let limit = restaurant.and_then(|it| it.kitchen_limit);
    match limit.filter(|limit| order.subtotal() > *limit) {
        Some(limit) => Command::Refuse {
            reason: format!("the kitchen takes on at most {limit} at a time. Order a little less."),
        },
        None => Command::Accept,
    }
}
