//! What the tail is held against: a server that does nothing but pass the text of a POST on to every
//! WebSocket that listens. It is this same program, started once more.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use harness::Pid;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::figure::say;

/// The argument by which this program is started as a broadcaster.
pub(crate) const COMMAND: &str = "broadcast";
/// As large as what Tiffin's connections begin with, so that memory compares.
const BUFFER_BYTES: usize = 4 * 1024;
/// Texts that wait for a slow listener; there is one at a time.
const WAITING: usize = 16;

/// A broadcaster that runs. It ends with this value.
pub(super) struct Broadcaster {
    process: Child,
    pub(super) address: SocketAddr,
    pub(super) pid: Pid,
}

impl Broadcaster {
    pub(super) fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(COMMAND)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = process.stdout.take().context("no standard output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().with_context(|| format!("no address: {line}"))?;
        let pid = Pid::from_child(&process);
        Ok(Self { process, address, pid })
    }
}

impl Drop for Broadcaster {
    fn drop(&mut self) {
        // It ends with its standard input, too; there is nobody left to tell.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

type Sender = broadcast::Sender<Utf8Bytes>;

/// Broadcasts until standard input ends.
pub(crate) fn broadcast() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (sender, _) = broadcast::channel::<Utf8Bytes>(WAITING);
    let router =
        Router::new().route("/listen", get(listen)).route("/say", post(pass_on)).with_state(sender);
    let serving = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        say(&listener.local_addr()?.to_string());
        let listener = listener.tap_io(|stream| {
            stream.set_nodelay(true).unwrap_or_else(|error| say(&format!("no delay: {error}")));
        });
        axum::serve(listener, router).await
    };
    let ended = tokio::task::spawn_blocking;
    runtime.block_on(async {
        tokio::select! {
            served = serving => served.context("the broadcaster cannot serve"),
            read = ended(|| std::io::stdin().read_to_end(&mut Vec::new())) => {
                read?.map(drop).context("standard input cannot be read")
            }
        }
    })
}

async fn pass_on(State(sender): State<Sender>, text: String) {
    // An error means that nobody listens.
    drop(sender.send(text.into()));
}

async fn listen(State(sender): State<Sender>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols([harness::websocket::SUBPROTOCOL])
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(move |socket| tell(socket, sender.subscribe()))
}

async fn tell(mut socket: WebSocket, mut texts: broadcast::Receiver<Utf8Bytes>) {
    while let Ok(text) = texts.recv().await {
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}
