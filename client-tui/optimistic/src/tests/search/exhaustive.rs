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

/// One terminal, one order, two mutations of it, one crash and one fault of each kind.
const SMALL: Bounds = Bounds {
    programs: &[Who::A],
    orders: 1,
    letters: 2,
    fair_endings: 16,
    left: Left {
        places: 1,
        cancels: 1,
        take_backs: 1,
        moves: 1,
        crashes: 1,
        breaks: 1,
        losses: 1,
        copies: 1,
        rings: 1,
        failed_writes: 1,
        stream_faults: 1,
        lost_logs: 0,
        jumps: 0,
    },
};

/// Two terminals, two orders, three mutations.
const LARGE: Bounds = Bounds {
    programs: &[Who::A, Who::B],
    orders: 2,
    letters: 2,
    fair_endings: 256,
    left: Left {
        places: 2,
        cancels: 1,
        take_backs: 0,
        moves: 1,
        crashes: 1,
        breaks: 1,
        losses: 0,
        copies: 1,
        rings: 1,
        failed_writes: 0,
        stream_faults: 0,
        lost_logs: 0,
        jumps: 0,
    },
};

/// Fewer than these, and the search has gone blind: bounds that allow nothing find nothing.
const SMALL_HAS_AT_LEAST: usize = 50_000;

/// Searches, and gives the number of different worlds.
fn search(bounds: Bounds, at_most: Duration) -> usize {
    let threads = available_parallelism().map_or(1, usize::from);
    let search = Search { bounds, rules: Rules::whole() };
    let checker = search.checker().threads(threads).timeout(at_most).spawn_dfs().join();
    if let Some(path) = checker.discovery(model::ALL_HOLD) {
        let words = model::in_words(path);
        panic!("{words}");
    }
    let worlds = checker.unique_state_count();
    println!("{worlds} worlds, {} ways, {} deep", checker.state_count(), checker.max_depth());
    checker.assert_properties();
    worlds
}

#[test]
fn no_sequence_within_small_bounds_breaks_an_invariant() {
    let worlds = search(SMALL, Duration::from_mins(10));
    assert!(worlds >= SMALL_HAS_AT_LEAST, "the search went blind: {worlds} worlds");
}

#[test]
#[ignore = "takes minutes; a sample of a larger space, with two terminals and two orders"]
fn no_sequence_within_larger_bounds_breaks_an_invariant() {
    search(LARGE, Duration::from_mins(10));
}
