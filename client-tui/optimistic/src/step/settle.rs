//! Step 9 of an order's way: a pending mutation ends, once, by one of three proofs or by a "no".
//!
//! Each proof may come first, and each may come again: a change that carries the mutation's id, an
//! order that lists it, or our position beyond the receipt's with its order loaded. Whoever ends one
//! touches its order, so that prediction and fact change places within the same step.

use shared::id::{MutationId, OrderId};
use shared::order::StatusChange;
use shared::order::refusal::DenialCode;

use super::Step;
use crate::confirmed::Pages;
use crate::effect::{Flush, Notice};
use crate::intent::IntentKind;
use crate::outcome::Outcome;
use crate::pending::{PendingMutation, Phase};
use crate::record::{Record, Settlement};
use crate::rules::Rule;

impl Step<'_> {
    /// The first proof: a change carries its id.
    pub(super) fn settle_by_proof(&mut self, mutation_id: MutationId, order_id: OrderId) {
        let counts = self.state.rules.hold(Rule::FirstProofEnds);
        let is_proven = self
            .state
            .pending
            .get(mutation_id)
            .is_some_and(|it| it.order_id() == order_id && !it.is_refused());
        if is_proven && counts {
            self.settle(mutation_id, Settlement::Confirmed);
        }
    }

    /// The second proof: a loaded order lists its id.
    pub(super) fn settle_what_the_order_proves(&mut self, order_id: OrderId) {
        let Some(order) = self.state.confirmed.orders.get(&order_id) else { return };
        let proven: Vec<MutationId> = self
            .state
            .pending
            .of_order(order_id)
            .map(|mutation| mutation.mutation_id)
            .filter(|mutation_id| order.mutation_ids.contains(mutation_id))
            .collect();
        for mutation_id in proven {
            self.settle_by_proof(mutation_id, order_id);
        }
    }

    /// The third proof: we have followed the log beyond the receipt, and have its order, or all.
    pub(super) fn settle_what_our_position_proves(&mut self) {
        let Some(cursor) = self.state.cursor() else { return };
        let confirmed = &self.state.confirmed;
        let has_all_pages = !matches!(confirmed.pages, Pages::Loading { .. });
        let is_of_this_log = |mutation: &&PendingMutation| match mutation.phase {
            Phase::Accepted { cursor: accepted } => accepted.log_id == cursor.log_id,
            Phase::Queued { .. }
            | Phase::Saving { .. }
            | Phase::Sending { .. }
            | Phase::Checking { .. }
            | Phase::Refused { .. } => false,
        };
        let proven: Vec<(MutationId, Settlement)> = self
            .state
            .pending
            .accepted_up_to(cursor.position)
            .filter(is_of_this_log)
            // Another customer's order is not among ours, and has not vanished.
            .filter(|mutation| !self.state.is_of_another_customer(mutation))
            .filter_map(|mutation| {
                let is_loaded = confirmed.orders.contains_key(&mutation.order_id());
                let settlement = match (is_loaded, has_all_pages) {
                    (true, _) => Settlement::Confirmed,
                    (false, true) => Settlement::Vanished,
                    (false, false) => return None,
                };
                Some((mutation.mutation_id, settlement))
            })
            .collect();
        for (mutation_id, settlement) in proven {
            self.settle(mutation_id, settlement);
        }
    }

    /// The one end of a mutation: on record, in the journal, and for a refusal in front of the person.
    pub(super) fn settle(&mut self, mutation_id: MutationId, settlement: Settlement) {
        let Some(mutation) = self.state.pending.get(mutation_id) else { return };
        let outcome = Outcome {
            mutation_id,
            order_id: mutation.order_id(),
            asked: mutation.kind(),
            asked_at: mutation.asked_at,
            seen: mutation.seen,
            settled_at: self.state.server_time(self.now.wall),
            attempts: mutation.attempts,
            decided_on: self.state.confirmed.version(mutation.order_id()),
            beaten_by: self.what_beat(mutation, &settlement),
            settlement: settlement.clone(),
        };
        let (order_id, asked) = (outcome.order_id, outcome.asked);
        self.state.outcomes.push(outcome, self.state.rules);
        self.touch(order_id);
        // A withdrawal that got lost would have the order sent after a restart.
        let flush = match settlement {
            Settlement::Withdrawn => Flush::First,
            Settlement::Confirmed
            | Settlement::Refused(_)
            | Settlement::OrderNotPlaced
            | Settlement::Vanished
            | Settlement::Abandoned => Flush::Lazily,
        };
        self.journal(Record::Settled { mutation_id, settlement: settlement.clone() }, flush);
        self.settle_dependents_of(mutation_id, &settlement);
        match settlement {
            Settlement::Refused(refused) => {
                self.notify(Notice::Refused { order_id, asked, message: refused.message.clone() });
                self.state.pending.change(mutation_id, |mutation| {
                    mutation.phase = Phase::Refused { refused };
                });
            }
            Settlement::Vanished => {
                self.notify(Notice::Vanished { orders: 1 });
                self.state.pending.remove(mutation_id);
            }
            Settlement::Confirmed
            | Settlement::Withdrawn
            | Settlement::OrderNotPlaced
            | Settlement::Abandoned => {
                self.state.pending.remove(mutation_id);
            }
        }
    }

    /// The fact that stood in the way of what was refused, as far as we have it.
    fn what_beat(
        &self,
        mutation: &PendingMutation,
        settlement: &Settlement,
    ) -> Option<StatusChange> {
        let Settlement::Refused(refused) = settlement else { return None };
        let is_beaten = [DenialCode::TooLateToCancel, DenialCode::OrderClosed]
            .iter()
            .any(|code| code.word() == refused.code);
        let order = self.state.confirmed.orders.get(&mutation.order_id()).filter(|_| is_beaten)?;
        let stands_in_the_way = |change: &&StatusChange| match mutation.kind() {
            IntentKind::Cancel => !change.status.can_be_cancelled(),
            IntentKind::Place | IntentKind::SetTip | IntentKind::Rate | IntentKind::Unknown => {
                change.status.is_final()
            }
        };
        order.timeline.iter().find(stands_in_the_way).copied()
    }

    fn settle_dependents_of(&mut self, mutation_id: MutationId, settlement: &Settlement) {
        let of_dependents = match settlement {
            Settlement::Confirmed => return,
            Settlement::Withdrawn => Settlement::Withdrawn,
            Settlement::Refused(_)
            | Settlement::OrderNotPlaced
            | Settlement::Vanished
            | Settlement::Abandoned => Settlement::OrderNotPlaced,
        };
        self.settle_dependents(mutation_id, &of_dependents);
    }

    /// With a placing that failed, all ends that was asked of its order, each with a reason of its own.
    pub(super) fn settle_dependents(&mut self, mutation_id: MutationId, settlement: &Settlement) {
        let Some(placing) = self.state.pending.get(mutation_id) else { return };
        let order_id = placing.order_id();
        if placing.kind() != IntentKind::Place
            || self.state.confirmed.orders.contains_key(&order_id)
        {
            return;
        }
        let dependents: Vec<MutationId> = self
            .state
            .pending
            .of_order(order_id)
            .filter(|it| it.mutation_id != mutation_id && !it.is_refused())
            .map(|it| it.mutation_id)
            .collect();
        for dependent in dependents {
            self.settle(dependent, settlement.clone());
        }
    }
}
