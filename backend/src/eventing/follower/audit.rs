//! `audit`: a chain of hashes over the log, and who did how much.
//!
//! Each link is made of the one before and of the next event, so that whoever wrote down one link can
//! tell later whether anything before it was changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Change, Follow, Notice};
use crate::eventing::consumer::Follower;
use crate::eventing::log::LogEvent;
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

    fn take_in(&mut self, change: &Change) -> Option<Notice> {
        self.chain = hash(link(&self.chain, &change.event));
        *self.by_source.entry(change.event.source.to_string()).or_default() += 1;
        None
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
