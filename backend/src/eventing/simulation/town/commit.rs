//! The writer of a town: what becomes of a batch, and the promises that are looked at with each.

use std::collections::BTreeMap;

use shared::function::Function;

use super::Town;
use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus, Token};
use crate::eventing::log::Source;
use crate::eventing::plan::Plan;
use crate::eventing::request::{Answer, Request};
use crate::eventing::retry::{slots, tries_max};
use crate::eventing::simulation::seen::Happening;
use crate::eventing::simulation::trouble::CommitFate;

impl Town {
    /// A batch goes to the log, or does not, or nobody knows.
    pub(super) fn write(&mut self, batch: &[Request]) {
        self.room.free_slots = self.free_slots();
        let plan = self.room.plan(batch);
        let night = plan.writes.events.iter().any(|it| it.event.source == Source::Schedule);
        let inclination = if night { self.inclination.at_night() } else { self.inclination };
        let fate = inclination.commit(&mut self.random);
        self.seen.note_if(fate.happening());
        self.seen.note_if(if night { fate.of_the_night() } else { None });
        if fate.is_written() {
            self.commit(batch, &plan);
        }
        match fate {
            CommitFate::Goes => {
                for (request, answer) in batch.iter().zip(&plan.answers) {
                    self.customers.hears(request, answer, &mut self.seen);
                }
                self.claims.extend(plan.claims);
                self.p12_bounds_hold();
            }
            CommitFate::Refused => self.customers.hear_nothing(batch),
            CommitFate::DiesBefore
            | CommitFate::UnknownAndWritten
            | CommitFate::UnknownAndLost
            | CommitFate::DiesAfter => {
                self.customers.hear_nothing(batch);
                self.process_dies();
            }
        }
    }

    fn commit(&mut self, batch: &[Request], plan: &Plan) {
        let before = self.room.log.deliveries.clone();
        self.room.log.apply(&plan.writes);
        self.tail.append(plan.writes.events.clone());
        self.seen.note_if((!plan.writes.pruned.is_empty()).then_some(Happening::DoneForgotten));
        for (request, answer) in batch.iter().zip(&plan.answers) {
            if let Request::Complete(completion) = request {
                let held = before.get(&completion.delivery);
                self.p7_only_who_holds_the_lease_completes(
                    (completion.delivery, completion.token),
                    held,
                    answer,
                );
            }
        }
        for claim in &plan.claims {
            self.p7_tokens_grow_and_tries_are_bounded(&claim.delivery, &before);
        }
    }

    /// Promise 7: a completion is accepted once, from whoever holds the lease, and from nobody else.
    fn p7_only_who_holds_the_lease_completes(
        &mut self,
        lease: (DeliveryKey, Token),
        held: Option<&Delivery>,
        answer: &Answer,
    ) {
        let holds =
            held.is_some_and(|it| it.status == DeliveryStatus::Leased && it.token == lease.1);
        if *answer == Answer::Done {
            assert!(holds, "7: {lease:?} is not the lease of {held:?}");
            assert!(self.accepted.insert(lease), "7: {lease:?} was completed before");
        } else {
            assert_eq!(*answer, Answer::Zombie);
            assert!(!holds || self.accepted.contains(&lease), "7: {lease:?} was no zombie");
            self.seen.note(Happening::ZombieRefused);
        }
    }

    /// Promise 7: each claim has a greater token than all before, and no try beyond the budget.
    fn p7_tokens_grow_and_tries_are_bounded(
        &mut self,
        claimed: &Delivery,
        before: &BTreeMap<DeliveryKey, Delivery>,
    ) {
        let Delivery { key, token, tries, .. } = claimed;
        if let Some(former) = self.tokens.insert(*key, *token) {
            assert!(former < *token, "7: the token of {claimed:?} was given before");
            self.seen.note(Happening::TriedAgain);
        }
        let lease_over = before.get(key).is_some_and(|it| it.status == DeliveryStatus::Leased);
        self.seen.note_if(lease_over.then_some(Happening::LeaseOver));
        let most = tries_max(key.function).unwrap_or(u32::MAX);
        assert!((1..=most).contains(tries), "7: {claimed:?} was tried too often");
    }

    /// Promise 12: no function has more at once than its slots.
    fn p12_bounds_hold(&self) {
        for function in Function::ALL {
            assert!(
                self.running(function) <= slots(function),
                "12: too much of {function} at once"
            );
        }
    }

    fn running(&self, function: Function) -> usize {
        let ended = self.ended.iter().map(|(claim, _)| claim);
        let open = self.claims.iter().chain(ended);
        open.filter(|claim| claim.delivery.key.function == function).count()
    }

    fn free_slots(&self) -> BTreeMap<Function, usize> {
        let free = |function| slots(function).saturating_sub(self.running(function));
        Function::ALL.into_iter().map(|function| (function, free(function))).collect()
    }
}
