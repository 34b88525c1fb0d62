//! One WebSocket connection from the open socket to the closed one: what it hears, it takes to the
//! session, and does what that says. Steps 3, 5 and 8 of an order's way.
//!
//! Everything of a connection ends with it: its operations are tasks of its own [`JoinSet`], and
//! reading and writing are two futures of one task, so that a peer that does not read does not keep
//! the server from hearing it.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Data, Executor};
use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite;

use super::closing::Closing;
use super::execution::{End, Execution};
use super::message::ServerMessage;
use super::outgoing::{Gone, Outbox, queue, write_all};
use super::session::{Session, Step};
use crate::api::door::{
    Admitted, Authenticate, Code, Credentials, Door, DoorError, OPERATION_FAILED, failure,
};
use crate::api::sessions::OpenSession;

/// Serves a connection until it is closed or broken.
pub(super) async fn serve<E: Executor, A: Authenticate>(socket: WebSocket, door: Arc<Door<E, A>>) {
    let (outbox, waiting) = queue(door.limits.outgoing_messages);
    let write_deadline = door.limits.write_deadline;
    let (sink, stream) = socket.split();
    let connection = Connection {
        session: Session::new(door.limits.operations_at_once),
        operations: JoinSet::new(),
        unanswered_pings: 0,
        stream,
        outbox,
        token: OpenSession::ENDLESS,
        door,
    };
    tokio::select! {
        () = connection.run() => {}
        Err(stalled) = write_all(sink, waiting, write_deadline) => {
            tracing::debug!(?stalled, "a WebSocket peer does not read: its connection ends");
        }
    }
}

/// Ends a connection that was opened without the subprotocol: a browser sees the code of a close
/// frame only, not the status of a handshake.
pub(super) async fn turn_away(mut socket: WebSocket, close_deadline: Duration) {
    let farewell = async {
        let frame = Closing::SubprotocolNotAcceptable.frame();
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while socket.recv().await.is_some_and(|frame| frame.is_ok()) {}
        }
    };
    if timeout(close_deadline, farewell).await.is_err() {
        tracing::debug!("a WebSocket peer does not answer a close frame");
    }
}

/// How a conversation ended.
enum Ending {
    /// The server ends it.
    Close(Closing),
    /// The server ends it, and cannot read what the peer may still be sending.
    CloseUnread(Closing),
    /// The peer ends it, or has gone.
    PeerCloses,
    /// It is cut on purpose, without a word.
    Cut,
}

struct Connection<E, A> {
    session: Session<Arc<Data>, AbortHandle>,
    operations: JoinSet<End>,
    unanswered_pings: u32,
    stream: SplitStream<WebSocket>,
    outbox: Outbox,
    /// How long the caller's token holds.
    token: OpenSession,
    door: Arc<Door<E, A>>,
}

impl<E: Executor, A: Authenticate> Connection<E, A> {
    async fn run(mut self) {
        let ending = self.converse().await.unwrap_or(Ending::PeerCloses);
        if matches!(ending, Ending::Close(Closing::ShuttingDown)) {
            self.answer_what_runs().await;
        }
        self.operations.abort_all();
        if !matches!(ending, Ending::Cut) {
            self.end(ending).await;
        }
    }

    /// Listens, speaks and watches until something ends it.
    async fn converse(&mut self) -> Result<Ending, Gone> {
        let shutdown = self.door.connections.shutdown().clone();
        let mut pings = every(self.door.limits.ping_interval);
        let mut init_deadline = every(self.door.limits.init_deadline);
        loop {
            let ending = tokio::select! {
                () = self.token.ended() => {
                    let message = "the operator has ended your token; sign in again".to_owned();
                    Some(Ending::Close(Closing::Forbidden { message }))
                }
                () = shutdown.cancelled() => Some(Ending::Close(Closing::ShuttingDown)),
                _ = init_deadline.tick(), if self.session.awaits_init() => {
                    Some(Ending::Close(Closing::InitTimeout))
                }
                _ = pings.tick() => self.ping().await?,
                Some(ended) = self.operations.join_next_with_id() => self.say_end(ended).await?,
                frame = self.stream.next() => self.hear(frame).await?,
            };
            if let Some(ending) = ending {
                return Ok(ending);
            }
        }
    }

    /// Asks for a sign of life, unless too many such questions have stayed without one.
    async fn ping(&mut self) -> Result<Option<Ending>, Gone> {
        if self.unanswered_pings >= self.door.limits.unanswered_pings {
            return Ok(Some(Ending::Close(Closing::Silent)));
        }
        self.unanswered_pings += 1;
        self.outbox.ping().await?;
        Ok(None)
    }

    async fn hear(
        &mut self,
        frame: Option<Result<Message, axum::Error>>,
    ) -> Result<Option<Ending>, Gone> {
        self.unanswered_pings = 0;
        match frame {
            Some(Ok(Message::Text(text))) => {
                let step = self.session.receive(&text);
                self.take(step).await
            }
            Some(Ok(Message::Binary(_))) => {
                let why = "messages are text".to_owned();
                Ok(Some(Ending::Close(Closing::InvalidMessage { why })))
            }
            // The WebSocket layer answers pings by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Close(_))) | None => Ok(Some(Ending::PeerCloses)),
            Some(Err(error)) => Ok(Some(ending_of(error, self.door.limits.request_bytes))),
        }
    }

