//! The changes to the viewer's orders: step 8 of an order's way.

use jiff::Timestamp;
use optimistic::input::{Change, OrderChanged};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    cursor::{Cursor, Position},
    id::{CustomerId, EventId, MutationId, OrderId},
};

use super::{
    AnswerError, body, data,
    documents::{self, order_changes as document},
    wire::{order, order_of},
};

order_of!(order_changes);

/// Turns a document's event into a [`LoggedEvent`]: each document has a type of its own for it.
macro_rules! logged {
    ($event:ident) => {
        LoggedEvent {
            id: EventId::new($event.id),
            position: $event.cursor.position,
            event_type: $event.type_,
            message: $event.message,
            source: $event.source,
            order_id: $event.order_id.map(OrderId::new),
            mutation_id: $event.mutation_id.map(MutationId::new),
            causation_id: $event.causation_id.map(EventId::new),
            recorded_at: $event.recorded_at,
        }
    };
}
pub(super) use logged;

/// One message of the subscription: what the store needs, and the event itself for whoever looks
/// under the hood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    pub change: Change,
    pub event: Option<LoggedEvent>,
}

/// One event of the log, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// Its id.
    pub id: EventId,
    /// Where it stands in the log.
    pub position: Position,
    /// `OrderPlaced`, `PaymentCaptured` …
    pub event_type: String,
    /// What happened, in one sentence.
    pub message: String,
    /// Who appended it: the customer, or a function's name.
    pub source: String,
    /// Its order, where it belongs to one.
    pub order_id: Option<OrderId>,
    /// The client's mutation that caused it, where one did.
    pub mutation_id: Option<MutationId>,
    /// The event whose handling appended it, where one did.
    pub causation_id: Option<EventId>,
    /// When it became durable, by the server's clock.
    pub recorded_at: Timestamp,
}

/// Subscribes to all changes after this position.
pub fn order_changes(after: Cursor) -> Value {
    body::<documents::OrderChanges>(document::Variables { after: Some(after) })
}

/// # Errors
/// See [`AnswerError`].
pub fn read_order_change(
    payload: Value,
    customer_id: CustomerId,
) -> Result<OrderChange, AnswerError> {
    let change = data::<documents::OrderChanges>(payload, "a change")?.order_changes;
    let (changed, event) = match (change.event, change.order) {
        (Some(event), Some(fields)) => {
            let order = order(fields, customer_id)?;
            let event = logged!(event);
            let changed = OrderChanged {
                event_type: event.event_type.clone(),
                mutation_id: event.mutation_id,
                order: Box::new(order),
            };
            (Some(changed), Some(event))
        }
        (None, None) => (None, None),
        (Some(_), None) => {
            return Err(AnswerError::not_understood("a change", "an event without its order"));
        }
        (None, Some(_)) => {
            return Err(AnswerError::not_understood("a change", "an order without its event"));
        }
    };
    let change = Change { cursor: change.cursor, previous: change.previous, event: changed };
    Ok(OrderChange { change, event })
}
