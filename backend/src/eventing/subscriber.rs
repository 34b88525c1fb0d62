//! A subscriber: a cursor that moves along the log, or along what of it concerns one customer.
//!
//! Step 8 of an order's way. It catches up from the store, goes on with the tail's ring, and falls back
//! to the store whenever it is slower than the ring is long: by construction there is no gap and no
//! repetition where history becomes live.

use std::sync::Arc;

use shared::cursor::Position;
use tokio::sync::watch;

use super::log::Scope;
use super::plan::Committed;
use super::tail::{Newer, Tail};
use crate::store::StoreError;
use crate::store::read::{More, Reader};

#[cfg(test)]
mod tests;

/// How many changes are read from the store at a time.
const PAGE: usize = 200;

/// How many are taken from the tail at a time: what somebody holds who does not get rid of them.
pub(crate) const AT_ONCE: usize = 32;

/// Follows what happens in a scope.
#[derive(Debug)]
pub(crate) struct Subscriber {
    scope: Scope,
    position: Position,
    tail: Arc<Tail>,
    reader: Reader,
    news: watch::Receiver<Position>,
    more: More,
}

impl Subscriber {
    /// Follows what comes after a position.
    pub(crate) fn new(scope: Scope, after: Position, tail: Arc<Tail>, reader: Reader) -> Self {
        let news = tail.watch(scope);
        Self { scope, position: after, tail, reader, news, more: More::Nothing }
    }

    /// The position up to which everything has been delivered.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// The changes that are there after the position; moves it. Empty where there are none.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn look(&mut self) -> Result<Vec<Arc<Committed>>, StoreError> {
        self.news.mark_unchanged();
        match self.tail.after(self.position, self.scope, AT_ONCE) {
            Newer::Events(events, upto, more) => {
                (self.position, self.more) = (upto, more);
                Ok(events)
            }
            Newer::FellBehind => self.catch_up().await,
        }
    }

    /// Ends when there may be something that the last look has not seen.
    pub(crate) async fn wait(&mut self) {
        if self.more == More::Nothing && self.news.changed().await.is_err() {
            // The tail forgets a scope only when nobody watches: we do, so this does not happen
            // while the process lives.
            std::future::pending::<()>().await;
        }
    }

    async fn catch_up(&mut self) -> Result<Vec<Arc<Committed>>, StoreError> {
        // Where the tail stood before the read: a page that is not full reaches at least so far.
        let head = self.tail.head();
        let changes = self.reader.changes(self.scope, self.position, PAGE).await?;
        let last = changes.last().map(|change| change.event.position);
        (self.position, self.more) = if changes.len() < PAGE {
            (last.unwrap_or(head).max(head), More::Nothing)
        } else {
            (last.unwrap_or(self.position), More::Follows)
        };
        Ok(changes)
    }
}
