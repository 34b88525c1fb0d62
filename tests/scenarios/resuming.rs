//! Following orders over breaks: whoever resumes after the last cursor that came misses nothing
//! and gets nothing twice, and a snapshot and the subscription after its cursor meet without a gap.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::http::orders::fresh_id;
use harness::{Client, Port, Told};
use serde_json::{Value, json};

use crate::changes::order_changes_document;
use crate::house::{FOR_EVER, House, PATIENCE, TIFFIN, list, position, text, texts};

#[test]
fn an_order_that_goes_on_while_the_line_is_down_is_caught_up_without_a_gap() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 1_00);
    let mut changes = ada.follow(None)?;
    ada.place(&order)?;
    let mut seen = changes.until(order.order_id, "OrderValidated")?;
    let cursor = changes.abort();
    ada.settled(order.order_id)?;

    seen.extend(ada.follow(Some(&cursor))?.until(order.order_id, "TipCaptured")?);
    assert_eq!(texts(&seen, "/event/id"), texts(&ada.log()?, "/id"));
    Ok(())
}

#[test]
fn a_line_that_breaks_after_every_change_still_brings_each_once() -> Result<()> {
    let house = House::open(0.01)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 1_00);
    let mut cursor = ada.follow(None)?.abort();
    ada.place(&order)?;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|change| text(change, "/event/type") != "TipCaptured") {
        let mut changes = ada.follow(Some(&cursor))?;
        seen.push(changes.next()?);
        cursor = changes.abort();
    }
    assert_eq!(texts(&seen, "/event/id"), texts(&ada.log()?, "/id"));
    Ok(())
}

#[test]
fn a_cursor_outlives_kill_9_and_the_whole_past_can_be_followed_again() -> Result<()> {
    let mut house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let first = house.order(TIFFIN, 1)?;
    let mut changes = ada.follow(None)?;
    ada.place(&first)?;
    let mut seen = changes.until(first.order_id, "OrderPlaced")?;
    house.backend.kill()?;
    house.backend.restart(Port::Same)?;

    let mut resumed = ada.follow(Some(changes.cursor()))?;
    seen.extend(resumed.until(first.order_id, "OrderDelivered")?);
    let second = house.order(TIFFIN, 1)?;
    ada.place(&second)?;
    seen.extend(resumed.until(second.order_id, "OrderDelivered")?);
    let log = ada.log()?;
    assert_eq!(texts(&seen, "/event/id"), texts(&log, "/id"));

    let beginning = format!("{}:0", text(&house.server()?, "/logId"));
    let all = ada.follow(Some(&beginning))?.until(second.order_id, "OrderDelivered")?;
    assert_eq!(
        all.iter().map(|it| &it["event"]).collect::<Vec<_>>(),
        log.iter().collect::<Vec<_>>()
    );
    assert_eq!(
        all.iter().map(|it| &it["order"]).collect::<Vec<_>>(),
        seen.iter().map(|it| &it["order"]).collect::<Vec<_>>(),
        "an order as of an event is the same whether it was live or is read again"
    );
    Ok(())
}

#[test]
fn without_a_cursor_a_subscription_begins_at_the_present() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let past = house.order(TIFFIN, 1)?;
    ada.place(&past)?;
    ada.settled(past.order_id)?;

    let mut changes = ada.follow(None)?;
    assert_eq!(changes.cursor(), house.head()?);
    let present = house.order(TIFFIN, 1)?;
    ada.place(&present)?;
    let change = changes.next()?;
    assert_eq!(text(&change, "/event/orderId"), present.order_id.to_string());
    assert_eq!(change["event"]["type"], "OrderPlaced");
    Ok(())
}

#[test]
fn a_client_that_does_not_read_for_a_while_gets_everything_afterwards() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    // Some 150 changes: far more than wait for one connection.
    let orders = (0..15).map(|_| house.order(TIFFIN, 1)).collect::<Result<Vec<_>>>()?;
    for order in &orders {
        ada.place(order)?;
    }
    for order in &orders {
        ada.settled(order.order_id)?;
    }
    let log = ada.log()?;
    let seen = (0..log.len()).map(|_| changes.next()).collect::<Result<Vec<_>>>()?;
    assert_eq!(texts(&seen, "/event/id"), texts(&log, "/id"));
    Ok(())
}

