//! Step 5 of an order's way: what the server answers to a mutation, and what it means when it does
//! not. A receipt brings an outcome and a position, never data; only a silence leaves things open.

use shared::id::MutationId;

use super::Step;
use crate::clock::{Monotonic, Now};
use crate::input::{Answer, Failure, FailureCode, Receipt};
use crate::pending::{PendingMutation, Phase, Wire};
use crate::record::{Refused, Settlement};
use crate::retry::backoff;
use crate::rules::Rule;

impl Step<'_> {
    pub(super) fn send_started(&mut self, mutation_id: MutationId) {
        self.state.pending.change(mutation_id, |mutation| {
            if let Phase::Sending { wire, account, .. } = &mut mutation.phase {
                *wire = Wire::Started;
                mutation.sender = Some(*account);
            }
        });
    }

    /// Not one byte has left: it waits a little, so that a link that keeps saying so is not asked in
    /// circles.
    pub(super) fn not_sent(&mut self, mutation_id: MutationId) {
        self.step_back(mutation_id, "It could not be sent again yet.");
    }

    pub(super) fn outcome_unknown(&mut self, mutation_id: MutationId, reason: String) {
        self.check_later(mutation_id, reason);
    }

    /// An answer to what is settled already says nothing new: the outcome is on record once. It is
    /// the usual case, since the change often comes before the receipt.
    pub(super) fn answered(&mut self, receipt: Receipt) {
        let Receipt { mutation_id, cursor, answer } = receipt;
        if self.state.pending.get(mutation_id).is_none() {
            let is_settled = self.state.outcomes().any(|it| it.mutation_id == mutation_id);
            if !is_settled {
                self.remark_unknown("an answer", mutation_id);
            }
            return;
        }
        if !self.is_of_our_log(cursor.log_id) || self.is_answered(mutation_id) {
            return;
        }
        match answer {
            Answer::Accepted => {
                let account = self.state.confirmed.account;
                self.state.pending.change(mutation_id, |mutation| {
                    mutation.sender = account;
                    mutation.phase = Phase::Accepted { cursor };
                });
                self.settle_what_our_position_proves();
            }
            Answer::Refused { refused, order } => {
                // Before the first page there is nothing that an order could be merged into.
                if let (Some(order), Some(_)) = (order, self.state.confirmed.position) {
                    self.take_in_order(&order);
                }
                self.settle(mutation_id, Settlement::Refused(refused));
            }
        }
    }

    pub(super) fn failed(&mut self, mutation_id: MutationId, failure: Failure) {
        let Failure { code, message } = failure;
        if self.state.pending.get(mutation_id).is_none() || self.is_answered(mutation_id) {
            return self.remark_unknown("an error in answer", mutation_id);
        }
        match &code {
            FailureCode::BadUserInput | FailureCode::Forbidden => {
                self.refuse(mutation_id, &code, message);
            }
            FailureCode::IdempotencyConflict => {
                let words = format!(
                    "This is a mistake in Tiffin, please report it; nothing was done. The server \
                     says: {message}"
                );
                self.refuse(mutation_id, &code, words);
            }
            FailureCode::Unauthenticated => {
                self.step_back(mutation_id, "The server asks for a new sign-in first.");
                self.sign_in_needed();
            }
            FailureCode::RateLimited => self.step_back(mutation_id, &message),
            FailureCode::Unavailable | FailureCode::Other(_) => {
                self.check_later(mutation_id, message);
            }
        }
    }

    fn refuse(&mut self, mutation_id: MutationId, code: &FailureCode, message: String) {
        let code = code.word().to_owned();
        let refused = Refused { code, message, order_version: None };
        self.settle(mutation_id, Settlement::Refused(refused));
    }

    fn is_answered(&self, mutation_id: MutationId) -> bool {
        self.state
            .pending
            .get(mutation_id)
            .is_some_and(|it| matches!(it.phase, Phase::Accepted { .. } | Phase::Refused { .. }))
    }

    fn step_back(&mut self, mutation_id: MutationId, reason: &str) {
        let now = self.now;
        self.state.pending.change(mutation_id, |mutation| {
            let due = mutation.next_attempt(now);
            mutation.step_back(reason, Some(due));
        });
    }

    fn check_later(&mut self, mutation_id: MutationId, reason: String) {
        if let Some(mutation) = self.state.pending.get(mutation_id) {
            let due = mutation.next_attempt(self.now);
            self.check(mutation_id, reason, due);
        }
    }

    /// It may have happened: it stays drawn, and is asked again with the same id when this is due.
    pub(super) fn check(&mut self, mutation_id: MutationId, reason: String, due: Monotonic) {
        let Some(mutation) = self.state.pending.get(mutation_id) else { return };
        let Phase::Sending { account, .. } = mutation.phase else { return };
        if !self.state.rules.hold(Rule::SilenceIsNoRefusal) {
            let refused =
                Refused { code: "NO_ANSWER".to_owned(), message: reason, order_version: None };
            return self.settle(mutation_id, Settlement::Refused(refused));
        }
        self.state.pending.change(mutation_id, |mutation| {
            mutation.sender = Some(account);
            mutation.phase = Phase::Checking { reason, due };
        });
    }
}

impl PendingMutation {
    /// When it is tried again after one more failure.
    pub(super) fn next_attempt(&self, now: Now) -> Monotonic {
        now.monotonic.after(backoff(self.attempts, now, self.salt()))
    }
}
