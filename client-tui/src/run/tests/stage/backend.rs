//! The other end of the link, played by hand: what it was asked, and answers as the contract has them.

use std::ops::RangeInclusive;
use std::time::Duration;

use optimistic::account::ConnectionId;
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::{DEADLINE, LOG, Stage};
use crate::link::{LinkCommand, LinkEvent, RequestId, Target};
use crate::own_backend::OwnBackendEvent;
use crate::profile::Profile;

const CONNECTION: ConnectionId = ConnectionId::new(1);
pub(in super::super) const CUSTOMER: Uuid = Uuid::from_u128(7);

/// What the program has asked.
#[derive(Debug)]
pub(in super::super) struct Asked {
    id: RequestId,
    pub(in super::super) body: Value,
}

impl Stage {
    /// Waits for a command of this kind; what comes before is passed over.
    pub(in super::super) async fn command<T>(
        &mut self,
        wanted: impl Fn(LinkCommand) -> Option<T>,
    ) -> T {
        let wait = async {
            loop {
                let command = self.commands.recv().await.expect("the program runs");
                if let Some(found) = wanted(command) {
                    return found;
                }
            }
        };
        timeout(DEADLINE, wait).await.expect("the command comes")
    }

    /// Waits for the request of this operation.
    pub(in super::super) async fn request(&mut self, operation: &str) -> Asked {
        self.command(|command| {
            let LinkCommand::Execute { id, body, .. } = command else { return None };
            (body["operationName"] == operation).then_some(Asked { id, body })
        })
        .await
    }

    /// Waits until it is asked to connect.
    pub(in super::super) async fn target(&mut self) -> Target {
        self.command(|command| {
            let LinkCommand::Connect(target) = command else { return None };
            Some(target)
        })
        .await
    }

    /// Our own backend is there.
    pub(in super::super) async fn reach(&self) {
        let endpoint = "http://127.0.0.1:4000".parse().unwrap();
        self.backend.send(OwnBackendEvent::Ready { endpoint }).await.unwrap();
    }

    pub(in super::super) async fn say(&self, event: LinkEvent) {
        self.link_events.send(event).await.unwrap();
    }

    pub(in super::super) async fn answer(&self, asked: &Asked, data: &Value) {
        self.say(LinkEvent::Sending { id: asked.id }).await;
        self.say(LinkEvent::Next { id: asked.id, payload: json!({ "data": data }) }).await;
    }

    /// The connection stands, and the backend says which log it serves.
    pub(in super::super) async fn greet(&mut self) {
        self.say(LinkEvent::Connected { connection: CONNECTION }).await;
        let server = self.request("Server").await;
        let now = "2026-11-21T12:04:00Z";
        let cursor = cursor(0);
        let server_info = json!({ "logId": LOG, "version": "1", "cursor": cursor, "now": now });
        self.answer(&server, &json!({ "server": server_info })).await;
    }

    /// From nothing to a live link with all (no) orders loaded and a subscription.
    pub(in super::super) async fn connect(&mut self) {
        self.reach().await;
        self.target().await;
        self.greet().await;
        let page = self.request("Orders").await;
        let info = json!({ "hasNextPage": false, "endCursor": null });
        let orders = json!({ "nodes": [], "pageInfo": info, "cursor": cursor(0) });
        self.answer(&page, &json!({ "orders": orders })).await;
        let changes = self.request("OrderChanges").await;
        self.changes = Some(changes.id);
        let mark = json!({ "cursor": cursor(0), "previous": null, "event": null, "order": null });
        self.answer(&changes, &json!({ "orderChanges": mark })).await;
    }

    /// The first event of an order arrives.
    pub(in super::super) async fn change(&self, order: &Value) {
        let id = self.changes.expect("somebody subscribes");
        self.say(LinkEvent::Next { id, payload: json!({ "data": change(order) }) }).await;
    }

    /// This order changes at each of these positions, which follow what was told before.
    pub(in super::super) async fn changes(&self, order: &Value, positions: RangeInclusive<u64>) {
        let id = self.changes.expect("somebody subscribes");
        for position in positions {
            let mut order = order.clone();
            order["version"] = json!(position);
            let mut change = change(&order);
            change["orderChanges"]["cursor"] = json!(cursor(position));
            change["orderChanges"]["previous"] = json!(cursor(position - 1));
            self.say(LinkEvent::Next { id, payload: json!({ "data": change }) }).await;
        }
    }

    /// What is remembered of who we are; waits until something is.
    pub(in super::super) fn profile(&self) -> Profile {
        let path = self.theatre.directory.path().join("profile.json");
        Profile::load_or_create(&path, self.theatre.profile.id).unwrap()
    }

    /// Time passes, where it stands still otherwise.
    #[expect(clippy::disallowed_methods, reason = "the clock is paused: this is how time passes")]
    pub(in super::super) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

fn cursor(position: u64) -> String {
    format!("{LOG}:{position}")
}

pub(in super::super) fn session() -> Value {
    json!({ "signIn": { "token": "secret", "customer": { "id": CUSTOMER, "name": "anna" } } })
}

/// The order that was asked for, as of its first event.
pub(in super::super) fn order_of(placed: &Asked) -> Value {
    let input = &placed.body["variables"]["input"];
    let now = "2026-11-21T12:04:01Z";
    let line = |line: &Value| {
        json!({
            "menuItemId": line["menuItemId"],
            "name": "Three-tier Tiffin",
            "quantity": line["quantity"],
            "unitPriceCents": 1450
        })
    };
    let lines: Vec<Value> = input["lines"].as_array().into_iter().flatten().map(line).collect();
    json!({
        "id": input["orderId"],
        "version": 1,
        "status": "PLACED",
        "restaurant": { "id": input["restaurantId"] },
        "lines": lines,
        "tipCents": 0,
        "note": null,
        "deliverTo": null,
        "rating": null,
        "cancelRequested": false,
        "payment": "NONE",
        "waitingFor": { "who": "validate-order", "since": now, "until": now },
        "expectedAt": null,
        "scheduledFor": null,
        "reason": null,
        "courier": null,
        "placedAt": now,
        "updatedAt": now,
        "timeline": [{ "status": "PLACED", "at": now }],
        "mutationIds": [input["mutationId"]]
    })
}

/// A receipt: durable at position 1.
pub(in super::super) fn receipt(placed: &Asked) -> Value {
    let mutation_id = &placed.body["variables"]["input"]["mutationId"];
    let order = order_of(placed);
    json!({ "placeOrder": {
        "mutationId": mutation_id, "cursor": cursor(1), "refusal": null, "order": order
    } })
}

/// The message of the subscription at position 1.
fn change(order: &Value) -> Value {
    let event = event(order, 1, "OrderPlaced");
    json!({ "orderChanges": {
        "cursor": cursor(1), "previous": cursor(0), "event": event, "order": order
    } })
}

/// The events of this order, as far as it has come.
pub(in super::super) fn events(order: &Value) -> Value {
    let nodes = [event(order, 1, "OrderPlaced"), event(order, 2, "OrderValidated")];
    json!({ "events": { "nodes": nodes } })
}

fn event(order: &Value, position: u64, event_type: &str) -> Value {
    json!({
        "id": Uuid::from_u128(position.into()),
        "cursor": cursor(position),
        "type": event_type,
        "message": "What happened, in a sentence.",
        "source": "customer",
        "orderId": order["id"],
        "mutationId": null,
        "causationId": null,
        "recordedAt": "2026-11-21T12:04:01Z"
    })
}
