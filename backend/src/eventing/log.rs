//! The event log: an envelope around each fact, its place in the log and in its stream.
//! Step 4 of an order's way.
//!
//! Append-only and gapless, positions in commit order. Everything that a decision depends on is in some
//! stream of this log, so that stored state is nothing but its fold.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::cursor::{Position, Version};
use shared::function::Function;
use shared::id::{CustomerId, EventId, MutationId, OrderId, RestaurantId};
use shared::order::Order;
use shared::order::event::{Event, OrderEvent};
use shared::order::evolve::evolve;
use shared::stock::event::StockEvent;
use shared::stock::{self, Stock};
use shared::upcast::newest_version;
use thiserror::Error;

use super::consumer::{Consumer, Follower, UnknownConsumer};
mod system;

pub(crate) use system::{System, SystemEvent};

/// A stream: the events of one thing, numbered by its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum StreamName {
    /// An order.
    Order(OrderId),
    /// A customer: sign-in. Found by key, because a token names its customer.
    Customer(CustomerId),
    /// A restaurant: the portions of its limited dishes.
    Restaurant(RestaurantId),
    /// The servers that work on this log.
    System,
}

/// Which part of the log somebody follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scope {
    /// The events of one customer's orders.
    Customer(CustomerId),
    /// All of it, as operators and consumers see it.
    WholeLog,
}

/// The text names no stream.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` names no stream of this log")]
pub(crate) struct UnknownStream(pub String);

/// One event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogEvent {
    /// Its place in the log.
    pub position: Position,
    /// Its id.
    pub id: EventId,
    /// What it belongs to.
    pub stream: StreamName,
    /// Its number within the stream.
    pub stream_version: Version,
    /// Whose order it belongs to; none where it belongs to no order.
    pub customer_id: Option<CustomerId>,
    /// What happened.
    pub body: Body,
    /// The client's mutation that caused it, where one did.
    pub mutation_id: Option<MutationId>,
    /// What that mutation asked, as a hash: the receipt can be rebuilt from the log.
    pub input_hash: Option<InputHash>,
    /// The event whose handling appended this one, where one did.
    pub causation_id: Option<EventId>,
    /// Who appended it.
    pub source: Source,
    /// When it happened, by the clock of whoever caused it.
    pub occurred_at: Timestamp,
    /// When it became durable, by the server's clock.
    pub recorded_at: Timestamp,
}

/// What happened, by the kind of stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// To an order.
    Order(OrderEvent),
    /// To a customer.
    Customer(CustomerEvent),
    /// To the portions of a restaurant.
    Restaurant(StockEvent),
    /// To the system.
    System(SystemEvent),
}

/// What happened to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub(crate) enum CustomerEvent {
    /// Somebody signed in and became a customer.
    CustomerSignedIn {
        /// The name they gave.
        name: String,
        /// SHA-256 of the token that was handed out; the token itself is nowhere.
        token_hash: String,
    },
    /// The operator has ended all tokens of this customer.
    TokensRevoked {},
}

/// Who appended an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A customer's mutation.
    Customer,
    /// A function.
    Function(Function),
    /// A deadline that struck.
    Deadline,
    /// A schedule whose time came.
    Schedule,
    /// The operator.
    Operator,
    /// A follower of the log.
    Follower(Follower),
    /// The server, of itself.
    Server,
}

/// SHA-256 over the canonical input of a mutation, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InputHash(pub String);

/// What a stream's events have made of the thing that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StreamState {
    /// An order, shared with whoever is told of it.
    Order(Arc<Order>),
    /// A customer.
    Customer(Customer),
    /// What is left at a restaurant.
    Restaurant(Stock),
    /// The system.
    System(System),
}

/// A customer, as the fold of their events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Customer {
    /// Their id.
    pub id: CustomerId,
    /// The name they gave.
    pub name: String,
    /// SHA-256 of their token; none once it was revoked.
    pub token_hash: Option<String>,
}

impl LogEvent {
    /// The event's type, as in the contract.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.body {
            Body::Order(event) => event.type_name(),
            Body::Customer(CustomerEvent::CustomerSignedIn { .. }) => "CustomerSignedIn",
            Body::Customer(CustomerEvent::TokensRevoked {}) => "TokensRevoked",
            Body::Restaurant(event) => event.type_name(),
            Body::System(event) => event.type_name(),
        }
    }

    /// The version of its type's `data`: the newest, whatever it was written in.
    pub(crate) fn schema_version(&self) -> u32 {
        newest_version(self.type_name())
    }

    /// What happened, in one sentence for a person.
    pub(crate) fn message(&self) -> String {
        match &self.body {
            Body::Order(event) => event.message(),
            Body::Customer(CustomerEvent::CustomerSignedIn { name, .. }) => {
                format!("{name} signed in.")
            }
            Body::Customer(CustomerEvent::TokensRevoked {}) => {
                "The operator ended all tokens of this customer.".to_owned()
            }
            Body::Restaurant(event) => event.message(),
            Body::System(event) => event.message(),
        }
    }

    /// The order it belongs to, where it belongs to one.
    pub(crate) fn order_id(&self) -> Option<OrderId> {
        match self.stream {
            StreamName::Order(id) => Some(id),
            StreamName::Customer(_) | StreamName::Restaurant(_) | StreamName::System => None,
        }
    }

    /// The state of its stream after this event.
    pub(crate) fn fold(&self, state: Option<StreamState>) -> Option<StreamState> {
        match (&self.body, self.stream) {
            (Body::Order(data), StreamName::Order(order_id)) => {
                let before = state.and_then(StreamState::into_order).map(Arc::unwrap_or_clone);
                let event = Event {
                    order_id,
                    recorded_at: self.recorded_at,
                    mutation_id: self.mutation_id,
                    data: data.clone(),
                };
                evolve(before, &event).map(|order| StreamState::Order(Arc::new(order)))
            }
            (Body::Customer(event), StreamName::Customer(id)) => {
                fold_customer(state, id, event).map(StreamState::Customer)
            }
            (Body::Restaurant(event), StreamName::Restaurant(_)) => {
                let before = state.as_ref().and_then(StreamState::stock).cloned();
                Some(StreamState::Restaurant(stock::evolve(before, event, self.recorded_at)))
            }
            (Body::System(event), StreamName::System) => {
                let before = state.as_ref().and_then(StreamState::system).cloned();
                let system = before.unwrap_or_default().after(event, self.recorded_at);
                Some(StreamState::System(system))
            }
            // An event in a stream of another kind says nothing about it.
            (
                Body::Order(_) | Body::Customer(_) | Body::Restaurant(_) | Body::System(_),
                StreamName::Order(_)
                | StreamName::Customer(_)
                | StreamName::Restaurant(_)
                | StreamName::System,
            ) => state,
        }
    }
}

