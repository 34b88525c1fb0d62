//! Each rule within reach of the exhaustive search, switched off: a counterexample is found, and it
//! breaks the invariant that the rule is there for.

use std::thread::available_parallelism;

use stateright::{Checker, HasDiscoveries, Model};

use super::bounds::{Bounds, Left};
use super::model::{ALL_HOLD, Search};
use crate::rules::{Rule, Rules};
use crate::tests::search::happening::Who;

/// The invariant that the shortest counterexample breaks, where there is one.
fn broken_without(rule: Rule, left: Left) -> Option<&'static str> {
    let orders = left.places.into();
    let bounds = Bounds { programs: &[Who::A], orders, letters: 2, fair_endings: 1, left };
    let threads = available_parallelism().map_or(1, usize::from);
    let checker = Search { bounds, rules: Rules::without(rule) }
        .checker()
        .threads(threads)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let path = checker.discovery(ALL_HOLD)?;
    let invariant = path.last_state().violation()?.invariant;
    println!("without {rule:?}: {invariant} after {:?}", path.into_actions());
    Some(invariant)
}

const ONE_PLACING: Left = Left { places: 1, ..Left::NOTHING };
const PLACING_AND_CANCELLING: Left = Left { cancels: 1, ..ONE_PLACING };

#[test]
fn without_r1_what_a_fact_has_proven_is_still_pending() {
    assert_eq!(broken_without(Rule::FirstProofEnds, ONE_PLACING), Some("I2"));
}

#[test]
fn without_r3_changes_that_overtake_are_lost() {
    let left = Left { moves: 1, stream_faults: 1, ..ONE_PLACING };
    assert_eq!(broken_without(Rule::ChangesInLogOrder, left), Some("I5"));
}

#[test]
fn without_r5_nobody_ever_catches_up_with_another_log() {
    let left = Left { lost_logs: 1, ..ONE_PLACING };
    assert_eq!(broken_without(Rule::AnotherLogClearsFacts, left), Some("I12"));
}

#[test]
fn without_r6_what_the_server_has_done_is_said_to_be_refused() {
    let left = Left { breaks: 1, rings: 1, ..ONE_PLACING };
    assert_eq!(broken_without(Rule::SilenceIsNoRefusal, left), Some("I2"));
}

#[test]
fn without_r7_two_of_one_order_are_in_flight() {
    let broken = broken_without(Rule::OneInFlightPerOrder, PLACING_AND_CANCELLING);
    assert_eq!(broken, Some("I9"));
}

#[test]
fn without_r8_what_is_sent_is_not_safe() {
    assert_eq!(broken_without(Rule::RecordBeforeSending, ONE_PLACING), Some("I10"));
}

#[test]
fn without_r9_rows_change_places() {
    let left = Left { places: 2, cancels: 1, ..Left::NOTHING };
    assert_eq!(broken_without(Rule::RowsKeepTheirPlaces, left), Some("I8"));
}
