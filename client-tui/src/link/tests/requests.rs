//! What becomes of requests: answered, failed, lost, never sent, stopped.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{
    super::{
        COMMAND_LIMIT, EVENT_LIMIT, LinkCommand, LinkEvent, NotSentReason, RequestId, RequestKind,
        connection,
    },
    backend::Rig,
    disconnected, now,
};

/// Longer than the wire and shorter than the bound of a request.
fn long_body() -> Value {
    json!({ "query": "x".repeat(48 * 1024) })
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(7, RequestKind::Once);
    let subscribe = backend.receive().await;
    assert_eq!(subscribe["type"], "subscribe");
    assert_eq!(subscribe["payload"]["query"], "{ server { logId } }");
    backend.next(7, json!({ "data": { "server": null } })).await;
    let answer =
        LinkEvent::Next { id: RequestId(7), payload: json!({ "data": { "server": null } }) };
    assert_eq!(rig.outcome().await, answer);
}

#[tokio::test(start_paused = true)]
async fn it_is_said_that_a_request_is_being_sent_before_its_answer_can_come() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(7, RequestKind::Once);
    backend.receive().await;
    backend.next(7, json!(null)).await;
    assert_eq!(rig.event().await, LinkEvent::Sending { id: RequestId(7) });
    assert_eq!(rig.event().await, LinkEvent::Next { id: RequestId(7), payload: json!(null) });
}

#[tokio::test(start_paused = true)]
async fn a_request_for_a_connection_that_is_gone_does_not_go_out_on_the_next_one() {
    let (mut rig, backend) = Rig::connected().await;
    let gone = rig.present;
    drop(backend);
    disconnected(&mut rig).await;
    let mut backend = rig.connection().await;
    assert_ne!(rig.present, gone);
    rig.execute(2, RequestKind::Once);
    rig.present = gone;
    rig.execute(1, RequestKind::Once);
    assert_eq!(backend.receive().await["id"], "2");
    let not_sent = LinkEvent::NotSent { id: RequestId(1), reason: NotSentReason::NoConnection };
    assert_eq!(rig.outcome().await, not_sent);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_executed_fails_with_the_backends_reasons() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(7, RequestKind::Once);
    backend.receive().await;
    backend
        .send(json!({ "type": "error", "id": "7", "payload": [{ "message": "no such field" }] }))
        .await;
    let failed =
        LinkEvent::Failed { id: RequestId(7), errors: json!([{ "message": "no such field" }]) };
    assert_eq!(rig.outcome().await, failed);
}

#[tokio::test(start_paused = true)]
async fn requests_run_beside_each_other() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(1, RequestKind::Stream);
    rig.execute(2, RequestKind::Once);
    backend.receive().await;
    backend.receive().await;
    backend.next(2, json!(2)).await;
    backend.next(1, json!(1)).await;
    assert_eq!(rig.outcome().await, LinkEvent::Next { id: RequestId(2), payload: json!(2) });
    assert_eq!(rig.outcome().await, LinkEvent::Next { id: RequestId(1), payload: json!(1) });
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_did_not_come_leaves_the_outcome_unknown_and_nothing_is_repeated() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(7, RequestKind::Once);
    backend.receive().await;
    drop(backend);
    assert_eq!(rig.outcome().await, LinkEvent::Lost { id: RequestId(7) });
    disconnected(&mut rig).await;
    let mut backend = rig.connection().await;
    rig.execute(8, RequestKind::Once);
    assert_eq!(backend.receive().await["id"], "8");
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_a_request_is_never_sent() {
    let mut rig = Rig::start();
    rig.execute(1, RequestKind::Once);
    let not_sent =
        |id| LinkEvent::NotSent { id: RequestId(id), reason: NotSentReason::NoConnection };
    assert_eq!(rig.outcome().await, not_sent(1), "while idle");

    rig.connect(None);
    let wire = rig.wire().await;
    assert_eq!(rig.outcome().await, LinkEvent::Connecting);
    rig.execute(2, RequestKind::Once);
    assert_eq!(rig.outcome().await, not_sent(2), "while connecting");

    drop(wire);
    disconnected(&mut rig).await;
    rig.execute(3, RequestKind::Once);
    assert_eq!(rig.outcome().await, not_sent(3), "while waiting");
}

#[tokio::test(start_paused = true)]
async fn what_was_being_written_is_lost_and_what_waited_behind_it_was_never_sent() {
    let (mut rig, backend) = Rig::connected().await;
    rig.execute_body(1, RequestKind::Once, long_body());
    rig.execute_body(2, RequestKind::Once, long_body());
    // The wire is full now, in the middle of the first request.
    tokio::time::sleep_until(now() + Duration::from_secs(1)).await;
    drop(backend);
    assert_eq!(rig.event().await, LinkEvent::Sending { id: RequestId(1) });
    let not_sent = LinkEvent::NotSent { id: RequestId(2), reason: NotSentReason::NoConnection };
    assert_eq!(rig.event().await, not_sent);
    assert_eq!(rig.event().await, LinkEvent::Lost { id: RequestId(1) });
    // And nothing more of either of them.
    disconnected(&mut rig).await;
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_reads_nothing_is_given_up() {
    let (mut rig, _backend) = Rig::connected().await;
    let since = now();
    rig.execute_body(1, RequestKind::Once, long_body());
    assert_eq!(rig.outcome().await, LinkEvent::Lost { id: RequestId(1) });
    assert_eq!(disconnected(&mut rig).await.0, "the backend takes nothing any more");
    assert!(now() - since <= connection::WRITE_DEADLINE + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_stream_is_silent() {
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(1, RequestKind::Stream);
    backend.receive().await;
    rig.handle.send(LinkCommand::Stop { id: RequestId(1) }).unwrap();
    assert_eq!(backend.receive().await, json!({ "type": "complete", "id": "1" }));
    backend.next(1, json!("late")).await;
    rig.execute(2, RequestKind::Once);
    backend.receive().await;
    backend.next(2, json!("next")).await;
    assert_eq!(rig.outcome().await, LinkEvent::Next { id: RequestId(2), payload: json!("next") });
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_stops_the_backend_and_loses_nothing() {
    const FLOOD: u64 = 4 * EVENT_LIMIT as u64;
    let (mut rig, mut backend) = Rig::connected().await;
    rig.execute(1, RequestKind::Stream);
    backend.receive().await;
    let mut sent = 0;
    for number in 0..FLOOD {
        let next =
            json!({ "type": "next", "id": "1", "payload": number, "filling": "x".repeat(100) });
        let sending = backend.socket.send(Message::text(next.to_string()));
        if tokio::time::timeout(Duration::from_mins(1), sending).await.is_err() {
            break;
        }
        sent = number + 1;
    }
    assert!(sent < FLOOD, "nothing held the backend back");
    for number in 0..sent {
        assert_eq!(
            rig.outcome().await,
            LinkEvent::Next { id: RequestId(1), payload: json!(number) }
        );
    }
    rig.execute(2, RequestKind::Once);
    assert_eq!(backend.receive().await["id"], "2", "the connection has survived");
}

#[tokio::test(start_paused = true)]
async fn a_handle_never_waits_and_says_when_there_is_no_room() {
    let rig = Rig::start();
    let command = LinkCommand::Stop { id: RequestId(1) };
    for _ in 0..COMMAND_LIMIT {
        rig.handle.send(command.clone()).unwrap();
    }
    let busy = rig.handle.send(command.clone()).unwrap_err();
    assert_eq!(*busy.0, command, "the command comes back");
    assert!(rig.handle.commands.reserve().now_or_never().is_none());
}
