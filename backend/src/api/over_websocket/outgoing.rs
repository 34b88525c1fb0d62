//! What goes out over one WebSocket: a bounded queue, and the one that empties it into the socket.
//! Steps 5 and 8 of an order's way.
//!
//! Operations wait at a full queue in the order in which they came to it, so each gets its turn
//! however much another has to say. A peer that does not read slows its own operations, and is
//! given up when the write deadline passes. What many are told alike waits as one text for all of
//! them, and is copied only when a socket takes it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::closing::Closing;
use super::message::{ServerMessage, next_rendered};

/// The peer took nothing until the write deadline had passed.
#[derive(Debug)]
pub(super) struct Stalled;

/// Nothing goes out any more.
#[derive(Debug)]
pub(super) struct Gone;

/// The end of the queue into which messages go; clones share it.
#[derive(Clone)]
pub(super) struct Outbox(mpsc::Sender<Outgoing>);

/// The end out of which [`write_all`] takes them.
pub(super) struct Waiting(mpsc::Receiver<Outgoing>);

/// What waits in the queue.
enum Outgoing {
    /// A message for this peer alone.
    Own(Message),
    /// A result of the operation with this id, in a text that others are told too.
    Rendered { id: Arc<str>, payload: Arc<str> },
}

/// A queue for so many messages.
pub(super) fn queue(messages: usize) -> (Outbox, Waiting) {
    let (sender, receiver) = mpsc::channel(messages);
    (Outbox(sender), Waiting(receiver))
}

impl Outbox {
    pub(super) async fn say(&self, message: &ServerMessage<'_>) -> Result<(), Gone> {
        match serde_json::to_string(message) {
            Ok(text) => self.put(Outgoing::Own(Message::Text(text.into()))).await,
            Err(error) => {
                tracing::error!(%error, "a message cannot be written as JSON");
                Ok(())
            }
        }
    }

    /// A result that was rendered for many.
    pub(super) async fn say_rendered(&self, id: Arc<str>, payload: Arc<str>) -> Result<(), Gone> {
        self.put(Outgoing::Rendered { id, payload }).await
    }

    pub(super) async fn ping(&self) -> Result<(), Gone> {
        self.put(Outgoing::Own(Message::Ping(Vec::new().into()))).await
    }

    /// The last message: what is put in after it is not sent.
    pub(super) async fn close(&self, closing: &Closing) -> Result<(), Gone> {
        self.put(Outgoing::Own(Message::Close(Some(closing.frame())))).await
    }

    async fn put(&self, outgoing: Outgoing) -> Result<(), Gone> {
        self.0.send(outgoing).await.map_err(|_| Gone)
    }
}

impl Outgoing {
    fn into_message(self) -> Message {
        match self {
            Self::Own(message) => message,
            Self::Rendered { id, payload } => Message::Text(next_rendered(&id, &payload).into()),
        }
    }
}

/// Writes what waits, as many messages at a time as there are, until the socket takes no more. That
/// is not an error here: whoever reads from it finds out as well, and may still have a closing
/// handshake to finish.
///
/// # Errors
/// [`Stalled`] where one such batch takes longer than `deadline`.
pub(super) async fn write_all(
    mut sink: SplitSink<WebSocket, Message>,
    Waiting(mut queue): Waiting,
    deadline: Duration,
) -> Result<(), Stalled> {
    let most = queue.max_capacity();
    while let Some(first) = queue.recv().await {
        let written = timeout(deadline, write_batch(&mut sink, first, &mut queue, most)).await;
        if let Err(error) = written.map_err(|_| Stalled)? {
            tracing::debug!(%error, "a WebSocket takes no more");
            break;
        }
    }
    Ok(())
}

async fn write_batch(
    sink: &mut SplitSink<WebSocket, Message>,
    first: Outgoing,
    queue: &mut mpsc::Receiver<Outgoing>,
    most: usize,
) -> Result<(), axum::Error> {
    sink.feed(first.into_message()).await?;
    for _ in 1..most {
        let Ok(next) = queue.try_recv() else { break };
        sink.feed(next.into_message()).await?;
    }
    sink.flush().await
}
