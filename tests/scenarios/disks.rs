//! Disks that fail their server: full, read-only, damaged. It says what to do, loses no receipt, and what
//! can still be read is read.
//!
//! The full disk and the read-only file are real ones, mounted where nobody else sees them, in a name space
//! of the server's own. Where the machine lets nobody do that, a test says so and is left out.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context, Result, ensure};
use harness::process::run;
use harness::{BackendOptions, eventually};

use crate::house::{BACKEND, House, PATIENCE, TIFFIN, text};

/// Whether we may mount something where only we see it.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
fn mounts_are_allowed() -> bool {
    let script = "mount -t tmpfs tmpfs /tmp";
    let tried = run(Path::new("unshare"), &["-Urm", "sh", "-c", script], &[], PATIENCE);
    let allowed = tried.is_ok_and(|output| output.status.success());
    if !allowed {
        println!("left out: this machine lets nobody mount a disk of their own");
    }
    allowed
}

/// A backend whose data directory is a disk of 4 MiB.
fn on_a_small_disk(folder: &Path) -> Result<House> {
    let (program, data) = (folder.join("backend"), folder.join("data"));
    fs::create_dir(&data)?;
    let mount = "mount -t tmpfs -o size=4m tmpfs \"$0\" && exec \"$@\"";
    let (data_name, mount) = (data.display(), mount.replace('"', "\\\"").replace('$', "\\$"));
    let script = format!(
        "#!/bin/sh\nexec unshare -Urm sh -c \"{mount}\" '{data_name}' '{BACKEND}' \"$@\"\n"
    );
    fs::write(&program, script)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    let options = BackendOptions { data_directory: Some(data), ..BackendOptions::default() };
    House::open_program(&program, options)
}

/// The server's disk, as seen from here.
fn disk(house: &House) -> Result<PathBuf> {
    let root = format!("/proc/{}/root", house.backend.pid()?.as_raw_nonzero());
    let data = house.backend.data_directory();
    Ok(Path::new(&root).join(data.strip_prefix("/").context("an absolute path")?))
}

/// Writes until nothing fits any more.
fn fill(file: &Path) -> Result<()> {
    let mut file = File::create(file)?;
    for size in [65_536, 4_096] {
        loop {
            match file.write_all(&vec![0; size]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error).context("filling the disk"),
            }
        }
    }
    Ok(())
}

/// Runs `verify` where the server is.
fn verify_inside(house: &House) -> Result<String> {
    let pid = house.backend.pid()?.as_raw_nonzero().to_string();
    let database = house.backend.database().display().to_string();
    let inside = ["-t", &pid, "-U", "-m", "--preserve-credentials", BACKEND];
    let arguments = [&inside[..], &["verify", "--database", &database]].concat();
    let output = run(Path::new("nsenter"), &arguments, &[], PATIENCE)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn on_a_full_disk_everything_is_read_nothing_is_lost_and_writing_goes_on_when_there_is_room()
-> Result<()> {
    if !mounts_are_allowed() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mut house = on_a_small_disk(folder.path())?;
    let ada = house.customer("Ada")?;
    let before = house.order(TIFFIN, 1)?;
    let receipt = ada.place(&before)?;
    ada.settled(before.order_id)?;

    let filler = disk(&house)?.join("filler");
    fill(&filler)?;
    let meanwhile = house.order(TIFFIN, 2)?;
    for _ in 0..3 {
        let refused = ada.client.place_order(&meanwhile).expect_err("it does not fit");
        assert!(format!("{refused:#}").contains("UNAVAILABLE"), "{refused:#}");
    }
    assert_eq!(house.backend.ended()?, None, "{}", house.backend.log());
    assert_eq!(text(&ada.client.order(before.order_id)?, "/status"), "DELIVERED");
    eventually(PATIENCE, "what to do, in its log", || {
        let log = house.backend.log();
        (log.contains("disk is full") && log.contains("make room on the disk")).then_some(())
    })?;

    fs::remove_file(&filler)?;
    eventually(PATIENCE, "room", || ada.place(&meanwhile))?;
    assert_eq!(text(&ada.settled(meanwhile.order_id)?, "/status"), "DELIVERED");
    assert_eq!(ada.place(&before)?["cursor"], receipt["cursor"]);
    let placed = ada.log()?.iter().filter(|it| text(it, "/type") == "OrderPlaced").count();
    assert_eq!(placed, 2, "what did not fit was written once");
    let verdict = verify_inside(&house)?;
    ensure!(verdict.contains("Everything holds."), "{verdict}");
    Ok(())
}

#[test]
fn a_file_that_may_only_be_read_is_named_and_can_still_be_looked_at() -> Result<()> {
    if !mounts_are_allowed() {
        return Ok(());
    }
    let (_house, database) = stopped()?;
    let before = fs::read(&database)?;
    let read_only = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
    let database_name = database.display().to_string();
    let inside = |command: &[&str]| -> Result<Output> {
        let unshare = ["-Urm", "sh", "-c", read_only, &database_name, BACKEND];
        let arguments = [&unshare[..], command, &["--database", &database_name]].concat();
        run(Path::new("unshare"), &arguments, &[], PATIENCE)
    };
    let output = inside(&["serve", "--listen", "127.0.0.1:0"])?;
    assert_fails(&output, &["tiffin.db", "cannot be written", "may we write to it"]);
    let output = inside(&["verify"])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read(&database)? == before, "the file has changed");
    Ok(())
}

#[test]
fn a_damaged_file_is_left_as_it_is_and_whoever_starts_on_it_is_told_of_backups() -> Result<()> {
    let (_house, database) = stopped()?;
    // The header stays, so that it is still known to be ours; the list of its tables does not.
    let mut file = OpenOptions::new().write(true).open(&database)?;
    file.seek(SeekFrom::Start(100))?;
    file.write_all(&[0xa5; 3_996])?;
    drop(file);
    let before = fs::read(&database)?;
    let database_name = database.display().to_string();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", &database_name];
    let output = run(Path::new(BACKEND), &serve, &[], PATIENCE)?;
    assert_fails(&output, &["tiffin.db", "is damaged", "keep a copy", "tiffin-backend restore"]);
    assert!(fs::read(&database)? == before, "the file has changed");
    Ok(())
}

/// A house that has served, and its file.
fn stopped() -> Result<(House, PathBuf)> {
    let mut house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    house.backend.stop()?;
    let database = house.backend.database();
    Ok((house, database))
}

/// It has ended with 1, has never listened, and says all of this.
fn assert_fails(output: &Output, says: &[&str]) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(output.stdout.is_empty(), "it listened");
    for part in says {
        assert!(complaint.contains(part), "{complaint:?} lacks {part:?}");
    }
}
