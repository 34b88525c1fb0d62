//! What operators ask: the whole of it, and what steers it. Steps 6 and 8 of an order's way.
//!
//! Each resolver begins by asking for the proof that the operator asks; everybody else is told
//! FORBIDDEN.

#![expect(clippy::unused_async, reason = "resolvers are asynchronous by the library's convention")]

mod query;
mod mutation;
mod subscription;

pub(super) use mutation::OperatorMutation;
pub(super) use query::OperatorQuery;
pub(super) use subscription::OperatorSubscription;
