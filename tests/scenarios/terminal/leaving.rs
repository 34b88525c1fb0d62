//! Leaving, in every way there is: the terminal is as it was, the own backend is gone, the exit
//! code is right, and what is pending is kept and said.

use std::fs;

use anyhow::Result;
use harness::terminal::Exit;
use harness::{Key, Signal, eventually};

use super::person::{Home, Person, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House, PATIENCE};

/// Somebody with a backend of their own, in the middle of the program.
fn at_home(home: &Home) -> Result<Person> {
    let ada = home.start_live(&[])?;
    ada.own_backend()?;
    assert!(ada.terminal.screen().alternate_screen());
    assert!(!ada.terminal.line_settings()?.echo());
    Ok(ada)
}

/// Told to leave by this signal, the program does as if somebody had pressed the key for it.
fn assert_leaves_on(signal: Signal) -> Result<()> {
    let home = Home::new()?;
    let ada = at_home(&home)?;
    ada.terminal.signal(signal)?;
    let words = ada.has_left()?;
    assert_eq!(words.text(), "", "nothing is pending, so nothing is said");
    Ok(())
}

#[test]
fn q_leaves() -> Result<()> {
    let home = Home::new()?;
    let words = at_home(&home)?.leaves()?;
    assert_eq!(words.text(), "", "nothing is pending, so nothing is said");
    let log = fs::read_to_string(home.file_named("backend.log")?)?;
    assert!(log.contains("SIGTERM"), "the backend was not told to end, but killed:\n{log}");
    assert!(!log.contains("is gone"), "it takes our leaving for our death:\n{log}");
    Ok(())
}

#[test]
fn ctrl_c_leaves_from_everywhere() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    for (keys, words) in [("", "Restaurants"), ("?", "Keys and marks"), ("2n", "Enter keep")] {
        let home = Home::new()?;
        let mut ada = home.start_at(&house.backend.url())?;
        ada.chooses(&THREE_TIER, 1)?;
        ada.types(keys)?;
        ada.sees(words)?;
        ada.presses(Key::Ctrl('c'))?;
        ada.has_left()?;
    }
    Ok(())
}

#[test]
fn whoever_leaves_with_a_full_cart_finds_it_again() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.chooses(&THREE_TIER, 2)?;
    ada.leaves()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.sees("2 Cart (2)")?;
    ada.types("p")?;
    ada.sees_settled("Validated")?;
    ada.leaves()?;
    let screen = home.start_at(&house.backend.url())?.sees(THREE_TIER.name)?;
    assert!(!screen.contains("2 Cart (2)"), "{screen}");
    Ok(())
}

#[test]
fn a_terminal_that_is_too_small_can_be_left_as_well() -> Result<()> {
    let home = Home::new()?;
    let mut ada = at_home(&home)?;
    ada.terminal.resize(harness::Size { columns: 20, rows: 6 })?;
    ada.sees("This terminal")?;
    ada.leaves()?;
    Ok(())
}

#[test]
fn a_termination_leaves_as_the_key_does() -> Result<()> {
    assert_leaves_on(Signal::TERM)
}

#[test]
fn an_interrupt_from_elsewhere_leaves_as_the_key_does() -> Result<()> {
    assert_leaves_on(Signal::INT)
}

#[test]
fn a_quit_signal_leaves_as_the_key_does() -> Result<()> {
    assert_leaves_on(Signal::QUIT)
}

#[test]
fn what_is_pending_is_kept_and_said_whoever_ends_the_program() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.kill()?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("queued")?;
    ada.terminal.signal(Signal::TERM)?;
    let words = ada.has_left()?;
    assert!(words.contains("1 order still on its way"), "{words}");

    house.backend.restart(harness::Port::Same)?;
    let mut ada = home.start(&["--url", &house.backend.url()])?;
    ada.types("3")?;
    ada.sees_settled("Validated")?;
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    Ok(())
}

#[test]
fn a_terminal_that_vanishes_ends_the_program_and_keeps_what_is_pending() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.kill()?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("queued")?;
    ada.terminal.hang_up()?;
    assert_eq!(ada.terminal.exit(PATIENCE)?, Exit::Code(0));

    let mut ada = home.start(&["--url", &house.backend.url()])?;
    ada.types("3")?;
    ada.sees("queued")?;
    Ok(())
}

#[test]
fn a_terminal_that_vanishes_takes_the_own_backend_along() -> Result<()> {
    let home = Home::new()?;
    let mut ada = at_home(&home)?;
    ada.terminal.hang_up()?;
    assert_eq!(ada.terminal.exit(PATIENCE)?, Exit::Code(0));
    assert_eq!(ada.terminal.processes(), []);
    Ok(())
}

#[test]
fn a_frozen_backend_does_not_hold_up_who_leaves() -> Result<()> {
    let home = Home::new()?;
    let ada = at_home(&home)?;
    ada.signals_own_backend(Signal::STOP)?;
    ada.leaves()?;
    Ok(())
}

#[test]
fn what_cannot_be_started_is_said_in_a_sentence_with_a_way_out() -> Result<()> {
    let home = Home::new()?;
    let ada = home.start(&["--data-dir", "/dev/null/lunch"])?;
    assert_eq!(ada.terminal.exit_code(PATIENCE)?, 1);
    assert_eq!(ada.terminal.left_behind()?, [""; 0]);
    ada.sees("name another one with --data-dir")?;

    at_home(&home)?.leaves()?;
    fs::write(home.file_named("profile.json")?, "{}")?;
    let ada = home.start(&[])?;
    assert_eq!(ada.terminal.exit_code(PATIENCE)?, 1);
    assert_eq!(ada.terminal.left_behind()?, [""; 0]);
    ada.sees("is damaged")?;
    Ok(())
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_somebody_goes_on() -> Result<()> {
    let home = Home::new()?;
    let mut ada = at_home(&home)?;
    ada.presses(Key::Ctrl('z'))?;
    eventually(PATIENCE, "a terminal as it was", || {
        let left = ada.terminal.left_behind();
        left.is_ok_and(|left| left.is_empty()).then_some(())
    })?;
    assert_eq!(ada.terminal.ended()?, None);

    ada.terminal.signal(Signal::CONT)?;
    let screen = ada.sees(THREE_TIER.name)?;
    assert!(screen.alternate_screen(), "{screen}");
    ada.orders(&THREE_TIER)?;
    ada.sees_settled("Validated")?;
    ada.leaves()?;
    Ok(())
}
