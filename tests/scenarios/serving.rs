//! The backend as a process that somebody runs: one server for one database, an orderly end,
//! flags and variables and help, and errors that say what to do.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use harness::process::run;
use harness::{Attempt, BackendOptions, Client, Closed, Port, Signal, Stopwatch, eventually};
use rusqlite::Connection;
use serde_json::Value;

use crate::evidence::LogFile;
use crate::house::{BACKEND, FOR_EVER, House, PATIENCE, TIFFIN, text, texts};

/// Runs `serve` on this database, on a free port. It ends by itself: with an error, or because its
/// standard input is at its end.
fn serve(database: &Path, arguments: &[&str]) -> Result<Output> {
    let database = database.to_str().context("a path in UTF-8")?;
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", database];
    run(Path::new(BACKEND), &[&serve, arguments].concat(), &[], PATIENCE)
}

/// It has ended with 1 and one sentence that has all of this in it.
fn assert_fails(output: &Output, says: &[&str]) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(output.stdout.is_empty(), "it never listened");
    for part in says {
        assert!(complaint.contains(part), "{complaint:?} lacks {part:?}");
    }
}

#[test]
fn a_second_server_on_the_same_database_is_told_where_the_first_is_and_harms_nothing() -> Result<()>
{
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let watch = Stopwatch::start();
    let second = serve(&house.backend.database(), &[])?;
    let took = watch.elapsed();
    assert_fails(&second, &[&house.backend.url(), "serves", "tiffin.db", "another --database"]);
    assert!(took < Duration::from_secs(1), "it took {took:?} to say so");

    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    assert_eq!(text(&ada.settled(order.order_id)?, "/status"), "DELIVERED");
    house.log_file()?.check()
}

#[test]
fn a_server_that_was_killed_leaves_no_lock_behind() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    house.backend.kill()?;
    let next = serve(&house.backend.database(), &["--end-with-stdin"])?;
    assert_eq!(next.status.code(), Some(0), "{}", String::from_utf8_lossy(&next.stderr));
    Ok(())
}

#[test]
fn sigterm_and_ctrl_c_end_it_with_0_and_what_was_acknowledged_goes_on_after_the_next_start()
-> Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let mut house = House::open(0.02)?;
        let ada = house.customer("Ada")?;
        let mut changes = ada.follow(None)?;
        let order = house.order(TIFFIN, 1)?.with("tipCents", 1_00);
        ada.place(&order)?;
        let mut seen = changes.until(order.order_id, "OrderValidated")?;

        rustix::process::kill_process(house.backend.pid()?, signal)?;
        // Whoever follows is told to come back, and may hear a little more before.
        let closed = changes.socket().closed(PATIENCE)?;
        assert!(matches!(closed, Closed::Properly { code: 1001, .. }), "{closed:?}");
        let status = eventually(PATIENCE, "its end", || match house.backend.ended() {
            Ok(Some(status)) => Attempt::Done(status),
            other => Attempt::NotYet(format!("{other:?}")),
        })?;
        assert_eq!(status.code(), Some(0), "after {signal:?}: {}", house.backend.log());
        house.log_file()?.check()?;

        house.backend.restart(Port::Same)?;
        let mut resumed = ada.follow(Some(changes.cursor()))?;
        seen.extend(resumed.until(order.order_id, "TipCaptured")?);
        assert_eq!(texts(&seen, "/event/id"), texts(&ada.log()?, "/id"));
        assert_eq!(house.books()?.of(order.order_id)?.kept(), 15_50);
    }
    Ok(())
}

