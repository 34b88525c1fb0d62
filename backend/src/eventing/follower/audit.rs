//! `audit`: a chain of hashes over the log, and who did how much.
//!
//! Each link is made of the one before and of the next event, as they were when this read them: so
//! `verify`, which makes the same chain of the log as it is then, tells whether anything was changed since.
//! Old versions of events enter it as this build reads them: whoever adds an upcaster lets it begin anew,
//! by a migration that puts its cursor back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Follow, Notice};
use crate::eventing::consumer::Follower;
use crate::eventing::log::LogEvent;
use crate::eventing::plan::Committed;
use crate::secret::hash;
use crate::store::row;

/// The audit trail up to a position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Audit {
    /// The last link of the chain: SHA-256 in hexadecimal; empty before the first event.
    pub chain: String,
    /// How many events each source has appended.
    pub by_source: BTreeMap<String, u64>,
}

impl Follow for Audit {
    const NAME: Follower = Follower::Audit;

    fn take_in(&mut self, committed: &Committed) -> Option<Notice> {
        self.read(&committed.event);
        None
    }
}

impl Audit {
    /// Takes in the next event of the log.
    pub(crate) fn read(&mut self, event: &LogEvent) {
        self.chain = hash(link(&self.chain, event));
        *self.by_source.entry(event.source.to_string()).or_default() += 1;
    }
}

/// What the next link is made of: the one before, and all that the log says of the event.
fn link(before: &str, event: &LogEvent) -> String {
    json!([
        before,
        event.position.get(),
        event.id,
        event.stream.to_string(),
        event.stream_version.get(),
        event.type_name(),
        row::data(&event.body).unwrap_or_default(),
        event.mutation_id,
        event.causation_id,
        event.source.to_string(),
        event.occurred_at.as_millisecond(),
        event.recorded_at.as_millisecond(),
    ])
    .to_string()
}
