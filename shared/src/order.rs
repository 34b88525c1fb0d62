//! What an order is: its data, which way it can go, what it costs, whom it waits for.
//! Steps 2, 4 and 9 of an order's way.
//!
//! An order is nothing but the fold of its events; nobody sets these fields but
//! [`evolve`](evolve::evolve), and nobody appends events but what [`decide`](decide::decide) allows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cursor::Version;
use crate::function::Function;
use crate::id::{CustomerId, MenuItemId, MutationId, OrderId, RestaurantId};
use crate::money::Cents;

pub mod status;
pub mod payment;
pub mod tip;
pub mod rating;
pub mod command;
pub mod event;
pub mod refusal;
pub mod decide;
pub mod evolve;
#[cfg(test)]
mod tests;

use command::Quantity;
use payment::{Money, PaymentStatus};
use rating::Rating;
use status::OrderStatus;

/// An order, as of one of its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// Its id, made by the client.
    pub id: OrderId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// How many events it has had.
    pub version: Version,
    /// Where it stands.
    pub status: OrderStatus,
    /// Who cooks.
    pub restaurant_id: RestaurantId,
    /// What was ordered, at the prices of that moment.
    pub lines: Vec<OrderLine>,
    /// For the courier; paid on delivery.
    pub tip: Cents,
    /// For the kitchen.
    pub note: Option<String>,
    /// Where to, as the customer wrote it.
    pub deliver_to: Option<String>,
    /// What the customer thought of it. A build that knew no ratings left the field out.
    #[serde(default)]
    pub rating: Option<Rating>,
    /// What has become of the money.
    pub money: Money,
    /// The wait of the present step.
    pub wait: Option<Wait>,
    /// The wait for a decision on a cancellation; it goes before the step's.
    pub cancellation: Option<Wait>,
    /// When it should arrive, as far as is known.
    pub expected_at: Option<Timestamp>,
    /// Why it ended early, in words for the customer.
    pub reason: Option<String>,
    /// Who brings it.
    pub courier: Option<String>,
    /// Not before this should it arrive; none where it should as soon as can be. A build that knew no
    /// orders for later left the field out.
    #[serde(default)]
    pub scheduled_for: Option<Timestamp>,
    /// When the customer placed it, by the customer's clock, within the server's bounds.
    pub placed_at: Timestamp,
    /// Where it has a limited dish: not to be decided before, because by then whoever goes before it has
    /// claimed. A client does not know it of an order that the server told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_from: Option<Timestamp>,
    /// When its last event became durable.
    pub updated_at: Timestamp,
    /// Each status that it has reached, oldest first.
    pub timeline: Vec<StatusChange>,
    /// The clients' mutations that its events carry: proof that they were applied.
    pub mutation_ids: Vec<MutationId>,
}

/// One dish of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// Which dish.
    pub menu_item_id: MenuItemId,
    /// Its name when it was ordered.
    pub name: String,
    /// How many portions.
    pub quantity: Quantity,
    /// What one portion cost when it was ordered.
    pub unit_price: Cents,
}

/// A status, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusChange {
    /// The status reached.
    pub status: OrderStatus,
    /// When its event became durable.
    pub at: Timestamp,
}

/// Whom an order waits for, since when, and when the deadline strikes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wait {
    /// Who has to do something.
    pub who: Waiter,
    /// Since when; of an order for later, when the wait is going to begin.
    pub since: Timestamp,
    /// When the wait itself ends; `None` only where nothing but an answer ends it (a refund).
    pub until: Option<Timestamp>,
}

/// Who has to do something for an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Waiter {
    /// A function.
    Function(Function),
    /// A person who looks after the system.
    Operator,
    /// Somebody that this build does not know; a newer server's word.
    Other(String),
}

impl Waiter {
    /// The name in the log, in the contract and on the screen.
    pub fn name(&self) -> &str {
        match self {
            Self::Function(function) => function.name(),
            Self::Operator => "operator",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for Waiter {
    fn from(name: &str) -> Self {
        match name.parse() {
            Ok(function) => Self::Function(function),
            Err(_) if name == "operator" => Self::Operator,
            Err(unknown) => Self::Other(unknown.0),
        }
    }
}

/// What these lines cost together, without tip.
pub fn subtotal(lines: &[OrderLine]) -> Cents {
    lines
        .iter()
        .fold(Cents::ZERO, |sum, line| sum.plus(line.unit_price.times(line.quantity.get().into())))
}

impl Order {
    /// What the dishes cost.
    pub fn subtotal(&self) -> Cents {
        subtotal(&self.lines)
    }

    /// What the customer pays in all: dishes and tip.
    pub fn total(&self) -> Cents {
        self.subtotal().plus(self.tip)
    }

    /// The payment in the contract's word.
    pub fn payment_status(&self) -> PaymentStatus {
        self.money.status()
    }

    /// Whom the order waits for; `None` when nothing is awaited (final, and money settled).
    pub fn waiting_for(&self) -> Option<&Wait> {
        self.cancellation.as_ref().or(self.wait.as_ref())
    }

    /// The restaurant of whose portions it asked for some; none where nothing on it is limited.
    pub fn portions_from(&self) -> Option<RestaurantId> {
        self.decided_from.map(|_| self.restaurant_id)
    }

    /// Whether a cancellation was asked for and is not yet decided.
    pub fn cancel_requested(&self) -> bool {
        self.cancellation.is_some()
    }
}
