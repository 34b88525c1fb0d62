//! The world of the tests: a server that is nothing but a log and its fold, and a client whose disk
//! and link do what a test says.

mod server;
mod client;

pub(super) use client::{Client, Disk, kinds};
pub(super) use server::{PAGE, Server, Subscription, customer, mutation, order_id, wish};
