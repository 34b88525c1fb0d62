//! Offline first: the menu is there without a backend, orders wait in the journal, and the header
//! says how the link fares.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use harness::Proxy;

use super::agreement::of_screen_server_and_log;
use super::person::{Home, LIVE, Person, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House};

/// A line on which nothing comes is asked after ten seconds and dead after ten more.
const SILENCE_IS_DEATH: Duration = Duration::from_secs(40);

/// A house behind a line, and somebody who has been its guest before.
fn known_guest() -> Result<(House, Proxy, Home)> {
    let house = House::open(FOR_EVER)?;
    let proxy = Proxy::start(house.backend.address())?;
    let home = Home::new()?;
    let ada = home.start_at(&proxy.url())?;
    ada.leaves()?;
    Ok((house, proxy, home))
}

fn start(home: &Home, proxy: &Proxy) -> Result<Person> {
    home.start(&["--url", &proxy.url()])
}

#[test]
fn without_a_backend_one_orders_from_the_known_menu_and_it_goes_out_once_it_is_back() -> Result<()>
{
    let (house, mut proxy, home) = known_guest()?;
    proxy.cut()?;
    let mut ada = start(&home, &proxy)?;
    ada.sees(THREE_TIER.name)?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("queued")?;
    let words = ada.leaves()?;
    assert!(words.contains("1 order still on its way"), "{words}");
    assert!(words.contains("kept in the journal"), "{words}");

    let mut ada = start(&home, &proxy)?;
    ada.types("3")?;
    let screen = ada.sees("queued")?;
    assert!(screen.contains("1 x Three-tier Tiffin"), "{screen}");
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 0);

    proxy.pass()?;
    ada.sees_settled("Validated")?;
    let words = ada.leaves()?;
    assert!(!words.contains("still on its way"), "{words}");
    only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    Ok(())
}

#[test]
fn a_first_start_without_a_backend_says_what_is_missing_and_goes_on_by_itself() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let mut proxy = Proxy::start(house.backend.address())?;
    proxy.cut()?;
    let home = Home::new()?;
    let ada = start(&home, &proxy)?;
    ada.sees("No restaurants yet.")?;
    ada.sees("Offline since")?;
    proxy.pass()?;
    ada.sees(THREE_TIER.name)?;
    ada.sees(LIVE)?;
    Ok(())
}

#[test]
fn the_first_frame_waits_for_no_answer() -> Result<()> {
    let (_house, mut proxy, home) = known_guest()?;
    proxy.stall()?;
    let mut ada = start(&home, &proxy)?;
    ada.sees(THREE_TIER.name)?;
    ada.sees("Connecting.")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("queued")?;
    proxy.pass()?;
    ada.sees_settled("Validated")?;
    Ok(())
}

#[test]
fn a_damaged_cache_is_not_believed_and_costs_nothing_but_the_first_menu() -> Result<()> {
    let (_house, mut proxy, home) = known_guest()?;
    let cache = home.file_named(".cache")?;
    let mut bytes = fs::read(&cache)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&cache, bytes)?;
    proxy.cut()?;
    let mut ada = start(&home, &proxy)?;
    ada.sees("No restaurants yet.")?;
    proxy.pass()?;
    ada.sees(LIVE)?;
    ada.sees(THREE_TIER.name)?;
    ada.orders(&THREE_TIER)?;
    ada.sees_settled("Validated")?;
    Ok(())
}

#[test]
fn the_header_says_live_then_since_when_it_is_offline_then_live_again() -> Result<()> {
    let (_house, mut proxy, home) = known_guest()?;
    let ada = start(&home, &proxy)?;
    for _ in 0..2 {
        ada.sees(LIVE)?;
        proxy.cut()?;
        let screen = ada.sees("Offline since")?;
        assert!(!screen.contains("Live"), "{screen}");
        proxy.pass()?;
    }
    ada.sees(LIVE)?;
    Ok(())
}

#[test]
fn a_line_that_is_open_and_dead_is_noticed_and_what_was_sent_over_it_is_placed_once() -> Result<()>
{
    let (house, mut proxy, home) = known_guest()?;
    let mut ada = home.start_at(&proxy.url())?;
    proxy.stall()?;
    ada.orders(&THREE_TIER)?;
    ada.sees("sending")?;
    ada.terminal.wait_for("checking", SILENCE_IS_DEATH)?;
    ada.terminal.wait_for("Offline since", SILENCE_IS_DEATH)?;

    proxy.pass()?;
    let customer = home.customer(&house.backend.url())?;
    let said = of_screen_server_and_log(&mut ada, &customer, &house.log_file()?)?;
    assert_eq!(said, [(1, "VALIDATED".to_owned())]);
    Ok(())
}

#[test]
fn events_that_happened_meanwhile_are_there_when_the_line_is_back() -> Result<()> {
    let house = House::open(0.1)?;
    let mut proxy = Proxy::start(house.backend.address())?;
    let home = Home::new()?;
    let mut ada = home.start_at(&proxy.url())?;
    ada.orders(&THREE_TIER)?;
    ada.sees_settled("Validated")?;
    proxy.cut()?;
    ada.sees("Offline since")?;
    only_order(&home.customer(&house.backend.url())?, "DELIVERED")?;

    proxy.pass()?;
    ada.sees_status("Delivered")?;
    ada.types("4")?;
    let screen = ada.sees("OrderDelivered")?;
    for event in ["PaymentCaptured", "OrderAccepted", "PreparationStarted", "OrderPickedUp"] {
        assert!(screen.contains(event), "{event} is missing:\n{screen}");
    }
    Ok(())
}

#[test]
fn another_log_at_the_same_address_gets_what_is_pending_and_what_is_gone_is_said() -> Result<()> {
    let (house, mut proxy, home) = known_guest()?;
    let mut ada = home.start_at(&proxy.url())?;
    ada.orders(&THREE_TIER)?;
    ada.sees_settled("Validated")?;
    proxy.cut()?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    ada.sees("queued")?;

    let other = House::open(FOR_EVER)?;
    proxy.lead_to(other.backend.address());
    proxy.pass()?;
    ada.sees("not on this server any more")?;
    ada.sees_settled("Validated")?;
    only_order(&home.customer(&other.backend.url())?, "VALIDATED")?;
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 1, "only the first one was sent there");
    Ok(())
}
