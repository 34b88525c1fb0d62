//! What goes out over one WebSocket: a bounded queue, and the one that empties it into the socket.
//!
//! Operations wait at a full queue in the order in which they came to it, so each gets its turn
//! however much another has to say. A peer that does not read slows its own operations, and is
//! given up when the write deadline passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::closing::Closing;
use super::message::ServerMessage;

/// The peer took nothing until the write deadline had passed.
#[derive(Debug)]
pub(super) struct Stalled;

/// Nothing goes out any more.
#[derive(Debug)]
pub(super) struct Gone;

/// Set once the client has stopped an operation: what still waits of it is not sent any more.
#[derive(Clone, Default)]
pub(super) struct Stopped(Arc<AtomicBool>);

impl Stopped {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

enum Outgoing {
    /// Not sent where its operation is stopped by then.
    Text(Utf8Bytes, Option<Stopped>),
    Ping,
    Close(Closing),
}

/// The end of the queue into which messages go; clones share it.
#[derive(Clone)]
pub(super) struct Outbox(mpsc::Sender<Outgoing>);

/// The end out of which [`write_all`] takes them.
pub(super) struct Waiting(mpsc::Receiver<Outgoing>);

/// A queue for so many messages.
pub(super) fn queue(messages: usize) -> (Outbox, Waiting) {
    let (sender, receiver) = mpsc::channel(messages);
    (Outbox(sender), Waiting(receiver))
}

impl Outbox {
    /// Says something of the connection itself.
    pub(super) async fn say(&self, message: &ServerMessage<'_>) -> Result<(), Gone> {
        match text_of(message) {
            Some(text) => self.put(Outgoing::Text(text, None)).await,
            None => Ok(()),
        }
    }

    /// Says something of an operation, unless it is `stopped` by the time it is written.
    pub(super) async fn say_of(
        &self,
        stopped: &Stopped,
        message: &ServerMessage<'_>,
    ) -> Result<(), Gone> {
        match text_of(message) {
            Some(text) => self.put(Outgoing::Text(text, Some(stopped.clone()))).await,
            None => Ok(()),
        }
    }

    pub(super) async fn ping(&self) -> Result<(), Gone> {
        self.put(Outgoing::Ping).await
    }

    /// The last message: what is put in after it is not sent.
    pub(super) async fn close(&self, closing: Closing) -> Result<(), Gone> {
        self.put(Outgoing::Close(closing)).await
    }

    async fn put(&self, outgoing: Outgoing) -> Result<(), Gone> {
        self.0.send(outgoing).await.map_err(|_| Gone)
    }
}

/// Writes what waits, as many messages at a time as there are, until a close frame is out or the
/// socket takes no more. A broken socket is not an error here: whoever reads from it finds out as
/// well, and may still have a closing handshake to finish.
///
/// # Errors
/// [`Stalled`] where one such batch takes longer than `deadline`.
pub(super) async fn write_all(
    mut sink: SplitSink<WebSocket, Message>,
    Waiting(mut queue): Waiting,
    deadline: Duration,
) -> Result<(), Stalled> {
    let most = queue.max_capacity();
    let mut batch = Vec::with_capacity(most);
    while queue.recv_many(&mut batch, most).await > 0 {
        let written = timeout(deadline, write_batch(&mut sink, &mut batch)).await;
        match written.map_err(|_| Stalled)? {
            Ok(Written::Open) => {}
            Ok(Written::Closed) => break,
            Err(error) => {
                tracing::debug!(%error, "a WebSocket takes no more");
                break;
            }
        }
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Written {
    Open,
    Closed,
}

async fn write_batch(
    sink: &mut SplitSink<WebSocket, Message>,
    batch: &mut Vec<Outgoing>,
) -> Result<Written, axum::Error> {
    for outgoing in batch.drain(..) {
        match outgoing {
            Outgoing::Text(_, Some(stopped)) if stopped.is_set() => {}
            Outgoing::Text(text, _) => sink.feed(Message::Text(text)).await?,
            Outgoing::Ping => sink.feed(Message::Ping(Vec::new().into())).await?,
            Outgoing::Close(closing) => {
                sink.send(Message::Close(Some(closing.frame()))).await?;
                return Ok(Written::Closed);
            }
        }
    }
    sink.flush().await?;
    Ok(Written::Open)
}

fn text_of(message: &ServerMessage<'_>) -> Option<Utf8Bytes> {
    match serde_json::to_string(message) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "a message cannot be written as JSON");
            None
        }
    }
}
