//! The log alone gives the same state again; what it cannot tell stands still, and nothing half-made is
//! ever left.

use std::collections::BTreeMap;
use std::ffi::OsString;

use proptest::prelude::*;
use rusqlite::Connection;
use shared::id::MutationId;
use uuid::Uuid;

use super::*;
use crate::eventing::fixture::history::{any_history, play};
use crate::eventing::fixture::{CUSTOMER, LOG, NOW};
use crate::eventing::plan::StoredReceipt;
use crate::eventing::request::Standing;
use crate::operate::fixture::{Premises, REFUSED_MUTATION};
use crate::store::sqlite::Keys;

const FRESH: LogId = LogId::new(Uuid::from_u128(77));

fn store(path: &Path) -> SqliteStore {
    SqliteStore::open(path, FRESH).unwrap()
}

fn receipt(path: &Path, mutation: u128) -> Option<StoredReceipt> {
    let key = (CUSTOMER, MutationId::new(Uuid::from_u128(mutation)));
    let keys = Keys { receipts: [key].into(), ..Keys::default() };
    let mut store = store(path);
    let loaded = store.load(&keys, NOW).unwrap();
    store.abandon();
    loaded.receipts.into_values().next()
}

fn number(path: &Path, sql: &str) -> u64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// What became of each delivery.
fn fates(path: &Path) -> BTreeMap<(String, u64), String> {
    let database = Connection::open(path).unwrap();
    let mut statement = database.prepare("SELECT function, seq, status FROM delivery").unwrap();
    let fate = |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get(2)?));
    statement.query_map([], fate).unwrap().map(Result::unwrap).collect()
}

/// What is left of the limited dish that the premises' customers want.
fn left(path: &Path) -> String {
    let sql = "SELECT state ->> '$.left' FROM stream
               WHERE stream IN (SELECT stream FROM event WHERE type = 'PortionsTaken')";
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_left_of_limited_dishes_is_in_the_log() {
    let premises = Premises::with_portions();
    let copy = premises.beside("copy.db");
    replay(&premises.database(), &copy, FRESH).unwrap();
    assert!(left(&copy).ends_with(":2}"), "five, less the three that were eaten");
    assert_eq!(left(&copy), left(&premises.database()));
}

#[test]
fn shelves_that_were_filled_at_night_are_as_full_in_the_copy() {
    let premises = Premises::with_nights();
    let copy = premises.beside("copy.db");
    let replayed = replay(&premises.database(), &copy, FRESH).unwrap();
    let (source, target) = (verify(&premises.database()).unwrap(), verify(&copy).unwrap());
    assert!(target.holds(), "{target}");
    assert_eq!((&source.state, &replayed.state), (&target.state, &target.state));
    assert!(left(&copy).ends_with(":2}"), "five, less one and two of the new day: {}", left(&copy));
    assert_eq!(left(&copy), left(&premises.database()));
    for kind in ["ScheduleRan", "ScheduleSkipped", "PortionsReset", "PortionsGivenBack"] {
        let sql = format!("SELECT count(*) FROM event WHERE type = '{kind}'");
        assert!(number(&copy, &sql) > 0, "{kind}");
        assert_eq!(number(&copy, &sql), number(&premises.database(), &sql), "{kind}");
    }
}

#[test]
fn a_replayed_log_comes_to_the_same_state_under_an_identity_of_its_own() {
    let premises = Premises::with_history();
    let copy = premises.beside("copy.db");
    let replayed = replay(&premises.database(), &copy, FRESH).unwrap();
    let (source, target) = (verify(&premises.database()).unwrap(), verify(&copy).unwrap());
    assert!(target.holds(), "{target}");
    assert_eq!((&source.state, &replayed.state), (&target.state, &target.state));
    assert_eq!((source.head.log_id, target.head.log_id), (LOG, FRESH));
    assert_eq!(source.head.position, target.head.position);
    let text = replayed.to_string();
    assert!(
        text.contains("the same in both") && text.contains("1 delivery stands still"),
        "{text}"
    );
}

#[test]
fn receipts_of_what_was_accepted_are_rebuilt_and_refusals_are_not() {
    let premises = Premises::with_history();
    let copy = premises.beside("copy.db");
    replay(&premises.database(), &copy, FRESH).unwrap();
    for mutation in [11, 12, 13] {
        let known = receipt(&premises.database(), mutation);
        assert!(known.is_some());
        assert_eq!(receipt(&copy, mutation), known);
    }
    assert!(receipt(&premises.database(), REFUSED_MUTATION).is_some());
    assert_eq!(receipt(&copy, REFUSED_MUTATION), None);
}

#[test]
fn what_was_done_is_done_what_was_given_up_is_and_what_is_undecided_is_held() {
    let premises = Premises::with_history();
    let copy = premises.beside("copy.db");
    replay(&premises.database(), &copy, FRESH).unwrap();
    // What a function of the source was at work on is nobody's in the copy.
    let mut known = fates(&premises.database());
    known.values_mut().filter(|it| *it == "leased").for_each(|it| "pending".clone_into(it));
    assert_eq!(fates(&copy), known);
    assert!(known.values().any(|it| it == "dead") && known.values().any(|it| it == "pending"));
    assert_eq!(store(&copy).standing().unwrap(), Standing::Held);
}

#[test]
fn an_existing_target_is_refused_and_left_as_it_is() {
    let premises = Premises::with_history();
    for name in ["copy.db", "copy-gateway.db", "copy.db-wal"] {
        let there = premises.beside(name);
        std::fs::write(&there, "mine").unwrap();
        let error = replay(&premises.database(), &premises.beside("copy.db"), FRESH).unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
        std::fs::remove_file(there).unwrap();
    }
}

#[test]
fn a_log_that_cannot_be_read_leaves_nothing_behind() {
    let premises = Premises::with_history();
    premises.spoil("UPDATE event SET data = '{' WHERE seq = 5");
    let error = replay(&premises.database(), &premises.beside("copy.db"), FRESH).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("position 5") && text.contains("tiffin-backend verify"), "{text}");
    assert_eq!(premises.files_beginning_with("copy"), Vec::<OsString>::new());
}

