//! The data directory of the machine: a journal for each program, and one cache.

use crate::cached::Cached;
use crate::effect::Flush;
use crate::record::{Ledger, Record, Remembered};

use super::happening::Who;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Disk {
    journals: Vec<Journal>,
    pub(super) cache: Option<Cached>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Journal {
    /// Whose it is; nobody's when its program has died.
    owner: Option<Who>,
    records: Vec<Record>,
    /// How many of the records outlive the machine.
    flushed: usize,
}

impl Disk {
    /// A program starts: it takes over what the journals of dead programs hold, in a file of its own.
    pub(super) fn open(&mut self, who: Who) -> Vec<Remembered> {
        let mut ledger = Ledger::default();
        for journal in self.journals.extract_if(.., |it| it.owner.is_none()) {
            journal.records.iter().for_each(|record| ledger.apply(record));
        }
        let records: Vec<Record> = ledger.records().collect();
        let flushed = records.len();
        self.journals.push(Journal { owner: Some(who), records, flushed });
        ledger.pending().cloned().collect()
    }

    pub(super) fn write(&mut self, who: Who, record: Record, flush: Flush) {
        let mut journals = self.journals.iter_mut();
        let journal = journals.find(|it| it.owner == Some(who)).expect("it runs");
        journal.records.push(record);
        if flush == Flush::First {
            journal.flushed = journal.records.len();
        }
    }

    pub(super) fn owner_dies(&mut self, who: Who) {
        for journal in self.journals.iter_mut().filter(|it| it.owner == Some(who)) {
            journal.owner = None;
        }
    }

    pub(super) fn lose_power(&mut self) {
        for journal in &mut self.journals {
            journal.owner = None;
            journal.records.truncate(journal.flushed);
        }
    }

    /// How many journals of dead programs hold something.
    pub(super) fn left_by_the_dead(&self) -> usize {
        let dead = self.journals.iter().filter(|it| it.owner.is_none());
        dead.filter(|it| !it.records.is_empty()).count()
    }

    /// What would be remembered if the power went now.
    pub(super) fn safe(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for journal in &self.journals {
            journal.records.iter().take(journal.flushed).for_each(|record| ledger.apply(record));
        }
        ledger
    }
}
