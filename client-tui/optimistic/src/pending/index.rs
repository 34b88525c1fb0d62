//! Where to find the pending mutations that a step asks for, and how many there are of each kind, so
//! that no step looks at all of them. It follows from the mutations; `collection` keeps it up to date.

use std::collections::{BTreeMap, BTreeSet};

use shared::cursor::Position;

use super::{PendingMutation, Phase, Saved};
use crate::clock::Monotonic;
use crate::effect::WriteId;
use crate::view::{PendingCounts, PendingState};

/// Numbers of mutations, by what is asked of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Index {
    pub(super) counts: PendingCounts,
    pub(super) in_flight: usize,
    /// The heads of their orders that this build can send, by when.
    pub(super) sendable: BTreeSet<(Monotonic, u64)>,
    /// Those with the link, by when their answer counts as lost.
    pub(super) awaited: BTreeSet<(Monotonic, u64)>,
    /// By the position of their receipt.
    pub(super) accepted: BTreeSet<(Position, u64)>,
    /// By the open write of their intent or of their sending.
    pub(super) writes: BTreeMap<WriteId, u64>,
}

/// One entry of the index about one mutation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    Counted(PendingState),
    InFlight,
    Sendable(Monotonic),
    Awaited(Monotonic),
    Accepted(Position),
    Writing(WriteId),
}

impl Index {
    pub(super) fn add(&mut self, number: u64, entry: Entry) {
        match entry {
            Entry::Counted(state) => *self.counts.of_mut(state) += 1,
            Entry::InFlight => self.in_flight += 1,
            Entry::Sendable(due) => {
                self.sendable.insert((due, number));
            }
            Entry::Awaited(until) => {
                self.awaited.insert((until, number));
            }
            Entry::Accepted(position) => {
                self.accepted.insert((position, number));
            }
            Entry::Writing(write) => {
                self.writes.insert(write, number);
            }
        }
    }

    pub(super) fn remove(&mut self, number: u64, entry: Entry) {
        match entry {
            Entry::Counted(state) => {
                let count = self.counts.of_mut(state);
                *count = count.saturating_sub(1);
            }
            Entry::InFlight => self.in_flight = self.in_flight.saturating_sub(1),
            Entry::Sendable(due) => {
                self.sendable.remove(&(due, number));
            }
            Entry::Awaited(until) => {
                self.awaited.remove(&(until, number));
            }
            Entry::Accepted(position) => {
                self.accepted.remove(&(position, number));
            }
            Entry::Writing(write) => {
                self.writes.remove(&write);
            }
        }
    }
}

impl PendingMutation {
    /// Its entries, but for that of a head, which depends on the others of its order.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let saved = match self.saved {
            Saved::Writing(write) => Some(Entry::Writing(write)),
            Saved::Yes | Saved::No { .. } => None,
        };
        let phase = match self.phase {
            Phase::Saving { write, .. } => Some(Entry::Writing(write)),
            Phase::Sending { until, .. } => Some(Entry::Awaited(until)),
            Phase::Accepted { cursor } => Some(Entry::Accepted(cursor.position)),
            Phase::Queued { .. } | Phase::Checking { .. } | Phase::Refused { .. } => None,
        };
        let in_flight = self.is_in_flight().then_some(Entry::InFlight);
        [Some(Entry::Counted(self.state())), in_flight, saved, phase].into_iter().flatten()
    }
}
