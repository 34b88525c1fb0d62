//! Deliveries, their attempts and the bank's books, as operators see them. Step 6 of an order's way.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use super::event::Event;
use super::page::PageInfo;
use crate::api::Backend;
use crate::api::error::ApiError;
use crate::api::scalars::{DateTime, UuidScalar};
use crate::eventing::attempt;
use crate::eventing::delivery::{Delivery as Row, DeliveryStatus as Stands};
use crate::eventing::log::LogEvent;
use crate::gateway;
use crate::store::read::Handling;

/// A delivery as it stood, and what was read along with it.
pub(crate) struct Delivery {
    row: Row,
    read: Option<(LogEvent, Vec<attempt::Attempt>)>,
}

impl Delivery {
    /// A delivery of a page, which was read with its event and its attempts.
    pub(crate) fn of_page(row: Row, event: LogEvent, attempts: Vec<attempt::Attempt>) -> Self {
        Self { row, read: Some((event, attempts)) }
    }

    /// A delivery as it has just changed; the rest is read where somebody asks for it.
    pub(crate) fn changed(row: Row) -> Self {
        Self { row, read: None }
    }

    async fn log_event(&self, backend: &Backend) -> Result<LogEvent, ApiError> {
        if let Some((event, _)) = &self.read {
            return Ok(event.clone());
        }
        let event = backend.reader.event(self.row.key.position).await?;
        event.ok_or(ApiError::Internal("a delivery without its event"))
    }
}

/// PENDING: not tried yet (or due later). FAILED: tried, waits for the next attempt. RUNNING: leased. DONE. DEAD: waits for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum DeliveryStatus {
    Pending,
    Running,
    Done,
    Failed,
    Dead,
}

#[derive(SimpleObject)]
pub(crate) struct Attempt {
    number: i32,
    started_at: DateTime,
    ended_at: Option<DateTime>,
    outcome: String,
    error: Option<String>,
    worker: String,
}

#[derive(SimpleObject)]
pub(crate) struct DeliveryConnection {
    pub(crate) nodes: Vec<Delivery>,
    pub(crate) page_info: PageInfo,
}

/// The gateway's own record of one order: what it took, what it gave back, and how often each key was presented.
#[derive(SimpleObject)]
pub(crate) struct Book {
    order_id: UuidScalar,
    captured_cents: i32,
    refunded_cents: i32,
    captures: i32,
    refunds: i32,
    requests: i32,
}

#[derive(SimpleObject)]
pub(crate) struct BookConnection {
    pub(crate) nodes: Vec<Book>,
    pub(crate) page_info: PageInfo,
}

#[Object]
impl Delivery {
    async fn id(&self, context: &Context<'_>) -> Result<UuidScalar> {
        let event = self.log_event(context.data::<Backend>()?).await?;
        Ok(UuidScalar(self.row.key.public_id(event.id)))
    }

    async fn event(&self, context: &Context<'_>) -> Result<Event> {
        let backend = context.data::<Backend>()?;
        Ok(Event::of_page(backend.log_id, self.log_event(backend).await?))
    }

    async fn function(&self) -> &str {
        self.row.key.function.name()
    }

    async fn status(&self) -> DeliveryStatus {
        Handling::of(&self.row).into()
    }

    /// Grows with each change of this delivery.
    async fn revision(&self) -> i32 {
        bounded(self.row.revision)
    }

    /// All that were ever made.
    async fn attempts(&self) -> i32 {
        bounded(self.row.token.0)
    }

    async fn next_attempt_at(&self) -> Option<DateTime> {
        match self.row.status {
            Stands::Pending => Some(DateTime(self.row.due_at)),
            // While it is leased that is the lease's end, which nobody hopes for.
            Stands::Leased | Stands::Done | Stands::Dead => None,
        }
    }

    async fn last_error(&self) -> Option<&str> {
        self.row.last_error.as_deref()
    }

    /// Attempts that did not end in done, oldest first (kept for some days).
    async fn history(&self, context: &Context<'_>) -> Result<Vec<Attempt>> {
        let attempts = if let Some((_, attempts)) = &self.read {
            attempts.clone()
        } else {
            let reader = &context.data::<Backend>()?.reader;
            reader.attempts(self.row.key).await.map_err(ApiError::from)?
        };
        Ok(attempts.into_iter().map(Attempt::from).collect())
    }
}

impl From<attempt::Attempt> for Attempt {
    fn from(attempt: attempt::Attempt) -> Self {
        Self {
            number: bounded(attempt.token.0),
            started_at: DateTime(attempt.started_at),
            ended_at: Some(DateTime(attempt.ended_at)),
            outcome: attempt.end.word().to_owned(),
            error: Some(attempt.error).filter(|it| !it.is_empty()),
            worker: attempt.worker,
        }
    }
}

impl From<Handling> for DeliveryStatus {
    fn from(handling: Handling) -> Self {
        match handling {
            Handling::Pending => Self::Pending,
            Handling::Running => Self::Running,
            Handling::Done => Self::Done,
            Handling::Failed => Self::Failed,
            Handling::Dead => Self::Dead,
        }
    }
}

impl From<DeliveryStatus> for Handling {
    fn from(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Pending => Self::Pending,
            DeliveryStatus::Running => Self::Running,
            DeliveryStatus::Done => Self::Done,
            DeliveryStatus::Failed => Self::Failed,
            DeliveryStatus::Dead => Self::Dead,
        }
    }
}

impl From<gateway::Book> for Book {
    fn from(book: gateway::Book) -> Self {
        Self {
            order_id: UuidScalar(book.order.uuid()),
            captured_cents: bounded(book.captured.get()),
            refunded_cents: bounded(book.refunded.get()),
            captures: bounded(book.captures),
            refunds: bounded(book.refunds),
            requests: bounded(book.requests),
        }
    }
}

/// A count for GraphQL, whose integers have 32 bits: whatever is larger is shown as the largest.
pub(crate) fn bounded(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use shared::cursor::Position;
    use shared::function::Function;

    use super::*;
    use crate::eventing::attempt::AttemptEnd;
    use crate::eventing::delivery::{DeliveryKey, Token};
    use crate::eventing::fixture::NOW;

    #[test]
    fn an_attempt_is_shown_as_it_is_on_record() {
        let ended_at = NOW.checked_add(std::time::Duration::from_secs(1)).unwrap();
        let on_record = attempt::Attempt {
            delivery: DeliveryKey { function: Function::Kitchen, position: Position::new(1) },
            token: Token(7),
            started_at: NOW,
            ended_at,
            end: AttemptEnd::GivenUp,
            error: "kitchen is down".to_owned(),
            worker: "process 1".to_owned(),
        };
        let shown = Attempt::from(on_record.clone());
        assert_eq!((shown.number, shown.outcome.as_str()), (7, "given up"));
        assert_eq!((shown.started_at, shown.ended_at), (DateTime(NOW), Some(DateTime(ended_at))));
        assert_eq!(shown.error.as_deref(), Some("kitchen is down"));
        assert_eq!(shown.worker, "process 1");
        let silent = Attempt::from(attempt::Attempt { error: String::new(), ..on_record });
        assert_eq!(silent.error, None, "nothing went wrong, so nothing is said of it");
    }
}
