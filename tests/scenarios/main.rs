//! The end-to-end scenarios: what the parts promise together, tried on real processes, real
//! sockets, real files and a real terminal, in one test binary.
//!
//! Each scenario opens a house of its own (a backend on a free port with a fresh directory), so
//! they run side by side. They stand outside: they speak the public contract, and look into the
//! database and the gateway's books only to check, afterwards, that these say the same.

#![expect(
    clippy::indexing_slicing,
    reason = "all of this is tests; and a JSON value gives null for what is not in it"
)]

mod house;
mod changes;
mod evidence;

mod life_of_an_order;
mod endings;
mod refusals;
mod later;
mod idempotency;
mod two_customers;
mod resuming;
#[cfg(target_os = "linux")]
mod looking_away;
mod paging;
mod bad_input;
mod doors;
mod operators;
mod operator_commands;
mod schedules;
mod log_tools;
mod lab;
mod stuck;
mod deadlines;
mod prove;
#[cfg(feature = "broken-on-purpose")]
mod broken;
mod crash;
mod charged_and_killed;
mod fault_points;
mod standstill;
#[cfg(target_os = "linux")]
mod disks;
mod race;
mod last_portion;
mod tip_and_rating;
mod serving;

mod terminal;

mod docs;
