//! Cancelling from the screen: it asks first, it may be too late, and what was decided is said.

use anyhow::Result;
use harness::{Key, Proxy};

use super::person::{Home, LIVE, Person, THREE_TIER, only_order};
use crate::evidence::Account;
use crate::house::{FOR_EVER, House, text};

const QUESTION: &str = "Cancel the order?";

/// Somebody whose order waits for the end of the grace.
fn with_an_order(home: &Home, url: &str) -> Result<Person> {
    let mut ada = home.start_at(url)?;
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Validated")?;
    Ok(ada)
}

#[test]
fn a_cancellation_is_asked_about_first_and_esc_keeps_the_order() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = with_an_order(&home, &house.backend.url())?;
    for keep in [Key::Escape, Key::Character('n')] {
        ada.types("x")?;
        ada.sees(QUESTION)?;
        ada.presses(keep)?;
        ada.sees_no_more(QUESTION)?;
    }
    // The question is gone for good: what is typed now answers nothing.
    ada.types("y")?;
    ada.presses(Key::Enter)?;
    ada.sees("OrderValidated")?;
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    assert_eq!(house.log_file()?.events("CancellationRequested")?, 0);
    Ok(())
}

#[test]
fn a_cancellation_within_the_grace_is_decided_in_words_and_costs_nothing() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = with_an_order(&home, &house.backend.url())?;
    ada.types("x")?;
    ada.sees(QUESTION)?;
    ada.types("y")?;
    let screen = ada.sees_status("Cancelled")?;
    for words in ["you asked for it", "nothing charged"] {
        assert!(screen.contains(words), "{words:?} is not said:\n{screen}");
    }
    let order = only_order(&home.customer(&house.backend.url())?, "CANCELLED")?;
    assert_eq!(text(&order, "/payment"), "NONE");
    let id = text(&order, "/id").parse()?;
    assert_eq!(house.books()?.of(id)?.kept(), 0);
    Ok(())
}

#[test]
fn a_cancellation_stands_there_at_once_while_nothing_answers() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = with_an_order(&home, &house.backend.url())?;
    house.backend.pause()?;
    ada.types("xy")?;
    ada.sees("cancellation sending")?;
    house.backend.resume()?;
    ada.sees_status("Cancelled")?;
    Ok(())
}

#[test]
fn an_order_that_was_never_sent_is_taken_back_without_a_question() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    house.backend.kill()?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("x take back")?;
    ada.types("x")?;
    let screen = ada.sees_no_more("1 x Three-tier Tiffin")?;
    assert!(screen.contains("Taken back: your order was never sent."), "{screen}");

    house.backend.restart(harness::Port::Same)?;
    ada.sees(LIVE)?;
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 0);
    Ok(())
}

/// The screen is frozen in the grace, the kitchen begins meanwhile, and only then the person cancels.
fn too_late(house: &House, proxy: &mut Proxy, home: &Home) -> Result<Person> {
    let mut ada = with_an_order(home, &proxy.url())?;
    proxy.stall()?;
    let customer = home.customer(&house.backend.url())?;
    only_order(&customer, "PREPARING")?;
    ada.types("xy")?;
    ada.sees("cancellation sending")?;
    proxy.pass()?;
    ada.sees("cancellation refused")?;
    Ok(ada)
}

/// A grace of one and a half seconds, a queue of one, and cooking for almost four.
const SLOW_ENOUGH: f64 = 0.3;

#[test]
fn a_cancellation_that_comes_too_late_is_refused_with_the_reason_until_somebody_has_read_it()
-> Result<()> {
    let house = House::open(SLOW_ENOUGH)?;
    let mut proxy = Proxy::start(house.backend.address())?;
    let home = Home::new()?;
    let ada = too_late(&house, &mut proxy, &home)?;
    ada.reads("Not cancelled: the kitchen began at")?;
    // Whatever happens to the order, the refusal stays, also over the next start.
    let screen = ada.sees_status("Delivered")?;
    assert!(screen.contains("cancellation refused"), "{screen}");
    ada.leaves()?;
    let mut ada = home.start(&["--url", &proxy.url()])?;
    ada.types("3")?;
    ada.sees("cancellation refused")?;
    ada.sees("x dismiss")?;
    ada.types("x")?;
    ada.sees_no_more("refused")?;
    ada.leaves()?;
    let mut ada = home.start(&["--url", &proxy.url()])?;
    ada.types("3")?;
    let screen = ada.sees_status("Delivered")?;
    assert!(!screen.contains("refused"), "what was dismissed is back:\n{screen}");

    let order = only_order(&home.customer(&house.backend.url())?, "DELIVERED")?;
    let paid = Account { dishes: Some(14_50), tip: None, given_back: None };
    assert_eq!(house.books()?.of(text(&order, "/id").parse()?)?, paid);
    Ok(())
}

#[test]
fn whoever_asks_to_cancel_what_cooks_already_is_told_why_not() -> Result<()> {
    let house = House::open(SLOW_ENOUGH)?;
    let home = Home::new()?;
    let mut ada = with_an_order(&home, &house.backend.url())?;
    ada.sees_status("Preparing")?;
    ada.types("x")?;
    let screen = ada.sees("The kitchen has begun")?;
    assert!(!screen.contains(QUESTION), "{screen}");
    Ok(())
}
