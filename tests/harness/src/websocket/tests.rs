//! A scripted server plays the other side.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::*;

const DEADLINE: Duration = Duration::from_secs(20);

/// One step of the server's part.
enum Step {
    Hear,
    Say(Value),
    Close(u16, &'static str),
    Vanish,
    /// Waits for the client to leave.
    Stay,
}
use Step::{Close, Hear, Say, Stay, Vanish};

/// What the server heard, the end of the connection as `null`.
struct Scripted {
    url: String,
    server: JoinHandle<Result<Vec<Value>>>,
}

impl Scripted {
    fn start(script: Vec<Step>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(TcpListener::bind(any))?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = thread::Builder::new().spawn(move || {
            runtime.block_on(async move {
                let (stream, _) = listener.accept().await?;
                play(stream, script).await
            })
        })?;
        Ok(Self { url, server })
    }

    /// A server that acknowledges first.
    fn greeting(script: impl IntoIterator<Item = Step>) -> Result<Self> {
        let greeting = [Hear, Say(json!({ "type": "connection_ack" }))];
        Self::start(greeting.into_iter().chain(script).collect())
    }

    fn heard(self) -> Result<Vec<Value>> {
        self.server.join().expect("the server does not panic")
    }
}

#[expect(clippy::result_large_err, reason = "the signature of the handshake's callback")]
async fn play(stream: TcpStream, script: Vec<Step>) -> Result<Vec<Value>> {
    let agree = |request: &Request, mut response: Response| {
        if let Some(offered) = request.headers().get("sec-websocket-protocol") {
            let headers = response.headers_mut();
            headers.insert("sec-websocket-protocol", offered.clone());
        }
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, agree).await?;
    let mut heard = Vec::new();
    for step in script {
        match step {
            Hear => heard.push(hear(&mut socket).await),
            Say(message) => socket.send(Message::text(message.to_string())).await?,
            Close(code, reason) => {
                let code = code.into();
                let reason = reason.into();
                socket.close(Some(CloseFrame { code, reason })).await?;
                while socket.next().await.is_some() {}
            }
            Vanish => break,
            Stay => while socket.next().await.is_some() {},
        }
    }
    Ok(heard)
}

async fn hear(socket: &mut WebSocketStream<TcpStream>) -> Value {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap_or(json!(*text)),
        Some(Ok(other)) => json!(format!("{other:?}")),
        Some(Err(_)) | None => Value::Null,
    }
}

fn next(id: &str, data: &Value) -> Step {
    Say(json!({ "id": id, "type": "next", "payload": { "data": data } }))
}

fn complete(id: &str) -> Step {
    Say(json!({ "id": id, "type": "complete" }))
}

#[test]
fn a_connection_begins_with_the_token_and_waits_for_the_acknowledgement() -> Result<()> {
    let server = Scripted::greeting([Stay])?;
    drop(WebSocket::connect(&server.url, Some("secret"))?);
    let payload = json!({ "authorization": "Bearer secret" });
    let init = json!({ "type": "connection_init", "payload": payload });
    assert_eq!(server.heard()?, [init]);
    Ok(())
}

#[test]
fn a_refused_initialisation_shows_the_close_code() -> Result<()> {
    let server = Scripted::start(vec![Hear, Close(4403, "Forbidden")])?;
    let error = WebSocket::connect(&server.url, Some("wrong")).expect_err("it is refused");
    assert!(error.to_string().contains("4403"), "{error}");
    Ok(())
}

#[test]
fn operations_share_the_connection_and_each_is_told_its_own() -> Result<()> {
    let server = Scripted::greeting([
        Hear,
        Hear,
        next("1", &json!("a")),
        next("2", &json!("x")),
        next("1", &json!("b")),
        complete("2"),
        Stay,
    ])?;
    let socket = WebSocket::connect(&server.url, None)?;
    let changes = socket.subscribe("subscription { changes }", &json!({ "after": 7 }))?;
    assert_eq!(socket.execute("{ x }", &Value::Null)?, "x");
    assert_eq!(changes.next(DEADLINE)?, "a");
    assert_eq!(changes.next(DEADLINE)?, "b");
    socket.abort();

    let payload = json!({ "query": "subscription { changes }", "variables": { "after": 7 } });
    let expected = json!({ "id": "1", "type": "subscribe", "payload": payload });
    assert_eq!(server.heard()?[1], expected);
    Ok(())
}

