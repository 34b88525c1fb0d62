//! The client's side of the contract, as small as it can be: one question over one connection, by HTTP or
//! by WebSocket. Whatever goes wrong on the way means *unknown*: it may have been carried out.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a client waits for an answer before it asks again.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// More than any page of the contract.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a question is sent over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// One request, one connection.
    Http,
    /// `graphql-transport-ws`.
    WebSocket,
}

/// What was asked, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// The caller's token.
    pub token: Option<&'a str>,
    /// The GraphQL document.
    pub document: &'a str,
    /// Its variables.
    pub variables: &'a Value,
}

/// An answer that arrived.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// What was asked for.
    Data(Value),
    /// The code of an error.
    Error(String),
}

impl Question<'_> {
    /// Asks once.
    ///
    /// # Errors
    /// No answer came, or none that can be read: what was asked may have been carried out.
    pub(super) async fn ask(&self, server: SocketAddr, over: Transport) -> anyhow::Result<Said> {
        let answer = async {
            match over {
                Transport::Http => self.by_http(server).await,
                Transport::WebSocket => self.by_web_socket(server).await,
            }
        };
        let answer = timeout(ANSWER_MAX, answer).await.context("no answer came in time")??;
        if let Some(error) = answer.pointer("/errors/0") {
            let code = error.pointer("/extensions/code").and_then(Value::as_str);
            return Ok(Said::Error(code.unwrap_or("an error without a code").to_owned()));
        }
        Ok(Said::Data(answer.get("data").cloned().context("an answer without data")?))
    }

    async fn by_http(&self, server: SocketAddr) -> anyhow::Result<Value> {
        let body = json!({ "query": self.document, "variables": self.variables }).to_string();
        let token =
            self.token.map_or_else(String::new, |it| format!("Authorization: Bearer {it}\r\n"));
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{token}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut socket = TcpStream::connect(server).await?;
        socket.write_all(format!("{head}{body}").as_bytes()).await?;
        let mut answer = String::new();
        socket.take(ANSWER_BYTES_MAX).read_to_string(&mut answer).await?;
        let (_, body) = answer.split_once("\r\n\r\n").context("the answer was cut")?;
        serde_json::from_str(body).context("the answer was cut")
    }

    async fn by_web_socket(&self, server: SocketAddr) -> anyhow::Result<Value> {
        let mut socket = Socket::open(server, self.token).await?;
        socket.begin(self.document, self.variables).await?;
        socket.next().await
    }
}

/// A connection that speaks `graphql-transport-ws`, for one operation.
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and says who asks.
    pub(super) async fn open(server: SocketAddr, token: Option<&str>) -> anyhow::Result<Self> {
        let mut request = format!("ws://{server}/graphql").into_client_request()?;
        let subprotocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", subprotocol);
        let (socket, _) = connect_async(request).await?;
        let mut socket = Self(socket);
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(&json!({ "type": "connection_init", "payload": payload })).await?;
        let answer = socket.hear().await?;
        ensure!(answer.get("type") == Some(&json!("connection_ack")), "not admitted: {answer}");
        Ok(socket)
    }

    /// Begins the operation.
    pub(super) async fn begin(&mut self, document: &str, variables: &Value) -> anyhow::Result<()> {
        let payload = json!({ "query": document, "variables": variables });
        self.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await
    }

    /// Its next result, in the shape of an answer over HTTP.
    pub(super) async fn next(&mut self) -> anyhow::Result<Value> {
        let message = self.hear().await?;
        let payload = message.get("payload").cloned();
        match message.get("type").and_then(Value::as_str) {
            Some("next") => payload.context("a next without a payload"),
            Some("error") => Ok(json!({ "errors": payload })),
            _ => bail!("the operation ended: {message}"),
        }
    }

    async fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(message.to_string())).await?)
    }

    async fn hear(&mut self) -> anyhow::Result<Value> {
        loop {
            match self.0.next().await.context("the connection has ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Ping(_) | Message::Pong(_) => {}
                other @ (Message::Binary(_) | Message::Close(_) | Message::Frame(_)) => {
                    bail!("the connection ends: {other:?}")
                }
            }
        }
    }
}

/// The position of a cursor.
pub(super) fn position(cursor: &Value) -> anyhow::Result<u64> {
    let (_, position) = cursor.as_str().and_then(|it| it.split_once(':')).context("no cursor")?;
    Ok(position.parse()?)
}
