//! The tip and the rating from the screen: in time, too late, and with nobody to hear of it.

use anyhow::Result;
use harness::{Key, Proxy, eventually};
use serde_json::Value;

use super::person::{Home, LASAGNE, Person, THREE_TIER, only_order};
use crate::evidence::Account;
use crate::house::{FOR_EVER, House, PATIENCE, list, text};

/// The door is some seconds away: enough for a person to change the tip before.
const BRISK: f64 = 0.2;

fn tips(person: &mut Person, dollars: &str) -> Result<()> {
    person.types("t")?;
    person.sees("Tip for")?;
    person.types(dollars)?;
    person.presses(Key::Enter)?;
    person.sees_no_more("Tip for")?;
    Ok(())
}

#[test]
fn a_tip_until_the_door_and_stars_from_then_on() -> Result<()> {
    let house = House::open(BRISK)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.orders(&THREE_TIER)?;
    ada.types("s")?;
    ada.reads("Not delivered yet: rate it once it is at your door.")?;
    tips(&mut ada, "3.50")?;
    ada.sees("tip $3.50 = $18.00")?;

    ada.sees_settled("Delivered")?;
    ada.types("t")?;
    ada.reads("The tip is charged on delivery: it can no longer be changed.")?;
    ada.types("s")?;
    ada.sees("not rated yet")?;
    ada.types("3+")?;
    ada.sees("4 of 5, good")?;
    ada.presses(Key::Enter)?;
    ada.sees("you rated it 4 of 5, good")?;
    ada.sees_settled("Delivered")?;

    let customer = home.customer(&house.backend.url())?;
    let order = only_order(&customer, "DELIVERED")?;
    assert_eq!((&order["tipCents"], &order["rating"]), (&350.into(), &4.into()));
    let id = text(&order, "/id").parse()?;
    let paid = Account { dishes: Some(14_50), tip: Some(3_50), given_back: None };
    eventually(PATIENCE, "the tip on the bank's books", || {
        house
            .books()
            .and_then(|books| books.of(id))
            .is_ok_and(|account| account == paid)
            .then_some(())
    })
}

#[test]
fn what_is_wanted_offline_goes_out_when_the_backend_is_back_also_after_another_start() -> Result<()>
{
    let house = House::open(FOR_EVER)?;
    let mut proxy = Proxy::start(house.backend.address())?;
    let home = Home::new()?;
    let mut ada = home.start_at(&proxy.url())?;
    ada.orders(&THREE_TIER)?;
    ada.sees_settled("Validated")?;
    ada.orders(&LASAGNE)?;
    ada.sees("1 x Lasagne")?;
    ada.sees_settled("Validated")?;

    proxy.cut()?;
    ada.sees("Offline since")?;
    ada.sees("x cancel the order")?;
    ada.types("x")?;
    ada.sees("Cancel the order?")?;
    ada.types("y")?;
    ada.sees("cancellation queued")?;
    ada.types("j")?;
    tips(&mut ada, "3")?;
    ada.orders(&THREE_TIER)?;
    tips(&mut ada, "2")?;
    ada.sees("x take the tip back")?;
    ada.sees("r send all now")?;
    let words = ada.leaves()?;
    assert!(words.contains("3 orders still on their way"), "{words}");

    let mut ada = home.start(&["--url", &proxy.url()])?;
    ada.types("3")?;
    let screen = ada.sees("cancellation queued")?;
    assert!(screen.text().matches("tip queued").count() >= 2, "{screen}");
    assert_eq!(house.log_file()?.events("TipSet")?, 0);
    proxy.pass()?;
    ada.sees_settled("Cancelled")?;

    let customer = home.customer(&house.backend.url())?;
    let data = customer.query("{ orders { nodes { status tipCents } } }", &Value::Null)?;
    let orders: Vec<(&str, i64)> = list(&data, "/orders/nodes")
        .iter()
        .map(|order| (text(order, "/status"), order["tipCents"].as_i64().unwrap_or(-1)))
        .collect();
    assert_eq!(orders, [("VALIDATED", 2_00), ("CANCELLED", 0), ("VALIDATED", 3_00)]);
    Ok(())
}
