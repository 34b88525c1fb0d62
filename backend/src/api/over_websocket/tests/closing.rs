//! Every way in which a connection ends once it was open, and what its peer sees of it.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::{Client, End, OURS, closed, server};
use crate::api::door::Limits;
use crate::api::door::toy::{PATIENCE, Server, one_of};

impl Client {
    /// Everything that still comes over the wire, read by hand: nothing answers the server's pings
    /// or close frames.
    async fn bytes_until_the_end(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let reading = self.socket.get_mut().read_to_end(&mut bytes);
        timeout(PATIENCE, reading).await.expect("the server ends the connection").unwrap();
        bytes
    }

    async fn send_bytes(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).await.unwrap();
    }
}

/// The code of a close frame at the end of what came over the wire.
fn code_at_the_end(bytes: &[u8]) -> Option<u16> {
    let start = bytes.iter().rposition(|byte| *byte == 0x88)?;
    let code = bytes.get(start + 2..start + 4)?;
    Some(u16::from_be_bytes([code[0], code[1]]))
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400_and_a_reason_that_fits() {
    let server = server().await;
    let long = json!({"type": "🍱".repeat(1000)}).to_string();
    for message in [
        Message::text("{"),
        Message::text("[]"),
        Message::text(long),
        Message::text(r#"{"type":"connection_ack"}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#),
        Message::binary(b"{}".as_slice()),
    ] {
        let mut client = Client::greeted(&server).await;
        client.send(message.clone()).await;
        let End::Closed { code, reason } = client.end().await else {
            panic!("{message} broke the connection")
        };
        assert_eq!(code, 4400);
        assert!(
            reason.starts_with("Invalid message received: ") && reason.len() <= 123,
            "{reason}"
        );
    }
}

#[tokio::test]
async fn the_id_of_a_running_operation_closes_with_4409() {
    let server = server().await;
    for query in ["subscription { hangs }", "mutation { slow }"] {
        let mut client = Client::greeted(&server).await;
        client.subscribe("1", query).await;
        client.subscribe("1", "{ hello }").await;
        assert_eq!(client.end().await, closed(4409, "Subscriber for 1 already exists"));
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_closes_with_1009() {
    let limits = Limits { close_deadline: Duration::from_millis(200), ..Limits::default() };
    let most = limits.request_bytes;
    let server = Server::start(limits).await;
    for bytes in [most + 1, 1024 * 1024] {
        let mut client = Client::greeted(&server).await;
        client.send(Message::text(" ".repeat(bytes))).await;
        let frame = loop {
            match client.next_frame().await {
                Some(Ok(Message::Close(Some(frame)))) => break frame,
                Some(Ok(_)) => {}
                end => panic!("no close frame, but {end:?}"),
            }
        };
        assert_eq!(u16::from(frame.code), 1009);
        assert!(frame.reason.contains("65536"));
    }
}

#[tokio::test]
async fn a_message_that_is_announced_beyond_the_limit_is_not_waited_for() {
    let limits = Limits { close_deadline: Duration::from_millis(20), ..Limits::default() };
    let mut client = Client::greeted(&Server::start(limits).await).await;
    // The head of a masked text frame of 1 MiB, and none of its bytes.
    client.send_bytes(&[0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4]).await;
    assert_eq!(code_at_the_end(&client.bytes_until_the_end().await), Some(1009));
}

#[tokio::test]
async fn a_message_in_pieces_is_beyond_the_limit_when_their_sum_is() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    let piece = " ".repeat(Limits::default().request_bytes - 1);
    let first = Frame::message(piece.clone(), OpCode::Data(Data::Text), false);
    let last = Frame::message(piece, OpCode::Data(Data::Continue), true);
    for frame in [first, last] {
        client.send(Message::Frame(frame)).await;
    }
    let Some(Ok(Message::Close(Some(frame)))) = client.next_frame().await else {
        panic!("no close frame")
    };
    assert_eq!(u16::from(frame.code), 1009);
}

#[tokio::test]
async fn operations_end_as_soon_as_the_server_begins_to_close() {
    // Longer than the test waits, and the peer does not answer the close frame.
    let server = Server::start(Limits { close_deadline: PATIENCE * 2, ..Limits::default() }).await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { hangs }").await;
    assert_eq!(client.hear().await["type"], "next");
    client.subscribe("1", "{ hello }").await;
    one_of(&server.levers.dropped).await;
}

#[tokio::test]
async fn a_message_of_just_the_limit_is_heard() {
    let mut client = Client::greeted(&server().await).await;
    let ping = r#"{"type":"ping"}"#;
    let padding = " ".repeat(Limits::default().request_bytes - ping.len());
    client.send(Message::text(format!("{ping}{padding}"))).await;
    assert_eq!(client.hear().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn what_is_no_web_socket_traffic_closes_with_1002_and_a_text_that_is_no_utf8_with_1007() {
    let server =
        Server::start(Limits { close_deadline: Duration::from_millis(20), ..Limits::default() })
            .await;
    // A text frame without a mask, and a masked one whose only byte starts a character and does not
    // end it.
    for (bytes, code) in [(&[0x81, 0x01, b'a'][..], 1002), (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007)]
    {
        let mut client = Client::greeted(&server).await;
        client.send_bytes(bytes).await;
        assert_eq!(code_at_the_end(&client.bytes_until_the_end().await), Some(code));
    }
}

#[tokio::test]
async fn a_client_that_closes_gets_its_close_frame_back_and_its_operations_end() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { hangs }").await;
    assert_eq!(client.hear().await["type"], "next");
    let frame = CloseFrame { code: CloseCode::Normal, reason: "bye".into() };
    client.socket.close(Some(frame)).await.unwrap();
    assert_eq!(client.end().await, closed(1000, "bye"));
    one_of(&server.levers.dropped).await;
}

#[tokio::test]
async fn a_client_that_vanishes_takes_its_operations_with_it() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { hangs }").await;
    assert_eq!(client.hear().await["type"], "next");
    drop(client);
    one_of(&server.levers.dropped).await;
    server.end().await;
}

#[tokio::test]
async fn a_silent_peer_is_closed_with_4499() {
    let limits = Limits {
        ping_interval: Duration::from_millis(20),
        close_deadline: Duration::from_millis(20),
        ..Limits::default()
    };
    let client = Client::greeted(&Server::start(limits).await).await;
    let bytes = client.bytes_until_the_end().await;
    assert_eq!(
        bytes.get(..4),
        Some(&[0x89, 0, 0x89, 0][..]),
        "two pings without an answer come first"
    );
    assert_eq!(code_at_the_end(&bytes), Some(4499));
}

#[tokio::test]
async fn a_peer_that_answers_pings_lives_on() {
    let limits = Limits { ping_interval: Duration::from_millis(100), ..Limits::default() };
    let mut client = Client::greeted(&Server::start(limits).await).await;
    let mut pings = 0;
    while pings < 6 {
        match timeout(PATIENCE, client.socket.next()).await.unwrap() {
            Some(Ok(Message::Ping(_))) => pings += 1,
            end => panic!("no ping, but {end:?}"),
        }
    }
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn a_ping_of_either_layer_is_answered_with_its_payload() {
    let mut client = Client::greeted(&server().await).await;
    client.send(Message::Ping(Bytes::from_static(b"anybody?"))).await;
    let Some(Ok(Message::Pong(payload))) = client.next_frame().await else { panic!("no pong") };
    assert_eq!(payload.as_ref(), b"anybody?");
    client.say(&json!({"type": "ping", "payload": {"a": [1]}})).await;
    assert_eq!(client.hear().await, json!({"type": "pong", "payload": {"a": [1]}}));
}

#[tokio::test]
async fn at_shutdown_mutations_are_answered_subscriptions_just_end_and_the_close_says_1001() {
    let server = server().await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "subscription { hangs }").await;
    assert_eq!(client.hear().await["id"], "1");
    client.subscribe("2", "mutation { slow }").await;
    one_of(&server.levers.begun).await;
    server.shutdown.cancel();
    one_of(&server.levers.dropped).await;
    assert!(Client::shake_hands(&server, &[OURS]).await.is_err(), "nobody new comes in");
    assert!(server.connections.drained().now_or_never().is_none(), "a connection is left");
    server.levers.release.add_permits(1);
    assert_eq!(client.hear().await["payload"], json!({"data": {"slow": "at last"}}));
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "2"}));
    assert_eq!(client.end().await, closed(1001, "The server is shutting down: connect again"));
    server.end().await;
}

#[tokio::test]
async fn at_shutdown_a_mutation_that_hangs_does_not_keep_the_server() {
    let limits = Limits { shutdown_grace: Duration::from_millis(20), ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = Client::greeted(&server).await;
    client.subscribe("1", "mutation { slow }").await;
    one_of(&server.levers.begun).await;
    server.shutdown.cancel();
    assert_eq!(client.close_code().await, 1001);
    server.end().await;
}
