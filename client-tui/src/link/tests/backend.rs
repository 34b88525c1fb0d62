//! The other end of the wire in the tests: a WebSocket server in memory that does what it is told.

use std::io;

use futures_util::{SinkExt, StreamExt};
use optimistic::account::ConnectionId;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    sync::mpsc,
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::CloseFrame,
    },
};

use super::super::{
    Dial, Endpoint, Link, LinkCommand, LinkEvent, LinkHandle, RequestId, RequestKind, Target,
};
use crate::profile::Token;

/// As much as a loopback socket's buffers, divided by a few.
const WIRE_BYTES: usize = 8 * 1024;

/// Dials into memory. Where the test no longer accepts, nobody listens.
pub(super) struct InMemory {
    wires: mpsc::Sender<DuplexStream>,
}

impl Dial for InMemory {
    type Socket = DuplexStream;

    async fn dial(&mut self, _: &Endpoint) -> io::Result<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(WIRE_BYTES);
        self.wires
            .send(theirs)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(ours)
    }
}

/// A running link and both of its ends: commands and events here, the wire there.
pub(super) struct Rig {
    pub(super) handle: LinkHandle,
    pub(super) events: mpsc::Receiver<LinkEvent>,
    pub(super) wires: mpsc::Receiver<DuplexStream>,
    pub(super) link: JoinSet<()>,
    /// The connection of the last `Connected`.
    pub(super) present: ConnectionId,
}

impl Rig {
    /// A link whose every wait is as long as its backoff allows.
    pub(super) fn start() -> Self {
        let (sender, wires) = mpsc::channel(1);
        let (link, handle, events) = Link::new(InMemory { wires: sender }, || 1.0);
        let mut tasks = JoinSet::new();
        tasks.spawn(link.run());
        Self { handle, events, wires, link: tasks, present: ConnectionId::new(0) }
    }

    /// A link that is connected without a token, and its backend.
    pub(super) async fn connected() -> (Self, Backend<DuplexStream>) {
        let mut rig = Self::start();
        rig.connect(None);
        let backend = rig.connection().await;
        (rig, backend)
    }

    /// Lets the link connect, and waits until it says so.
    pub(super) async fn connection(&mut self) -> Backend<DuplexStream> {
        let backend = self.accept().await;
        assert_eq!(self.event().await, LinkEvent::Connecting);
        self.expect_connected().await;
        backend
    }

    pub(super) async fn expect_connected(&mut self) {
        let event = self.event().await;
        let LinkEvent::Connected { connection } = event else { panic!("not connected: {event:?}") };
        self.present = connection;
    }

    pub(super) fn connect(&self, token: Option<&str>) {
        self.handle.send(LinkCommand::Connect(target(token))).unwrap();
    }

    pub(super) fn execute(&self, id: u64, kind: RequestKind) {
        self.execute_body(id, kind, json!({ "query": "{ server { logId } }" }));
    }

    pub(super) fn execute_body(&self, id: u64, kind: RequestKind, body: Value) {
        let id = RequestId(id);
        self.handle
            .send(LinkCommand::Execute { connection: self.present, id, kind, body })
            .unwrap();
    }

    pub(super) async fn event(&mut self) -> LinkEvent {
        self.events.recv().await.expect("the link has ended")
    }

    /// The next event but `Sending`, which comes whenever the wire has room.
    pub(super) async fn outcome(&mut self) -> LinkEvent {
        loop {
            let event = self.event().await;
            if !matches!(event, LinkEvent::Sending { .. }) {
                return event;
            }
        }
    }

    /// The next wire, before any handshake.
    pub(super) async fn wire(&mut self) -> DuplexStream {
        self.wires.recv().await.expect("the link has ended")
    }

    /// Accepts the next connection and acknowledges it.
    pub(super) async fn accept(&mut self) -> Backend<DuplexStream> {
        let mut backend = Backend::shake_hands(self.wire().await).await;
        backend.init = backend.receive().await;
        backend.send(json!({ "type": "connection_ack" })).await;
        backend
    }
}

pub(super) fn target(token: Option<&str>) -> Target {
    Target {
        endpoint: "http://127.0.0.1:4000".parse().unwrap(),
        token: token.map(|token| Token::new(token.to_owned())),
    }
}

/// The backend's end of one connection.
pub(super) struct Backend<S> {
    pub(super) socket: WebSocketStream<S>,
    /// The `connection_init` that came first.
    pub(super) init: Value,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Backend<S> {
    #[expect(clippy::result_large_err, reason = "the type of the callback is tungstenite's")]
    pub(super) async fn shake_hands(wire: S) -> Self {
        let echo_subprotocol =
            |request: &Request, mut response: Response| -> Result<Response, ErrorResponse> {
                let subprotocol = request.headers()["sec-websocket-protocol"].clone();
                assert_eq!(subprotocol, "graphql-transport-ws");
                response.headers_mut().insert("sec-websocket-protocol", subprotocol);
                Ok(response)
            };
        let socket = accept_hdr_async(wire, echo_subprotocol).await.unwrap();
        Self { socket, init: Value::Null }
    }

    pub(super) async fn send(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    pub(super) async fn next(&mut self, id: u64, payload: Value) {
        self.send(json!({ "type": "next", "id": id.to_string(), "payload": payload })).await;
    }

    /// The next message of the protocol.
    pub(super) async fn receive(&mut self) -> Value {
        let message = self.socket.next().await.expect("the client has gone").unwrap();
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// The close frame's code, after whatever came before it.
    pub(super) async fn close_code(&mut self) -> u16 {
        loop {
            let message = self.socket.next().await.expect("no close frame").unwrap();
            if let Message::Close(frame) = message {
                return frame.map_or(1005, |frame| frame.code.into());
            }
        }
    }

    pub(super) async fn close(&mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        self.socket.send(Message::Close(Some(frame))).await.unwrap();
    }
}
