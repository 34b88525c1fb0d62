//! The readers' side: bounded pages, each read in one transaction, on connections that never write.
//! Step 8 of an order's way.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use shared::cursor::Position;
use shared::id::{CustomerId, OrderId, RestaurantId};
use shared::order::Order;
use shared::order::status::OrderStatus;
use shared::stock::Stock;
use tokio::sync::Semaphore;

use super::StoreError;
use super::sqlite::open_reader;
use crate::eventing::consumer::Follower;
use crate::eventing::follower::Progress;
use crate::eventing::log::{Customer, LogEvent, Scope, StreamName, StreamState};
use crate::eventing::plan::{Committed, Head};
use crate::eventing::schedule::Planned;

mod pages;
mod deliveries;
mod overview;
#[cfg(test)]
mod tests;

/// How many reads run at once: two cores are busy with two, and a page takes a millisecond.
const READERS_MAX: usize = 4;

pub(crate) use deliveries::{DeliveryFilter, DeliveryPlace, Handling};
pub(crate) use overview::{ConsumerStats, Overview};

/// Reads the log and what was made of it. Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

/// A page of a customer's orders, and the end of the log at which it was true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrdersPage {
    /// The orders, newest first, each with the position of its first event.
    pub orders: Vec<(Position, Order)>,
    /// Whether there are older ones.
    pub more: More,
    /// Where the log ended.
    pub head: Head,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventsPage {
    /// The events, oldest first.
    pub events: Vec<LogEvent>,
    /// Whether there are newer ones.
    pub more: More,
}

/// Whether a page is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// Another page follows.
    Follows,
    /// It is the last one.
    Nothing,
}

impl Reader {
    /// Reads this file.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path: Arc::new(path),
            idle: Arc::new(Mutex::new(Vec::new())),
            permits: Arc::new(Semaphore::new(READERS_MAX)),
        }
    }

    /// Where the log ends.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn head(&self) -> Result<Head, StoreError> {
        self.read(super::sqlite::head).await
    }

    /// A customer.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let state = self.state(StreamName::Customer(id)).await?;
        Ok(state.and_then(|state| match state {
            StreamState::Customer(customer) => Some(customer),
            StreamState::Order(_) | StreamState::Restaurant(_) | StreamState::System(_) => None,
        }))
    }

    /// An order of this customer's.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn order(
        &self,
        customer: CustomerId,
        id: OrderId,
    ) -> Result<Option<Order>, StoreError> {
        let state = self.state(StreamName::Order(id)).await?;
        let order = state.and_then(|state| match state {
            StreamState::Order(order) => Some(Arc::unwrap_or_clone(order)),
            StreamState::Customer(_) | StreamState::Restaurant(_) | StreamState::System(_) => None,
        });
        Ok(order.filter(|order| order.customer_id == customer))
    }

    /// What is left at a restaurant; none where nobody has asked for anything limited there yet.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn stock(&self, id: RestaurantId) -> Result<Option<Stock>, StoreError> {
        let state = self.state(StreamName::Restaurant(id)).await?;
        Ok(state.and_then(|state| match state {
            StreamState::Restaurant(stock) => Some(stock),
            StreamState::Order(_) | StreamState::Customer(_) | StreamState::System(_) => None,
        }))
    }

    /// A page of this customer's orders that are older than `before`, in one of these statuses (in
    /// any, where there are none).
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn orders(
        &self,
        customer: CustomerId,
        statuses: Vec<OrderStatus>,
        before: Option<Position>,
        first: usize,
    ) -> Result<OrdersPage, StoreError> {
        self.read(move |db| pages::orders(db, customer, &statuses, before, first)).await
    }

    /// A page of the events of this scope (or of one of its orders) after a position.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn events(
        &self,
        scope: Scope,
        order: Option<OrderId>,
        after: Position,
        first: usize,
    ) -> Result<EventsPage, StoreError> {
        self.read(move |db| pages::events(db, scope, order, after, first)).await
    }

    /// What has happened in this scope after a position, each event with its order before and as of it.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn changes(
        &self,
        scope: Scope,
        after: Position,
        first: usize,
    ) -> Result<Vec<Arc<Committed>>, StoreError> {
        self.read(move |db| pages::changes(db, scope, after, first)).await
    }

    /// When each schedule is due next.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn schedules(&self) -> Result<Vec<Planned>, StoreError> {
        self.read(|db| super::sqlite::schedules(db, None)).await
    }

    /// How far a follower has come.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn progress(&self, follower: Follower) -> Result<Progress, StoreError> {
        self.read(move |db| super::sqlite::progress(db, follower)).await
    }

    /// The event at a position, if the log reaches so far.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn event(&self, at: Position) -> Result<Option<LogEvent>, StoreError> {
        self.read(move |db| super::sqlite::event_at(db, at)).await
    }

    async fn state(&self, name: StreamName) -> Result<Option<StreamState>, StoreError> {
        let found = self.read(move |db| super::sqlite::read_streams(db, &[name].into())).await?;
        Ok(found.into_values().next().map(|stream| stream.state))
    }

    /// Runs a read in one transaction, on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let interrupted = |why: &dyn ToString| StoreError::Interrupted(why.to_string());
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|why| interrupted(&why))?;
        let reader = self.clone();
        let reading = move || {
            let connection = reader.take_idle().map_or_else(|| open_reader(&reader.path), Ok)?;
            connection.execute_batch("BEGIN")?;
            let result = work(&connection);
            connection.execute_batch("COMMIT")?;
            // Only a connection that worked goes back to the others.
            if result.is_ok() {
                reader.give_back(connection);
            }
            drop(permit);
            result
        };
        tokio::task::spawn_blocking(reading).await.map_err(|why| interrupted(&why))?
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}
