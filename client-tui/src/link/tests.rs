//! The link over a wire in memory, with a clock that does not wait: each promise of `link` is
//! broken here once by the backend, the wire or the consumer.

mod backend;
mod requests;

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use self::backend::{Backend, Rig, target};
use super::{
    Link, LinkCommand, LinkEvent, RequestId, RequestKind, actor, backoff, connection,
    heartbeat::{ASK_AFTER, DEAD_AFTER},
};
use crate::clock::now;

const MIB: usize = 1024 * 1024;

/// What a `Disconnected` says.
async fn disconnected(rig: &mut Rig) -> (String, Option<u16>, Duration) {
    let event = rig.outcome().await;
    let LinkEvent::Disconnected { why, close_code, retry_in } = event else {
        panic!("not disconnected: {event:?}")
    };
    (why, close_code, retry_in)
}

#[tokio::test(start_paused = true)]
async fn it_connects_as_the_one_whose_token_it_was_given() {
    let mut rig = Rig::start();
    rig.connect(Some("abc"));
    let backend = rig.accept().await;
    assert_eq!(
        backend.init,
        json!({ "type": "connection_init", "payload": { "authorization": "Bearer abc" } })
    );
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    rig.expect_connected().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_said_and_not_tried_again_until_somebody_asks() {
    let mut rig = Rig::start();
    rig.connect(Some("old"));
    let mut backend = Backend::shake_hands(rig.wire().await).await;
    backend.receive().await;
    backend.close(4403, "this token has been revoked").await;
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    assert_eq!(
        rig.event().await,
        LinkEvent::Refused { message: "this token has been revoked".to_owned() }
    );

    let quiet = tokio::time::timeout(Duration::from_hours(1), rig.wire()).await;
    assert!(quiet.is_err(), "tried again by itself");
    rig.handle.send(LinkCommand::TryNow).unwrap();
    assert_eq!(rig.accept().await.init["payload"]["authorization"], "Bearer old");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_revoked_later_is_a_refusal_as_well() {
    let (mut rig, mut backend) = Rig::connected().await;
    backend.close(4403, "revoked").await;
    assert_eq!(rig.event().await, LinkEvent::Refused { message: "revoked".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn after_a_break_it_connects_again_by_itself() {
    let (mut rig, backend) = Rig::connected().await;
    drop(backend);
    let (why, close_code, retry_in) = disconnected(&mut rig).await;
    assert_eq!(
        (why.as_str(), close_code, retry_in),
        ("the connection ended without a goodbye", None, backoff::BASE)
    );
    let since = now();
    rig.accept().await;
    assert_eq!(now() - since, retry_in);
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    rig.expect_connected().await;
}

#[tokio::test(start_paused = true)]
async fn a_close_code_is_passed_on_with_its_reason() {
    let (mut rig, mut backend) = Rig::connected().await;
    backend.close(1012, "restarting").await;
    let (why, close_code, _) = disconnected(&mut rig).await;
    assert_eq!(close_code, Some(1012));
    assert!(why.contains("restarting"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_closes_each_time_is_asked_less_and_less() {
    let mut rig = Rig::start();
    rig.connect(None);
    let mut waits = Vec::new();
    for _ in 0..4 {
        drop(rig.connection().await);
        waits.push(disconnected(&mut rig).await.2);
    }
    assert_eq!(waits, [1, 2, 4, 8].map(|factor| backoff::BASE * factor));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lived_for_a_while_starts_the_waits_from_the_base() {
    let (mut rig, backend) = Rig::connected().await;
    drop(backend);
    disconnected(&mut rig).await;
    let backend = rig.connection().await;
    tokio::time::advance(actor::STEADY_AFTER).await;
    drop(backend);
    assert_eq!(disconnected(&mut rig).await.2, backoff::BASE);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_when_somebody_asks_for_it() {
    let (mut rig, backend) = Rig::connected().await;
    drop(backend);
    disconnected(&mut rig).await;
    let since = now();
    rig.handle.send(LinkCommand::TryNow).unwrap();
    rig.accept().await;
    assert_eq!(now(), since);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_is_not_there_is_said_so() {
    let mut rig = Rig::start();
    rig.wires.close();
    rig.connect(None);
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    assert!(disconnected(&mut rig).await.0.starts_with("the backend could not be reached"));
}

#[tokio::test(start_paused = true)]
async fn something_else_on_the_port_is_told_from_a_backend() {
    let mut rig = Rig::start();
    rig.connect(None);
    let mut wire = rig.wire().await;
    wire.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    let (why, _, _) = disconnected(&mut rig).await;
    assert!(why.contains("not a Tiffin backend") && why.contains("404"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_never_acknowledges_is_given_up() {
    let mut rig = Rig::start();
    rig.connect(None);
    let since = now();
    let _backend = Backend::shake_hands(rig.wire().await).await;
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    assert_eq!(disconnected(&mut rig).await.0, "there is no answer from the backend");
    assert_eq!(now() - since, actor::CONNECT_DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_found_out() {
    let (mut rig, mut backend) = Rig::connected().await;
    let since = now();
    assert_eq!(backend.receive().await, json!({ "type": "ping" }));
    assert_eq!(now() - since, ASK_AFTER);
    assert_eq!(disconnected(&mut rig).await.0, "the backend says nothing any more");
    assert_eq!(now() - since, ASK_AFTER + DEAD_AFTER);
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_backend_answers_lives_on_without_any_traffic() {
    let (mut rig, mut backend) = Rig::connected().await;
    let until = now() + Duration::from_hours(1);
    while now() < until {
        assert_eq!(backend.receive().await, json!({ "type": "ping" }));
        backend.send(json!({ "type": "pong" })).await;
    }
    assert!(rig.events.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_doubted_connection_is_asked_at_once() {
    let (mut rig, mut backend) = Rig::connected().await;
    let since = now();
    rig.handle.send(LinkCommand::TryNow).unwrap();
    assert_eq!(backend.receive().await, json!({ "type": "ping" }));
    assert_eq!(now(), since);
    disconnected(&mut rig).await;
    assert_eq!(now() - since, DEAD_AFTER);
}

#[tokio::test(start_paused = true)]
async fn the_backends_pings_are_answered() {
    let (_rig, mut backend) = Rig::connected().await;
    backend.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(backend.receive().await, json!({ "type": "pong", "payload": { "n": 1 } }));
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_leaves_the_protocol_is_told_so_and_left() {
    let (mut rig, mut backend) = Rig::connected().await;
    backend.send(json!({ "type": "surprise" })).await;
    assert_eq!(backend.close_code().await, 4400);
    drop(backend);
    assert!(disconnected(&mut rig).await.0.contains("does not understand"));
}

#[tokio::test(start_paused = true)]
async fn a_message_beyond_the_bound_is_not_taken() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(1, RequestKind::Once);
    backend.receive().await;
    let long = Message::text("x".repeat(connection::MAX_MESSAGE_BYTES + 1));
    backend.socket.send(long).await.expect_err("it was taken whole");
    assert_eq!(backend.close_code().await, 1009);
    assert_eq!(rig.outcome().await, LinkEvent::Lost { id: RequestId(1) });
    assert!(disconnected(&mut rig).await.0.contains("more than 4 MiB"));
}

#[tokio::test(start_paused = true)]
async fn a_message_in_many_frames_has_the_same_bound() {
    let (_rig, mut backend) = Rig::connected().await;
    let part =
        |opcode| Message::Frame(Frame::message("x".repeat(MIB), OpCode::Data(opcode), false));
    backend.socket.send(part(Data::Text)).await.unwrap();
    for _ in 0..connection::MAX_MESSAGE_BYTES / MIB {
        backend.socket.send(part(Data::Continue)).await.unwrap();
    }
    assert_eq!(backend.close_code().await, 1009);
}

#[tokio::test(start_paused = true)]
async fn other_credentials_replace_the_connection_and_end_what_ran_on_it() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(1, RequestKind::Stream);
    backend.receive().await;
    rig.connect(Some("new"));
    assert_eq!(backend.close_code().await, 1005, "a goodbye without a reproach");
    drop(backend);
    assert_eq!(rig.outcome().await, LinkEvent::Lost { id: RequestId(1) });
    assert_eq!(rig.event().await, LinkEvent::Connecting);
    assert_eq!(rig.accept().await.init["payload"]["authorization"], "Bearer new");
}

#[tokio::test(start_paused = true)]
async fn other_credentials_also_replace_a_connection_that_is_being_made() {
    let mut rig = Rig::start();
    rig.connect(Some("old"));
    let _unanswered = rig.wire().await;
    rig.connect(Some("new"));
    assert_eq!(rig.accept().await.init["payload"]["authorization"], "Bearer new");
}

#[tokio::test(start_paused = true)]
async fn without_a_handle_the_link_says_goodbye_and_ends() {
    let (rig, mut backend) = Rig::connected().await;
    let Rig { handle, mut link, .. } = rig;
    drop(handle);
    assert_eq!(backend.close_code().await, 1005);
    drop(backend);
    link.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn it_speaks_over_a_real_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (link, handle, mut events) = Link::over_tcp();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(link.run());
    handle.send(LinkCommand::Connect(super::Target { endpoint, ..target(None) })).unwrap();
    let mut backend = Backend::shake_hands(listener.accept().await.unwrap().0).await;
    backend.receive().await;
    backend.send(json!({ "type": "connection_ack" })).await;
    assert_eq!(events.recv().await, Some(LinkEvent::Connecting));
    assert!(matches!(events.recv().await, Some(LinkEvent::Connected { .. })));
}
