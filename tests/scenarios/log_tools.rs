//! The operator's commands on the file, as processes beside a server or without one: verify, replay,
//! events, backup, restore.

use std::path::Path;
use std::process::Output;
use std::thread;

use anyhow::{Result, anyhow, ensure};
use harness::process::run;
use harness::{Attempt, BackendOptions, Client, Port, eventually};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::house::{BACKEND, FOR_EVER, House, PATIENCE, TIFFIN, text};

/// A command of the backend, with its status and its output.
fn command(arguments: &[&str]) -> Result<Output> {
    run(Path::new(BACKEND), arguments, &[], PATIENCE)
}

fn printed(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams.map(|stream| String::from_utf8_lossy(stream).into_owned()).concat()
}

/// A command that must do.
fn done(arguments: &[&str]) -> Result<String> {
    let output = command(arguments)?;
    let printed = printed(&output);
    ensure!(output.status.success(), "{arguments:?} ended with {}: {printed}", output.status);
    Ok(printed)
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}

/// Checks that `verify` finds nothing wrong in a house's file.
pub(crate) fn verified(house: &House) -> Result<()> {
    let verdict = done(&["verify", "--database", &path_text(&house.backend.database())])?;
    ensure!(verdict.contains("Everything holds."), "{verdict}");
    Ok(())
}

/// The line in which a command says what the log comes to.
fn state(printed: &str) -> Option<&str> {
    printed.lines().find_map(|line| line.strip_prefix("state ")?.split_whitespace().next())
}

/// A house in which orders came home, one was refused and refunded, and one is under way.
fn house_with_a_history() -> Result<House> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    for (dish, portions) in [(TIFFIN, 2), ("Lasagne della Nonna", 5), ("Unlucky Thirteen", 1)] {
        let order = house.order(dish, portions)?.with("tipCents", 3_00);
        ada.place(&order)?;
        ada.settled(order.order_id)?;
    }
    Ok(house)
}

#[test]
fn a_file_is_verified_beside_its_server_and_after_kill_9() -> Result<()> {
    let mut house = house_with_a_history()?;
    let database = path_text(&house.backend.database());
    let ada = house.customer("Bob")?;
    for _ in 0..5 {
        ada.place(&house.order(TIFFIN, 1)?)?;
        let verdict = done(&["verify", "--database", &database])?;
        assert!(verdict.contains("Everything holds."), "{verdict}");
    }
    house.backend.kill()?;
    done(&["verify", "--database", &database])?;
    Ok(())
}

#[test]
fn the_exit_status_tells_what_is_off_from_what_cannot_be_read() -> Result<()> {
    let mut house = house_with_a_history()?;
    house.backend.stop()?;
    let database = house.backend.database();
    let broken = Connection::open(&database)?;
    broken.execute_batch("DROP TRIGGER event_is_never_deleted; DELETE FROM event WHERE seq = 3")?;
    drop(broken);
    let output = command(&["verify", "--database", &path_text(&database)])?;
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    assert!(printed(&output).contains("position 3 is missing"), "{}", printed(&output));
    std::fs::write(&database, "dear diary".repeat(500))?;
    let output = command(&["verify", "--database", &path_text(&database)])?;
    assert_eq!(output.status.code(), Some(2), "{}", printed(&output));
    assert!(printed(&output).contains("is no database of Tiffin's"), "{}", printed(&output));
    Ok(())
}

#[test]
fn a_replayed_environment_stands_still_until_it_is_told_to_go_on() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 2)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;

    let folder = tempfile::tempdir()?;
    let (source, copy) = (house.backend.database(), folder.path().join("tiffin.db"));
    let said = done(&["replay", "--database", &path_text(&source), "--to", &path_text(&copy)])?;
    let verdict = done(&["verify", "--database", &path_text(&copy)])?;
    assert!(state(&said).is_some() && state(&said) == state(&verdict), "{said}\n{verdict}");

    let options = BackendOptions {
        data_directory: Some(folder.path().to_owned()),
        ..BackendOptions::default()
    };
    let mut still = House::open_with(options.clone())?;
    let there = Client::new(still.backend.url()).with_token(&ada.token);
    // Whoever asks is answered, and nothing comes of it.
    let second = still.order(TIFFIN, 1)?;
    assert!(there.place_order(&second)?["refusal"].is_null());
    for (order, status) in [(order.order_id, "VALIDATED"), (second.order_id, "PLACED")] {
        assert_eq!(text(&there.order(order)?, "/status"), status);
    }
    assert!(still.backend.log().contains("--resume"), "{}", still.backend.log());
    still.backend.stop()?;

    let resumed =
        House::open_with(BackendOptions { arguments: vec!["--resume".into()], ..options })?;
    let there = Client::new(resumed.backend.url()).with_token(&ada.token);
    for order in [order.order_id, second.order_id] {
        there.wait_for_status(order, "DELIVERED", PATIENCE)?;
    }
    let told = done(&["events", "--database", &path_text(&copy)])?;
    assert!(told.contains("The operator let this environment"), "{told}");
    let untouched = ada.client.order(order.order_id)?;
    assert_eq!(text(&untouched, "/status"), "VALIDATED", "the source has felt nothing of it");
    assert_eq!(house.books()?.of(order.order_id)?.kept(), 0);
    Ok(())
}

