//! A subscription to `orderChanges` as a careful client holds it (step 8 of an order's way, seen
//! from outside): what the contract promises of each single message is checked as it comes, so
//! that every scenario which follows orders proves it along the way.

use anyhow::{Result, ensure};
use harness::{Subscription, WebSocket};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{EVENT_FIELDS, PATIENCE, position, text};

/// A subscription with a connection of its own.
pub(crate) struct Changes {
    socket: WebSocket,
    subscription: Subscription,
    /// The cursor of the last message.
    cursor: String,
}

/// The subscription; its variable is `after`.
pub(crate) fn order_changes_document() -> String {
    document("timeline { status at }")
}

/// The same, with these further fields of each order.
fn document(of_order: &str) -> String {
    format!(
        "subscription($after: Cursor) {{ orderChanges(after: $after) {{
            cursor previous at event {{ {EVENT_FIELDS} }}
            order {{ id version status payment updatedAt {of_order} }}
        }} }}"
    )
}

impl Changes {
    /// Subscribes, and waits for the mark that says that the link is live.
    pub(crate) fn start(socket: WebSocket, after: Option<&str>) -> Result<Self> {
        Self::start_with(socket, "timeline { status at }", after)
    }

    /// The same, with these fields of each order beside those that are checked.
    pub(crate) fn start_with(
        socket: WebSocket,
        of_order: &str,
        after: Option<&str>,
    ) -> Result<Self> {
        let variables = json!({ "after": after });
        let subscription = socket.subscribe(&document(of_order), &variables)?;
        let mark = subscription.next(PATIENCE)?["orderChanges"].take();
        ensure!(mark["event"].is_null() && mark["order"].is_null(), "no mark: {mark:#}");
        ensure!(mark["previous"].is_null(), "something came before the first message: {mark:#}");
        let cursor = text(&mark, "/cursor").to_owned();
        ensure!(
            after.is_none_or(|after| after == cursor),
            "subscribed after {after:?}, and it begins at {cursor}"
        );
        Ok(Self { socket, subscription, cursor })
    }

    /// The cursor up to which everything has come.
    pub(crate) fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The next change.
    pub(crate) fn next(&mut self) -> Result<Value> {
        loop {
            let message = self.subscription.next(PATIENCE)?["orderChanges"].take();
            self.check(&message)?;
            text(&message, "/cursor").clone_into(&mut self.cursor);
            if !message["event"].is_null() {
                return Ok(message);
            }
        }
    }

    /// All changes up to and with the first event of this type of this order.
    pub(crate) fn until(&mut self, order_id: Uuid, event_type: &str) -> Result<Vec<Value>> {
        let order_id = order_id.to_string();
        let mut changes = Vec::new();
        loop {
            let change = self.next()?;
            let came = text(&change, "/event/type") == event_type
                && text(&change, "/event/orderId") == order_id;
            changes.push(change);
            if came {
                return Ok(changes);
            }
        }
    }

    /// Drops the connection without a word, as a lost network does; the cursor to resume after.
    pub(crate) fn abort(self) -> String {
        self.socket.abort();
        self.cursor
    }

    /// Another handle to the connection that it runs on.
    pub(crate) fn socket(&self) -> WebSocket {
        self.socket.clone()
    }

    fn check(&self, message: &Value) -> Result<()> {
        let cursor = text(message, "/cursor");
        ensure!(
            text(message, "/previous") == self.cursor,
            "this follows {}, and the last one was {}: something is missing",
            message["previous"],
            self.cursor
        );
        let (now, before) = (position(cursor)?, position(&self.cursor)?);
        if message["event"].is_null() {
            ensure!(now >= before, "the mark {cursor} goes back behind {}", self.cursor);
            return Ok(());
        }
        ensure!(now > before, "{cursor} comes after {}", self.cursor);
        let (event, order) = (&message["event"], &message["order"]);
        ensure!(event["cursor"] == message["cursor"], "two cursors: {message:#}");
        ensure!(event["orderId"] == order["id"], "two orders: {message:#}");
        ensure!(event["orderVersion"] == order["version"], "not as of its event: {message:#}");
        ensure!(event["recordedAt"] == order["updatedAt"], "not as of its event: {message:#}");
        Ok(())
    }
}
