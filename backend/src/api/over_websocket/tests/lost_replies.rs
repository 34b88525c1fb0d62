//! A reply that is lost on purpose: the mutation is carried out, and its `next` never comes.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::*;
use crate::lab::{Chance, Change, Lab, Reply};

/// A lab in which the first reply has this fate.
fn lab_of(first: Reply) -> Lab {
    let change =
        |seed| Change { seed: Some(seed), lost_replies: Some(Chance::ALWAYS), ..Change::default() };
    let has_it = |seed: &i32| {
        let lab = Lab::open();
        lab.change(change(*seed)).unwrap();
        lab.reply() == first
    };
    let lab = Lab::open();
    lab.change(change((0..100).find(has_it).unwrap())).unwrap();
    lab
}

async fn until_renamed(server: &Server) {
    let renamed = async {
        while server.levers.renamed.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, renamed).await.expect("it is carried out");
}

#[tokio::test]
async fn no_next_comes_for_it_and_the_connection_goes_on() {
    let server = Server::start_with(Limits::default(), lab_of(Reply::Lost)).await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", r#"mutation { rename(name: "Ada") }"#).await;
    until_renamed(&server).await;
    for id in ["2", "3"] {
        client.subscribe(id, "{ hello }").await;
        let next = client.hear().await;
        assert_eq!((&next["id"], &next["type"]), (&json!(id), &json!("next")));
        assert_eq!(client.hear().await, json!({"type": "complete", "id": id}));
    }
}

#[tokio::test]
async fn or_the_connection_ends_without_a_word() {
    let server = Server::start_with(Limits::default(), lab_of(Reply::LostWithItsConnection)).await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", r#"mutation { rename(name: "Ada") }"#).await;
    assert_eq!(client.end().await, End::Broken);
    assert_eq!(server.levers.renamed.load(Ordering::SeqCst), 1, "and it was carried out");
}
