//! Consumers of the log: functions, each event of which is a delivery of its own, and followers, who
//! read the whole log at a position of their own.
//!
//! What they have in common is what an operator does with them: pause them, and see how far behind
//! they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use shared::function::Function;
use thiserror::Error;

/// Who consumes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Consumer {
    /// By deliveries: what fails is tried again, event by event.
    Function(Function),
    /// By a position in the log: one event after the other.
    Follower(Follower),
}

/// A consumer with a position of its own in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Follower {
    /// How the business is doing.
    Insights,
    /// Tells customers what they want to know.
    Notifications,
    /// Keeps a chain of hashes over the log, and looks after its promises.
    Audit,
}

/// Nobody of this build consumes events under this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("nobody called `{0}` consumes events")]
pub(crate) struct UnknownConsumer(pub String);

impl Consumer {
    /// All of them, functions first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let functions = Function::ALL.into_iter().map(Self::Function);
        functions.chain(Follower::ALL.into_iter().map(Self::Follower))
    }

    /// Its name, the same everywhere.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Function(function) => function.name(),
            Self::Follower(follower) => follower.name(),
        }
    }
}

impl Follower {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Insights, Self::Notifications, Self::Audit];

    /// Its name, the same everywhere.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Insights => "insights",
            Self::Notifications => "notifications",
            Self::Audit => "audit",
        }
    }
}

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Consumer {
    type Err = UnknownConsumer;

    fn from_str(name: &str) -> Result<Self, UnknownConsumer> {
        Self::all()
            .find(|consumer| consumer.name() == name)
            .ok_or_else(|| UnknownConsumer(name.to_owned()))
    }
}

impl TryFrom<String> for Consumer {
    type Error = UnknownConsumer;

    fn try_from(name: String) -> Result<Self, UnknownConsumer> {
        name.parse()
    }
}

impl From<Consumer> for String {
    fn from(consumer: Consumer) -> Self {
        consumer.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name_and_none_has_anothers() {
        let names: std::collections::BTreeSet<_> = Consumer::all().map(Consumer::name).collect();
        assert_eq!(names.len(), Consumer::all().count());
        for consumer in Consumer::all() {
            assert_eq!(consumer.name().parse(), Ok(consumer));
        }
        assert!("soup".parse::<Consumer>().is_err());
    }
}
