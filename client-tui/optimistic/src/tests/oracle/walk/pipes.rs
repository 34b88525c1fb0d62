//! The pipes between client and server, and the disk: what is in them moves, is lost, or comes twice.

use std::time::Duration;

use shared::id::MutationId;

use super::super::super::world::Client;
use super::super::{Action, Pick};
use super::Walk;
use crate::confirmed::Stream;
use crate::effect::Flush;
use crate::input::{Change, Failure, FailureCode, Input, Receipt, SubscriptionEnd};
use crate::intent::Intent;
use crate::record::{Record, Settlement};
use crate::view::PendingState;

impl Walk {
    pub(super) fn connect(&mut self) {
        self.is_up = true;
        let knows = self.client.state.confirmed.account.map(|it| it.log_id);
        self.rows_may_go = knows.is_some_and(|log_id| log_id != self.server.log_id);
        if self.rows_may_go {
            self.versions.clear();
            self.position = 0;
        }
        self.client.link_up(&self.server);
    }

    pub(super) fn break_link(&mut self) {
        self.is_up = false;
        self.answers.clear();
        self.stream.clear();
        self.pages.clear();
        self.subscription = None;
        self.client.pages.clear();
        self.client.link_down();
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each of these sees to its own actions")]
    pub(super) fn mutations(&mut self, action: Action) {
        match action {
            Action::Start if self.is_up => {
                if let Some((mutation_id, intent)) = self.client.sends.pop_front() {
                    self.may_go_out(mutation_id, &intent);
                    self.client.tell(Input::SendStarted { mutation_id });
                    self.under_way.push((mutation_id, intent));
                }
            }
            Action::DoNotSend if self.is_up => {
                if let Some((mutation_id, _)) = self.client.sends.pop_front() {
                    self.client.tell(Input::NotSent { mutation_id });
                }
            }
            Action::Arrive(index) if !self.under_way.is_empty() => {
                let (mutation_id, intent) = self.under_way.remove(index.of(self.under_way.len()));
                let receipt = self.server.receive(mutation_id, &intent);
                if self.is_up {
                    self.answers.push(receipt);
                }
            }
            Action::ArriveInTrouble(index) if !self.under_way.is_empty() => {
                // The server may have done it or not: here by the luck of the number of its events.
                let (mutation_id, intent) = self.under_way.remove(index.of(self.under_way.len()));
                if self.server.log.len().is_multiple_of(2) {
                    self.server.receive(mutation_id, &intent);
                }
                if self.is_up {
                    let failure =
                        Failure { code: FailureCode::Unavailable, message: "busy".to_owned() };
                    self.client.tell(Input::Failed { mutation_id, failure });
                }
            }
            Action::Answer(index) if !self.answers.is_empty() => {
                let receipt = self.answers.remove(index.of(self.answers.len()));
                self.client.tell(Input::Answered(receipt));
            }
            Action::AnswerTwice(index) if !self.answers.is_empty() => {
                let receipt = index.one(&self.answers).clone();
                self.client.tell(Input::Answered(receipt));
            }
            Action::LoseAnswer(index) if !self.answers.is_empty() => {
                let Receipt { mutation_id, .. } = self.answers.remove(index.of(self.answers.len()));
                let reason = "lost".to_owned();
                self.client.tell(Input::OutcomeUnknown { mutation_id, reason });
            }
            _ => {}
        }
    }

    pub(super) fn all_goes_well(&mut self) {
        while !self.client.writes.is_empty() {
            self.write_record();
        }
        if !self.is_up {
            self.connect();
        }
        let first = Pick(0);
        for action in [
            Action::Start,
            Action::Arrive(first),
            Action::Answer(first),
            Action::ReadPage,
            Action::BringPage,
            Action::Change,
        ] {
            self.follow_subscription();
            self.mutations(action);
            self.facts(action);
        }
    }

    /// R8: at the first byte the disk has both records, whatever happens to the machine.
    fn may_go_out(&self, mutation_id: MutationId, intent: &Intent) {
        let on_disk = &self.client.journal[..self.flushed];
        assert!(on_disk.iter().any(
            |it| matches!(it, Record::Intent { mutation_id: id, intent: i, .. } if *id == mutation_id && i == intent)
        ));
        assert!(
            on_disk.iter().any(
                |it| matches!(it, Record::Sending { mutation_id: id, .. } if *id == mutation_id)
            )
        );
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each of these sees to its own actions")]
    pub(super) fn facts(&mut self, action: Action) {
        if let (Some(subscription), true) = (&mut self.subscription, self.stream.len() < 3) {
            self.stream.extend(self.server.next(subscription));
        }
        match action {
            Action::Change => {
                if let Some(change) = self.stream.pop_front() {
                    self.bring(change);
                }
            }
            Action::LoseChange => drop(self.stream.pop_front()),
            Action::RepeatChange => {
                if let Some(change) = self.stream.front().cloned() {
                    self.bring(change);
                }
            }
            Action::OvertakeChange => {
                if let Some(change) = self.stream.remove(1) {
                    self.bring(change);
                }
            }
            Action::Mark => {
                let mark = self.subscription.as_mut().and_then(|it| self.server.mark(it));
                self.stream.extend(mark);
            }
            Action::ReadPage => {
                if let Some(after) = self.client.pages.pop_front() {
                    self.pages.push_back(self.server.page(after));
                }
            }
            Action::BringPage => {
                if let Some(page) = self.pages.pop_front() {
                    self.client.tell(Input::PageLoaded(page));
                }
            }
            Action::FailPage if self.is_up && self.client.pages.pop_front().is_some() => {
                self.client.tell(Input::PageFailed { reason: "busy".to_owned() });
            }
            _ => {}
        }
    }

    /// I6: a change of one order changes no other row.
    fn bring(&mut self, change: Change) {
        let is_alone = self.client.state.confirmed.buffer.is_empty();
        let of = change.event.as_ref().map(|event| event.order.id);
        let others = |client: &Client| -> Vec<String> {
            let number = of.map(|id| id.uuid().as_u128() - 0x1000).unwrap_or_default();
            let prefix = format!("{number} ");
            client.screen().into_iter().filter(|row| !row.starts_with(&prefix)).collect()
        };
        let before = others(&self.client);
        self.client.tell(Input::Changed(change));
        if is_alone {
            assert_eq!(before, others(&self.client));
        }
    }

    /// What the store subscribed to since it was last looked after.
    pub(super) fn follow_subscription(&mut self) {
        let Some(after) = self.client.subscribes.pop() else { return };
        self.client.subscribes.clear();
        if !self.is_up {
            return;
        }
        self.stream.clear();
        self.subscription = self.server.subscribe(after);
        if self.subscription.is_some() {
            self.stream.push_back(Change { cursor: after, previous: None, event: None });
        } else {
            let end = SubscriptionEnd::CursorOfAnotherLog;
            self.client.tell(Input::SubscriptionEnded(end));
        }
    }

    pub(super) fn write_record(&mut self) {
        let Some((_, record, flush)) = self.client.writes.front().cloned() else { return };
        if flush == Flush::First {
            self.flushed = self.client.journal.len() + 1;
        }
        if let Record::Settled { mutation_id, settlement: Settlement::Withdrawn } = record {
            assert_eq!(flush, Flush::First);
            self.withdrawn.insert(mutation_id);
        }
        self.client.write_next();
    }

    /// Everything works again for a while.
    pub(in crate::tests::oracle) fn settle_down(&mut self) {
        self.rows_may_go = true;
        self.another_connection();
        for _ in 0..500 {
            while !self.client.writes.is_empty() {
                self.write_record();
            }
            let unsaved: Vec<MutationId> = self.pending_in(PendingState::Queued);
            for mutation_id in unsaved {
                self.client.tell(Input::RetryNow { mutation_id });
            }
            while let Some((mutation_id, intent)) = self.client.sends.pop_front() {
                self.may_go_out(mutation_id, &intent);
                self.client.tell(Input::SendStarted { mutation_id });
                let receipt = self.server.receive(mutation_id, &intent);
                self.client.tell(Input::Answered(receipt));
            }
            while let Some(after) = self.client.pages.pop_front() {
                self.client.tell(Input::PageLoaded(self.server.page(after)));
            }
            self.follow_subscription();
            self.stream.clear();
            self.client.follow(&self.server);
            let mark = self.client.state.cursor().and_then(|it| self.server.subscribe(it));
            if let Some(mark) = mark.and_then(|mut it| self.server.mark(&mut it)) {
                self.client.tell(Input::Changed(mark));
            }
            if self.is_settled() {
                return;
            }
            self.client.pass(Duration::from_secs(1));
        }
        panic!("I12: not settled: {:?}", self.client.state);
    }

    fn another_connection(&mut self) {
        self.break_link();
        self.under_way.clear();
        self.connect();
    }

    fn is_settled(&self) -> bool {
        let state = &self.client.state;
        self.client.view().pending.undecided() == 0
            && self.client.writes.is_empty()
            && matches!(state.confirmed.stream, Stream::Live { .. })
            && state.next_wakeup().is_none()
    }

    fn pending_in(&self, wanted: PendingState) -> Vec<MutationId> {
        let view = self.client.view();
        let rows = view.rows.into_iter().flat_map(|row| row.pending);
        rows.chain(view.elsewhere)
            .filter(|pending| pending.state == wanted)
            .map(|pending| pending.mutation_id)
            .collect()
    }
}