/// A server whose standard input somebody holds; killed when it is dropped.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // One that has ended already cannot be killed any more, and needs not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_ends_with_its_standard_input_where_it_was_told_to() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (printed, database) = (folder.path().join("printed"), folder.path().join("tiffin.db"));
    let mut command = Command::new(BACKEND);
    command.args(["serve", "--end-with-stdin", "--listen", "127.0.0.1:0", "--database"]);
    command.arg(&database).stdin(Stdio::piped()).stdout(File::create(&printed)?);
    let mut server = Owned(command.stderr(Stdio::null()).spawn()?);
    let url = eventually(PATIENCE, "its line", || {
        let line = fs::read_to_string(&printed)?;
        let url = line.strip_prefix("listening on ").and_then(|rest| rest.strip_suffix('\n'));
        url.map(str::to_owned).context(line.clone())
    })?;
    let customer = Client::new(&url).sign_in("Ada")?;
    // What is written to it means nothing.
    let mut stdin = server.0.stdin.take().context("we hold its standard input")?;
    stdin.write_all(b"soup\n")?;
    let still_there = Client::new(&url).with_token(customer.token);
    still_there.query("{ viewer { id } }", &Value::Null)?;
    assert_eq!(server.0.try_wait()?, None);

    drop(stdin);
    let status = eventually(PATIENCE, "its end", || server.0.try_wait().ok().flatten())?;
    assert_eq!(status.code(), Some(0));
    assert_eq!(LogFile::open(&database)?.events("CustomerSignedIn")?, 1);
    Ok(())
}

#[test]
fn without_being_told_to_it_does_not_need_a_standard_input() -> Result<()> {
    // The harness gives it one that is at its end from the start.
    let mut house = House::open(FOR_EVER)?;
    house.customer("Ada")?;
    assert_eq!(house.backend.ended()?, None);
    Ok(())
}

#[test]
fn help_teaches_every_flag_its_variable_and_an_example() -> Result<()> {
    let help = |arguments: &[&str]| -> Result<String> {
        let output = run(Path::new(BACKEND), arguments, &[], PATIENCE)?;
        assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(0), true));
        Ok(String::from_utf8(output.stdout)?)
    };
    let of_program = help(&["--help"])?;
    for part in ["serve", "Examples:", "http://127.0.0.1:4000", "tiffin --url"] {
        assert!(of_program.contains(part), "{of_program}\nlacks {part}");
    }
    let of_serve = help(&["serve", "--help"])?;
    for part in [
        "--listen <ADDRESS>",
        "[env: TIFFIN_LISTEN=]",
        "[default: 127.0.0.1:4000]",
        "--database <FILE>",
        "[env: TIFFIN_DATABASE=]",
        "[default: tiffin.db]",
        "--pace <FACTOR>",
        "[env: TIFFIN_PACE=]",
        "[default: 1]",
        "listening on http://ADDRESS",
        "graphql-transport-ws",
        "SIGTERM",
    ] {
        assert!(of_serve.contains(part), "{of_serve}\nlacks {part}");
    }
    assert!(!of_serve.contains("end-with-stdin"), "that one is for programs");
    assert!(help(&["--version"])?.starts_with("tiffin-backend 0."));
    Ok(())
}

#[test]
fn arguments_that_make_no_sense_end_it_with_2_and_a_hint() -> Result<()> {
    for (arguments, says) in [
        (&[][..], "Usage:"),
        (&["cook"], "cook"),
        (&["serve", "--soup"], "--soup"),
        (&["serve", "--pace", "fast"], "`fast` is no number"),
        (&["serve", "--pace", "-1"], "from 0 (no time at all) to 1000"),
        (&["serve", "--pace=1001"], "from 0 (no time at all) to 1000"),
        (&["serve", "--listen", "here"], "here"),
    ] {
        let output = run(Path::new(BACKEND), arguments, &[], PATIENCE)?;
        let complaint = String::from_utf8(output.stderr)?;
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(complaint.contains(says), "{arguments:?}: {complaint}");
    }
    Ok(())
}

