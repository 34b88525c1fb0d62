//! Nothing is drawn when nothing changes, and nothing that hangs keeps the keys waiting.

use std::time::Duration;

use anyhow::Result;
use harness::Key;

use super::person::{Home, LARGE, LIVE, Person, THREE_TIER};
use crate::house::{FOR_EVER, House, PATIENCE};

/// Longer than the breath of the pulse and than the second in which ages grow.
const A_WHILE: Duration = Duration::from_secs(2);
/// Longer than the time after which a silent line is asked whether it is alive, and than that
/// between two position marks of the backend.
const A_LONG_WHILE: Duration = Duration::from_secs(16);

fn live(house: &House, home: &Home) -> Result<Person> {
    let ada = home.start_in(LARGE, &["--url", &house.backend.url()])?;
    ada.sees(LIVE)?;
    ada.sees(THREE_TIER.name)?;
    Ok(ada)
}

#[test]
fn nothing_is_drawn_while_nothing_changes() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = live(&house, &home)?;
    // An order that waits is no reason to draw, either.
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Validated")?;
    ada.terminal.wait_until_quiet(A_WHILE, PATIENCE)?;
    ada.terminal.stays_quiet(A_LONG_WHILE)
}

#[test]
fn what_is_pending_pulses_until_it_is_confirmed_and_only_while_somebody_looks() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = live(&house, &home)?;
    house.backend.pause()?;
    ada.orders(&THREE_TIER)?;
    ada.sees("sending")?;
    assert!(ada.terminal.stays_quiet(A_WHILE).is_err(), "nothing pulses");

    // What a terminal says when another window comes before it, and when it is in front again.
    ada.types("\x1b[O")?;
    ada.terminal.wait_until_quiet(A_WHILE, PATIENCE)?;
    ada.types("\x1b[I")?;
    assert!(ada.terminal.stays_quiet(A_WHILE).is_err(), "nothing pulses any more");

    house.backend.resume()?;
    ada.sees_status("Validated")?;
    ada.terminal.wait_until_quiet(A_WHILE, PATIENCE)
}

#[test]
fn what_pulses_out_of_sight_is_not_drawn() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.pause()?;
    ada.orders(&THREE_TIER)?;
    ada.sees("sending")?;
    ada.types("1")?;
    ada.sees(THREE_TIER.name)?;
    ada.terminal.wait_until_quiet(A_WHILE, PATIENCE)
}

#[test]
fn every_key_is_answered_while_the_backend_hangs() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.pause()?;
    ada.types("j")?;
    ada.sees("Cacio e Pepe")?;
    ada.presses(Key::Enter)?;
    ada.types("a")?;
    ada.sees("1 in the cart")?;
    ada.types("2+")?;
    ada.sees("2 x Tagliatelle")?;
    ada.types("p")?;
    ada.sees("sending")?;
    ada.types("4")?;
    ada.sees("No event yet.")?;
    ada.types("?")?;
    ada.sees("Keys and marks")?;
    ada.presses(Key::Escape)?;
    ada.sees_no_more("Keys and marks")?;
    house.backend.resume()?;
    ada.types("3")?;
    ada.sees_settled("Validated")?;
    Ok(())
}