#[test]
fn a_cursor_of_another_log_or_beyond_the_end_is_refused() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let head = house.head()?;
    let beyond = format!("{}:{}", text(&house.server()?, "/logId"), position(&head)? + 1);
    for cursor in [beyond, format!("{}:0", fresh_id())] {
        let socket = ada.web_socket()?;
        let variables = json!({ "after": cursor });
        let refused = socket.error(&order_changes_document(), &variables)?;
        assert_eq!(refused.code, "CURSOR_OF_ANOTHER_LOG", "{cursor}");
        assert!(refused.message.contains("take a snapshot"), "{}", refused.message);
        // The connection is as good as before.
        socket.execute("{ viewer { id } }", &Value::Null)?;
    }
    ada.follow(Some(&head))?;
    Ok(())
}

#[test]
fn after_the_database_is_gone_old_cursors_and_tokens_are_of_another_log() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let (log_id, cursor) = (house.server()?["logId"].take(), house.head()?);
    house.backend.stop()?;
    for file in fs::read_dir(house.backend.data_directory())? {
        fs::remove_file(file?.path())?;
    }
    house.backend.restart(Port::Same)?;

    assert_ne!(house.server()?["logId"], log_id);
    let refused = ada.web_socket().err().context("her token is of the old log")?;
    assert!(format!("{refused:#}").contains("4403"), "{refused:#}");
    let ben = house.customer("Ben")?;
    let variables = json!({ "after": cursor });
    let refused = ben.web_socket()?.error(&order_changes_document(), &variables)?;
    assert_eq!(refused.code, "CURSOR_OF_ANOTHER_LOG");
    Ok(())
}

#[test]
fn stopping_a_subscription_ends_it_and_leaves_the_connection() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let socket = ada.web_socket()?;
    let subscription = socket.subscribe(&order_changes_document(), &Value::Null)?;
    subscription.next(PATIENCE)?;
    subscription.stop()?;
    ada.place(&house.order(TIFFIN, 1)?)?;

    let data = socket.execute("{ orders { nodes { status } } }", &Value::Null)?;
    assert_eq!(list(&data, "/orders/nodes").len(), 1);
    let told = subscription.told(Duration::from_millis(200));
    assert!(!matches!(told, Ok(Told::Next(_))), "it was stopped: {told:?}");
    Ok(())
}

/// Each order's version by the first page of the snapshot, and the cursor of that page.
fn snapshot(client: &Client) -> Result<(BTreeMap<String, u64>, String)> {
    let document = "{ orders(first: 200) { nodes { id version } cursor } }";
    let data = client.query(document, &Value::Null)?;
    let versions = list(&data, "/orders/nodes").iter().map(|order| {
        let version = order["version"].as_u64().context("a version")?;
        Ok((text(order, "/id").to_owned(), version))
    });
    Ok((versions.collect::<Result<_>>()?, text(&data, "/orders/cursor").to_owned()))
}

#[test]
fn a_snapshot_and_what_follows_its_cursor_meet_without_a_gap_while_orders_pour_in() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let orders = (0..24).map(|_| house.order(TIFFIN, 1)).collect::<Result<Vec<_>>>()?;
    let begun = thread::scope(|scope| {
        let pouring = scope.spawn(|| orders.iter().try_for_each(|it| ada.place(it).map(drop)));
        let mut begun = Vec::new();
        for _ in 0..8 {
            let (versions, cursor) = snapshot(&ada.client)?;
            begun.push((versions, ada.follow(Some(&cursor))?));
        }
        pouring.join().expect("no panic")?;
        anyhow::Ok(begun)
    })?;
    for order in &orders {
        ada.settled(order.order_id)?;
    }

    let (in_the_end, end) = snapshot(&ada.client)?;
    assert_eq!(in_the_end.len(), orders.len());
    for (mut versions, mut changes) in begun {
        while changes.cursor() != end {
            let change = changes.next()?;
            let version = change["order"]["version"].as_u64().context("a version")?;
            let known = versions.entry(text(&change, "/order/id").to_owned()).or_default();
            ensure!(version == *known + 1, "version {version} follows {known}: {change:#}");
            *known = version;
        }
        assert_eq!(versions, in_the_end);
    }
    Ok(())
}
