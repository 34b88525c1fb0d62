//! Every sequence there is, within small bounds, of what can happen to deliveries: handed out, tried,
//! lost, repeated, overtaken by the end of a lease, by a crash, by an operator.
//!
//! The model has workers, a channel that loses and repeats, and rows; what a claim, a completion or a
//! redelivery makes of the rows is said by the real plan. Time is a step like any other: a lease may
//! end at any moment, also while its holder is alive. Two mutants show that the model can see.

use std::thread::available_parallelism;

use stateright::{Checker, HasDiscoveries, Model};

mod node;
mod protocol;

use node::Left;
use protocol::{NOTHING_BROKEN, Protocol, Safeguard};

/// One delivery, which the operator may have tried again.
const REDELIVERED: Left =
    Left { crashes: 1, losses: 0, copies: 1, not_yets: 1, redeliveries: 1, pauses: 0 };
/// One delivery, and a pause of its function.
const PAUSED: Left =
    Left { crashes: 1, losses: 1, copies: 0, not_yets: 1, redeliveries: 0, pauses: 1 };
/// Two deliveries, which share the workers.
const TWO: Left =
    Left { crashes: 1, losses: 1, copies: 1, not_yets: 0, redeliveries: 0, pauses: 0 };

/// Fewer states than these, and the search has gone blind.
const REDELIVERED_MAKES_AT_LEAST: usize = 25_000;
const PAUSED_MAKES_AT_LEAST: usize = 2_000;
const TWO_MAKE_AT_LEAST: usize = 30_000;

/// Searches, and gives the number of different states.
fn search(deliveries: u32, left: Left) -> usize {
    let threads = available_parallelism().map_or(1, usize::from);
    let protocol = Protocol::new(deliveries, left, None);
    let checker = protocol.checker().threads(threads).spawn_bfs().join();
    println!("{} states, {} ways into them", checker.unique_state_count(), checker.state_count());
    checker.assert_properties();
    checker.unique_state_count()
}

/// What the shortest way to a broken promise breaks, where this safeguard is missing.
fn broken_without(safeguard: Safeguard) -> Option<&'static str> {
    let protocol = Protocol::new(1, REDELIVERED, Some(safeguard));
    let checker = protocol.checker().finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    let path = checker.discovery(NOTHING_BROKEN)?;
    let broken = path.last_state().broken;
    println!("without {safeguard:?}: {broken:?} after {:?}", path.into_actions());
    broken
}

#[test]
fn nothing_that_befalls_a_delivery_breaks_a_promise() {
    let states = search(1, REDELIVERED);
    assert!(states >= REDELIVERED_MAKES_AT_LEAST, "the search went blind: {states} states");
}

#[test]
fn a_pause_breaks_no_promise() {
    let states = search(1, PAUSED);
    assert!(states >= PAUSED_MAKES_AT_LEAST, "the search went blind: {states} states");
}

#[test]
fn nothing_that_befalls_two_deliveries_breaks_a_promise() {
    let states = search(2, TWO);
    assert!(states >= TWO_MAKE_AT_LEAST, "the search went blind: {states} states");
}

#[test]
fn without_tokens_whoever_is_too_late_completes() {
    assert_eq!(broken_without(Safeguard::Tokens), Some("a lease that was over was completed"));
}

#[test]
fn without_counting_at_the_claim_a_deadly_delivery_is_handed_out_for_ever() {
    let broken = broken_without(Safeguard::TriesAtTheClaim);
    assert_eq!(broken, Some("it was handed out more often than its budget allows"));
}
