//! `notifications`: tells customers what they want to know, in the stream of their order.

use serde::{Deserialize, Serialize};
use shared::order::command::Command;
use shared::order::event::OrderEvent;

use super::{Follow, Notice};
use crate::eventing::consumer::Follower;
use crate::eventing::log::Body;
use crate::eventing::plan::Committed;

/// It remembers nothing: what is to be said stands in the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notifications {}

impl Follow for Notifications {
    const NAME: Follower = Follower::Notifications;

    fn take_in(&mut self, committed: &Committed) -> Option<Notice> {
        let Body::Order(event) = &committed.event.body else { return None };
        let order_id = committed.event.order_id()?;
        let courier = committed.order.as_ref()?.courier.as_deref();
        let message = words(event, courier)?;
        let command = Command::Notify { message };
        Some(Notice { order_id, cause: committed.event.id, command })
    }
}

/// What the customer is told of this event, if it is worth a message.
fn words(event: &OrderEvent, courier: Option<&str>) -> Option<String> {
    match event {
        OrderEvent::PaymentCaptured { amount, wait_until: Some(_), .. } => {
            Some(format!("Your payment of {amount} is confirmed."))
        }
        OrderEvent::OrderPickedUp { .. } => Some(match courier {
            Some(courier) => format!("{courier} is on the way to you."),
            None => "Your order is on its way to you.".to_owned(),
        }),
        OrderEvent::PaymentRefunded { refunded, .. } if !refunded.is_zero() => {
            Some(format!("{refunded} went back to your card."))
        }
        OrderEvent::DeliveryDied { .. } => {
            Some("Something is stuck with your order; one of us looks after it.".to_owned())
        }
        // The screen shows these as they happen; a message would only repeat them. And of money that
        // came after the end, what the customer wants to know is that it went back.
        OrderEvent::OrderPlaced { .. }
        | OrderEvent::OrderValidated { .. }
        | OrderEvent::OrderRejected { .. }
        | OrderEvent::PaymentCaptured { wait_until: None, .. }
        | OrderEvent::PaymentDeclined { .. }
        | OrderEvent::OrderAccepted { .. }
        | OrderEvent::PreparationStarted { .. }
        | OrderEvent::CourierAssigned { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::OrderDelivered { .. }
        | OrderEvent::TipSet { .. }
        | OrderEvent::OrderRated { .. }
        | OrderEvent::TipCaptured { .. }
        | OrderEvent::TipWaived { .. }
        | OrderEvent::CancellationRequested { .. }
        | OrderEvent::OrderCancelled { .. }
        | OrderEvent::PaymentRefunded { .. }
        | OrderEvent::DeliveryRedelivered { .. }
        | OrderEvent::CustomerNotified { .. } => None,
    }
}
