//! GraphQL over one WebSocket (`graphql-transport-ws`) as the tests speak it: written apart from
//! the product's own client, so that a mistake there is not repeated here, and able to do what a
//! proper client never does (speak before its turn, send nonsense, vanish without a word).
//!
//! Nothing is read unless somebody waits for it: a client that does not call is a slow client,
//! and the server feels it. It never reconnects: resuming is what tests do themselves.

mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::graphql::{GraphqlError, data, first_error, text};
use wire::Wire;
pub use wire::{Closed, Received};

/// The sub-protocol that the contract asks for.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";
/// How long opening, initialising and a query may take before they are errors.
const ANSWER_DEADLINE: Duration = Duration::from_secs(20);

/// A connection to one server. Clones are handles to the same connection. While one of them
/// waits, the others wait for it.
#[derive(Clone)]
pub struct WebSocket {
    wire: Arc<Mutex<Wire>>,
}

/// A running operation, by its id, on a connection.
pub struct Subscription {
    id: String,
    wire: Arc<Mutex<Wire>>,
}

/// What an operation is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A result: `data`, perhaps with `errors`.
    Next(Value),
    /// The list of errors for which it never ran.
    Error(Value),
    /// It is over.
    Complete,
}

impl WebSocket {
    /// Opens, initialises with this token and waits for the acknowledgement. `url` is the
    /// server's, such as `http://127.0.0.1:4000`.
    pub fn connect(url: &str, token: Option<&str>) -> Result<Self> {
        let socket = Self::open(url, Some(SUBPROTOCOL))?;
        socket.initialise(&match token {
            Some(token) => json!({ "authorization": format!("Bearer {token}") }),
            None => json!({}),
        })?;
        Ok(socket)
    }

    /// Opens with this sub-protocol (or none) and says nothing.
    pub fn open(url: &str, subprotocol: Option<&str>) -> Result<Self> {
        let wire = Wire::open(url, subprotocol, ANSWER_DEADLINE)
            .with_context(|| format!("opening a WebSocket to {url}"))?;
        Ok(Self { wire: Arc::new(Mutex::new(wire)) })
    }

    /// Sends `connection_init` with this payload and waits for `connection_ack`.
    pub fn initialise(&self, payload: &Value) -> Result<()> {
        self.send_json(&json!({ "type": "connection_init", "payload": payload }))?;
        match self.receive(ANSWER_DEADLINE)? {
            Received::Message(message) if text(&message, "/type") == "connection_ack" => Ok(()),
            other @ (Received::Message(_) | Received::Closed(_)) => {
                bail!("instead of connection_ack came {other:?}")
            }
        }
    }

    /// Sends a message as it is.
    pub fn send_json(&self, message: &Value) -> Result<()> {
        self.send_text(&message.to_string())
    }

    /// Sends any text as a message.
    pub fn send_text(&self, message: &str) -> Result<()> {
        lock(&self.wire).send(message)
    }

    /// The next message on the wire, whomever it is for, or the end of the connection. Pings in
    /// JSON come here too and are not answered; waiting on a `Subscription` answers them.
    pub fn receive(&self, deadline: Duration) -> Result<Received> {
        lock(&self.wire).receive(deadline)
    }

    /// Reads on, whatever comes, until the server ends the connection, and says how it did.
    pub fn closed(&self, deadline: Duration) -> Result<Closed> {
        let mut wire = lock(&self.wire);
        loop {
            if let Received::Closed(closed) = wire.receive(deadline)? {
                return Ok(closed);
            }
        }
    }

    /// Starts an operation under an id of its own.
    pub fn subscribe(&self, document: &str, variables: &Value) -> Result<Subscription> {
        let mut wire = lock(&self.wire);
        let id = wire.fresh_operation();
        let payload = json!({ "query": document, "variables": variables });
        let message = json!({ "id": id, "type": "subscribe", "payload": payload });
        wire.send(&message.to_string())?;
        drop(wire);
        Ok(Subscription { id, wire: Arc::clone(&self.wire) })
    }

    /// Runs a query or mutation and gives its `data`; errors make it fail and are shown.
    pub fn execute(&self, document: &str, variables: &Value) -> Result<Value> {
        data(self.answer(document, variables)?)
    }

    /// Runs what must fail and gives its first error.
    pub fn error(&self, document: &str, variables: &Value) -> Result<GraphqlError> {
        first_error(&self.answer(document, variables)?)
    }

    /// Runs a query or mutation and gives the whole response, in which an operation that was not
    /// run at all has only `errors`.
    pub fn answer(&self, document: &str, variables: &Value) -> Result<Value> {
        let operation = self.subscribe(document, variables)?;
        let answer = match operation.told(ANSWER_DEADLINE)? {
            Told::Next(answer) => answer,
            Told::Error(errors) => return Ok(json!({ "errors": errors })),
            Told::Complete => bail!("the operation was completed without an answer"),
        };
        let end = operation.told(ANSWER_DEADLINE)?;
        ensure!(end == Told::Complete, "after {answer:#} came {end:?}");
        Ok(answer)
    }

    /// Ends the connection properly: close frame 1000, and the server's in return.
    pub fn close(self) -> Result<Closed> {
        lock(&self.wire).close(ANSWER_DEADLINE)
    }

    /// Drops the TCP connection without a close frame, as a lost network or a killed program
    /// does. Dropping the last handle does the same.
    pub fn abort(&self) {
        lock(&self.wire).abort();
    }
}

impl Subscription {
    /// The `data` of its next result; an end or errors instead make this fail.
    pub fn next(&self, deadline: Duration) -> Result<Value> {
        match self.told(deadline)? {
            Told::Next(result) => data(result),
            end @ (Told::Error(_) | Told::Complete) => bail!("instead of a result came {end:?}"),
        }
    }

    /// Whatever it is told next. What comes for other operations meanwhile is kept for them.
    pub fn told(&self, deadline: Duration) -> Result<Told> {
        lock(&self.wire)
            .told(&self.id, deadline)
            .with_context(|| format!("waiting on operation {}", self.id))
    }

    /// Asks the server to stop it. What is on its way may still come.
    pub fn stop(&self) -> Result<()> {
        let message = json!({ "id": self.id, "type": "complete" });
        lock(&self.wire).send(&message.to_string())
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebSocket").finish_non_exhaustive()
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Subscription");
        debug.field("id", &self.id).finish_non_exhaustive()
    }
}

/// A test that panicked while it waited leaves a connection that can still be dropped.
fn lock(wire: &Mutex<Wire>) -> MutexGuard<'_, Wire> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
