//! What has happened to an order: facts, in the past tense, appended once and never changed.
//! Step 4 of an order's way.
//!
//! An event carries all that its fold needs (prices, deadlines, expectations), so that an order reads
//! the same whatever catalogue and policy are in force when somebody folds it again. It also carries
//! what its handlers send outside (the amount to charge), so that they need nothing else.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OrderLine;
use super::rating::Rating;
use crate::function::Function;
use crate::id::{CustomerId, MutationId, OrderId, RestaurantId};
use crate::money::Cents;

/// One event of one order, with what the log adds to it and the fold needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// Whose event it is.
    pub order_id: OrderId,
    /// When it became durable, by the server's clock.
    pub recorded_at: Timestamp,
    /// The client's mutation that caused it, where one did.
    pub mutation_id: Option<MutationId>,
    /// What happened.
    pub data: OrderEvent,
}

/// What happened. In the log, the variant's name is the event's `type`, its fields are the `data`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum OrderEvent {
    /// The customer has ordered; nothing is decided yet.
    OrderPlaced {
        /// Who.
        customer_id: CustomerId,
        /// Who cooks.
        restaurant_id: RestaurantId,
        /// What, at the prices of the moment.
        lines: Vec<OrderLine>,
        /// For the courier.
        tip: Cents,
        /// For the kitchen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Where to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deliver_to: Option<String>,
        /// When, by the customer's clock within the server's bounds.
        placed_at: Timestamp,
        /// Not before this should it arrive; absent where it should as soon as can be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scheduled_for: Option<Timestamp>,
        /// Where a dish is limited: not to be validated before, because by then whoever goes before it
        /// has claimed their portions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decided_from: Option<Timestamp>,
        /// When the wait for validation ends.
        wait_until: Timestamp,
    },
    /// The order can be made and delivered.
    OrderValidated {
        /// What is to be charged: the dishes.
        amount: Cents,
        /// When the wait for the payment ends.
        wait_until: Timestamp,
    },
    /// Validation, the restaurant, or its deadline said no.
    OrderRejected {
        /// Why, for the customer.
        reason: String,
    },
    /// The card has paid the dishes.
    PaymentCaptured {
        /// How much.
        amount: Cents,
        /// When the restaurant is going to be asked, of an order for later; absent where it is now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_at: Option<Timestamp>,
        /// When the wait for the restaurant's answer ends; absent where the order has ended meanwhile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait_until: Option<Timestamp>,
    },
    /// The bank declined the charge.
    PaymentDeclined {
        /// Why, for the customer.
        reason: String,
    },
    /// The restaurant takes the order on.
    OrderAccepted {
        /// When it should be at the door.
        expected_at: Timestamp,
        /// When the wait for the kitchen to begin ends.
        wait_until: Timestamp,
    },
    /// The kitchen has begun.
    PreparationStarted {
        /// When the wait for the kitchen ends.
        wait_until: Timestamp,
    },
    /// A courier was found.
    CourierAssigned {
        /// The courier's name.
        courier: String,
    },
    /// The order stands at the counter.
    OrderReady {
        /// When it should be at the door.
        expected_at: Timestamp,
        /// When the wait for a courier ends.
        wait_until: Timestamp,
    },
    /// The courier has taken it.
    OrderPickedUp {
        /// When it should be at the door.
        expected_at: Timestamp,
        /// When the wait for the courier ends.
        wait_until: Timestamp,
    },
    /// The order is at the door.
    OrderDelivered {
        /// The tip that stands; it is to be charged now.
        tip: Cents,
        /// When the wait for the tip ends; absent where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait_until: Option<Timestamp>,
    },
    /// The customer has changed the tip.
    TipSet {
        /// The tip that stands now.
        tip: Cents,
    },
    /// The card has paid the tip.
    TipCaptured {
        /// How much.
        amount: Cents,
    },
    /// The tip could not be charged and is waived.
    TipWaived {
        /// Why.
        reason: String,
    },
    /// The customer has rated the order.
    OrderRated {
        /// The rating that stands now.
        rating: Rating,
    },
    /// The customer has asked for a cancellation.
    CancellationRequested {
        /// When the wait for a decision ends.
        wait_until: Timestamp,
    },
    /// The order is cancelled.
    OrderCancelled {
        /// Why, for the customer.
        reason: String,
        /// Who ended it. Version 1 did not say so.
        by: EndedBy,
    },
    /// The gateway has closed its books on an order that ended unfulfilled.
    PaymentRefunded {
        /// What it had taken; zero where the charge never came, which now it cannot.
        captured: Cents,
        /// What it gave back.
        refunded: Cents,
    },
    /// A function has given up on an event of this order: a dead letter.
    DeliveryDied {
        /// Which function.
        function: Function,
        /// What it said in the end.
        error: String,
    },
    /// The operator has handed an event of this order to a function once more.
    DeliveryRedelivered {
        /// Which function.
        function: Function,
    },
    /// The customer was told something about this order.
    CustomerNotified {
        /// What, in words for the customer.
        message: String,
    },
}

