//! `graphql-transport-ws` as a state machine: messages in, messages and meaning out.
//!
//! Carries step 3 of an order's way (`placeOrder` goes out), step 5 (its receipt comes back) and
//! step 8 (changes come in). No socket, no clock, no randomness in here.
//! The protocol: <https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md>.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::profile::Token;

/// The name of the protocol in the WebSocket's handshake.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";
/// How many requests may run on one connection. Eight mutations, the pages of a snapshot and a
/// subscription are what the client needs at most; more is a caller that has lost count.
pub const MAX_RUNNING: usize = 64;
/// How long a request may be, in bytes of its message. The largest one that a person can make, an
/// order with a note, has about 4 KiB.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;

/// Names a request for as long as it runs; chosen by whoever asks, fresh for each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// How many answers a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// A query or a mutation: over with its first answer.
    Once,
    /// A subscription: over when either side says so.
    Stream,
}

/// Why a request was not sent. In each case not one byte of it has left the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSentReason {
    /// There is none, or not the one that the request was meant for.
    #[error("there is no connection to the backend")]
    NoConnection,
    #[error("too many requests are running already")]
    TooManyRunning,
    #[error("the request is too long")]
    TooLong,
    /// A mistake of the caller; the earlier request with this id goes on.
    #[error("a request with this id is running already")]
    IdInUse,
}

/// The peer has left the protocol: the connection has to be closed with 4400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    #[error("a message that is no message of {SUBPROTOCOL}: {0}")]
    NotAMessage(String),
    #[error("an answer before the acknowledgement of the connection")]
    BeforeAcknowledgement,
    #[error("a second acknowledgement of the connection")]
    AcknowledgedTwice,
    #[error("a binary message")]
    Binary,
}

/// What a message of the server means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Received {
    /// The connection may be used from now on.
    Acknowledged,
    /// Send this back.
    Reply(String),
    /// Data of a request, as in a response over HTTP: `data`, `errors`, `extensions`.
    Next { id: RequestId, payload: Value },
    /// The request was not executed; a list of GraphQL errors says why.
    Failed { id: RequestId, errors: Value },
    /// Nothing more will come for this request.
    Complete { id: RequestId },
    /// Nothing to tell anyone: a sign of life, or an answer to what has been stopped.
    Nothing,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ServerMessage {
    ConnectionAck {},
    Ping { payload: Option<Value> },
    Pong {},
    Next { id: String, payload: Value },
    Error { id: String, payload: Value },
    Complete { id: String },
}

/// One connection's state, from the first message to the last.
#[derive(Debug, Default)]
pub(super) struct Protocol {
    acknowledged: bool,
    running: BTreeMap<RequestId, RequestKind>,
}

impl Protocol {
    /// The first message of a connection.
    pub(super) fn connection_init(token: Option<&Token>) -> String {
        let payload = match token {
            Some(token) => json!({ "authorization": format!("Bearer {}", token.reveal()) }),
            None => json!({}),
        };
        json!({ "type": "connection_init", "payload": payload }).to_string()
    }

    /// Asks the server for a sign of life.
    pub(super) fn ping() -> String {
        json!({ "type": "ping" }).to_string()
    }

    /// The message that starts a request. `body` has `query`, `variables` and `operationName`.
    pub(super) fn start(
        &mut self,
        id: RequestId,
        kind: RequestKind,
        body: &Value,
    ) -> Result<String, NotSentReason> {
        if !self.acknowledged {
            return Err(NotSentReason::NoConnection);
        }
        if self.running.contains_key(&id) {
            return Err(NotSentReason::IdInUse);
        }
        if self.running.len() >= MAX_RUNNING {
            return Err(NotSentReason::TooManyRunning);
        }
        let message =
            json!({ "type": "subscribe", "id": id.to_string(), "payload": body }).to_string();
        if message.len() > MAX_REQUEST_BYTES {
            return Err(NotSentReason::TooLong);
        }
        self.running.insert(id, kind);
        Ok(message)
    }

    /// The message that stops a request; `None` if it does not run any more.
    pub(super) fn stop(&mut self, id: RequestId) -> Option<String> {
        self.running.remove(&id)?;
        Some(json!({ "type": "complete", "id": id.to_string() }).to_string())
    }

    /// Takes a message of the server.
    pub(super) fn receive(&mut self, text: &str) -> Result<Received, Violation> {
        let message = serde_json::from_str(text)
            .map_err(|error| Violation::NotAMessage(error.to_string()))?;
        match message {
            ServerMessage::ConnectionAck {} if self.acknowledged => {
                Err(Violation::AcknowledgedTwice)
            }
            ServerMessage::ConnectionAck {} => {
                self.acknowledged = true;
                Ok(Received::Acknowledged)
            }
            ServerMessage::Ping { payload } => Ok(Received::Reply(pong(payload.as_ref()))),
            ServerMessage::Pong {} => Ok(Received::Nothing),
            ServerMessage::Next { .. }
            | ServerMessage::Error { .. }
            | ServerMessage::Complete { .. }
                if !self.acknowledged =>
            {
                Err(Violation::BeforeAcknowledgement)
            }
            ServerMessage::Next { id, payload } => Ok(self.next(&id, payload)),
            ServerMessage::Error { id, payload } => Ok(match self.finish(&id) {
                Some(id) => Received::Failed { id, errors: payload },
                None => Received::Nothing,
            }),
            ServerMessage::Complete { id } => Ok(match self.finish(&id) {
                Some(id) => Received::Complete { id },
                None => Received::Nothing,
            }),
        }
    }

    pub(super) fn is_running(&self, id: RequestId) -> bool {
        self.running.contains_key(&id)
    }

    /// Forgets a request that never went out.
    pub(super) fn forget(&mut self, id: RequestId) {
        self.running.remove(&id);
    }

    /// The requests that have no end yet, in ascending order.
    pub(super) fn into_running(self) -> impl Iterator<Item = RequestId> {
        self.running.into_keys()
    }

    fn next(&mut self, id: &str, payload: Value) -> Received {
        let Some((id, kind)) = self.find(id) else { return Received::Nothing };
        match kind {
            // The `complete` that follows says nothing new.
            RequestKind::Once => self.forget(id),
            RequestKind::Stream => {}
        }
        Received::Next { id, payload }
    }

    fn finish(&mut self, id: &str) -> Option<RequestId> {
        let (id, _) = self.find(id)?;
        self.forget(id);
        Some(id)
    }

    /// The running request of this name. There is none where it was stopped a moment ago.
    fn find(&self, id: &str) -> Option<(RequestId, RequestKind)> {
        let id = RequestId(id.parse().ok()?);
        self.running.get(&id).map(|kind| (id, *kind))
    }
}

fn pong(payload: Option<&Value>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => json!({ "type": "pong" }).to_string(),
    }
}

#[cfg(test)]
mod tests;
