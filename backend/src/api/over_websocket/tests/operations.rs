//! Queries, mutations and subscriptions over one connection: their results, their errors and their
//! ends.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Client, server};
use crate::api::door::Limits;
use crate::api::door::toy::{Server, one_of};

#[tokio::test]
async fn a_query_and_a_mutation_have_one_result_and_an_end() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    for (query, data) in [
        ("{ hello }", json!({"hello": "hello"})),
        (r#"mutation { rename(name: "Ada") }"#, json!({"rename": "Ada"})),
    ] {
        client.subscribe("1", query).await;
        assert_eq!(
            client.hear().await,
            json!({"type": "next", "id": "1", "payload": {"data": data}})
        );
        assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
    }
    assert_eq!(server.levers.renamed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn variables_and_the_name_of_the_operation_arrive() {
    let mut client = Client::greeted(&server().await).await;
    let query = "query A { hello } query B($text: String!) { echo(text: $text) }";
    let payload = json!({"query": query, "operationName": "B", "variables": {"text": "🏃"}});
    client.say(&json!({"type": "subscribe", "id": "1", "payload": payload})).await;
    assert_eq!(client.hear().await["payload"], json!({"data": {"echo": "🏃"}}));
}

#[tokio::test]
async fn a_subscription_says_everything_in_order_then_its_end() {
    let mut client = Client::greeted(&server().await).await;
    client.subscribe("1", "subscription { count(to: 100) }").await;
    for number in 1..=100 {
        assert_eq!(client.hear().await["payload"], json!({"data": {"count": number}}));
    }
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
}

#[tokio::test]
async fn operations_run_side_by_side() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("a", "mutation { slow }").await;
    client.subscribe("b", "{ hello }").await;
    assert_eq!(client.hear().await["id"], "b");
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "b"}));
    server.levers.release.add_permits(1);
    assert_eq!(client.hear().await["payload"], json!({"data": {"slow": "at last"}}));
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "a"}));
}

#[tokio::test]
async fn a_request_error_is_an_error_and_nothing_follows() {
    let mut client = Client::greeted(&server().await).await;
    for query in
        ["{", "{ nothingLikeThis }", "query A { hello } query B { hello }", "subscription { no }"]
    {
        client.subscribe("1", query).await;
        let error = client.hear().await;
        assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("1")), "{error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
        // Were the error followed by anything, it would come before this.
        client.subscribe("1", "{ hello }").await;
        assert_eq!(client.hear().await["payload"], json!({"data": {"hello": "hello"}}));
        assert_eq!(client.hear().await["type"], "complete");
    }
}

#[tokio::test]
async fn a_subscription_to_two_things_at_once_is_refused() {
    let mut client = Client::greeted(&server().await).await;
    for query in ["a: count(to: 1) b: count(to: 1)", "hangs flood"] {
        client.subscribe("1", &format!("subscription {{ {query} }}")).await;
        let error = client.hear().await;
        assert_eq!((&error["type"], code(&error)), (&json!("error"), "BAD_USER_INPUT"));
        let message = error["payload"][0]["message"].as_str().unwrap();
        assert!(message.contains("exactly one field"), "{message}");
    }
}

#[tokio::test]
async fn a_failed_field_is_a_result() {
    let mut client = Client::greeted(&server().await).await;
    for query in ["{ fails }", "subscription { never }"] {
        client.subscribe("1", query).await;
        let next = client.hear().await;
        assert_eq!(next["type"], "next", "{next}");
        assert!(next["payload"]["data"].is_null());
        assert!(next["payload"]["errors"][0]["path"].is_array(), "{next}");
        assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
    }
}

#[tokio::test]
async fn a_subscription_goes_on_after_a_failed_item() {
    let mut client = Client::greeted(&server().await).await;
    client.subscribe("1", "subscription { stumbles { number } }").await;
    assert_eq!(client.hear().await["payload"]["data"]["stumbles"]["number"], 1);
    assert_eq!(client.hear().await["payload"]["errors"][0]["message"], "stumbled");
    assert_eq!(client.hear().await["payload"]["data"]["stumbles"]["number"], 3);
    assert_eq!(client.hear().await["type"], "complete");
}

#[tokio::test]
async fn a_panic_in_a_resolver_costs_one_operation() {
    let mut client = Client::greeted(&server().await).await;
    client.subscribe("1", "{ panics }").await;
    let error = client.hear().await;
    assert_eq!(
        (&error["type"], &error["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("UNAVAILABLE"))
    );
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.hear().await["payload"], json!({"data": {"hello": "hello"}}));
}

#[tokio::test]
async fn what_a_client_completes_ends_without_another_word() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { flood }").await;
    assert_eq!(client.hear().await["type"], "next");
    client.complete("1").await;
    client.say(&json!({"type": "ping", "payload": {"after": "complete"}})).await;
    // What was said before the server heard of it may still be under way; after the pong nothing
    // may come.
    let pong = json!({"type": "pong", "payload": {"after": "complete"}});
    while client.hear().await != pong {}
    one_of(&server.levers.dropped).await;
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.hear().await["payload"], json!({"data": {"hello": "hello"}}));
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
}

#[tokio::test]
async fn an_id_is_free_as_soon_as_its_end_is_heard() {
    let mut client = Client::greeted(&server().await).await;
    for _ in 0..500 {
        client.subscribe("1", "{ hello }").await;
        assert_eq!(client.hear().await["type"], "next");
        assert_eq!(client.hear().await["type"], "complete");
    }
}

#[tokio::test]
async fn completing_what_has_ended_or_never_was_is_no_mistake() {
    let mut client = Client::greeted(&server().await).await;
    client.complete("never").await;
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.hear().await["type"], "next");
    assert_eq!(client.hear().await["type"], "complete");
    client.complete("1").await;
    client.subscribe("2", "{ hello }").await;
    assert_eq!(client.hear().await["id"], "2");
}

#[tokio::test]
async fn one_operation_too_many_is_refused_and_the_others_run() {
    let server = Server::start(Limits { operations_at_once: 8, ..Limits::default() }).await;
    let mut client = Client::greeted(&server).await;
    for id in 0..50 {
        client.subscribe(&id.to_string(), "subscription { hangs }").await;
    }
    let (mut runs, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..50 {
        let message = client.hear().await;
        let id = message["id"].as_str().unwrap().to_owned();
        if message["type"] == "next" {
            runs.insert(id);
        } else {
            assert_eq!(code(&message), "RATE_LIMITED");
            refused.insert(id);
        }
    }
    assert_eq!((runs.len(), refused.len()), (8, 42));
    client.complete(runs.first().unwrap()).await;
    client.subscribe("next", "{ hello }").await;
    assert_eq!(client.hear().await["id"], "next");
}

fn code(message: &Value) -> &str {
    message["payload"][0]["extensions"]["code"].as_str().unwrap_or_default()
}
