//! Is the stored state of each stream the fold of its events, and did its order go an allowed way?

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};
use shared::order::Waiter;

use super::deliveries::unfinished;
use super::questions;
use super::verdict::{Check, Findings};
use crate::eventing::log::{StreamName, StreamState};
use crate::operate::fold::{Folded, FromLog};
use crate::operate::words::counted;
use crate::store::StoreError;
use crate::store::row::{FINDING_COLUMNS, FoundBy};
use crate::store::sqlite::read_streams;

/// Looks at each stream that comes out of the log.
pub(super) struct StatesCheck<'a> {
    log: &'a Connection,
    orders: u64,
    customers: u64,
    findings: Findings,
}

impl<'a> StatesCheck<'a> {
    pub(super) fn new(log: &'a Connection) -> Self {
        Self { log, orders: 0, customers: 0, findings: Findings::default() }
    }

    pub(super) fn see(&mut self, stream: &FromLog) -> Result<(), StoreError> {
        match stream {
            FromLog::Folded(folded) => self.compare(folded),
            FromLog::Empty(name) => {
                self.findings.add(format!("no event of {name} begins it"));
                Ok(())
            }
            FromLog::Illegible(illegible) => {
                let (position, why) = (illegible.position, &illegible.why);
                self.findings.add(format!("position {position} cannot be read: {why}"));
                Ok(())
            }
        }
    }

    pub(super) fn end(mut self) -> Result<Check, StoreError> {
        questions::ask(self.log, &questions::STREAMS, &mut self.findings)?;
        let (orders, customers) =
            (counted(self.orders, "order"), counted(self.customers, "customer"));
        let summary = format!("{orders} and {customers}: what is stored is the fold of the log");
        Ok(Check::new("state", summary, self.findings))
    }

    fn compare(&mut self, folded: &Folded) -> Result<(), StoreError> {
        let name = folded.name;
        match name {
            StreamName::Order(_) => self.orders += 1,
            StreamName::Customer(_) => self.customers += 1,
            StreamName::Restaurant(_) | StreamName::System => {}
        }
        let stored = match read_streams(self.log, &BTreeSet::from([name])) {
            Ok(mut stored) => stored.remove(&name),
            Err(StoreError::Unreadable { why, .. }) => {
                self.findings.add(format!("the stored state of {name} cannot be read: {why}"));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        match stored {
            None => self.findings.add(format!("{name} has events, but no stored state")),
            Some(stored) if stored != folded.stream => {
                self.findings
                    .add(format!("the stored state of {name} is not the fold of its events"));
            }
            Some(_) if !self.is_found(name, &folded.stream.state)? => {
                self.findings
                    .add(format!("{name} is filed under something else than its state says"));
            }
            Some(_) => {}
        }
        self.findings_of_waits(&folded.stream.state)?;
        for step in forbidden_steps(name, &folded.stream.state) {
            self.findings.add(step);
        }
        Ok(())
    }

    /// Whoever an order waits for must have something of it to do, or know that they gave up: nothing waits
    /// for somebody who has forgotten it.
    fn findings_of_waits(&mut self, state: &StreamState) -> Result<(), StoreError> {
        let Some(order) = state.order() else { return Ok(()) };
        let Some(Waiter::Function(function)) = order.waiting_for().map(|wait| &wait.who) else {
            return Ok(());
        };
        if !unfinished(self.log, order.id)?.contains(function) {
            let words = format!("order {} waits for {function}, which has forgotten it", order.id);
            self.findings.add(words);
        }
        Ok(())
    }

    /// Whether the columns by which a stream is found say the same as its state.
    fn is_found(&self, name: StreamName, state: &StreamState) -> Result<bool, StoreError> {
        let sql = format!("SELECT {FINDING_COLUMNS} FROM stream WHERE stream = ?1");
        let mut statement = self.log.prepare_cached(&sql)?;
        let stored = statement.query_row([name.to_string()], FoundBy::read).optional()?;
        Ok(stored == Some(FoundBy::of(state)))
    }
}

/// The steps of an order that its way does not have.
fn forbidden_steps(name: StreamName, state: &StreamState) -> Vec<String> {
    let Some(order) = state.order() else { return Vec::new() };
    let steps = order.timeline.iter().zip(order.timeline.iter().skip(1));
    let forbidden = steps.filter(|(from, to)| !from.status.may_become(to.status));
    forbidden
        .map(|(from, to)| format!("{name} went from {} to {}", from.status, to.status))
        .collect()
}
