//! The backend that the program starts for itself: killed, held up, outlived, never in the way.

use std::fs::{self, File};

use anyhow::Result;
use harness::terminal::Exit;
use harness::{Signal, eventually};

use super::person::{Home, LIVE, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House, PATIENCE};

#[test]
fn a_killed_backend_is_said_in_words_and_replaced_and_the_order_comes_home() -> Result<()> {
    let home = Home::new()?;
    // The whole way takes four seconds.
    let mut ada = home.start_live(&["--pace", "0.1"])?;
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Validated")?;
    let first = ada.own_backend()?;
    ada.signals_own_backend(Signal::KILL)?;
    ada.reads("Another backend is being started, and your orders go on")?;

    ada.sees_status("Delivered")?;
    ada.sees(LIVE)?;
    assert_ne!(ada.own_backend()?.pid, first.pid);
    only_order(&home.customer(&ada.backend_url()?)?, "DELIVERED")?;
    ada.leaves()?;
    Ok(())
}

#[test]
fn an_order_placed_while_the_own_backend_is_gone_goes_out_to_the_next_one_once() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&["--pace", "1000"])?;
    ada.chooses(&THREE_TIER, 1)?;
    // Frozen first, so that it cannot take the order before it dies.
    ada.signals_own_backend(Signal::STOP)?;
    ada.types("p")?;
    ada.sees("sending")?;
    ada.signals_own_backend(Signal::KILL)?;
    ada.sees_settled("Validated")?;
    only_order(&home.customer(&ada.backend_url()?)?, "VALIDATED")?;
    Ok(())
}

#[test]
fn a_backend_that_does_not_start_holds_nothing_up_and_is_tried_again() -> Result<()> {
    let home = Home::new()?;
    fs::create_dir_all(home.data())?;
    // What a running backend holds; this one will never say where it listens.
    let lock = File::create(home.data().join("tiffin.db.lock"))?;
    lock.lock()?;
    let mut ada = home.start(&[])?;
    ada.sees("No restaurants yet.")?;
    ada.sees("Your own backend does not start")?;
    ada.types("3")?;
    ada.sees("No orders are known here yet.")?;
    ada.types("?")?;
    ada.sees("Keys and marks")?;
    ada.types("?1")?;

    lock.unlock()?;
    ada.sees(LIVE)?;
    ada.sees(THREE_TIER.name)?;
    Ok(())
}

#[test]
fn a_backend_does_not_outlive_a_program_that_gets_killed() -> Result<()> {
    let home = Home::new()?;
    let ada = home.start_live(&[])?;
    ada.own_backend()?;
    ada.terminal.signal(Signal::KILL)?;
    assert_eq!(ada.terminal.exit(PATIENCE)?, Exit::Signal(Signal::KILL.as_raw()));
    eventually(PATIENCE, "the end of the backend", || {
        ada.terminal.processes().is_empty().then_some(())
    })
}

#[test]
fn whoever_names_a_backend_gets_none_of_their_own() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let ada = home.start_at(&house.backend.url())?;
    ada.sees(&format!("The backend is at {}.", house.backend.url()))?;
    assert_eq!(ada.terminal.processes(), []);
    assert!(!home.data().join("tiffin.db").exists());
    ada.leaves()?;
    Ok(())
}
