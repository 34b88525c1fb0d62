//! The promises of the one file: what was planned is what stands there, all of it or nothing, and a
//! new process finds it again.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use rusqlite::Connection;
use shared::cursor::Position;
use shared::function::Function;
use shared::id::LogId;
use tempfile::TempDir;
use uuid::Uuid;

use super::{Keys, MIGRATIONS, SqliteStore, Waits};
use crate::eventing::delivery::{Delivery, DeliveryStatus, Outcome};
use crate::eventing::fixture::history::{any_history, play};
use crate::eventing::fixture::{LOG, NOW, Room, completed, place};
use crate::eventing::log::{LogEvent, StreamName, StreamState};
use crate::eventing::plan::{Loaded, Writes};
use crate::store::StoreError;
use crate::store::row::{self, EVENT_COLUMNS, STREAM_COLUMNS};

mod old;

thread_local! {
    /// How often this thread's stores found the file locked.
    static LOCKED: Cell<u32> = const { Cell::new(0) };
}

impl SqliteStore {
    /// From now on it waits for nobody who locks the file, but counts how often it found it so.
    pub(crate) fn be_impatient(&mut self) {
        let count = |_| {
            LOCKED.set(LOCKED.get() + 1);
            false
        };
        self.connection.busy_handler(Some(count)).unwrap();
    }

    /// How often an impatient store found its file locked.
    pub(crate) fn found_locked() -> u32 {
        LOCKED.get()
    }

    /// From now on each commit fails, and SQLite does not say that it was rolled back.
    pub(crate) fn fail_commits(&mut self) {
        self.connection.commit_hook(Some(|| true)).unwrap();
    }
}

/// A store in a file of its own, in a folder that goes with it.
fn fresh() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SqliteStore::open(&file(&folder), LOG).unwrap(), folder)
}

fn file(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("tiffin.db")
}

