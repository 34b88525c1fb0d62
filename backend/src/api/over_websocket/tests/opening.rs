//! From the handshake to `connection_ack`, and every way not to get there.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use super::{Client, End, OURS, closed, server};
use crate::api::door::Limits;
use crate::api::door::toy::Server;

/// The status and the error of a handshake that fails.
async fn refused(server: &Server, headers: &[(&str, &str)]) -> (u16, String) {
    match Client::shake_hands(server, headers).await {
        Err(Error::Http(response)) => {
            let body = String::from_utf8(response.body().clone().unwrap_or_default()).unwrap();
            (response.status().as_u16(), body)
        }
        Err(error) => panic!("no HTTP answer: {error}"),
        Ok(_) => panic!("the handshake works"),
    }
}

async fn greet(server: &Server, payload: serde_json::Value) -> Client {
    let mut client = Client::open(server).await;
    client.say(&json!({"type": "connection_init", "payload": payload})).await;
    client
}

#[tokio::test]
async fn who_introduces_themselves_is_acknowledged_and_known_to_the_resolvers() {
    let server = server().await;
    for (payload, who) in [
        (json!(null), "nobody"),
        (json!({"authorization": "Bearer good"}), "somebody"),
        (json!({"authorization": "Bearer good", "operator": "key"}), "somebody with key"),
    ] {
        let mut client = greet(&server, payload).await;
        assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
        client.subscribe("1", "{ who }").await;
        assert_eq!(client.hear().await["payload"]["data"]["who"], who);
    }
}

#[tokio::test]
async fn a_wrong_token_closes_with_4403_and_what_to_do() {
    let client = greet(&server().await, json!({"authorization": "Bearer stolen"})).await;
    assert_eq!(
        client.end().await,
        closed(4403, "Forbidden: this token is not known here: sign in again")
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_closes_with_1013() {
    let server =
        Server::start(Limits { init_deadline: Duration::from_millis(20), ..Limits::default() })
            .await;
    for token in ["Bearer down", "Bearer forever"] {
        let client = greet(&server, json!({"authorization": token})).await;
        assert_eq!(client.close_code().await, 1013, "{token}");
    }
}

#[tokio::test]
async fn who_does_not_introduce_themselves_is_closed_with_4408() {
    let server =
        Server::start(Limits { init_deadline: Duration::from_millis(20), ..Limits::default() })
            .await;
    let mut client = Client::open(&server).await;
    client.say(&json!({"type": "ping"})).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
    assert_eq!(client.end().await, closed(4408, "Connection initialisation timeout"));
}

#[tokio::test]
async fn an_operation_before_the_greeting_closes_with_4401() {
    let mut client = Client::open(&server().await).await;
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.end().await, closed(4401, "Unauthorized"));
}

#[tokio::test]
async fn an_operation_right_behind_the_greeting_is_executed() {
    let mut client = greet(&server().await, json!({})).await;
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
    assert_eq!(client.hear().await["payload"], json!({"data": {"hello": "hello"}}));
}

#[tokio::test]
async fn a_second_greeting_closes_with_4429() {
    let mut client = Client::greeted(&server().await).await;
    client.say(&json!({"type": "connection_init"})).await;
    assert_eq!(client.end().await, closed(4429, "Too many initialisation requests"));
}

#[tokio::test]
async fn without_the_subprotocol_the_connection_closes_with_4406() {
    let client = Client::shake_hands(&server().await, &[]).await.unwrap();
    assert_eq!(client.end().await, closed(4406, "Subprotocol not acceptable"));
}

#[tokio::test]
async fn the_subprotocol_is_found_among_others_and_another_alone_is_not_taken() {
    let server = server().await;
    let several = ("sec-websocket-protocol", "graphql-ws, graphql-transport-ws");
    assert!(Client::shake_hands(&server, &[several]).await.is_ok());
    let other = ("sec-websocket-protocol", "graphql-ws");
    // The server names no subprotocol, and it is the client that ends such a handshake.
    assert!(matches!(Client::shake_hands(&server, &[other]).await, Err(Error::Protocol(_))));
}

#[tokio::test]
async fn a_page_of_another_server_gets_no_connection() {
    let server = server().await;
    for origin in ["http://evil.example", "null"] {
        let (status, body) = refused(&server, &[OURS, ("origin", origin)]).await;
        assert_eq!(status, 403);
        assert!(body.contains("FORBIDDEN"), "{body}");
    }
    let own = format!("http://{}", server.address);
    assert!(Client::shake_hands(&server, &[OURS, ("origin", &own)]).await.is_ok());
}

#[tokio::test]
async fn a_broken_handshake_is_told_so() {
    let (status, body) = refused(&server().await, &[OURS, ("sec-websocket-version", "8")]).await;
    assert_eq!(status, 400);
    assert!(
        body.contains("this is no WebSocket handshake") && body.contains("BAD_USER_INPUT"),
        "{body}"
    );
}

#[tokio::test]
async fn one_connection_too_many_is_refused_until_another_has_ended() {
    let server = Server::start(Limits { web_sockets_at_once: 1, ..Limits::default() }).await;
    let mut first = Client::greeted(&server).await;
    let (status, body) = refused(&server, &[OURS]).await;
    assert_eq!(status, 503);
    assert!(body.contains("UNAVAILABLE"), "{body}");
    first.socket.close(None).await.unwrap();
    assert_eq!(
        first.end().await,
        End::Broken,
        "a close frame without a code is answered without one"
    );
    // The place is free a moment after the client has seen the end.
    while Client::shake_hands(&server, &[OURS]).await.is_err() {
        tokio::task::yield_now().await;
    }
}
