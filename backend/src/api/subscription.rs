//! Subscriptions: every change after a cursor, in log order and without a gap, then each as it happens.
//!
//! Step 8 of an order's way. What is followed is a cursor, not a queue; position marks say that the link
//! is live and up to where everything has been delivered.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Result, Subscription};
use futures_util::Stream;
use futures_util::stream::unfold;
use shared::cursor::{Cursor, Position};

use super::Backend;
use super::auth::Caller;
use super::error::ApiError;
use super::scalars::{CursorScalar, DateTime};
use super::types::event::{Event, OrderChange};
use crate::eventing::log::Scope;
use crate::eventing::plan::Committed;
use crate::eventing::subscriber::Subscriber;

/// How often a silent subscription says where it stands; the contract promises every 15 s at least.
const MARK_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Subscription;

// Merged with what operators follow; only the whole is called `Subscription`.
#[Subscription(name = "CustomerSubscription")]
impl Subscription {
    /// Every change to the viewer's orders after the log position `after`, in log order and without a gap,
    /// then each further one as it happens. Without `after` it starts at the present.
    async fn order_changes(
        &self,
        context: &Context<'_>,
        after: Option<CursorScalar>,
    ) -> Result<impl Stream<Item = Result<OrderChange>> + use<>> {
        let customer = Caller::customer(context)?.id;
        let backend = context.data::<Backend>()?.clone();
        // The store's end, never the tail's: what the tail has not reached yet is waited for.
        let head = backend.reader.head().await.map_err(ApiError::from)?;
        let after =
            after.map_or(Ok(head.position), |after| known(&backend, after.0, head.position))?;
        let changes = Changes {
            subscriber: backend.follow(Scope::Customer(customer), after),
            backend,
            arrived: VecDeque::new(),
            previous: None,
        };
        Ok(unfold(Some(changes), next))
    }
}

impl Backend {
    pub(super) fn follow(&self, scope: Scope, after: Position) -> Subscriber {
        Subscriber::new(scope, after, Arc::clone(&self.tail), self.reader.clone())
    }
}

/// The position of a cursor that this log has reached.
pub(super) fn known(
    backend: &Backend,
    after: Cursor,
    head: Position,
) -> Result<Position, ApiError> {
    if after.log_id == backend.log_id && after.position <= head {
        Ok(after.position)
    } else {
        Err(ApiError::CursorOfAnotherLog)
    }
}

/// One subscription: what has arrived and was not sent yet, and what was sent last.
struct Changes {
    backend: Backend,
    subscriber: Subscriber,
    arrived: VecDeque<Arc<Committed>>,
    previous: Option<CursorScalar>,
}

/// The next message; after an error there is none.
async fn next(changes: Option<Changes>) -> Option<(Result<OrderChange>, Option<Changes>)> {
    let mut changes = changes?;
    match changes.next_message().await {
        Ok(message) => Some((Ok(message), Some(changes))),
        Err(error) => Some((Err(error.into()), None)),
    }
}

impl Changes {
    async fn next_message(&mut self) -> Result<OrderChange, ApiError> {
        if self.previous.is_none() {
            return Ok(self.mark());
        }
        loop {
            if let Some(committed) = self.arrived.pop_front() {
                return Ok(self.change(committed));
            }
            self.arrived = self.subscriber.look().await?.into();
            if self.arrived.is_empty() {
                let waiting = self.subscriber.wait();
                if tokio::time::timeout(MARK_INTERVAL, waiting).await.is_err() {
                    return Ok(self.mark());
                }
            }
        }
    }

    fn mark(&mut self) -> OrderChange {
        self.message(self.subscriber.position(), None)
    }

    fn change(&mut self, committed: Arc<Committed>) -> OrderChange {
        self.message(committed.event.position, Some(committed))
    }

    fn message(&mut self, position: Position, committed: Option<Arc<Committed>>) -> OrderChange {
        let cursor = self.backend.cursor(position);
        let order = committed.as_ref().and_then(|it| it.order.clone());
        OrderChange {
            cursor,
            previous: self.previous.replace(cursor),
            at: DateTime(self.backend.clock.now()),
            event: committed.map(|it| Event::of_tail(self.backend.log_id, it)),
            order: order.map(|order| self.backend.order(order)),
        }
    }
}
