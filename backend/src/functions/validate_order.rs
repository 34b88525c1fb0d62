//! `validate-order`: is the restaurant open, is the order within its limits?
//! Step 6 of an order's way.

use shared::catalog::{Catalog, Opening};
use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;
use shared::policy::Policy;

use super::{done_without_effect, then};
use crate::eventing::delivery::Outcome;

/// Looks at what was placed.
pub(crate) fn handle(
    event: &OrderEvent,
    order: &Order,
    catalog: &Catalog,
    policy: &Policy,
) -> Outcome {
    let OrderEvent::OrderPlaced { restaurant_id, .. } = event else { return done_without_effect() };
    let limit = policy.limits.subtotal;
    let objection = match catalog.restaurant(*restaurant_id) {
        None => Some("this restaurant has left Tiffin. Choose another one.".to_owned()),
        Some(restaurant) if restaurant.opening == Opening::Closed => {
            Some(format!("{} is closed. Choose another restaurant.", restaurant.name))
        }
        Some(_) if order.subtotal() > limit => {
            Some(format!("an order is at most {limit}. Split it into smaller ones."))
        }
        Some(_) => None,
    };
    then(objection.map_or(Command::Validate, |reason| Command::Reject { reason }))
}
