use super::*;

const PLACE: RequestId = RequestId(1);
const CHANGES: RequestId = RequestId(2);

fn acknowledged() -> Protocol {
    let mut protocol = Protocol::default();
    assert_eq!(
        protocol.receive(r#"{"type":"connection_ack","payload":{"any":"thing"}}"#),
        Ok(Received::Acknowledged)
    );
    protocol
}

fn start(protocol: &mut Protocol, id: RequestId, kind: RequestKind) -> Value {
    let message = protocol.start(id, kind, &json!({ "query": "{ server { logId } }" })).unwrap();
    serde_json::from_str(&message).unwrap()
}

fn running(protocol: Protocol) -> Vec<RequestId> {
    protocol.into_running().collect()
}

#[test]
fn the_first_message_carries_the_token_where_there_is_one() {
    let with: Value =
        serde_json::from_str(&Protocol::connection_init(Some(&Token::new("abc".to_owned()))))
            .unwrap();
    assert_eq!(
        with,
        json!({ "type": "connection_init", "payload": { "authorization": "Bearer abc" } })
    );
    let without: Value = serde_json::from_str(&Protocol::connection_init(None)).unwrap();
    assert_eq!(without, json!({ "type": "connection_init", "payload": {} }));
}

#[test]
fn nothing_may_be_asked_before_the_acknowledgement() {
    let refused = Protocol::default().start(PLACE, RequestKind::Once, &json!({}));
    assert_eq!(refused, Err(NotSentReason::NoConnection));
}

#[test]
fn a_request_goes_out_as_subscribe_with_its_id_as_text() {
    let message = start(&mut acknowledged(), PLACE, RequestKind::Once);
    assert_eq!(
        message,
        json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ server { logId } }" } })
    );
}

#[test]
fn a_single_answer_ends_its_request() {
    let mut protocol = acknowledged();
    start(&mut protocol, PLACE, RequestKind::Once);
    let next = protocol.receive(r#"{"type":"next","id":"1","payload":{"data":{}}}"#).unwrap();
    assert_eq!(next, Received::Next { id: PLACE, payload: json!({ "data": {} }) });
    assert_eq!(protocol.receive(r#"{"type":"complete","id":"1"}"#), Ok(Received::Nothing));
    assert!(running(protocol).is_empty());
}

#[test]
fn a_stream_goes_on_until_it_is_completed() {
    let mut protocol = acknowledged();
    start(&mut protocol, CHANGES, RequestKind::Stream);
    for _ in 0..2 {
        let next = protocol.receive(r#"{"type":"next","id":"2","payload":1}"#).unwrap();
        assert_eq!(next, Received::Next { id: CHANGES, payload: json!(1) });
    }
    assert_eq!(
        protocol.receive(r#"{"type":"complete","id":"2"}"#),
        Ok(Received::Complete { id: CHANGES })
    );
    assert!(running(protocol).is_empty());
}

#[test]
fn an_error_ends_its_request_and_carries_the_reasons() {
    let mut protocol = acknowledged();
    start(&mut protocol, CHANGES, RequestKind::Stream);
    let failed =
        protocol.receive(r#"{"type":"error","id":"2","payload":[{"message":"no"}]}"#).unwrap();
    assert_eq!(failed, Received::Failed { id: CHANGES, errors: json!([{ "message": "no" }]) });
    assert!(running(protocol).is_empty());
}

#[test]
fn an_answer_to_what_was_stopped_is_ignored() {
    let mut protocol = acknowledged();
    start(&mut protocol, CHANGES, RequestKind::Stream);
    let stop: Value = serde_json::from_str(&protocol.stop(CHANGES).unwrap()).unwrap();
    assert_eq!(stop, json!({ "type": "complete", "id": "2" }));
    assert_eq!(protocol.receive(r#"{"type":"next","id":"2","payload":1}"#), Ok(Received::Nothing));
    assert_eq!(protocol.stop(CHANGES), None);
}

#[test]
fn a_ping_is_answered_with_its_own_payload() {
    let reply = |text: &str| {
        let Received::Reply(reply) = Protocol::default().receive(text).unwrap() else {
            panic!("no reply")
        };
        serde_json::from_str::<Value>(&reply).unwrap()
    };
    assert_eq!(reply(r#"{"type":"ping"}"#), json!({ "type": "pong" }));
    assert_eq!(
        reply(r#"{"type":"ping","payload":{"n":7}}"#),
        json!({ "type": "pong", "payload": { "n": 7 } })
    );
    assert_eq!(Protocol::default().receive(r#"{"type":"pong"}"#), Ok(Received::Nothing));
}

#[test]
fn requests_without_an_end_are_known_when_the_connection_ends() {
    let mut protocol = acknowledged();
    start(&mut protocol, CHANGES, RequestKind::Stream);
    start(&mut protocol, PLACE, RequestKind::Once);
    assert_eq!(running(protocol), [PLACE, CHANGES]);
}

#[test]
fn a_peer_that_leaves_the_protocol_is_told_from_one_that_does_not() {
    let early = Protocol::default().receive(r#"{"type":"next","id":"1","payload":1}"#);
    assert_eq!(early, Err(Violation::BeforeAcknowledgement));
    assert_eq!(
        acknowledged().receive(r#"{"type":"connection_ack"}"#),
        Err(Violation::AcknowledgedTwice)
    );
    for text in [
        "",
        "[]",
        "{}",
        r#"{"type":"surprise"}"#,
        r#"{"type":"next","id":"1"}"#,
        r#"{"type":"complete"}"#,
    ] {
        assert!(matches!(acknowledged().receive(text), Err(Violation::NotAMessage(_))), "{text}");
    }
}

#[test]
fn ids_that_nobody_chose_are_ignored() {
    for id in ["7", "x", "-1", "99999999999999999999999"] {
        let text = format!(r#"{{"type":"complete","id":"{id}"}}"#);
        assert_eq!(acknowledged().receive(&text), Ok(Received::Nothing));
    }
}

#[test]
fn requests_are_bounded_in_number_and_length() {
    let mut protocol = acknowledged();
    let long = json!({ "query": "x".repeat(MAX_REQUEST_BYTES) });
    assert_eq!(protocol.start(PLACE, RequestKind::Once, &long), Err(NotSentReason::TooLong));
    for id in 0..MAX_RUNNING as u64 {
        start(&mut protocol, RequestId(id), RequestKind::Once);
    }
    assert_eq!(protocol.start(PLACE, RequestKind::Once, &json!({})), Err(NotSentReason::IdInUse));
    let one_more = RequestId(MAX_RUNNING as u64);
    assert_eq!(
        protocol.start(one_more, RequestKind::Once, &json!({})),
        Err(NotSentReason::TooManyRunning)
    );
}
