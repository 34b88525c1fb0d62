//! The events of one order from before we listened. Step 8 of an order's way.

use serde_json::Value;
use shared::{
    cursor::Cursor,
    id::{EventId, MutationId, OrderId},
};

use super::{AnswerError, LoggedEvent, body, changes::logged, data, documents};

/// How many events are asked for: the largest page there is. An order has about a dozen.
const EVENTS: u8 = 200;

/// Asks for the events of this order.
pub fn events(order_id: OrderId) -> Value {
    let order_id = Some(order_id.uuid());
    body::<documents::Events>(documents::events::Variables { order_id, first: EVENTS.into() })
}

/// The events, oldest first, each with its place.
///
/// # Errors
/// See [`AnswerError`].
pub fn read_events(payload: Value) -> Result<Vec<(Cursor, LoggedEvent)>, AnswerError> {
    let events = data::<documents::Events>(payload, "the events of an order")?.events;
    Ok(events.nodes.into_iter().map(|event| (event.cursor, logged!(event))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    #[test]
    fn the_events_of_an_order_are_asked_for_and_understood() {
        let order = Uuid::from_u128(5);
        let body = events(OrderId::new(order));
        assert_eq!(body["variables"], json!({ "orderId": order, "first": 200 }));
        let cursor = format!("{}:3", Uuid::from_u128(1));
        let event = json!({
            "id": Uuid::from_u128(2),
            "cursor": cursor,
            "type": "OrderPlaced",
            "message": "The customer ordered.",
            "source": "customer",
            "orderId": order,
            "mutationId": null,
            "causationId": null,
            "recordedAt": "2026-11-21T12:04:00Z"
        });
        let read = read_events(json!({ "data": { "events": { "nodes": [event] } } })).unwrap();
        let [(at, event)] = &read[..] else { panic!("{read:?}") };
        assert_eq!((at.to_string(), event.order_id), (cursor, Some(OrderId::new(order))));
        assert_eq!(event.position, at.position);
    }
}
