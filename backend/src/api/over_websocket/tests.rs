//! `graphql-transport-ws` as a client meets it: over real sockets, with a client that is not ours.

mod opening;
mod operations;
mod closing;
mod flow;
mod lost_replies;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::api::door::Limits;
use crate::api::door::toy::{PATIENCE, Server};

const OURS: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// How a connection ended, as its client sees it.
#[derive(Debug, PartialEq)]
enum End {
    /// By a close frame, after which the socket came to its orderly end.
    Closed { code: u16, reason: String },
    /// Without one.
    Broken,
}

struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    /// A handshake with these headers.
    async fn shake_hands(server: &Server, headers: &[(&str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{}/graphql", server.address).into_client_request()?;
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        let handshake = connect_async_with_config(request, None, true);
        let (socket, _): (_, Response) =
            timeout(PATIENCE, handshake).await.expect("a handshake in time")?;
        Ok(Self { socket })
    }

    /// A connection whose greeting is still to come.
    async fn open(server: &Server) -> Self {
        Self::shake_hands(server, &[OURS]).await.expect("the handshake works")
    }

    /// A connection that is ready for operations.
    async fn greeted(server: &Server) -> Self {
        let mut client = Self::open(server).await;
        client.say(&json!({"type": "connection_init"})).await;
        assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
        client
    }

    async fn send(&mut self, message: Message) {
        timeout(PATIENCE, self.socket.send(message)).await.expect("the server reads").unwrap();
    }

    async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(&json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }

    async fn complete(&mut self, id: &str) {
        self.say(&json!({"type": "complete", "id": id})).await;
    }

    async fn next_frame(&mut self) -> Option<Result<Message, Error>> {
        timeout(PATIENCE, self.socket.next()).await.expect("the server says something in time")
    }

    /// The next message of the protocol.
    async fn hear(&mut self) -> Value {
        loop {
            match self.next_frame().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("no message, but {end:?}"),
            }
        }
    }

    /// The end of the connection; messages before it are passed over.
    async fn end(mut self) -> End {
        let mut closed = None;
        loop {
            match self.next_frame().await {
                Some(Ok(Message::Close(frame))) => {
                    closed = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) => return End::Broken,
                None => {
                    let Some((code, reason)) = closed else { return End::Broken };
                    return End::Closed { code, reason };
                }
            }
        }
    }

    /// The code of the close frame that ends the connection.
    async fn close_code(self) -> u16 {
        match self.end().await {
            End::Closed { code, .. } => code,
            End::Broken => panic!("the connection broke without a close frame"),
        }
    }
}

fn closed(code: u16, reason: &str) -> End {
    End::Closed { code, reason: reason.to_owned() }
}

async fn server() -> Server {
    Server::start(Limits::default()).await
}