#[test]
fn what_nobody_waits_for_is_kept_within_a_bound() -> Result<()> {
    let flood = (0..=10_000).map(|number| next("1", &json!(number)));
    let server = Scripted::greeting([Hear].into_iter().chain(flood).chain([Hear, Stay]))?;
    let socket = WebSocket::connect(&server.url, None)?;
    let forgotten = socket.subscribe("subscription { changes }", &Value::Null)?;
    let error = socket.execute("{ x }", &Value::Null).expect_err("too much");
    assert!(format!("{error:#}").contains("nobody waits"), "{error:#}");
    assert_eq!(forgotten.next(DEADLINE)?, 0, "what was kept is still there");
    Ok(())
}

#[test]
fn errors_and_early_ends_are_told_and_no_result() -> Result<()> {
    let errors = json!([{ "message": "unknown field" }]);
    let server = Scripted::greeting([
        Hear,
        Say(json!({ "id": "1", "type": "error", "payload": errors })),
        Hear,
        complete("2"),
        Stay,
    ])?;
    let socket = WebSocket::connect(&server.url, None)?;
    assert_eq!(socket.answer("{ nonsense }", &Value::Null)?, json!({ "errors": errors }));
    let ended = socket.subscribe("subscription { changes }", &Value::Null)?;
    let error = ended.next(DEADLINE).expect_err("it is over");
    assert!(error.to_string().contains("Complete"), "{error}");
    Ok(())
}

#[test]
fn a_ping_is_answered_while_waiting_and_stopping_says_complete() -> Result<()> {
    let server = Scripted::greeting([
        Hear,
        Say(json!({ "type": "ping" })),
        Hear,
        next("1", &json!(1)),
        Hear,
        Stay,
    ])?;
    let socket = WebSocket::connect(&server.url, None)?;
    let changes = socket.subscribe("subscription { changes }", &Value::Null)?;
    assert_eq!(changes.next(DEADLINE)?, 1);
    changes.stop()?;
    socket.close()?;
    let heard = server.heard()?;
    assert_eq!(heard[2], json!({ "type": "pong" }));
    assert_eq!(heard[3], json!({ "id": "1", "type": "complete" }));
    Ok(())
}

#[test]
fn the_close_code_is_seen_and_stays_seen() -> Result<()> {
    let server = Scripted::greeting([
        next("9", &json!("something before the end")),
        Close(4429, "Too many initialisation requests"),
    ])?;
    let socket = WebSocket::connect(&server.url, None)?;
    let expected =
        Closed::Properly { code: 4429, reason: "Too many initialisation requests".into() };
    assert_eq!(socket.closed(DEADLINE)?, expected);
    assert_eq!(socket.receive(DEADLINE)?, Received::Closed(expected));
    assert!(socket.send_text("anything").is_err());
    Ok(())
}

#[test]
fn an_end_without_a_close_frame_is_a_lost_connection() -> Result<()> {
    let server = Scripted::greeting([Vanish])?;
    let socket = WebSocket::connect(&server.url, None)?;
    assert_eq!(socket.closed(DEADLINE)?, Closed::Lost);
    Ok(())
}

#[test]
fn aborting_sends_no_close_frame_and_closing_does() -> Result<()> {
    let server = Scripted::greeting([Hear])?;
    let socket = WebSocket::connect(&server.url, None)?;
    let another_handle = socket.clone();
    socket.abort();
    assert_eq!(server.heard()?[1], Value::Null);
    assert_eq!(another_handle.closed(DEADLINE)?, Closed::Aborted);

    let server = Scripted::greeting([Hear, Stay])?;
    let closed = WebSocket::connect(&server.url, None)?.close()?;
    assert!(matches!(closed, Closed::Properly { code: 1000, .. }), "{closed:?}");
    assert!(server.heard()?[1].to_string().contains("Close"));
    Ok(())
}

#[test]
fn silence_is_an_error_after_the_deadline() -> Result<()> {
    let server = Scripted::greeting([Stay])?;
    let socket = WebSocket::connect(&server.url, None)?;
    let error = socket.receive(Duration::from_millis(50)).expect_err("nothing comes");
    assert!(format!("{error:#}").contains("50ms"), "{error:#}");
    Ok(())
}

#[test]
fn nonsense_can_be_sent_before_any_greeting() -> Result<()> {
    let server = Scripted::start(vec![Hear, Close(4400, "Invalid message")])?;
    let socket = WebSocket::open(&server.url, Some(SUBPROTOCOL))?;
    socket.send_text("{ no json")?;
    let closed = socket.closed(DEADLINE)?;
    assert!(matches!(closed, Closed::Properly { code: 4400, .. }), "{closed:?}");
    assert_eq!(server.heard()?[0], "{ no json");
    Ok(())
}
