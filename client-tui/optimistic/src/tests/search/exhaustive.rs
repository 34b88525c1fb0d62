//! The exhaustive search: every sequence there is within small bounds, over the real store.
//!
//! A node is the whole world, so two ways to the same world are one. Time is a happening like any
//! other: a timer may ring at once or never. From each node that is new, the invariants have held on
//! the way there; and from a fixed share of them a fair ending is played to its end (I12, then I1).
//!
//! `cargo test -p optimistic -- --ignored --nocapture exhaustive` runs the long search.

mod bounds;
mod model;
mod rules;

use std::thread::available_parallelism;
use std::time::Duration;

use stateright::{Checker, Model};

use super::happening::Who;
use crate::rules::Rules;
use bounds::{Bounds, Left};
use model::Search;

/// One terminal, one order, two mutations, with a crash, a break and a timer that rings or not.
const CRASHES: Left =
    Left { places: 1, cancels: 1, crashes: 1, breaks: 1, rings: 1, ..Left::NOTHING };

/// The same two mutations where letters, answers and changes are lost, copied and overtake, and the
/// disk refuses a record; the order moves on meanwhile, or one of the mutations is taken back.
const NETWORK: Left = Left {
    places: 1,
    cancels: 1,
    take_backs: 1,
    moves: 1,
    losses: 1,
    copies: 1,
    failed_writes: 1,
    stream_faults: 1,
    ..Left::NOTHING
};

/// Two terminals, two orders, three mutations, and what befalls them.
const LARGE: Left = Left {
    places: 2,
    tips: 1,
    moves: 1,
    crashes: 1,
    breaks: 1,
    copies: 1,
    rings: 1,
    ..Left::NOTHING
};

/// Fewer worlds than these, and the search has gone blind: bounds that allow nothing find nothing.
const CRASHES_MAKE_AT_LEAST: usize = 100_000;
const NETWORK_MAKES_AT_LEAST: usize = 10_000;

/// Searches, and gives the number of different worlds.
fn search(programs: &'static [Who], left: Left, fair_endings: u64, at_most: Duration) -> usize {
    let bounds = Bounds { programs, orders: left.places.into(), letters: 2, fair_endings, left };
    let threads = available_parallelism().map_or(1, usize::from);
    let search = Search { bounds, rules: Rules::whole() };
    let checker = search.checker().threads(threads).timeout(at_most).spawn_dfs().join();
    if let Some(path) = checker.discovery(model::ALL_HOLD) {
        let words = model::in_words(path);
        panic!("{words}");
    }
    let (worlds, ways) = (checker.unique_state_count(), checker.state_count());
    println!("{worlds} worlds, {ways} ways into them, {} happenings deep", checker.max_depth());
    checker.assert_properties();
    worlds
}

#[test]
fn no_crash_at_any_moment_breaks_an_invariant() {
    let worlds = search(&[Who::A], CRASHES, 4, Duration::from_mins(10));
    assert!(worlds >= CRASHES_MAKE_AT_LEAST, "the search went blind: {worlds} worlds");
}

#[test]
fn no_fault_of_network_or_disk_breaks_an_invariant() {
    let worlds = search(&[Who::A], NETWORK, 4, Duration::from_mins(10));
    assert!(worlds >= NETWORK_MAKES_AT_LEAST, "the search went blind: {worlds} worlds");
}

/// As much of a larger space as ten minutes allow.
#[test]
#[ignore = "takes ten minutes: two terminals, two orders, three mutations"]
fn nothing_within_larger_bounds_breaks_an_invariant() {
    search(&[Who::A, Who::B], LARGE, 64, Duration::from_mins(10));
}
