//! An event of the log, as the contract shows it. Step 8 of an order's way.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject, Value};
use shared::cursor::Cursor;
use shared::id::LogId;

use super::order::Order;
use crate::api::error::ApiError;
use crate::api::scalars::{CursorScalar, DateTime, Json, UuidScalar};
use crate::eventing::log::LogEvent;
use crate::eventing::plan::Committed;
use crate::store::row;

/// An event, and the log that it stands in.
pub(crate) struct Event {
    log_id: LogId,
    of: Source,
}

/// From the tail or from a page.
enum Source {
    Tail(Arc<Committed>),
    Page(Box<LogEvent>),
}

impl Event {
    /// An event of the tail.
    pub(crate) fn of_tail(log_id: LogId, committed: Arc<Committed>) -> Self {
        Self { log_id, of: Source::Tail(committed) }
    }

    /// An event of a page.
    pub(crate) fn of_page(log_id: LogId, event: LogEvent) -> Self {
        Self { log_id, of: Source::Page(Box::new(event)) }
    }

    fn event(&self) -> &LogEvent {
        match &self.of {
            Source::Tail(committed) => &committed.event,
            Source::Page(event) => event,
        }
    }

    fn version(&self) -> i32 {
        i32::try_from(self.event().stream_version.get()).unwrap_or(i32::MAX)
    }
}

/// One change, or a position mark: then `event` and `order` are null, and everything up to `cursor` has been delivered.
/// A mark comes first after subscribing (it says that the link is live; its cursor is `after`, or the present without one) and then
/// at least every 15 s. `order` is the order as of that event; its restaurant and menu are as of now. `at` is the server's clock.
/// `previous` is the cursor that this message follows on this subscription: a client that has another one missed something.
/// A cursor of another log, or beyond this one's head, ends the subscription with CURSOR_OF_ANOTHER_LOG: take a snapshot anew.
#[derive(SimpleObject)]
pub(crate) struct OrderChange {
    pub(crate) cursor: CursorScalar,
    pub(crate) previous: Option<CursorScalar>,
    pub(crate) at: DateTime,
    pub(crate) event: Option<Event>,
    pub(crate) order: Option<Order>,
}

#[Object]
impl Event {
    async fn id(&self) -> UuidScalar {
        UuidScalar(self.event().id.uuid())
    }

    async fn cursor(&self) -> CursorScalar {
        CursorScalar(Cursor { log_id: self.log_id, position: self.event().position })
    }

    /// OrderPlaced, OrderValidated, PaymentCaptured, CustomerNotified, …
    #[graphql(name = "type")]
    async fn type_name(&self) -> &str {
        self.event().type_name()
    }

    /// Version of this type's `data`; readers of an old log upgrade what they find.
    async fn schema_version(&self) -> i32 {
        i32::try_from(self.event().schema_version()).unwrap_or(i32::MAX)
    }

    /// What happened, in one sentence for a person.
    async fn message(&self) -> String {
        self.event().message()
    }

    /// What it belongs to: an order, a restaurant (portions, opening), a customer (sign-in) or the system (start, stop, schedules).
    async fn stream(&self) -> String {
        self.event().stream.to_string()
    }

    /// Grows by one within its stream.
    async fn stream_version(&self) -> i32 {
        self.version()
    }

    /// Null where the event belongs to no order; then `orderVersion` is null too.
    async fn order_id(&self) -> Option<UuidScalar> {
        self.event().order_id().map(|id| UuidScalar(id.uuid()))
    }

    async fn order_version(&self) -> Option<i32> {
        self.event().order_id().map(|_| self.version())
    }

    /// The client's mutation that caused it, where one did.
    async fn mutation_id(&self) -> Option<UuidScalar> {
        self.event().mutation_id.map(|id| UuidScalar(id.uuid()))
    }

    /// The event whose handling appended this one, where one did.
    async fn causation_id(&self) -> Option<UuidScalar> {
        self.event().causation_id.map(|id| UuidScalar(id.uuid()))
    }

    /// Who appended it: customer, or a function's name.
    async fn source(&self) -> String {
        self.event().source.to_string()
    }

    /// User time: when it happened, by the clock of whoever caused it.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.event().occurred_at)
    }

    /// Server time: when it became durable.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.event().recorded_at)
    }

    async fn data(&self) -> async_graphql::Result<Json> {
        let data = row::data(&self.event().body).and_then(serde_json::from_value::<Value>);
        Ok(Json(data.map_err(|_| ApiError::Internal("an event's data is no JSON"))?))
    }
}
