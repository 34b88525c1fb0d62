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

pub(crate) mod log;
pub(crate) mod request;
pub(crate) mod delivery;
pub(crate) mod attempt;
pub(crate) mod routes;
pub(crate) mod retry;
pub(crate) mod schedule;
pub(crate) mod turns;
pub(crate) mod plan;
pub(crate) mod writer;
pub(crate) mod dispatcher;
pub(crate) mod tail;
pub(crate) mod consumer;
pub(crate) mod monitor;
pub(crate) mod follower;
pub(crate) mod subscriber;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod model;
