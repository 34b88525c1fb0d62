//! Journals that cannot be opened, end in the middle of a record, or are of a newer Tiffin: it is said
//! on the screen, and nothing goes out that is not kept.

use std::fs::{self, OpenOptions};
use std::time::Duration;

use anyhow::{Context, Result};
use harness::{Key, Proxy, eventually, stays};

use super::agreement::of_screen_server_and_log;
use super::journal_file::{files, wishes};
use super::person::{Home, TALL, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House, PATIENCE};

/// How long we watch that nothing is sent: many times what sending takes.
const A_WHILE: Duration = Duration::from_secs(1);

#[test]
fn a_journal_that_cannot_be_opened_is_said_at_the_start_and_used_once_it_can_be() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    home.start_at(&house.backend.url())?.leaves()?;
    let journal = home.file_named("journal")?;
    fs::remove_dir_all(&journal)?;
    // Not even root can open this as a directory.
    fs::write(&journal, "")?;

    let mut ada = home.start_at(&house.backend.url())?;
    ada.reads("What was pending before is neither shown nor sent")?;
    ada.presses(Key::Escape)?;
    ada.sees_no_more("What was pending before")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("not saved")?;
    let log = house.log_file()?;
    assert_eq!(stays(A_WHILE, "orders in the log", || log.events("OrderPlaced"))?, 0);

    fs::remove_file(&journal)?;
    ada.types("r")?;
    ada.sees_settled("Validated")?;
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    Ok(())
}

#[test]
fn a_record_that_was_torn_is_cut_off_and_said_and_the_others_go_out() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let mut proxy = Proxy::start(house.backend.address())?;
    let home = Home::new()?;
    let mut ada = home.start_at(&proxy.url())?;
    proxy.cut()?;
    ada.sees("Offline since")?;
    for portions in [1, 2] {
        ada.chooses(&THREE_TIER, portions)?;
        ada.types("p")?;
        eventually(PATIENCE, "the order in the journal", || {
            wishes(&home).is_ok_and(|wishes| wishes.len() == portions).then_some(())
        })?;
    }
    ada.gets_killed()?;
    let journal = files(&home)?.pop().context("there is a journal")?;
    let length = fs::metadata(&journal)?.len();
    OpenOptions::new().write(true).open(&journal)?.set_len(length - 5)?;

    let mut ada = home.start_in(TALL, &["--url", &proxy.url()])?;
    ada.sees("was torn and is cut off")?;
    ada.types("3")?;
    let screen = ada.sees("1 x Three-tier Tiffin")?;
    assert!(!screen.contains("2 x Three-tier Tiffin"), "{screen}");
    proxy.pass()?;
    let customer = home.customer(&house.backend.url())?;
    let said = of_screen_server_and_log(&mut ada, &customer, &house.log_file()?)?;
    assert_eq!(said, [(1, "VALIDATED".to_owned())]);
    Ok(())
}

#[test]
fn a_journal_of_a_newer_version_is_left_as_it_is_and_said_whose_it_is() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    home.start_at(&house.backend.url())?.leaves()?;
    let newer = home.file_named("journal")?.join("journal-of-tomorrow.log");
    // Its checksum is that of the words behind it.
    let words = "b6553451 {\"format\":99,\"tiffin\":\"7.1.0\"}\n";
    fs::write(&newer, words)?;
    let ada = home.start_at(&house.backend.url())?;
    ada.reads("was written by a Tiffin 7.1.0")?;
    ada.leaves()?;
    assert_eq!(fs::read_to_string(&newer)?, words);
    Ok(())
}
