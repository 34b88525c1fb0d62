//! Two customers and the last portion: whoever placed first gets it, also where that arrives later; and
//! what an order took is there again once it is cancelled.

use anyhow::{Context, Result};
use harness::{PlaceOrder, eventually};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::house::{Customer, FOR_EVER, House, PATIENCE, list, text, texts};

/// A dish of which there are five a day.
const MOLE: &str = "Mole Negro";

/// How many portions of that dish the menu says are left.
fn available(house: &House) -> Result<Option<i64>> {
    let restaurants = house.stranger().restaurants()?;
    let dishes = restaurants.iter().flat_map(|restaurant| list(restaurant, "/menu"));
    let dish = { dishes }.find(|dish| text(dish, "/name") == MOLE).context("no such dish")?;
    Ok(dish["available"].as_i64())
}

/// The time of this machine, which is the backend's too, so long ago.
fn ago(time: SignedDuration) -> Result<Timestamp> {
    #[expect(clippy::disallowed_methods, reason = "a customer's own clock")]
    let now = Timestamp::now();
    Ok(now.checked_sub(time)?)
}

fn five(house: &House, placed_at: Timestamp) -> Result<PlaceOrder> {
    Ok(house.order(MOLE, 5)?.with("placedAt", placed_at.to_string()))
}

/// Waits for the decision on an order, and gives the order.
fn decided(customer: &Customer, order: &PlaceOrder) -> Result<Value> {
    eventually(PATIENCE, "a decision", || match customer.client.order(order.order_id) {
        Ok(order) if text(&order, "/status") != "PLACED" => Some(order),
        Ok(_) | Err(_) => None,
    })
}

#[test]
fn whoever_placed_first_gets_the_last_portion_whichever_arrives_first() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    assert_eq!(available(&house)?, Some(5));
    // Hers was a second and a half on its way.
    let hers = five(&house, ago(SignedDuration::from_millis(1_500))?)?;
    let his = five(&house, ago(SignedDuration::from_millis(200))?)?;
    ben.place(&his)?;
    ada.place(&hers)?;

    assert_eq!(text(&decided(&ada, &hers)?, "/status"), "VALIDATED");
    let sold_out = decided(&ben, &his)?;
    assert_eq!(text(&sold_out, "/status"), "REJECTED");
    let reason = text(&sold_out, "/reason");
    assert!(reason.contains("placed 1 s before yours. Choose another dish."), "{reason}");
    assert_eq!(available(&house)?, Some(0));

    // She changes her mind; the next one gets what she had.
    ada.client.cancel_order(hers.order_id)?;
    ada.settled(hers.order_id)?;
    assert_eq!(available(&house)?, Some(5));
    let again = house.order(MOLE, 5)?;
    ben.place(&again)?;
    assert_eq!(text(&decided(&ben, &again)?, "/status"), "VALIDATED");
    assert_eq!(available(&house)?, Some(0));
    Ok(())
}

#[test]
fn a_clock_that_is_further_back_than_it_may_be_wins_nothing() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let his = five(&house, ago(SignedDuration::from_millis(2_900))?)?;
    ben.place(&his)?;
    let placed = text(&ben.client.order(his.order_id)?, "/placedAt").parse::<Timestamp>()?;
    // Hers says an hour ago. It is believed for three seconds, and those are after his.
    let three_seconds_later = placed.checked_add(SignedDuration::from_millis(3_100))?;
    eventually(PATIENCE, "three seconds", || {
        ago(SignedDuration::ZERO).is_ok_and(|now| now > three_seconds_later).then_some(())
    })?;
    let hers = five(&house, ago(SignedDuration::from_hours(1))?)?;
    ada.place(&hers)?;
    assert_eq!(text(&decided(&ben, &his)?, "/status"), "VALIDATED");
    assert_eq!(text(&decided(&ada, &hers)?, "/status"), "REJECTED");
    Ok(())
}

#[test]
fn the_operator_sees_in_the_log_what_became_of_the_portions() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(MOLE, 2)?;
    ada.place(&order)?;
    decided(&ada, &order)?;
    let query = "{ events(first: 200) { nodes { type stream message causationId orderId } } }";
    let log = house.operator()?.query(query, &Value::Null)?;
    let of_restaurant: Vec<Value> = list(&log, "/events/nodes")
        .iter()
        .filter(|event| text(event, "/stream").starts_with("restaurant:"))
        .cloned()
        .collect();
    assert_eq!(texts(&of_restaurant, "/type"), ["PortionsClaimed", "PortionsTaken"]);
    assert_eq!(text(&of_restaurant[1], "/message"), "An order was given 2 x Mole Negro.");
    assert!(of_restaurant.iter().all(|event| event["causationId"].is_string()));
    assert!(of_restaurant.iter().all(|event| event["orderId"].is_null()));
    // Her own log tells of her order, and of nobody's portions.
    assert!(texts(&ada.log()?, "/stream").iter().all(|stream| stream.starts_with("order:")));
    Ok(())
}
