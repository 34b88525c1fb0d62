//! FACTOR 2, reliable eventing: what was acknowledged is durable, what happened reaches its handlers.
//!
//! ```text
//!  command ─▶ writer: load ─▶ plan ─▶ apply ─▶ one transaction: events + orders + deliveries + receipts
//!                             (pure)            │
//!      completion ◀─ handler ◀─ dispatcher ◀────┤ deliveries leased in the same commit
//!                                               └─▶ tail ─▶ subscribers
//! ```
//!
//! Steps 4 to 7 of an order's way. The log in the database is the one truth: orders are its fold,
//! deliveries say who still has to look at which event, and receipts say what was answered. Nothing
//! here knows GraphQL, and nothing here knows what the functions do.

pub mod log;
pub mod request;
pub mod delivery;
pub mod routes;
pub mod retry;
pub mod plan;
pub mod writer;
pub mod dispatcher;
pub mod tail;
pub mod subscriber;
#[cfg(test)]
pub(crate) mod fixture;
