//! What an observer of everything has seen of each mutation, from its wish to its end.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::MutationId;

use crate::input::Answer;
use crate::intent::Intent;
use crate::record::{Remembered, Settlement};

/// All mutations that ever were pending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Chronicle {
    pub(super) fates: BTreeMap<MutationId, Fate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fate {
    pub(super) intent: Intent,
    /// Its first byte has gone out.
    pub(super) departed: bool,
    /// What servers have answered, whether or not anybody heard it.
    pub(super) answers: BTreeSet<YesOrNo>,
    /// How it ended as the person was told, and in which epoch of the server.
    pub(super) ends: BTreeSet<(u32, End)>,
    /// It was taken back, and the disk knows it.
    pub(super) taken_back_for_good: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum YesOrNo {
    Yes,
    No,
}

/// A [`Settlement`] without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum End {
    Confirmed,
    Refused,
    Withdrawn,
    OrderNotPlaced,
    Vanished,
    Abandoned,
}

impl Chronicle {
    pub(super) fn asked(&mut self, mutation_id: MutationId, intent: Intent) {
        self.fates.entry(mutation_id).or_insert(Fate {
            intent,
            departed: false,
            answers: BTreeSet::new(),
            ends: BTreeSet::new(),
            taken_back_for_good: false,
        });
    }

    pub(super) fn departed(&mut self, mutation_id: MutationId) {
        self.fate(mutation_id).departed = true;
    }

    pub(super) fn answered(&mut self, mutation_id: MutationId, answer: &Answer) {
        self.fate(mutation_id).answers.insert(match answer {
            Answer::Accepted => YesOrNo::Yes,
            Answer::Refused { .. } => YesOrNo::No,
        });
    }

    pub(super) fn ended(&mut self, mutation_id: MutationId, epoch: u32, end: End) {
        self.fate(mutation_id).ends.insert((epoch, end));
    }

    pub(super) fn taken_back_for_good(&mut self, mutation_id: MutationId) {
        self.fate(mutation_id).taken_back_for_good = true;
    }

    /// It is pending again after a crash. What the server said it will say again; what was decided
    /// here alone, and not yet on disk, never was.
    pub(super) fn came_back(&mut self, remembered: &Remembered) {
        if remembered.refused.is_none() {
            let ends = &mut self.fate(remembered.mutation_id).ends;
            ends.retain(|(_, end)| matches!(end, End::Confirmed | End::Refused));
        }
    }

    fn fate(&mut self, mutation_id: MutationId) -> &mut Fate {
        self.fates.get_mut(&mutation_id).expect("a mutation that nobody asked for")
    }
}

impl From<&Settlement> for End {
    fn from(settlement: &Settlement) -> Self {
        match settlement {
            Settlement::Confirmed => Self::Confirmed,
            Settlement::Refused(_) => Self::Refused,
            Settlement::Withdrawn => Self::Withdrawn,
            Settlement::OrderNotPlaced => Self::OrderNotPlaced,
            Settlement::Vanished => Self::Vanished,
            Settlement::Abandoned => Self::Abandoned,
        }
    }
}
