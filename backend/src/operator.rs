//! The operator's commands to a running server: what waits, what is stuck, and what to do about it.
//!
//! ```text
//!  deliveries   what each function has to handle, and how that goes;  redeliver: once more
//!  stats        how the business and its consumers are doing;  pause, resume: one of them
//!  faults       what goes wrong on purpose, on a server with a lab
//!  schedules    what is appended by the clock, and when next
//!  customers    who has signed in;  revoke: end their tokens
//! ```
//!
//! What changes something is asked of the server, over the API, as the operator; where it is and where
//! the operator's token stands, its lock file says. What is only read needs no server where the contract
//! has no question for it (`customers`).

mod server;
mod table;
mod deliveries;
mod overview;
mod schedules;
mod faults;
mod customers;

use std::io::{ErrorKind, Write};

use anyhow::Context;

use crate::cli::{Customers, Deliveries, Faults, Pausing, Redeliver, Revoke, Schedules, Stats};
use server::Server;

/// Shows deliveries.
pub(crate) fn deliveries(options: &Deliveries) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&deliveries::list(&server, options)?)
}

/// Has deliveries handled once more.
pub(crate) fn redeliver(options: &Redeliver) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&deliveries::redeliver(&server, options)?)
}

/// Pauses a consumer.
pub(crate) fn pause(options: &Pausing) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&overview::set_paused(&server, &options.function, overview::Wish::Pause)?)
}

/// Has a consumer go on.
pub(crate) fn resume(options: &Pausing) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&overview::set_paused(&server, &options.function, overview::Wish::Resume)?)
}

/// Shows how everything is doing.
pub(crate) fn stats(options: &Stats) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&overview::stats(&server)?)
}

/// Has the server fail on purpose.
pub(crate) fn faults(options: &Faults) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&faults::set(&server, options)?)
}

/// Shows what is appended by the clock.
pub(crate) fn schedules(options: &Schedules) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&schedules::list(&server)?)
}

/// Shows who has signed in.
pub(crate) fn customers(options: &Customers) -> anyhow::Result<()> {
    print(&customers::list(&options.log.database)?)
}

/// Ends a customer's tokens.
pub(crate) fn revoke(options: &Revoke) -> anyhow::Result<()> {
    let server = Server::find(&options.server)?;
    print(&customers::revoke(&server, options.customer)?)
}

/// Prints to standard output. Whoever reads it may have seen enough: that is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output cannot be written"),
    }
}
