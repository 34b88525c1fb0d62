//! The socket behind a test's WebSocket, with a small run time of its own that runs only while
//! somebody waits, and the sorting of what comes by operation.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Told;
use crate::graphql::text;

/// Messages kept for operations on which nobody waits; with more, something is wrong with the test.
const MOST_KEPT: usize = 10_000;
/// After a close frame the TCP connection's end must follow; a server that owes it is not waited for.
const END_DEADLINE: Duration = Duration::from_secs(1);

/// What came next on a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// A message.
    Message(Value),
    /// The connection's end. It comes again each time one asks.
    Closed(Closed),
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The server sent a close frame.
    Properly {
        /// The close code; 1005 stands for none.
        code: u16,
        /// May be empty.
        reason: String,
    },
    /// No close frame came (what browsers call 1006).
    Lost,
    /// The test dropped it.
    Aborted,
}

pub(super) struct Wire {
    state: State,
    kept: BTreeMap<String, VecDeque<Told>>,
    operations: u64,
    /// The last field: the socket must go first.
    runtime: Runtime,
}

enum State {
    Open(Box<WebSocketStream<TcpStream>>),
    Closed(Closed),
}

impl Wire {
    pub(super) fn open(url: &str, subprotocol: Option<&str>, deadline: Duration) -> Result<Self> {
        let address = url
            .strip_prefix("http://")
            .with_context(|| format!("{url} does not begin with http://"))?;
        let mut request = format!("ws://{address}/graphql").into_client_request()?;
        if let Some(subprotocol) = subprotocol {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", subprotocol.parse()?);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let open = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
            anyhow::Ok(socket)
        };
        let socket = within(&runtime, deadline, open)??;
        Ok(Self {
            state: State::Open(Box::new(socket)),
            kept: BTreeMap::new(),
            operations: 0,
            runtime,
        })
    }

    pub(super) fn fresh_operation(&mut self) -> String {
        self.operations += 1;
        self.operations.to_string()
    }

    pub(super) fn send(&mut self, message: &str) -> Result<()> {
        match &mut self.state {
            State::Open(socket) => {
                Ok(self.runtime.block_on(socket.send(Message::text(message)))?)
            }
            State::Closed(closed) => bail!("the connection has ended: {closed:?}"),
        }
    }

    pub(super) fn receive(&mut self, deadline: Duration) -> Result<Received> {
        let socket = match &mut self.state {
            State::Open(socket) => socket,
            State::Closed(closed) => return Ok(Received::Closed(closed.clone())),
        };
        let received = within(&self.runtime, deadline, next(socket))
            .context("nothing came")?
            .context("reading what came")?;
        if let Received::Closed(closed) = &received {
            self.state = State::Closed(closed.clone());
        }
        Ok(received)
    }

    /// The next message of operation `id`. The deadline counts anew with each message for others.
    pub(super) fn told(&mut self, id: &str, deadline: Duration) -> Result<Told> {
        loop {
            if let Some(told) = self.kept.get_mut(id).and_then(VecDeque::pop_front) {
                return Ok(told);
            }
            match self.receive(deadline)? {
                Received::Message(message) => self.keep(&message)?,
                Received::Closed(closed) => bail!("the connection has ended: {closed:?}"),
            }
        }
    }

    fn keep(&mut self, message: &Value) -> Result<()> {
        let payload = || message.get("payload").cloned().unwrap_or_default();
        let told = match text(message, "/type").as_str() {
            "next" => Told::Next(payload()),
            "error" => Told::Error(payload()),
            "complete" => Told::Complete,
            "ping" => return self.send(&json!({ "type": "pong" }).to_string()),
            "pong" => return Ok(()),
            _ => bail!("not a message for an operation: {message}"),
        };
        let kept: usize = self.kept.values().map(VecDeque::len).sum();
        ensure!(kept < MOST_KEPT, "{MOST_KEPT} messages for operations on which nobody waits");
        self.kept.entry(text(message, "/id")).or_default().push_back(told);
        Ok(())
    }

    pub(super) fn close(&mut self, deadline: Duration) -> Result<Closed> {
        if let State::Open(socket) = &mut self.state {
            let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            self.runtime.block_on(socket.as_mut().close(Some(frame)))?;
        }
        loop {
            if let Received::Closed(closed) = self.receive(deadline)? {
                return Ok(closed);
            }
        }
    }

    pub(super) fn abort(&mut self) {
        if let State::Open(_) = self.state {
            self.state = State::Closed(Closed::Aborted);
        }
    }
}

/// The next message or the end. Whatever error a dead connection gives, it is its end.
async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Received> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                let message = serde_json::from_str(&text);
                return message.map(Received::Message).with_context(|| format!("no JSON: {text}"));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Binary(bytes))) => bail!("a binary message: {bytes:?}"),
            Some(Ok(Message::Close(frame))) => {
                // Reading on sends our answer; how the rest goes no longer matters.
                let _ =
                    timeout(END_DEADLINE, async { while socket.next().await.is_some() {} }).await;
                return Ok(Received::Closed(properly(frame)));
            }
            None | Some(Err(Error::ConnectionClosed | Error::Io(_) | Error::Protocol(_))) => {
                return Ok(Received::Closed(Closed::Lost));
            }
            Some(Err(error)) => return Err(error.into()),
        }
    }
}

fn properly(frame: Option<CloseFrame>) -> Closed {
    frame.map_or_else(
        || Closed::Properly { code: CloseCode::Status.into(), reason: String::new() },
        |frame| Closed::Properly {
            code: frame.code.into(),
            reason: frame.reason.as_str().to_owned(),
        },
    )
}

fn within<F: Future>(runtime: &Runtime, deadline: Duration, future: F) -> Result<F::Output> {
    let timed = async { timeout(deadline, future).await };
    let outcome = runtime.block_on(timed);
    outcome.with_context(|| format!("not within {deadline:?}"))
}