#[test]
fn a_log_with_a_gap_is_not_replayed_and_leaves_nothing_behind() {
    let premises = Premises::with_history();
    premises.spoil("DELETE FROM event WHERE seq = 1");
    let error = replay(&premises.database(), &premises.beside("copy.db"), FRESH).unwrap_err();
    assert!(error.to_string().contains("position 1 is missing"), "{error}");
    assert_eq!(premises.files_beginning_with("copy"), Vec::<OsString>::new());
}

#[test]
fn a_replay_changes_nothing_in_its_source() {
    let premises = Premises::with_history();
    let before = std::fs::read(premises.database()).unwrap();
    replay(&premises.database(), &premises.beside("copy.db"), FRESH).unwrap();
    assert_eq!(std::fs::read(premises.database()).unwrap(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_history_can_be_replayed(history in any_history()) {
        let folder = tempfile::tempdir().unwrap();
        let (source, copy) = (folder.path().join("source.db"), folder.path().join("copy.db"));
        let mut store = store(&source);
        play(history, |_, plan| {
            store.load(&Keys::default(), NOW).unwrap();
            store.apply(&plan.writes).unwrap();
            Ok(())
        })?;
        drop(store);
        let state = verify(&source).unwrap().state;
        prop_assert_eq!(replay(&source, &copy, FRESH).unwrap().state, state);
        prop_assert_eq!(number(&copy, "SELECT count(*) FROM delivery"),
            number(&source, "SELECT count(*) FROM delivery"));
    }
}

#[test]
fn what_is_paused_is_so_in_the_copy() {
    let premises = Premises::with_history();
    let copy = premises.beside("copy.db");
    replay(&premises.database(), &copy, FRESH).unwrap();
    let paused = store(&copy).paused().unwrap();
    assert_eq!(paused, store(&premises.database()).paused().unwrap());
    assert!(!paused.is_empty());
}
