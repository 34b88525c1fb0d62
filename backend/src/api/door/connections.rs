//! The WebSocket connections of a server: counted, bounded, told when the server shuts down, and
//! waited for. Step 3 of an order's way.
//!
//! A WebSocket outlives the HTTP request that opened it, so a graceful shutdown of HTTP does not
//! wait for it: whoever serves awaits [`Connections::drained`] as well.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Limits;

/// Shared by the doors and by whoever serves them; clones are the same connections.
#[derive(Clone)]
pub(crate) struct Connections {
    free: Arc<Semaphore>,
    most: u32,
    shutdown: CancellationToken,
}

/// The place of one connection; dropping it frees the place.
pub(crate) struct Admission {
    _place: OwnedSemaphorePermit,
}

impl Connections {
    /// No connection yet, and never more than `limits.web_sockets_at_once`. Cancelling `shutdown`
    /// ends them all.
    pub(crate) fn new(limits: &Limits, shutdown: CancellationToken) -> Self {
        let most = limits.web_sockets_at_once;
        Self {
            free: Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS))),
            most,
            shutdown,
        }
    }

    /// Waits until no connection is left; meanwhile none is admitted. Call it after cancelling the
    /// shutdown token, or it waits for as long as anybody stays.
    pub(crate) async fn drained(&self) {
        // All places can be taken only when all are free. An error would mean that somebody closed
        // the semaphore, which is private to this file, and nothing here does.
        drop(self.free.acquire_many(self.most).await);
    }

    /// A place for one more connection, or `None` where all are taken.
    pub(crate) fn admit(&self) -> Option<Admission> {
        let place = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Admission { _place: place })
    }

    /// Cancelled when the server shuts down.
    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }
}