    async fn take(&mut self, step: Step<Arc<Data>, AbortHandle>) -> Result<Option<Ending>, Gone> {
        match step {
            Step::Nothing => {}
            Step::Authenticate(credentials) => match self.authenticate(credentials).await {
                Ok(Admitted { data, session }) => {
                    self.token = session;
                    self.session.acknowledge(Arc::new(data));
                    self.outbox.say(&ServerMessage::ConnectionAck).await?;
                }
                Err(closing) => return Ok(Some(Ending::Close(closing))),
            },
            Step::Start { id, operation, caller } => {
                let execution = Execution {
                    id: id.clone(),
                    operation,
                    caller,
                    outbox: self.outbox.clone(),
                    door: Arc::clone(&self.door),
                };
                let task = self.operations.spawn(execution.run());
                self.session.started(id, task);
            }
            Step::Refuse { id, error } => {
                self.outbox.say(&ServerMessage::Error { id: &id, payload: &[error] }).await?;
            }
            Step::Stop(task) => task.abort(),
            Step::Pong { payload } => self.outbox.say(&ServerMessage::Pong { payload }).await?,
            Step::Close(closing) => return Ok(Some(Ending::Close(closing))),
        }
        Ok(None)
    }

    /// Messages wait meanwhile, so what a client sends right behind its greeting finds it
    /// acknowledged.
    async fn authenticate(&self, credentials: Credentials) -> Result<Admitted, Closing> {
        let authenticated = self.door.authenticate.authenticate(credentials);
        match timeout(self.door.limits.init_deadline, authenticated).await {
            Ok(Ok(admitted)) => Ok(admitted),
            Ok(Err(DoorError::Refused { message })) => Err(Closing::Forbidden { message }),
            Ok(Err(DoorError::Unavailable { message })) => Err(Closing::Unavailable { message }),
            Err(_) => Err(Closing::Unavailable {
                message: "The server cannot tell in time who this is: try again later".to_owned(),
            }),
        }
    }

    /// Says that an operation has ended, once its id is free; not where the client has stopped it.
    async fn say_end(
        &mut self,
        ended: Result<(Id, End), JoinError>,
    ) -> Result<Option<Ending>, Gone> {
        let task = ended.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
        let Some(id) = self.session.take_ended(|running| running.id() == task) else {
            return Ok(None);
        };
        let id = id.as_str();
        match ended {
            Ok((_, End::Complete)) => self.outbox.say(&ServerMessage::Complete { id }).await?,
            Ok((_, End::Error(errors))) => {
                self.outbox.say(&ServerMessage::Error { id, payload: &errors }).await?;
            }
            Ok((_, End::Interrupted | End::Lost)) => {}
            Ok((_, End::Cut)) => return Ok(Some(Ending::Cut)),
            Err(panic) => {
                tracing::error!(%panic, "an operation failed");
                let error = failure(Code::Unavailable, OPERATION_FAILED);
                self.outbox.say(&ServerMessage::Error { id, payload: &[error] }).await?;
            }
        }
        Ok(None)
    }

    /// Waits for the queries and mutations that run, and says their ends; subscriptions have ended
    /// by themselves.
    async fn answer_what_runs(&mut self) {
        let grace = self.door.limits.shutdown_grace;
        let answers = async {
            while let Some(ended) = self.operations.join_next_with_id().await {
                self.say_end(ended).await?;
            }
            Ok::<(), Gone>(())
        };
        if timeout(grace, answers).await.is_err() {
            tracing::warn!("a WebSocket closes while operations run: their clients have to ask");
        }
    }

    /// The closing handshake: our close frame, then the peer's. Only then may the socket go, else
    /// the peer sees a broken connection in place of our reason.
    async fn end(mut self, ending: Ending) {
        let close_deadline = self.door.limits.close_deadline;
        let handshake = async {
            match ending {
                Ending::Close(closing) => self.say_why(&closing).await,
                Ending::CloseUnread(closing) => {
                    self.say_why(&closing).await;
                    // Letting go of a socket with unread bytes in it resets the connection. This
                    // leaves the peer the time to read why.
                    std::future::pending::<()>().await;
                }
                Ending::PeerCloses | Ending::Cut => {}
            }
            while self.stream.next().await.is_some() {}
        };
        if timeout(close_deadline, handshake).await.is_err() {
            tracing::debug!("a WebSocket peer does not finish the closing handshake");
        }
    }

    async fn say_why(&self, closing: &Closing) {
        tracing::debug!(?closing, "closing a WebSocket");
        if self.outbox.close(closing).await.is_err() {
            tracing::debug!("the peer of a WebSocket has gone before it was told why");
        }
    }
}

/// Ticks for the first time after one whole period, so that the first tick of one can stand for a
/// deadline.
fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.reset();
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What a socket that cannot be read means for the peer.
fn ending_of(error: axum::Error, most: usize) -> Ending {
    let error = error.into_inner();
    match error.downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Capacity(_)) => Ending::CloseUnread(Closing::TooLarge { most }),
        Some(tungstenite::Error::Utf8(_)) => Ending::CloseUnread(Closing::NotUtf8),
        Some(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        )) => Ending::PeerCloses,
        Some(tungstenite::Error::Protocol(violation)) => {
            Ending::CloseUnread(Closing::ProtocolViolated { how: violation.to_string() })
        }
        Some(_) | None => Ending::PeerCloses,
    }
}
