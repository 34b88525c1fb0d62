//! Two customers of one house: neither sees or touches what is the other's, by whichever door.

use anyhow::Result;
use harness::http::orders::fresh_id;
use serde_json::{Value, json};

use crate::house::{FOR_EVER, House, PATIENCE, TIFFIN, list, text, texts};

const ORDERS: &str = "{ orders { nodes { id } cursor } }";

#[test]
fn each_sees_only_their_own_orders_and_events() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let (hers, his) = (house.order(TIFFIN, 1)?, house.order("Garlic Naan", 1)?);
    ada.place(&hers)?;
    ben.place(&his)?;
    ada.settled(hers.order_id)?;
    ben.settled(his.order_id)?;

    for (customer, own, other) in [(&ada, &hers, &his), (&ben, &his, &hers)] {
        let own_id = own.order_id.to_string();
        let page = customer.client.query(ORDERS, &Value::Null)?;
        assert_eq!(page["orders"]["nodes"], json!([{ "id": own_id }]));
        let log = customer.log()?;
        assert!(!log.is_empty() && texts(&log, "/orderId").iter().all(|id| *id == own_id));

        assert_eq!(customer.client.order(other.order_id)?, Value::Null);
        assert_eq!(customer.events(other.order_id)?, [] as [Value; 0]);
        let viewer = customer.client.query("{ viewer { id } }", &Value::Null)?;
        assert_eq!(viewer["viewer"]["id"], customer.id.to_string());
    }
    Ok(())
}

#[test]
fn an_order_of_somebody_else_cannot_be_touched_and_looks_like_none_at_all() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let hers = house.order(TIFFIN, 1)?;
    ada.place(&hers)?;
    let standing = ada.client.wait_for_status(hers.order_id, "VALIDATED", PATIENCE)?;
    let head = house.head()?;

    let touch = |order_id| {
        let client = &ben.client;
        Ok([
            client.cancel_order(order_id)?,
            client.set_tip(order_id, 1_00)?,
            client.rate_order(order_id, 1)?,
        ])
    };
    let touched: Result<_> = touch(hers.order_id);
    for (about_hers, about_none) in touched?.iter().zip(touch(fresh_id())?) {
        assert_eq!(text(about_hers, "/refusal/code"), "ORDER_NOT_FOUND");
        for field in ["refusal", "order", "cursor"] {
            assert_eq!(about_hers[field], about_none[field], "{field} tells them apart");
        }
    }
    assert_eq!(ada.client.order(hers.order_id)?, standing);
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn each_subscription_brings_only_the_own_changes() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let (mut to_ada, mut to_ben) = (ada.follow(None)?, ben.follow(None)?);
    let (hers, his) = (house.order(TIFFIN, 1)?, house.order("Garlic Naan", 1)?);
    ada.place(&hers)?;
    ben.place(&his)?;

    for (changes, customer, own) in [(&mut to_ada, &ada, &hers), (&mut to_ben, &ben, &his)] {
        let seen = changes.until(own.order_id, "OrderDelivered")?;
        let own_id = own.order_id.to_string();
        assert!(texts(&seen, "/event/orderId").iter().all(|id| *id == own_id), "{seen:#?}");
        assert_eq!(texts(&seen, "/cursor"), texts(&customer.log()?, "/cursor"));
    }
    // Also what lies in the past comes only to whom it belongs.
    let beginning = format!("{}:0", text(&house.server()?, "/logId"));
    let seen = ben.follow(Some(&beginning))?.until(his.order_id, "OrderDelivered")?;
    assert_eq!(texts(&seen, "/cursor"), texts(&ben.log()?, "/cursor"));
    Ok(())
}

#[test]
fn people_of_the_same_name_are_two_customers() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (one, other) = (house.customer("Ada")?, house.customer("Ada")?);
    assert_ne!((one.id, &one.token), (other.id, &other.token));
    let order = house.order(TIFFIN, 1)?;
    one.place(&order)?;
    let page = other.client.query(ORDERS, &Value::Null)?;
    assert_eq!(list(&page, "/orders/nodes"), [] as [Value; 0]);
    Ok(())
}
