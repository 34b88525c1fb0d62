//! The system's own stream: when a server began to work on this log, when it ended in order, what the
//! operator has stopped and let go on, and what the clock has struck.
//!
//! One that was killed says nothing. Its successor finds that the last run was not ended, and says so.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::eventing::consumer::Consumer;
use crate::eventing::schedule::Schedule;

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
    /// From now on, nothing of a consumer is attempted.
    ConsumerPaused {
        /// Whose.
        consumer: Consumer,
    },
    /// A consumer that was paused goes on.
    ConsumerResumed {
        /// Which.
        consumer: Consumer,
    },
    /// An environment that was built from the log of another, and was held, goes on by itself.
    EnvironmentResumed {},
    /// The time of a schedule came, and what it is for was done.
    ScheduleRan {
        /// Which.
        schedule: Schedule,
        /// For which of its times.
        due_at: Timestamp,
    },
    /// A schedule was not struck in time, and does not run for that time any more.
    ScheduleSkipped {
        /// Which.
        schedule: Schedule,
        /// The first of its times that were missed.
        due_at: Timestamp,
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
    /// What is paused.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub paused: BTreeSet<Consumer>,
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
            Self::ConsumerPaused { .. } => "ConsumerPaused",
            Self::ConsumerResumed { .. } => "ConsumerResumed",
            Self::EnvironmentResumed {} => "EnvironmentResumed",
            Self::ScheduleRan { .. } => "ScheduleRan",
            Self::ScheduleSkipped { .. } => "ScheduleSkipped",
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
            Self::ConsumerPaused { consumer } => {
                format!(
                    "The operator paused {consumer}: nothing of it is attempted, and its backlog grows."
                )
            }
            Self::ConsumerResumed { consumer } => format!("The operator let {consumer} go on."),
            Self::EnvironmentResumed {} => {
                "The operator let this environment, built from the log of another, go on by itself."
                    .to_owned()
            }
            Self::ScheduleRan { schedule, due_at } => {
                format!("The schedule {schedule} ran for {}.", to_the_minute(*due_at))
            }
            Self::ScheduleSkipped { schedule, due_at } => {
                format!(
                    "The schedule {schedule} was due at {}, when no server was there; now it is too late for that.",
                    to_the_minute(*due_at)
                )
            }
        }
    }
}

impl System {
    /// The system after this event.
    pub(crate) fn after(mut self, event: &SystemEvent, at: Timestamp) -> Self {
        match event {
            SystemEvent::ServerStarted { .. } => {
                self.starts = self.starts.saturating_add(1);
                self.running_since = Some(at);
            }
            SystemEvent::ServerStopped { .. } => self.running_since = None,
            SystemEvent::ConsumerPaused { consumer } => {
                self.paused.insert(*consumer);
            }
            SystemEvent::ConsumerResumed { consumer } => {
                self.paused.remove(consumer);
            }
            // When a schedule is due next is no fold of the log: its expression says it.
            SystemEvent::EnvironmentResumed {}
            | SystemEvent::ScheduleRan { .. }
            | SystemEvent::ScheduleSkipped { .. } => {}
        }
        self
    }
}

fn to_the_minute(at: Timestamp) -> String {
    at.strftime("%-d %b %H:%M UTC").to_string()
}
