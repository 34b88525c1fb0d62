//! The system's own stream: when a server began to work on this log, and when it ended in order.
//!
//! One that was killed says nothing. Its successor finds that the last run was not ended, and says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened to the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub(crate) enum SystemEvent {
    /// A server began to work on this log.
    ServerStarted {
        /// Its version.
        version: String,
        /// How the server before it ended.
        last_run: LastRun,
    },
    /// The server ended in order.
    ServerStopped {
        /// Why.
        reason: String,
    },
}

/// How the server before this one ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LastRun {
    /// There was none.
    None,
    /// In order.
    Stopped,
    /// It was killed, or lost its machine.
    CutShort,
}

/// The system, as the fold of its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct System {
    /// How many servers have begun to work on this log.
    pub starts: u32,
    /// Since when one is at work, as far as the log knows.
    pub running_since: Option<Timestamp>,
}

impl SystemEvent {
    /// A server begins, after what the system has come to.
    pub(crate) fn started(system: Option<&System>, version: &str) -> Self {
        let last_run = match system.map(|system| system.running_since) {
            None => LastRun::None,
            Some(None) => LastRun::Stopped,
            Some(Some(_)) => LastRun::CutShort,
        };
        Self::ServerStarted { version: version.to_owned(), last_run }
    }

    /// The event's type, as in the contract.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::ServerStarted { .. } => "ServerStarted",
            Self::ServerStopped { .. } => "ServerStopped",
        }
    }

    /// What happened, in one sentence for a person.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::ServerStarted { version, last_run: LastRun::None | LastRun::Stopped } => {
                format!("The server started (version {version}).")
            }
            Self::ServerStarted { version, last_run: LastRun::CutShort } => {
                format!("The server started (version {version}); its last run had been cut short.")
            }
            Self::ServerStopped { reason } => format!("The server stopped: {reason}."),
        }
    }
}

impl System {
    /// The system after this event.
    pub(crate) fn after(self, event: &SystemEvent, at: Timestamp) -> Self {
        match event {
            SystemEvent::ServerStarted { .. } => {
                Self { starts: self.starts.saturating_add(1), running_since: Some(at) }
            }
            SystemEvent::ServerStopped { .. } => Self { running_since: None, ..self },
        }
    }
}
