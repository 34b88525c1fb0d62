//! What is put back is what was there, under another identity; and what cannot be is not there at all.

use rusqlite::Connection;
use uuid::Uuid;

use super::*;
use crate::eventing::fixture::LOG;
use crate::operate::fixture::Premises;

const FRESH: LogId = LogId::new(Uuid::from_u128(77));

#[test]
fn a_backup_taken_and_restored_is_the_same_state_in_a_log_of_another_identity() {
    for premises in [Premises::with_history(), Premises::with_nights()] {
        let (saved, restored) = (premises.beside("saved.db"), premises.beside("restored.db"));
        let state = verify(&premises.database()).unwrap().state;
        let made = backup(&premises.database(), &saved).unwrap();
        assert_eq!((&made.verdict.state, made.verdict.head.log_id), (&state, LOG));
        let text = restore(&saved, &restored, FRESH).unwrap().to_string();
        let verdict = verify(&restored).unwrap();
        assert!(verdict.holds() && !verdict.to_string().contains("not compared"), "{verdict}");
        assert_eq!((&verdict.state, verdict.head.log_id), (&state, FRESH));
        assert!(text.contains(&FRESH.to_string()) && text.contains("everything holds"), "{text}");
    }
}

#[test]
fn a_backup_has_all_that_was_committed_while_somebody_writes_and_stands_alone() {
    let premises = Premises::with_history();
    let writer = Connection::open(premises.database()).unwrap();
    let pending = "UPDATE delivery SET last_error = 'kept' WHERE status = 'leased'";
    writer.execute(pending, []).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE delivery SET last_error = 'half'").unwrap();
    let saved = premises.beside("saved.db");
    backup(&premises.database(), &saved).unwrap();
    assert_eq!(premises.files_beginning_with("saved"), ["saved.db"]);
    let copy = Connection::open(&saved).unwrap();
    let errors: Vec<String> = copy
        .prepare("SELECT DISTINCT last_error FROM delivery WHERE last_error NOT LIKE '%map%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(errors, ["kept"]);
}

#[test]
fn refusals_and_leases_come_back_too() {
    let premises = Premises::with_history();
    let (saved, restored) = (premises.beside("saved.db"), premises.beside("restored.db"));
    backup(&premises.database(), &saved).unwrap();
    restore(&saved, &restored, FRESH).unwrap();
    let rows = |path: &Path, sql: &str| -> u64 {
        Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for table in ["receipt WHERE refusal IS NOT NULL", "delivery WHERE status = 'leased'"] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!((rows(&premises.database(), &sql), rows(&restored, &sql)), (1, 1), "{table}");
    }
}

#[test]
fn a_bank_that_is_there_is_left_alone() {
    let premises = Premises::with_history();
    let saved = premises.beside("saved.db");
    backup(&premises.database(), &saved).unwrap();
    std::fs::remove_file(premises.database()).unwrap();
    let books = books_beside(&premises.database());
    let before = std::fs::read(&books).unwrap();
    restore(&saved, &premises.database(), FRESH).unwrap();
    assert_eq!(std::fs::read(&books).unwrap(), before);
    let verdict = verify(&premises.database()).unwrap();
    assert!(verdict.holds(), "{verdict}");
}

#[test]
fn nothing_is_written_over_neither_by_a_backup_nor_by_a_restore() {
    let premises = Premises::with_history();
    let (saved, there) = (premises.beside("saved.db"), premises.beside("there.db"));
    backup(&premises.database(), &saved).unwrap();
    std::fs::write(&there, "mine").unwrap();
    for error in [backup(&premises.database(), &there), restore(&saved, &there, FRESH)] {
        let text = error.unwrap_err().to_string();
        assert!(text.contains("exists already"), "{text}");
    }
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");
    let leftover = premises.beside("new.db-wal");
    std::fs::write(leftover, "of a database that was deleted without it").unwrap();
    let text = restore(&saved, &premises.beside("new.db"), FRESH).unwrap_err().to_string();
    assert!(text.contains("new.db-wal exists already"), "{text}");
}

#[test]
fn what_somebody_is_making_is_left_to_them() {
    let premises = Premises::with_history();
    let (saved, begun) = (premises.beside("saved.db"), premises.beside("saved.db.partial"));
    std::fs::write(&begun, "theirs").unwrap();
    let text = backup(&premises.database(), &saved).unwrap_err().to_string();
    assert!(text.contains("saved.db.partial is in the making"), "{text}");
    assert_eq!(std::fs::read_to_string(&begun).unwrap(), "theirs");
    assert!(!saved.exists());
}

#[test]
fn what_does_not_hold_is_neither_kept_as_a_backup_nor_restored() {
    let premises = Premises::with_history();
    let (saved, restored) = (premises.beside("saved.db"), premises.beside("restored.db"));
    backup(&premises.database(), &saved).unwrap();
    Connection::open(&saved).unwrap().execute("DELETE FROM delivery", []).unwrap();
    let text = restore(&saved, &restored, FRESH).unwrap_err().to_string();
    assert!(text.contains("has no delivery of position"), "{text}");
    premises.spoil("DELETE FROM delivery");
    let text = backup(&premises.database(), &premises.beside("new.db")).unwrap_err().to_string();
    assert!(text.contains("has no delivery of position"), "{text}");
    assert_eq!(premises.files_beginning_with("new"), Vec::<std::ffi::OsString>::new());
    assert_eq!(premises.files_beginning_with("restored"), ["restored.db.lock"]);
}

#[test]
fn a_target_that_is_served_and_a_backup_that_is_none_are_refused_in_words() {
    let premises = Premises::with_history();
    let saved = premises.beside("saved.db");
    backup(&premises.database(), &saved).unwrap();
    let target = premises.beside("new.db");
    let lock = ServerLock::take(&target).unwrap();
    let text = restore(&saved, &target, FRESH).unwrap_err().to_string();
    assert!(text.contains("another server"), "{text}");
    drop(lock);
    std::fs::write(premises.beside("diary.db"), "dear diary".repeat(500)).unwrap();
    let text = restore(&premises.beside("diary.db"), &target, FRESH).unwrap_err().to_string();
    assert!(text.contains("is no database of Tiffin's"), "{text}");
    let text = restore(&premises.beside("none.db"), &target, FRESH).unwrap_err().to_string();
    assert!(text.contains("there is no database at"), "{text}");
    assert!(!target.exists());
}
