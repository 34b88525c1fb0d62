//! What both sides of Tiffin must agree on, and nothing else: pure data and pure functions.
//!
//! ```text
//!  key press ─▶ command ─▶ decide ─▶ event ─▶ evolve ─▶ order
//!               (what may   (the rules:      (the fold: what an
//!               be asked)   event or refusal) order has become)
//! ```
//!
//! The server *decides* with [`decide`](order::decide::decide) what a command does, appends the event
//! to its log, and folds the log with [`evolve`](order::evolve::evolve). The terminal client *predicts*
//! with the very same code, so that a prediction is wrong only where the server knew something that
//! the client did not.
//!
//! There is no I/O here, no clock and no randomness: whatever time it is comes in as an argument.
//! The modules stand in the order in which one should read them.

#![warn(missing_docs)]

pub mod id;
pub mod money;
pub mod cursor;
pub mod catalog;
pub mod function;
pub mod policy;
pub mod order;
pub mod stock;
pub mod upcast;

/// The public GraphQL contract, word for word: the server is held against it by a test, the client's
/// operations are compiled against it.
pub const SCHEMA: &str = include_str!("schema.graphql");
