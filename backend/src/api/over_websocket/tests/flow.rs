//! Who says much does not silence who says little, and who does not listen costs the server a
//! bounded amount.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Client, server};
use crate::api::door::Limits;
use crate::api::door::toy::{PATIENCE, Server, one_of};

#[tokio::test]
async fn five_floods_leave_room_for_a_tick_a_query_and_a_ping() {
    let mut client = Client::greeted(&server().await).await;
    for id in ["a", "b", "c", "d", "e"] {
        client.subscribe(id, "subscription { flood }").await;
    }
    client.subscribe("tick", "subscription { tick }").await;
    client.subscribe("query", "{ hello }").await;
    client.say(&json!({"type": "ping"})).await;
    let mut heard = BTreeMap::new();
    // The first floods have a start over the later ones, so this counts from when everybody has
    // been heard.
    while heard.len() < 8 {
        count(&mut heard, &client.hear().await);
    }
    heard.clear();
    while heard.get("tick").copied().unwrap_or(0) < 20 {
        count(&mut heard, &client.hear().await);
    }
    let floods: Vec<_> =
        ["a", "b", "c", "d", "e"].map(|id| heard.get(id).copied().unwrap_or(0)).into();
    let (least, most) = (floods.iter().min().unwrap(), floods.iter().max().unwrap());
    assert!(*least > 0 && most - least <= most / 2 + 10, "the floods are served alike: {heard:?}");
}

/// Counts a message for the operation that says it, or for the kind of a message that belongs to
/// none.
fn count(heard: &mut BTreeMap<String, u32>, message: &Value) {
    let who = message["id"].as_str().or(message["type"].as_str()).unwrap();
    *heard.entry(who.to_owned()).or_default() += 1;
}

#[tokio::test]
async fn a_peer_that_does_not_read_costs_a_bounded_amount_and_is_still_heard() {
    let limits = Limits { write_deadline: PATIENCE * 2, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { flood }").await;
    // The flood has come to a halt when nothing is made for many rounds of the scheduler.
    let (mut made, mut quiet_rounds) = (0, 0);
    while made == 0 || quiet_rounds < 1000 {
        tokio::task::yield_now().await;
        let now = server.levers.flooded.load(Ordering::SeqCst);
        quiet_rounds = if now == made { quiet_rounds + 1 } else { 0 };
        made = now;
        // Most of it lies in the sockets themselves, which hold some megabytes on this path.
        assert!(made < 4096, "{made} items of 16 KiB were made for a peer that reads none");
    }
    client.complete("1").await;
    one_of(&server.levers.dropped).await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_given_up() {
    let limits = Limits { write_deadline: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { flood }").await;
    one_of(&server.levers.dropped).await;
    server.end().await;
    drop(client);
}