#[test]
fn what_was_backed_up_while_it_was_served_is_restored_as_another_log() -> Result<()> {
    let mut house = house_with_a_history()?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    let (before, cursor) = (house.server()?, house.head()?);

    let folder = tempfile::tempdir()?;
    let saved = path_text(&folder.path().join("saved.db"));
    let made =
        done(&["backup", "--database", &path_text(&house.backend.database()), "--to", &saved])?;
    house.backend.kill()?;
    let restored = path_text(&folder.path().join("tiffin.db"));
    let said = done(&["restore", "--from", &saved, "--to", &restored])?;
    assert!(state(&said).is_some() && state(&said) == state(&made), "{made}\n{said}");

    let data_directory = Some(folder.path().to_owned());
    let again = House::open_with(BackendOptions { data_directory, ..BackendOptions::default() })?;
    assert_ne!(again.server()?["logId"], before["logId"]);
    let there = Client::new(again.backend.url()).with_token(&ada.token);
    assert_eq!(text(&there.order(order.order_id)?, "/status"), "DELIVERED");
    assert_eq!(there.place_order(&order)?["replayed"], true, "the receipt is there, too");
    let events = "query($after: Cursor) { events(after: $after) { nodes { id } } }";
    let refused = there.error(events, &json!({ "after": cursor }))?;
    assert_eq!(refused.code, "CURSOR_OF_ANOTHER_LOG");
    Ok(())
}

#[test]
fn a_backup_for_which_there_is_no_room_says_so_and_leaves_nothing() -> Result<()> {
    let house = house_with_a_history()?;
    let folder = tempfile::tempdir()?;
    let saved = folder.path().join("saved.db");
    // No file may grow beyond some kilobytes: what a full disk is to whoever writes.
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$0\" \"$@\"";
    let (database, target) = (path_text(&house.backend.database()), path_text(&saved));
    let arguments = ["-c", script, BACKEND, "backup", "--database", &database, "--to", &target];
    let output = run(Path::new("/bin/sh"), &arguments, &[], PATIENCE)?;
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    assert!(printed(&output).contains("there is no backup: "), "{}", printed(&output));
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "something is left");
    Ok(())
}

#[test]
fn whoever_has_seen_enough_events_ends_them_without_a_word() -> Result<()> {
    let house = house_with_a_history()?;
    let database = path_text(&house.backend.database());
    let all = done(&["events", "--database", &database])?;
    assert!(all.lines().any(|line| line.ends_with("The card paid $29.00.")), "{all}");
    let json = done(&["events", "--json", "--after", "1", "--database", &database])?;
    for line in json.lines() {
        serde_json::from_str::<Value>(line)?;
    }
    assert_eq!(json.lines().count() + 1, all.lines().count());
    // Who follows notices with the next line that nobody takes.
    let script =
        "{ \"$0\" events --follow --database \"$1\"; echo \"status $?\" >&2; } | head -n 1";
    let follow = || run(Path::new("/bin/sh"), &["-c", script, BACKEND, &database], &[], PATIENCE);
    let eve = house.customer("Eve")?;
    let output = thread::scope(|scope| {
        let following = scope.spawn(follow);
        while !following.is_finished() {
            eve.place(&house.order(TIFFIN, 1)?)?;
        }
        following.join().map_err(|_| anyhow!("following panicked"))?
    })?;
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "status 0\n");
    Ok(())
}

#[test]
fn the_log_knows_when_its_servers_began_and_whether_they_ended_in_order() -> Result<()> {
    let mut house = House::open(0.0)?;
    house.backend.stop()?;
    house.backend.restart(Port::Same)?;
    house.backend.kill()?;
    house.backend.restart(Port::Same)?;
    let said = done(&["events", "--database", &path_text(&house.backend.database())])?;
    let messages: Vec<_> = said.lines().filter_map(|line| line.split_once(" server ")).collect();
    let version = text(&house.server()?, "/version").to_owned();
    let started = format!("The server started (version {version})");
    let expected = [
        format!("{started}."),
        "The server stopped: SIGTERM.".to_owned(),
        format!("{started}."),
        format!("{started}; its last run had been cut short."),
    ];
    assert_eq!(messages.iter().map(|(_, it)| it.trim()).collect::<Vec<_>>(), expected);
    Ok(())
}

#[test]
fn a_server_logs_for_programs_on_request() -> Result<()> {
    let arguments = vec!["--log-format".into(), "json".into()];
    let house = House::open_with(BackendOptions { arguments, ..BackendOptions::default() })?;
    let ada = house.customer("Ada")?;
    ada.place(&house.order(TIFFIN, 1)?)?;
    let log = eventually(PATIENCE, "the order in the server's log", || {
        let log = house.backend.log();
        if log.contains("The customer ordered") { Attempt::Done(log) } else { Attempt::NotYet(log) }
    })?;
    for line in log.lines().filter(|line| line.ends_with('}')) {
        let entry: Value = serde_json::from_str(line)?;
        ensure!(entry["level"].is_string() && entry["timestamp"].is_string(), "{line}");
    }
    ensure!(log.lines().any(|line| line.starts_with('{')), "{log}");
    Ok(())
}
