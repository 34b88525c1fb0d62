//! The placeholder: what one has ordered stands there in the next frame, dim and pulsing, whatever
//! network and backend do, and the fact takes its place without a second order.

use anyhow::Result;
use harness::Signal;
use harness::terminal::{Screen, Style};

use super::person::{Home, Person, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House, PATIENCE};

/// The row of the order in the list; a cell in the middle of it.
const ROW: &str = "1 x Three-tier Tiffin";

fn assert_dim(screen: &Screen) -> Result<()> {
    assert!(screen.style_of(ROW)?.dim, "a placeholder is not told from a fact:\n{screen}");
    Ok(())
}

fn assert_solid(screen: &Screen) -> Result<()> {
    assert!(!screen.style_of(ROW)?.dim, "a fact looks like a placeholder:\n{screen}");
    Ok(())
}

/// Waits until the cell where this word begins looks like that.
fn sees_word(person: &Person, word: &str, looks: fn(Style) -> bool) -> Result<Screen> {
    let what = format!("{word:?} in another brightness");
    person.terminal.wait_until(PATIENCE, what, |screen| screen.style_of(word).is_ok_and(looks))
}

#[test]
fn an_order_stands_there_while_the_own_backend_stands_still_and_becomes_a_fact_afterwards()
-> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&["--pace", "1000"])?;
    let url = ada.backend_url()?;

    ada.signals_own_backend(Signal::STOP)?;
    ada.orders(&THREE_TIER)?;
    assert_dim(&ada.sees("sending")?)?;

    ada.signals_own_backend(Signal::CONT)?;
    assert_solid(&ada.sees_settled("Validated")?)?;
    only_order(&home.customer(&url)?, "VALIDATED")?;
    Ok(())
}

#[test]
fn an_order_stands_there_while_a_backend_elsewhere_stands_still() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;

    house.backend.pause()?;
    ada.orders(&THREE_TIER)?;
    assert_dim(&ada.sees("sending")?)?;

    house.backend.resume()?;
    assert_solid(&ada.sees_settled("Validated")?)?;
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    Ok(())
}

#[test]
fn an_order_stands_there_while_a_backend_elsewhere_is_gone() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;

    house.backend.kill()?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    let screen = ada.sees("queued")?;
    assert_dim(&screen)?;
    assert!(screen.contains("sent when the backend answers"), "{screen}");

    house.backend.restart(harness::Port::Same)?;
    assert_solid(&ada.sees_settled("Validated")?)?;
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    Ok(())
}

#[test]
fn what_is_pending_breathes_and_what_is_confirmed_does_not() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.pause()?;
    ada.orders(&THREE_TIER)?;
    sees_word(&ada, "sending", |style| style.dim)?;
    sees_word(&ada, "sending", |style| style.bold)?;
    sees_word(&ada, "sending", |style| style.dim)?;

    house.backend.resume()?;
    let screen = ada.sees_settled("Validated")?;
    let breathes = |style: Style| style.dim || style.bold;
    assert!(!breathes(screen.style_of(ROW)?), "{screen}");
    Ok(())
}

#[test]
fn reduced_motion_keeps_the_mark_and_the_word_and_lets_them_stand_still() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_live(&["--url", &house.backend.url(), "--reduced-motion"])?;
    house.backend.pause()?;
    ada.orders(&THREE_TIER)?;
    // Two breaths of the pulse, if there were one.
    for age in ["sending 0 s", "sending 1 s", "sending 2 s", "sending 3 s"] {
        let style = ada.sees(age)?.style_of("sending")?;
        assert!(!style.bold && !style.dim, "{age}: {style:?}");
    }
    Ok(())
}

#[test]
fn several_orders_are_placed_while_nothing_answers_and_each_goes_out_once() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.kill()?;
    for orders in 1..=3 {
        ada.orders(&THREE_TIER)?;
        ada.sees(&format!("Orders ({orders})"))?;
    }
    house.backend.restart(harness::Port::Same)?;
    let all_facts = |screen: &Screen| {
        let rows = screen.text();
        rows.lines().filter(|row| row.contains("Validated since")).count() >= 3
    };
    ada.terminal.wait_until(PATIENCE, "three facts", all_facts)?;
    let log = house.log_file()?;
    assert_eq!(log.events("OrderPlaced")?, 3);
    log.check()
}