fn pragma(store: &SqliteStore, name: &str) -> String {
    let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
    store.connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// Writes a plan as the writer does.
fn write(store: &mut SqliteStore, writes: &Writes) -> Result<(), StoreError> {
    store.load(&Keys::default(), NOW)?;
    store.apply(writes)
}

/// Everything that a batch could load at this time, read in a transaction that changes nothing.
fn everything(store: &mut SqliteStore, room: &Room) -> Loaded {
    let keys = Keys {
        receipts: room.log.receipts.keys().copied().collect(),
        streams: room.log.streams.keys().copied().collect(),
        deliveries: room.log.deliveries.keys().copied().collect(),
        followers: BTreeSet::new(),
        events: room.log.events.iter().map(|it| it.event.position).collect(),
        slots: room.free_slots.clone(),
        turns: room.log.turns.clone(),
        old_before: None,
        waits: Waits::End,
        scheduled: Vec::new(),
    };
    let loaded = store.load(&keys, room.now).unwrap();
    store.abandon();
    loaded
}

/// The log in the file, and the state that stands beside it.
fn log_and_states(store: &SqliteStore) -> (Vec<LogEvent>, BTreeMap<StreamName, StreamState>) {
    let sql = format!("SELECT {EVENT_COLUMNS} FROM event ORDER BY seq");
    let mut statement = store.connection.prepare(&sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut events = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        events.push(row::event(row).unwrap());
    }
    let sql = format!("SELECT {STREAM_COLUMNS} FROM stream");
    let mut statement = store.connection.prepare(&sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut states = BTreeMap::new();
    while let Some(row) = rows.next().unwrap() {
        let (name, stream) = row::stream(row).unwrap();
        states.insert(name, stream.state);
    }
    (events, states)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_planned_is_what_is_loaded_whatever_happens(history in any_history()) {
        let (mut store, _folder) = fresh();
        play(history, |room, plan| {
            write(&mut store, &plan.writes).unwrap();
            let (found, known) = (everything(&mut store, room), room.log.everything(&room.free_slots, room.now));
            prop_assert_eq!(found.head, known.head);
            prop_assert_eq!(found.receipts, known.receipts);
            prop_assert_eq!(found.streams, known.streams);
            prop_assert_eq!(found.deliveries, known.deliveries);
            prop_assert_eq!(found.due, known.due);
            prop_assert_eq!(found.turns, known.turns);
            let ids = |it: Vec<_>| it.into_iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(ids(found.overdue), ids(known.overdue));
            Ok(())
        })?;
    }

    #[test]
    fn a_new_process_finds_the_log_and_its_fold(history in any_history()) {
        let (mut store, folder) = fresh();
        let room = play(history, |_, plan| {
            write(&mut store, &plan.writes).unwrap();
            Ok(())
        })?;
        drop(store);
        let store = SqliteStore::open(&file(&folder), LOG).unwrap();
        let (events, states) = log_and_states(&store);
        let planned: Vec<_> = room.log.events.into_iter().map(|it| Arc::unwrap_or_clone(it.event)).collect();
        prop_assert_eq!(&events, &planned);
        let mut folds = BTreeMap::new();
        for event in &events {
            let state = event.fold(folds.remove(&event.stream)).unwrap();
            folds.insert(event.stream, state);
        }
        prop_assert_eq!(folds, states);
    }
}

#[test]
fn a_new_file_gets_its_tables_and_an_identity_that_stays() {
    let (store, folder) = fresh();
    assert_eq!(pragma(&store, "user_version"), MIGRATIONS.len().to_string());
    drop(store);
    let another = LogId::new(Uuid::from_u128(99));
    let store = SqliteStore::open(&file(&folder), another).unwrap();
    let head = super::head(&store.connection).unwrap();
    assert_eq!((head.log_id, head.position), (LOG, Position::START));
}

#[test]
fn a_newer_programs_file_is_refused_in_words_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let newer = MIGRATIONS.len() + 1;
    let connection = Connection::open(file(&folder)).unwrap();
    connection
        .execute_batch(&format!("CREATE TABLE log_head (seq); PRAGMA user_version = {newer};"))
        .unwrap();
    drop(connection);
    let before = std::fs::read(file(&folder)).unwrap();
    let error = SqliteStore::open(&file(&folder), LOG).unwrap_err();
    let path = file(&folder);
    let words = format!(
        "{} has schema version {newer}, and this program knows up to {}: start the newer program",
        path.display(),
        MIGRATIONS.len(),
    );
    assert_eq!(error.to_string(), words);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn somebody_elses_file_is_refused_in_words_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    for sql in ["CREATE TABLE dish (name)", "PRAGMA application_id = 7", "PRAGMA user_version = 1"]
    {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        let error = SqliteStore::open(&path, LOG).unwrap_err().to_string();
        assert!(error.contains("is no database of Tiffin's"), "{sql}: {error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::remove_file(&path).unwrap();
    }
    std::fs::write(&path, "dear diary".repeat(1000)).unwrap();
    let error = SqliteStore::open(&path, LOG).unwrap_err().to_string();
    assert!(error.contains("is no database of Tiffin's"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "dear diary".repeat(1000));
}

#[test]
fn a_file_of_our_first_days_is_marked_as_ours() {
    let (store, folder) = fresh();
    store.connection.execute_batch("PRAGMA application_id = 0").unwrap();
    drop(store);
    let store = SqliteStore::open(&file(&folder), LOG).unwrap();
    assert_eq!(pragma(&store, "application_id"), 0x7469_666e.to_string());
}

#[test]
fn a_file_that_may_only_be_read_is_refused_in_words() {
    let (store, folder) = fresh();
    drop(store);
    let reader = super::open_reader(&file(&folder)).unwrap();
    let why = reader.execute_batch("PRAGMA user_version = 3").unwrap_err();
    let error = StoreError::opening(&file(&folder), why).to_string();
    assert!(error.contains("cannot be written") && error.contains("may we write"), "{error}");
}

#[test]
fn a_commit_is_on_the_disk_before_it_is_answered() {
    let (store, _folder) = fresh();
    assert_eq!(pragma(&store, "journal_mode"), "wal");
    let full = "2";
    assert_eq!(pragma(&store, "synchronous"), full);
}

#[test]
fn a_batch_that_fails_leaves_nothing_behind_and_the_next_one_stands() {
    let (mut store, _folder) = fresh();
    let mut room = Room::new(1.0);
    let first = room.write(&[place(1, 10)]).writes;
    write(&mut store, &first).unwrap();
    let before = everything(&mut store, &room);
    let second = room.write(&[place(2, 11), place(3, 12)]).writes;
    let mut spoilt = second.clone();
    Arc::make_mut(&mut spoilt.events[1].event).id = first.events[0].event.id;
    let error = write(&mut store, &spoilt).unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    let after = everything(&mut store, &room);
    assert_eq!(
        (after.head, after.streams, after.receipts),
        (before.head, before.streams, before.receipts)
    );
    assert_eq!(after.deliveries, before.deliveries);
    assert_eq!(log_and_states(&store).0.len(), 1);
    write(&mut store, &second).unwrap();
    assert_eq!(log_and_states(&store).0.len(), 3);
}

#[test]
fn a_commit_that_surely_failed_is_a_failure_and_not_an_unknown_outcome() {
    let (mut store, _folder) = fresh();
    let mut room = Room::new(1.0);
    let writes = room.write(&[place(1, 10)]).writes;
    // A reference that is checked only at COMMIT, and then fails.
    store
        .connection
        .execute_batch(
            "CREATE TABLE promise (kept INTEGER REFERENCES log_head (one) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER spoil AFTER INSERT ON event BEGIN INSERT INTO promise VALUES (2); END;",
        )
        .unwrap();
    let error = write(&mut store, &writes).unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    store.connection.execute_batch("DROP TRIGGER spoil").unwrap();
    write(&mut store, &writes).unwrap();
    assert_eq!(log_and_states(&store).0.len(), 1);
}

#[test]
fn a_full_disk_fails_the_batch_and_nothing_else() {
    let (mut store, _folder) = fresh();
    let mut room = Room::new(1.0);
    let pages: u32 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store
        .connection
        .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
        .unwrap();
    let batch: Vec<_> = (1..=30).map(|number| place(number, number)).collect();
    let writes = room.write(&batch).writes;
    let error = write(&mut store, &writes).unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    assert_eq!(log_and_states(&store).0.len(), 0);
    store.connection.query_row("PRAGMA max_page_count = 100000", [], |_| Ok(())).unwrap();
    write(&mut store, &writes).unwrap();
}

#[test]
fn what_has_been_due_longest_comes_first() {
    let (mut store, _folder) = fresh();
    let mut room = Room::new(1.0);
    let placed = room.write(&[place(1, 10), place(2, 11)]);
    write(&mut store, &placed.writes).unwrap();
    for (claim, seconds) in placed.claims.iter().zip([10, 1]) {
        let after = Duration::from_secs(seconds);
        let put_off =
            room.write(&[completed(claim, Outcome::NotYet { after, why: "too early".to_owned() })]);
        write(&mut store, &put_off.writes).unwrap();
    }
    room.pass(Duration::from_secs(20));
    room.free_slots.insert(Function::ValidateOrder, 1);
    let due = everything(&mut store, &room).due;
    let keys: Vec<_> = due.into_iter().map(|due| due.delivery.key).collect();
    assert_eq!(keys, [placed.claims[1].delivery.key]);
}

#[test]
fn recovery_makes_every_lease_due_and_nothing_else() {
    let (mut store, folder) = fresh();
    let mut room = Room::new(1.0);
    room.free_slots.insert(Function::ValidateOrder, 2);
    let batch: Vec<_> = (1..=3).map(|number| place(number, number)).collect();
    write(&mut store, &room.write(&batch).writes).unwrap();
    drop(store);
    let mut store = SqliteStore::open(&file(&folder), LOG).unwrap();
    room.free_slots.insert(Function::ValidateOrder, 8);
    let due = |store: &mut SqliteStore, room: &Room| everything(store, room).due.len();
    assert_eq!(due(&mut store, &room), 1, "only what was pending");
    assert_eq!(store.recover(NOW, &room.house.timing).unwrap(), 2);
    assert_eq!(due(&mut store, &room), 3);
    let tokens: Vec<_> =
        everything(&mut store, &room).deliveries.values().map(|it| it.token.0).collect();
    assert_eq!(tokens, [1, 1, 0], "tokens stay, so whoever is left over is fenced off");
    let leased = |it: &Delivery| it.status == DeliveryStatus::Leased;
    assert!(!everything(&mut store, &room).deliveries.values().any(leased));
    let lost = "SELECT count(*) FROM attempt WHERE outcome = 'lost' AND token = 1";
    let lost: u32 = store.connection.query_row(lost, [], |row| row.get(0)).unwrap();
    assert_eq!(lost, 2, "the history says what became of them");
    assert_eq!(store.recover(NOW, &room.house.timing).unwrap(), 0, "once");
}

#[test]
fn nobody_can_change_or_forget_what_happened_or_what_was_answered() {
    let (mut store, folder) = fresh();
    let mut room = Room::new(1.0);
    write(&mut store, &room.write(&[place(1, 10)]).writes).unwrap();
    // Not even another program with the file in its hands.
    let other = Connection::open(Path::new(&file(&folder))).unwrap();
    for (sql, why) in [
        ("UPDATE event SET source = 'me'", "what has happened is never changed"),
        ("DELETE FROM event", "what has happened is never forgotten"),
        ("UPDATE receipt SET seq = 0", "an answer is never changed"),
        ("DELETE FROM receipt", "an answer is never forgotten"),
    ] {
        assert_eq!(other.execute_batch(sql).unwrap_err().to_string(), why);
    }
}
