//! The first minute: nothing is there yet, and some key presses later dinner is at the door.

use anyhow::Result;
use harness::Key;
use serde_json::Value;

use super::person::{Home, LARGE, LIVE, THREE_TIER, only_order};
use crate::evidence::{Books, LogFile};

/// The grace before the charge takes a tenth of a second, the whole way less than one.
const FAST: [&str; 2] = ["--pace", "0.02"];

#[test]
fn key_presses_alone_bring_the_first_order_home() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&FAST)?;
    ada.sees(THREE_TIER.name)?;
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Delivered")?;
    ada.sees("$14.50, paid")?;

    let order = only_order(&home.customer(&ada.backend_url()?)?, "DELIVERED")?;
    assert_eq!(order["payment"], "CAPTURED");
    let id = order["id"].as_str().unwrap_or_default().parse()?;
    assert_eq!(Books::open(&home.data())?.of(id)?.kept(), 14_50);
    ada.leaves()?;
    LogFile::open(&home.data().join("tiffin.db"))?.check()
}

#[test]
fn under_the_hood_each_event_says_who_appended_it_and_what_caused_it() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&FAST)?;
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Delivered")?;

    // From the order to its events.
    ada.presses(Key::Enter)?;
    let screen = ada.sees("OrderDelivered")?.text();
    for (event, who) in [
        ("OrderPlaced", "customer"),
        ("OrderValidated", "validate-order"),
        ("PaymentCaptured", "charge-payment"),
        ("OrderAccepted", "kitchen"),
        ("PreparationStarted", "kitchen"),
        ("CourierAssigned", "courier"),
        ("OrderReady", "kitchen"),
        ("OrderPickedUp", "courier"),
        ("OrderDelivered", "courier"),
    ] {
        let is_told = |row: &str| row.contains(event) && row.contains(who);
        assert!(screen.lines().any(is_told), "{event} by {who} is not told:\n{screen}");
    }
    let placed = screen.lines().find(|row| row.contains("OrderPlaced")).unwrap_or_default();
    assert!(placed.contains("a key press"), "{placed}");
    Ok(())
}

#[test]
fn a_large_terminal_shows_the_menu_the_order_and_its_events_at_once() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_in(LARGE, &FAST)?;
    ada.sees(THREE_TIER.name)?;
    ada.orders(&THREE_TIER)?;
    let screen = ada.sees_status("Delivered")?;
    ada.sees("OrderDelivered")?;
    for words in ["Moonlight Ramen", "Butter Chicken", "1 x Three-tier Tiffin", "OrderPickedUp"] {
        assert!(screen.contains(words), "{words:?} is not shown:\n{screen}");
    }
    Ok(())
}

#[test]
fn whoever_looks_elsewhere_is_told_that_the_order_is_at_the_door() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&FAST)?;
    ada.orders(&THREE_TIER)?;
    ada.types("1")?;
    ada.sees("Your order is at the door")?;
    Ok(())
}

#[test]
fn the_customer_is_called_as_they_wish() -> Result<()> {
    let home = Home::new()?;
    let ada = home.start(&["--name", "Ada Lovelace"])?;
    ada.sees("Live, as Ada Lovelace.")?;
    let viewer = "{ viewer { name } }";
    let viewer = home.customer(&ada.backend_url()?)?.query(viewer, &Value::Null)?;
    assert_eq!(viewer["viewer"]["name"], "Ada Lovelace");
    Ok(())
}

#[test]
fn the_next_start_knows_the_customer_and_the_orders() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&FAST)?;
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Delivered")?;
    ada.leaves()?;

    let mut ada = home.start(&FAST)?;
    ada.types("3")?;
    ada.sees_status("Delivered")?;
    ada.sees(LIVE)?;
    only_order(&home.customer(&ada.backend_url()?)?, "DELIVERED")?;
    Ok(())
}
