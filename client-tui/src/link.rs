//! The link to the backend: one WebSocket for everything, queries and mutations too.
//!
//! Step 3 of an order's way goes out here, steps 5 and 8 come in. One task (an actor) owns the
//! connection: commands come to it and events leave it over bounded channels. It connects, connects
//! again and says what is known of each request; it repeats none and resumes nothing: whoever asked
//! knows better what to ask after each [`LinkEvent::Connected`].

pub mod endpoint;
pub mod backoff;
pub mod protocol;
pub mod heartbeat;
pub mod connection;
pub mod actor;
pub mod contract;
#[cfg(test)]
mod tests;

use std::time::Duration;

use optimistic::account::ConnectionId;
use serde_json::Value;
use tokio::sync::mpsc;

pub use actor::{Dial, Link, Tcp};
pub use connection::Socket;
pub use endpoint::{Endpoint, EndpointError};
pub use protocol::{NotSentReason, RequestId, RequestKind};

use crate::profile::Token;

/// How many commands may wait. Eight mutations in flight, a few queries and what replaces them fit
/// in it many times over; at the bound [`LinkHandle::send`] says so.
pub const COMMAND_LIMIT: usize = 128;
/// How many events may wait to be taken. At the bound the link stops reading from the backend.
pub const EVENT_LIMIT: usize = 256;

/// Which backend, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub endpoint: Endpoint,
    /// Without one the backend says who it is and lets somebody sign in, and nothing else.
    pub token: Option<Token>,
}

/// What the link can be asked to do. Commands are done in the order in which they were sent.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkCommand {
    /// Connect there, and keep connecting there; another connection is given up for it.
    Connect(Target),
    /// Send a request, on this connection and no other: the next one may speak for somebody else.
    /// `body` has `query`, `variables` and `operationName`.
    Execute { connection: ConnectionId, id: RequestId, kind: RequestKind, body: Value },
    /// No more events of this request are wanted, not even its last one.
    Stop { id: RequestId },
    /// A wait before the next try ends now; a connection that seems to live is asked whether it
    /// does, with [`heartbeat::DEAD_AFTER`] to answer.
    TryNow,
}

/// What the link has to tell.
///
/// Each request that was executed and not stopped has exactly one last event: either `NotSent`, or
/// `Sending` and later `Next` (if it was [`RequestKind::Once`]), `Failed`, `Complete` or `Lost`. When
/// a connection ends, the last events of its requests come before `Disconnected` or `Refused`.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    Connecting,
    /// Requests can be executed now, on this connection.
    Connected {
        connection: ConnectionId,
    },
    /// There is no connection, and after `retry_in` the next try begins.
    Disconnected {
        /// For a person, without a full stop.
        why: String,
        /// The WebSocket's close code, where the backend gave one.
        close_code: Option<u16>,
        retry_in: Duration,
    },
    /// The backend does not accept the token (close code 4403). The link waits for another
    /// [`LinkCommand::Connect`], or to be told to try again.
    Refused {
        message: String,
    },
    /// The first byte of the request is about to be written: from here on it may arrive.
    Sending {
        id: RequestId,
    },
    /// An answer: `data`, `errors`, `extensions` as over HTTP.
    Next {
        id: RequestId,
        payload: Value,
    },
    /// The request was not executed; `errors` is the list of GraphQL errors.
    Failed {
        id: RequestId,
        errors: Value,
    },
    /// Nothing more will come.
    Complete {
        id: RequestId,
    },
    /// The connection ended before the answer: whether the request was executed is not known.
    Lost {
        id: RequestId,
    },
    /// Not one byte of the request has left this process, nor will it.
    NotSent {
        id: RequestId,
        reason: NotSentReason,
    },
}

/// The link has [`COMMAND_LIMIT`] commands waiting (its events are not being taken), or has ended.
/// The command was not taken and nothing of it was sent.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the link takes no command at the moment")]
pub struct LinkBusy(pub Box<LinkCommand>);

/// Commands the link. The link ends when its last handle is dropped.
#[derive(Debug, Clone)]
pub struct LinkHandle {
    commands: mpsc::Sender<LinkCommand>,
}

impl LinkHandle {
    /// Hands a command over without waiting, so that whoever also takes the events can never wait
    /// for a link that waits for them.
    ///
    /// # Errors
    /// The command comes back; take the link's events before the next try.
    pub fn send(&self, command: LinkCommand) -> Result<(), LinkBusy> {
        self.commands.try_send(command).map_err(|refused| LinkBusy(Box::new(refused.into_inner())))
    }
}