/// Who ended an order before it was delivered, where neither restaurant nor bank did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndedBy {
    /// The customer, who asked for a cancellation.
    Customer,
    /// A deadline that struck.
    Deadline,
}

impl OrderEvent {
    /// The event's type, as in the log and in the contract.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::OrderPlaced { .. } => "OrderPlaced",
            Self::OrderValidated { .. } => "OrderValidated",
            Self::OrderRejected { .. } => "OrderRejected",
            Self::PaymentCaptured { .. } => "PaymentCaptured",
            Self::PaymentDeclined { .. } => "PaymentDeclined",
            Self::OrderAccepted { .. } => "OrderAccepted",
            Self::PreparationStarted { .. } => "PreparationStarted",
            Self::CourierAssigned { .. } => "CourierAssigned",
            Self::OrderReady { .. } => "OrderReady",
            Self::OrderPickedUp { .. } => "OrderPickedUp",
            Self::OrderDelivered { .. } => "OrderDelivered",
            Self::TipSet { .. } => "TipSet",
            Self::TipCaptured { .. } => "TipCaptured",
            Self::TipWaived { .. } => "TipWaived",
            Self::OrderRated { .. } => "OrderRated",
            Self::CancellationRequested { .. } => "CancellationRequested",
            Self::OrderCancelled { .. } => "OrderCancelled",
            Self::PaymentRefunded { .. } => "PaymentRefunded",
            Self::DeliveryDied { .. } => "DeliveryDied",
            Self::DeliveryRedelivered { .. } => "DeliveryRedelivered",
            Self::CustomerNotified { .. } => "CustomerNotified",
        }
    }

    /// What happened, in one sentence for a person.
    pub fn message(&self) -> String {
        match self {
            Self::OrderPlaced { lines, scheduled_for, .. } => {
                let portions: u32 = lines.iter().map(|line| u32::from(line.quantity.get())).sum();
                let noun = if portions == 1 { "portion" } else { "portions" };
                let price = super::subtotal(lines);
                let wish = scheduled_for.map_or_else(String::new, |at| {
                    format!(", to arrive not before {}", to_the_minute(at))
                });
                format!("The customer ordered {portions} {noun} for {price}{wish}.")
            }
            Self::OrderValidated { amount, .. } => {
                format!("The order is in order; {amount} is to be charged.")
            }
            Self::OrderRejected { reason } => format!("The order was rejected: {reason}"),
            Self::PaymentCaptured { amount, ask_at: Some(at), .. } => {
                let at = to_the_minute(*at);
                format!("The card paid {amount}; the restaurant is asked at {at}.")
            }
            Self::PaymentCaptured { amount, ask_at: None, .. } => {
                format!("The card paid {amount}.")
            }
            Self::PaymentDeclined { reason } => format!("The payment was declined: {reason}"),
            Self::OrderAccepted { .. } => "The restaurant took the order on.".to_owned(),
            Self::PreparationStarted { .. } => "The kitchen began to cook.".to_owned(),
            Self::CourierAssigned { courier } => format!("{courier} will bring it."),
            Self::OrderReady { .. } => "The order stands at the counter.".to_owned(),
            Self::OrderPickedUp { .. } => "The courier is on the way.".to_owned(),
            Self::OrderDelivered { .. } => "The order is at the door.".to_owned(),
            Self::TipSet { tip } => format!("The customer set the tip to {tip}."),
            Self::TipCaptured { amount } => format!("The courier got a tip of {amount}."),
            Self::TipWaived { reason } => format!("The tip was waived: {reason}."),
            Self::OrderRated { rating } => {
                format!("The customer rated the order {rating} of {}.", Rating::BEST)
            }
            Self::CancellationRequested { .. } => {
                "The customer asked for a cancellation.".to_owned()
            }
            Self::OrderCancelled { reason, by: EndedBy::Customer } => {
                format!("The order was cancelled: {reason}")
            }
            Self::OrderCancelled { reason, by: EndedBy::Deadline } => {
                format!("The order ran out of time: {reason}")
            }
            Self::PaymentRefunded { captured, .. } if captured.is_zero() => {
                "Nothing had been charged, and nothing will be.".to_owned()
            }
            Self::PaymentRefunded { refunded, .. } => format!("{refunded} went back to the card."),
            Self::DeliveryDied { function, error } => {
                format!("{function} gave up and waits for an operator: {error}")
            }
            Self::DeliveryRedelivered { function } => {
                format!("The operator had {function} try once more.")
            }
            Self::CustomerNotified { message } => format!("The customer was told: {message}"),
        }
    }
}

/// A time in the log's words, which are the same whoever reads them and where.
fn to_the_minute(at: Timestamp) -> String {
    at.strftime("%-d %b %H:%M UTC").to_string()
}
