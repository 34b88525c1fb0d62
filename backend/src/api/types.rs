//! The contract's types over the types of `shared`: the same words, nothing computed.
//! Steps 5 and 8 of an order's way.

#![expect(clippy::doc_markdown, reason = "descriptions are the contract's, word for word")]
#![expect(clippy::unused_async, reason = "resolvers are asynchronous by the library's convention")]

pub(super) mod catalog;
pub(super) mod event;
pub(super) mod delivery;
pub(super) mod faults;
pub(super) mod insights;
pub(super) mod order;
pub(super) mod page;
pub(super) mod receipt;
pub(super) mod schedule;
