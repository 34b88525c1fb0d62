//! Pages of orders and of events: nothing missing, nothing twice, also while new orders come in.

use anyhow::{Context, Result};
use harness::http::orders::fresh_id;
use serde_json::{Value, json};

use crate::house::{Customer, FOR_EVER, House, TIFFIN, list, text, texts};

const ORDERS: &str = "query($first: Int, $after: String, $status: [OrderStatus!]) {
    orders(first: $first, after: $after, status: $status) {
        nodes { id status } pageInfo { hasNextPage endCursor } cursor
    }
}";
const EVENTS: &str = "query($first: Int, $after: Cursor, $orderId: UUID) {
    events(first: $first, after: $after, orderId: $orderId) {
        nodes { id cursor } pageInfo { hasNextPage endCursor }
    }
}";

/// Places so many orders and gives their ids, newest first.
fn place(house: &House, customer: &Customer, number: usize) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for _ in 0..number {
        let order = house.order(TIFFIN, 1)?;
        customer.place(&order)?;
        ids.insert(0, order.order_id.to_string());
    }
    Ok(ids)
}

/// One page, and the variables that ask for the next, if there is one.
fn turn(customer: &Customer, document: &str, variables: &Value) -> Result<(Value, Option<Value>)> {
    let mut data = customer.client.query(document, variables)?;
    let connection = data.as_object_mut().and_then(|data| data.values_mut().next());
    let page = connection.context("a connection")?.take();
    let next = (page["pageInfo"]["hasNextPage"] == true).then(|| {
        let mut next = variables.clone();
        next["after"] = page["pageInfo"]["endCursor"].clone();
        next
    });
    Ok((page, next))
}

#[test]
fn pages_of_orders_go_from_the_newest_to_the_oldest() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let ids = place(&house, &ada, 7)?;
    let mut turning = Some(json!({ "first": 3 }));
    let mut pages: Vec<Vec<String>> = Vec::new();
    while let Some(variables) = turning {
        let (page, next) = turn(&ada, ORDERS, &variables)?;
        pages.push(texts(list(&page, "/nodes"), "/id").into_iter().map(str::to_owned).collect());
        turning = next;
    }
    let expected: Vec<_> = ids.chunks(3).map(<[String]>::to_vec).collect();
    assert_eq!(pages, expected);
    Ok(())
}

#[test]
fn new_orders_do_not_move_the_pages_that_are_still_to_be_turned() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let ids = place(&house, &ada, 5)?;
    let (first, next) = turn(&ada, ORDERS, &json!({ "first": 3 }))?;
    place(&house, &ada, 2)?;
    let (second, end) = turn(&ada, ORDERS, &next.context("another page")?)?;

    assert_eq!(texts(list(&first, "/nodes"), "/id"), ids[..3]);
    assert_eq!(texts(list(&second, "/nodes"), "/id"), ids[3..]);
    assert_eq!(end, None);
    assert_ne!(first["cursor"], second["cursor"], "each page says when it was true");
    Ok(())
}

#[test]
fn a_page_that_is_exactly_full_is_the_last_one() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let (empty, end) = turn(&ada, ORDERS, &json!({ "first": 200 }))?;
    assert_eq!((list(&empty, "/nodes").len(), end), (0, None));
    assert_eq!(empty["pageInfo"]["endCursor"], Value::Null);
    assert_eq!(empty["cursor"], house.head()?);

    place(&house, &ada, 3)?;
    let (full, end) = turn(&ada, ORDERS, &json!({ "first": 3 }))?;
    assert_eq!((list(&full, "/nodes").len(), end), (3, None));
    Ok(())
}

#[test]
fn orders_can_be_asked_for_by_status_page_by_page() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let mut rejected = Vec::new();
    for dish in ["Gyoza", TIFFIN, "Karaage", TIFFIN, "Shoyu Ramen"] {
        let order = house.order(dish, 1)?;
        ada.place(&order)?;
        let ended = ada.settled(order.order_id)?;
        if text(&ended, "/status") == "REJECTED" {
            rejected.insert(0, order.order_id.to_string());
        }
    }
    let (first, next) = turn(&ada, ORDERS, &json!({ "first": 2, "status": ["REJECTED"] }))?;
    let (second, end) = turn(&ada, ORDERS, &next.context("another page")?)?;
    let found = [list(&first, "/nodes"), list(&second, "/nodes")].concat();
    assert_eq!((texts(&found, "/id"), end), (rejected.iter().map(String::as_str).collect(), None));

    let (all, _) = turn(&ada, ORDERS, &json!({ "status": ["REJECTED", "DELIVERED"] }))?;
    assert_eq!(list(&all, "/nodes").len(), 5);
    let (none, _) = turn(&ada, ORDERS, &json!({ "status": ["PLACED"] }))?;
    assert_eq!(list(&none, "/nodes").len(), 0);
    Ok(())
}

#[test]
fn pages_of_events_go_from_the_oldest_to_the_newest_of_all_orders_or_of_one() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let orders = [house.order(TIFFIN, 1)?, house.order(TIFFIN, 1)?];
    for order in &orders {
        ada.place(order)?;
        ada.settled(order.order_id)?;
    }
    let of_one = ada.events(orders[1].order_id)?;
    for (order_id, expected) in
        [(Value::Null, ada.log()?), (json!(orders[1].order_id.to_string()), of_one)]
    {
        let mut turning = Some(json!({ "first": 4, "orderId": order_id }));
        let mut seen = Vec::new();
        while let Some(variables) = turning {
            let (page, next) = turn(&ada, EVENTS, &variables)?;
            let nodes = list(&page, "/nodes");
            let end = nodes.last().context("no page is empty")?;
            assert_eq!(page["pageInfo"]["endCursor"], end["cursor"]);
            seen.extend_from_slice(nodes);
            turning = next;
        }
        assert_eq!(texts(&seen, "/id"), texts(&expected, "/id"));
    }
    Ok(())
}

#[test]
fn a_page_of_events_after_a_cursor_of_another_log_is_refused() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let after = json!({ "after": format!("{}:0", fresh_id()) });
    let refused = ada.client.error(EVENTS, &after)?;
    assert_eq!(refused.code, "CURSOR_OF_ANOTHER_LOG");
    Ok(())
}