#[test]
fn variables_stand_in_for_flags_and_flags_win() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("named.db");
    let named = database.to_str().context("a path in UTF-8")?;
    let environment = [("TIFFIN_LISTEN", "127.0.0.1:0"), ("TIFFIN_DATABASE", named)];
    let serve = ["serve", "--end-with-stdin"];
    let output = run(Path::new(BACKEND), &serve, &environment, PATIENCE)?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout)?;
    assert!(!printed.ends_with(":4000\n"), "a free port was asked for: {printed}");
    assert!(database.exists() && folder.path().join("named-gateway.db").exists());

    let wrong = run(Path::new(BACKEND), &serve, &[("TIFFIN_PACE", "fast")], PATIENCE)?;
    assert_eq!(wrong.status.code(), Some(2));

    // The harness gives `--pace 0`: with the variable's pace the door would be hours away.
    let environment = vec![("TIFFIN_PACE".into(), "1000".into())];
    let house = House::open_with(BackendOptions { environment, ..BackendOptions::default() })?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    Ok(())
}

#[test]
fn its_log_says_what_happened_and_is_silent_where_it_was_told_to() -> Result<()> {
    for (variable, speaks) in [(None, true), (Some(("TIFFIN_LOG", "error")), false)] {
        let environment = variable.map(|(name, value)| (name.into(), value.into()));
        let environment = environment.into_iter().collect();
        let mut house =
            House::open_with(BackendOptions { environment, ..BackendOptions::default() })?;
        let ada = house.customer("Ada")?;
        let order = house.order(TIFFIN, 1)?;
        ada.place(&order)?;
        ada.settled(order.order_id)?;
        house.backend.stop()?;
        let log = house.backend.log();
        assert_eq!(log.contains("The order is at the door."), speaks, "{log}");
        assert!(speaks || log.is_empty(), "{log}");
        assert!(!log.contains('\u{1b}'), "colours are for terminals: {log:?}");
    }
    Ok(())
}

#[test]
fn a_taken_port_is_named() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let folder = tempfile::tempdir()?;
    let taken = house.backend.address().to_string();
    let database = folder.path().join("other.db");
    let database = database.to_str().context("a path in UTF-8")?;
    let arguments = ["serve", "--listen", &taken, "--database", database];
    let second = run(Path::new(BACKEND), &arguments, &[], PATIENCE)?;
    assert_fails(&second, &[&format!("cannot listen on {taken}"), "is another program there?"]);
    Ok(())
}

#[test]
fn a_folder_that_is_absent_or_cannot_be_written_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let absent = folder.path().join("absent");
    let file = folder.path().join("file");
    fs::write(&file, "no folder")?;
    for place in [&absent, &file] {
        let database = place.join("tiffin.db");
        let lock = format!("{}.lock", database.display());
        assert_fails(
            &serve(&database, &[])?,
            &[&lock, "Is its folder there, and may we write to it?"],
        );
    }
    assert!(!absent.exists(), "nothing was made on the way");
    Ok(())
}

/// `/proc` takes new files from nobody, not even from root, under whom tests may run.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_named() -> Result<()> {
    assert_fails(&serve(Path::new("/proc/tiffin.db"), &[])?, &["/proc/tiffin.db.lock"]);
    Ok(())
}

#[test]
fn a_database_of_a_newer_program_is_left_as_it_is() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    house.customer("Ada")?;
    house.backend.stop()?;
    let database = house.backend.database();
    Connection::open(&database)?.pragma_update(None, "user_version", 99)?;
    let before = fs::read(&database)?;

    let refused = serve(&database, &[])?;
    assert_fails(&refused, &["tiffin.db", "schema version 99", "start the newer program"]);
    assert!(fs::read(&database)? == before, "the file has changed");
    Ok(())
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("letter.db");
    let letter = "Dear Nonna, ".repeat(500);
    fs::write(&database, &letter)?;
    assert_fails(
        &serve(&database, &[])?,
        &["letter.db", "could not be opened", "no database of Tiffin's"],
    );
    assert_eq!(fs::read_to_string(&database)?, letter);
    Ok(())
}
