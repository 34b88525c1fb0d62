//! What has to hold after each step of the walk, and what at its end.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::OrderId;

use super::walk::Walk;
use crate::outcome::OUTCOMES_MAX;
use crate::state::{BUFFER_MAX, IN_FLIGHT_MAX, PENDING_MAX};
use crate::view::Standing;

impl Walk {
    pub(super) fn check(&mut self) {
        self.check_rows();
        self.check_facts();
        self.check_predictions();
        self.check_sizes();
        self.check_ends();
        let now = self.client.now.monotonic;
        assert!(self.client.state.next_wakeup().is_none_or(|due| due > now), "rings in circles");
    }

    /// I4 and I8: no row goes without a reason, none comes twice, none changes places.
    fn check_rows(&mut self) {
        let rows: Vec<OrderId> = self.client.state.rows.iter().collect();
        let unique: BTreeSet<_> = rows.iter().copied().collect();
        assert_eq!(unique.len(), rows.len(), "a row twice");
        let stayed = |these: &[OrderId], those: &[OrderId]| -> Vec<OrderId> {
            these.iter().copied().filter(|it| those.contains(it)).collect()
        };
        assert_eq!(stayed(&self.rows_before, &rows), stayed(&rows, &self.rows_before));
        if !self.rows_may_go {
            let gone: Vec<_> = self.rows_before.iter().filter(|it| !unique.contains(it)).collect();
            assert!(gone.is_empty(), "rows went without a reason: {gone:?}");
        }
        let drawn = self.client.view();
        assert_eq!(drawn.rows.len(), rows.len(), "a row that is not drawn");
        self.rows_before = rows;
    }

    /// I5: within a log and a program, neither our position nor a version falls. H32: facts are facts.
    fn check_facts(&mut self) {
        let confirmed = &self.client.state.confirmed;
        let position = confirmed.position.map_or(0, shared::cursor::Position::get);
        assert!(position >= self.position, "our position fell");
        self.position = position;
        let of_this_log = confirmed.account.is_some_and(|it| it.log_id == self.server.log_id);
        for (order_id, order) in &confirmed.orders {
            let version = order.version.get();
            let before = self.versions.insert(*order_id, version).unwrap_or_default();
            assert!(version >= before, "a version fell");
            if of_this_log {
                let truth = self.server.log.iter().flatten().map(|(_, order)| order);
                assert!(truth.clone().any(|it| it == order), "a fact that is none: {order:?}");
            }
        }
    }

    /// I7: what is kept of predictions is what would be computed from nothing.
    fn check_predictions(&self) {
        let state = &self.client.state;
        let computed: BTreeMap<OrderId, _> = state
            .pending
            .orders()
            .filter_map(|order_id| Some((order_id, state.refolded(order_id)?)))
            .collect();
        assert_eq!(state.predictions, computed);
        let drawable: BTreeSet<OrderId> = state
            .confirmed
            .orders
            .keys()
            .copied()
            .chain(computed.iter().filter(|(_, it)| it.order.is_some()).map(|(id, _)| *id))
            .collect();
        assert_eq!(state.rows.iter().collect::<BTreeSet<_>>(), drawable);
    }

    /// I9
    fn check_sizes(&self) {
        let state = &self.client.state;
        assert!(state.pending.len() <= PENDING_MAX);
        assert!(state.pending.in_flight() <= IN_FLIGHT_MAX);
        assert!(state.confirmed.buffer.len() <= BUFFER_MAX);
        assert!(state.outcomes().count() <= OUTCOMES_MAX);
        // What can be taken back has certainly not reached the server.
        let mut unsent = state.pending.iter().filter(|it| it.can_be_taken_back());
        assert!(unsent.all(|it| it.sender.is_none()));
        // R7: one in flight per order.
        let mut orders = BTreeSet::new();
        for mutation in state.pending.iter().filter(|it| it.is_in_flight()) {
            assert!(orders.insert(mutation.order_id()), "two in flight for one order");
        }
    }

    /// I2 and I11, as far as they can be told while the walk goes on.
    fn check_ends(&mut self) {
        let mut seen = BTreeSet::new();
        for outcome in self.client.state.outcomes() {
            assert!(seen.insert(outcome.mutation_id), "two ends of one mutation");
            assert!(outcome.words().len() > 20, "an end without words");
        }
        self.note_ends();
    }

    pub(super) fn check_the_end(&mut self) {
        self.check();
        // I1: the view is the server's.
        let state = &self.client.state;
        assert_eq!(state.confirmed.orders, self.server.orders);
        for row in self.client.view().rows {
            match row.standing {
                Standing::Confirmed => {
                    assert_eq!(Some(row.order), self.server.orders.get(&row.order.id));
                }
                Standing::NotPlaced => {
                    assert!(!self.server.orders.contains_key(&row.order.id));
                }
                Standing::Placeholder => panic!("a placeholder is left: {row:?}"),
            }
        }
        for mutation_id in self.asked.keys() {
            let ends = self.ends.get(mutation_id);
            let was_received = self.server.receipts.contains_key(mutation_id);
            // I2 and I10: one end, or lost with the machine before anything of it was sent.
            match ends.map(BTreeSet::len) {
                None => assert!(!was_received, "{mutation_id} was sent and forgotten"),
                Some(1) => {}
                Some(_) => assert!(self.logs > 1 || self.set_back > 0 || withdrawn_and_back(ends)),
            }
            // I3: what was taken back has no effect. (That nothing has two, the server's receipts see to.)
            let is_withdrawn = self.withdrawn.contains(mutation_id);
            assert!(!(is_withdrawn && was_received), "{mutation_id} was taken back and sent");
        }
    }
}

/// Taken back, and the machine crashed before the disk knew: it came back, and was told of.
fn withdrawn_and_back(ends: Option<&BTreeSet<&'static str>>) -> bool {
    ends.is_some_and(|ends| ends.len() == 2 && ends.contains("withdrawn"))
}
