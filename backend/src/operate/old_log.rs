//! A log of our first days, read by this build: what was written in an old version of an event is folded,
//! shown and replayed as if it had been written today, and stays on the disk as it is.

use std::path::PathBuf;

use rusqlite::Connection;
use shared::id::LogId;
use tempfile::TempDir;
use uuid::Uuid;

use super::events::{Form, Wanted, show};
use super::replay::replay;
use super::verify::verify;
use crate::store::sqlite::{SqliteStore, open_to_look};

const FRESH: LogId = LogId::new(Uuid::from_u128(77));

/// The old file, in a folder that goes with it.
fn old_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiffin.db");
    let database = Connection::open(&path).unwrap();
    database.execute_batch(include_str!("../store/migrations/0001_the_log.sql")).unwrap();
    database.execute_batch(include_str!("fixture/version_1.sql")).unwrap();
    database.execute_batch("PRAGMA user_version = 1").unwrap();
    (folder, path)
}

/// The same, after a server has brought its tables up to date.
fn opened() -> (TempDir, PathBuf) {
    let (folder, path) = old_file();
    drop(SqliteStore::open(&path, FRESH).unwrap());
    (folder, path)
}

#[test]
fn who_may_only_read_asks_for_a_server_to_bring_the_file_up_to_date() {
    let (_folder, path) = old_file();
    let text = verify(&path).unwrap_err().to_string();
    assert!(text.contains("schema version 1") && text.contains("bring it up to date"), "{text}");
}

#[test]
fn an_old_log_holds_and_its_stored_state_is_still_its_fold() {
    let (_folder, path) = opened();
    let verdict = verify(&path).unwrap();
    assert!(verdict.holds(), "{verdict}");
    assert_eq!(verdict.head.position.get(), 9);
}

#[test]
fn old_events_are_shown_in_the_newest_version() {
    let (_folder, path) = opened();
    let wanted = Wanted { stream: None, after: shared::cursor::Position::START, form: Form::Json };
    let mut output = Vec::new();
    let enough = |_: &_| Ok(std::ops::ControlFlow::Break(()));
    show(&open_to_look(&path).unwrap(), &wanted, &mut output, enough).unwrap();
    let lines = String::from_utf8(output).unwrap();
    let cancelled: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|event: &serde_json::Value| event["type"] == "OrderCancelled")
        .collect();
    let told =
        |event: &serde_json::Value| (event["schemaVersion"].clone(), event["data"]["by"].clone());
    let expected = [(2.into(), "customer".into()), (2.into(), "deadline".into())];
    assert_eq!(cancelled.iter().map(told).collect::<Vec<_>>(), expected);
}

#[test]
fn a_replay_keeps_old_events_as_they_were_written_and_comes_to_the_same_state() {
    let (folder, path) = opened();
    let copy = folder.path().join("copy.db");
    replay(&path, &copy, FRESH).unwrap();
    let written = |path: &PathBuf| -> Vec<(u32, String)> {
        let database = Connection::open(path).unwrap();
        let sql = "SELECT schema_version, data FROM event WHERE type = 'OrderCancelled'";
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(written(&copy), written(&path));
    assert_eq!(written(&copy)[0], (1, r#"{"reason": "you asked for it."}"#.to_owned()));
}

#[test]
fn an_event_that_a_newer_program_wrote_is_named_and_not_guessed_at() {
    let (_folder, path) = opened();
    let database = Connection::open(&path).unwrap();
    database
        .execute_batch(
            "DROP TRIGGER event_is_never_updated;
             UPDATE event SET schema_version = 3 WHERE seq = 5;",
        )
        .unwrap();
    let verdict = verify(&path).unwrap();
    let told = verdict.told("state");
    assert!(told.iter().any(|it| it.contains("OrderCancelled has version 3")), "{verdict}");
}
