//! A disk that is full: what is not in the journal is not sent behind anybody's back.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::{Terminal, TerminalOptions, stays};
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

use super::journal_file::wishes;
use super::person::{Home, LIVE, PROGRAM, Person, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House};

/// How long we watch that nothing is sent: many times what sending takes.
const A_WHILE: Duration = Duration::from_secs(1);

/// A guest whose disk can fill up, which it does for the kernel's own reasons: no file may grow any
/// more. (What a process may write is bounded for each process, so that neither the tests beside this
/// one nor whoever runs them notice. It would be killed for trying; that is told to be ignored.)
fn start_on_a_disk_with_a_bound(home: &Home, url: &str) -> Result<Person> {
    let ignoring = r#"trap "" XFSZ; exec "$0" "$@""#;
    let options =
        TerminalOptions { home: Some(home.path().to_owned()), ..TerminalOptions::default() };
    let arguments = ["-c", ignoring, PROGRAM, "--url", url];
    let terminal = Terminal::start(Path::new("/bin/sh"), &arguments, &options)?;
    let ada = Person { terminal };
    ada.sees(LIVE)?;
    ada.sees(THREE_TIER.name)?;
    Ok(ada)
}

fn fill_the_disk(person: &Person) -> Result<()> {
    bound_files(person, Some(0))
}

fn make_room(person: &Person) -> Result<()> {
    bound_files(person, getrlimit(Resource::Fsize).maximum)
}

fn bound_files(person: &Person, bytes: Option<u64>) -> Result<()> {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let bound = Rlimit { current: bytes, maximum };
    prlimit(Some(person.terminal.pid()), Resource::Fsize, bound).context("bounding its files")?;
    Ok(())
}

#[test]
fn an_order_that_a_full_disk_does_not_take_is_not_sent_until_there_is_room_and_r_is_pressed()
-> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = start_on_a_disk_with_a_bound(&home, &house.backend.url())?;
    fill_the_disk(&ada)?;
    ada.orders(&THREE_TIER)?;
    ada.sees("not saved")?;
    ada.types("r")?;
    let log = house.log_file()?;
    assert_eq!(stays(A_WHILE, "orders in the log", || log.events("OrderPlaced"))?, 0);
    ada.sees("not saved")?;

    make_room(&ada)?;
    assert_eq!(stays(A_WHILE, "orders in the log", || log.events("OrderPlaced"))?, 0);
    ada.types("r")?;
    ada.sees_settled("Validated")?;
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    assert_eq!(wishes(&home)?.len(), 1, "it is in the journal");
    Ok(())
}

#[test]
fn whoever_leaves_with_an_order_that_is_not_saved_is_told_so() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = start_on_a_disk_with_a_bound(&home, &house.backend.url())?;
    fill_the_disk(&ada)?;
    ada.orders(&THREE_TIER)?;
    ada.sees("not saved")?;
    let words = ada.leaves()?;
    assert!(words.contains("1 order could not be saved"), "{words}");
    assert!(!words.contains("still on its way"), "{words}");

    let mut ada = home.start_at(&house.backend.url())?;
    ada.types("3")?;
    ada.sees("No orders yet.")?;
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 0);
    Ok(())
}
