//! What is worth remembering so that the first frame needs no backend. Disposable: all of it comes
//! back from the server.

use serde::{Deserialize, Serialize};
use shared::catalog::Catalog;
use shared::cursor::Cursor;
use shared::order::Order;

use crate::account::Account;

/// The orders that are cached at most: the newest. The older ones are paged in again.
pub const CACHED_ORDERS_MAX: usize = 1_000;

/// What the cache holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cached {
    /// Restaurants and menus.
    pub catalog: Option<Catalog>,
    /// Confirmed orders.
    pub orders: Option<CachedOrders>,
}

/// Confirmed orders, and where in which log they were true.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CachedOrders {
    /// Whose they are.
    pub account: Account,
    /// Up to where the log was followed.
    pub cursor: Cursor,
    /// Newest first, at most [`CACHED_ORDERS_MAX`].
    pub orders: Vec<Order>,
    /// Whether there are older ones.
    pub extent: Extent,
}

/// Whether some orders are all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Extent {
    /// All of them.
    All,
    /// The newest ones; there may be older ones.
    Newest,
}