fn fold_customer(
    state: Option<StreamState>,
    id: CustomerId,
    event: &CustomerEvent,
) -> Option<Customer> {
    match (event, state) {
        (CustomerEvent::CustomerSignedIn { name, token_hash }, _) => {
            Some(Customer { id, name: name.clone(), token_hash: Some(token_hash.clone()) })
        }
        (CustomerEvent::TokensRevoked {}, Some(StreamState::Customer(customer))) => {
            Some(Customer { token_hash: None, ..customer })
        }
        // Nobody to revoke anything of.
        (
            CustomerEvent::TokensRevoked {},
            Some(StreamState::Order(_) | StreamState::Restaurant(_) | StreamState::System(_))
            | None,
        ) => None,
    }
}

impl Scope {
    /// Whether an event belongs to it.
    pub(crate) fn has(self, event: &LogEvent) -> bool {
        match self {
            Self::Customer(id) => event.customer_id == Some(id),
            Self::WholeLog => true,
        }
    }
}

impl StreamState {
    /// The customer, if the stream is one's.
    pub(crate) fn customer(&self) -> Option<&Customer> {
        match self {
            Self::Customer(customer) => Some(customer),
            Self::Order(_) | Self::Restaurant(_) | Self::System(_) => None,
        }
    }

    /// The order, if the stream is one.
    pub(crate) fn order(&self) -> Option<&Order> {
        match self {
            Self::Order(order) => Some(order),
            Self::Customer(_) | Self::Restaurant(_) | Self::System(_) => None,
        }
    }

    /// The order with its share in it, if the stream is one.
    pub(crate) fn into_order(self) -> Option<Arc<Order>> {
        match self {
            Self::Order(order) => Some(order),
            Self::Customer(_) | Self::Restaurant(_) | Self::System(_) => None,
        }
    }

    /// What is left, if the stream is a restaurant's.
    pub(crate) fn stock(&self) -> Option<&Stock> {
        match self {
            Self::Restaurant(stock) => Some(stock),
            Self::Order(_) | Self::Customer(_) | Self::System(_) => None,
        }
    }

    /// The system, if the stream is its own.
    pub(crate) fn system(&self) -> Option<&System> {
        match self {
            Self::System(system) => Some(system),
            Self::Order(_) | Self::Customer(_) | Self::Restaurant(_) => None,
        }
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => write!(f, "order:{id}"),
            Self::Customer(id) => write!(f, "customer:{id}"),
            Self::Restaurant(id) => write!(f, "restaurant:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for StreamName {
    type Err = UnknownStream;

    fn from_str(text: &str) -> Result<Self, UnknownStream> {
        let unknown = || UnknownStream(text.to_owned());
        match text.split_once(':') {
            Some(("order", id)) => id.parse().map(Self::Order).map_err(|_| unknown()),
            Some(("customer", id)) => id.parse().map(Self::Customer).map_err(|_| unknown()),
            Some(("restaurant", id)) => id.parse().map(Self::Restaurant).map_err(|_| unknown()),
            None if text == "system" => Ok(Self::System),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer => f.pad("customer"),
            Self::Function(function) => f.pad(function.name()),
            Self::Deadline => f.pad("deadline"),
            Self::Schedule => f.pad("schedule"),
            Self::Operator => f.pad("operator"),
            Self::Follower(follower) => f.pad(follower.name()),
            Self::Server => f.pad("server"),
        }
    }
}

impl FromStr for Source {
    type Err = UnknownConsumer;

    fn from_str(text: &str) -> Result<Self, UnknownConsumer> {
        match text {
            "customer" => Ok(Self::Customer),
            "deadline" => Ok(Self::Deadline),
            "schedule" => Ok(Self::Schedule),
            "operator" => Ok(Self::Operator),
            "server" => Ok(Self::Server),
            consumer => consumer.parse().map(|consumer| match consumer {
                Consumer::Function(function) => Self::Function(function),
                Consumer::Follower(follower) => Self::Follower(follower),
            }),
        }
    }
}
