//! Many subscribers, each with a WebSocket of its own, and when each of them heard of an event.
//! All of them share one thread, on either side of a comparison.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use harness::wait::Stopwatch;
use harness::websocket::SUBPROTOCOL;
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::PATIENCE;
use crate::samples::Samples;

/// Enough for one event; thousands of these buffers share this process.
const BUFFER_BYTES: usize = 2 * 1024;
/// Of somebody who never reads: the least that the system grants.
const SMALL_BUFFER_BYTES: u32 = 4 * 1024;
/// How many handshakes are under way at once: fewer than a listener's backlog.
const AT_ONCE: usize = 64;

/// How a subscriber begins.
pub(super) enum Greeting {
    /// It only listens.
    None,
    /// It introduces itself with a token, and subscribes with a message.
    Subscribe { token: String, message: String },
}

/// The subscribers.
pub(super) struct Audience {
    hall: Arc<Hall>,
    members: JoinSet<Result<()>>,
    size: usize,
}

struct Hall {
    round: Mutex<Round>,
    complete: Notify,
}

/// What was heard of the present event.
struct Round {
    since: Stopwatch,
    times: Vec<Duration>,
    text: Utf8Bytes,
    expected: usize,
}

impl Audience {
    /// Has so many subscribers connect and begin.
    pub(super) async fn open(
        address: SocketAddr,
        path: &str,
        size: usize,
        greeting: &Greeting,
    ) -> Result<Self> {
        let round = Round {
            since: Stopwatch::start(),
            times: Vec::with_capacity(size),
            text: Utf8Bytes::default(),
            expected: size,
        };
        let hall = Arc::new(Hall { round: Mutex::new(round), complete: Notify::new() });
        let connecting = (0..size).map(|_| async {
            let stream = TcpStream::connect(address).await?;
            begin(stream, address, path, greeting).await
        });
        let mut connecting = futures_util::stream::iter(connecting).buffer_unordered(AT_ONCE);
        let mut members = JoinSet::new();
        while let Some(socket) = connecting.next().await {
            members.spawn(listen(socket?, Arc::clone(&hall)));
        }
        Ok(Self { hall, members, size })
    }

    /// Time counts from now.
    pub(super) fn begin(&self) {
        let mut round = self.hall.round();
        round.since = Stopwatch::start();
        round.times.clear();
    }

    /// Waits until every subscriber has heard of one event: how long it took to each, and its text.
    pub(super) async fn all_heard(&mut self) -> Result<(Samples, String)> {
        loop {
            let complete = self.hall.complete.notified();
            {
                let round = self.hall.round();
                ensure!(round.times.len() <= self.size, "an event was heard twice");
                if round.times.len() == self.size {
                    return Ok((Samples::new(round.times.clone()), round.text.to_string()));
                }
            }
            tokio::select! {
                ended = self.members.join_next() => {
                    ended.context("nobody listens")???;
                    bail!("a subscriber was sent away");
                }
                heard = timeout(PATIENCE, complete) => heard.context("an event is not heard of")?,
            }
        }
    }
}

impl Hall {
    fn round(&self) -> MutexGuard<'_, Round> {
        // Whoever panicked has ended the measurement anyway.
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, text: Utf8Bytes) {
        let mut round = self.round();
        let time = round.since.elapsed();
        round.times.push(time);
        if round.times.len() == round.expected {
            round.text = text;
            self.complete.notify_one();
        }
    }
}

type Socket = WebSocketStream<TcpStream>;

/// The handshake, and what a subscriber says.
async fn begin(
    stream: TcpStream,
    address: SocketAddr,
    path: &str,
    greeting: &Greeting,
) -> Result<Socket> {
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}{path}").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    let config =
        WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    if let Greeting::Subscribe { token, message } = greeting {
        let payload = json!({ "authorization": format!("Bearer {token}") });
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(Message::text(init.to_string())).await?;
        let answer = socket.next().await.context("hung up")??;
        ensure!(answer.to_text()?.contains("connection_ack"), "instead of a greeting: {answer}");
        socket.send(Message::text(message.clone())).await?;
    }
    Ok(socket)
}

async fn listen(mut socket: Socket, hall: Arc<Hall>) -> Result<()> {
    while let Some(message) = socket.next().await {
        // Pings are answered by the socket itself.
        if let Message::Text(text) = message? {
            hall.hear(text);
        }
    }
    Ok(())
}

/// Sockets of subscribers who begin like the others and then never read.
pub(super) async fn deaf(
    address: SocketAddr,
    size: usize,
    greeting: &Greeting,
) -> Result<Vec<Socket>> {
    let mut sockets = Vec::with_capacity(size);
    for _ in 0..size {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(SMALL_BUFFER_BYTES)?;
        let stream = socket.connect(address).await?;
        sockets.push(begin(stream, address, "/graphql", greeting).await?);
    }
    Ok(sockets)
}
