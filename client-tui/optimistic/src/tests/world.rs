//! A server and a client without a network: the case's own (`crate::case`), with words of the tests.

mod server;
mod client;

pub(in crate::tests) use crate::case::client::{Client, Disk};
pub(in crate::tests) use crate::case::server::reading::{PAGE, Subscription};
pub(in crate::tests) use crate::case::server::{Server, customer};
pub(in crate::tests) use client::kinds;
pub(in crate::tests) use server::{mutation, order_id, wish};
