//! How the backend is reached and whether it is: what the header says in words.

use std::time::Duration;

use jiff::Timestamp;

use crate::link::Endpoint;

/// The backend and the link to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Whose backend, and how it fares as far as we can tell.
    pub backend: Backend,
    /// The link to it.
    pub link: LinkState,
    /// The name under which we are signed in, once we have been.
    pub customer: Option<String>,
}

/// Whose backend it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Somebody else's, at this endpoint.
    At(Endpoint),
    /// Our own.
    Own(OwnBackend),
}

/// How our own backend fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnBackend {
    /// It is being started, or looked for.
    Starting,
    /// It answers at this endpoint.
    Running {
        /// Where.
        endpoint: Endpoint,
    },
    /// It is that of another `tiffin` on the same data, and answers at this endpoint.
    Shared {
        /// Where.
        endpoint: Endpoint,
    },
    /// It has ended; it is started again after this time.
    Restarting {
        /// What it ended with, in words.
        why: String,
        /// How long that is.
        retry_in: Duration,
    },
}

/// Whether the backend is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It has not been reached since the start.
    Connecting,
    /// The connection stands; we are still saying who we are.
    Greeting,
    /// What the screen shows is the present.
    Live,
    /// It was lost.
    Offline {
        /// When.
        since: Timestamp,
        /// Why, for a person.
        why: String,
    },
    /// The backend does not know us any more, and its log is the one that we know.
    SignInNeeded,
}

impl Connection {
    /// Before the first try.
    pub fn new(backend: Backend) -> Self {
        Self { backend, link: LinkState::Connecting, customer: None }
    }
}
