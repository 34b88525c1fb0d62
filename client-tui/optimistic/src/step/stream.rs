//! Step 8 of an order's way: the changes of the subscription, one after the other and none left out.
//!
//! Each says what it follows. One that follows another position than ours means that something was
//! missed: it waits in a bounded buffer, and the subscription goes on from where we are.

use super::Step;
use crate::confirmed::{Request, Stream};
use crate::input::{Change, OrderChanged, SubscriptionEnd};
use crate::retry::backoff;
use crate::rules::Rule;

impl Step<'_> {
    pub(super) fn changed(&mut self, change: Change) {
        if !self.is_of_our_log(change.cursor.log_id) {
            return;
        }
        let Some(position) = self.state.confirmed.position else {
            return self.remark("a change before the first page");
        };
        self.hear_from_stream();
        if !self.state.rules.hold(Rule::ChangesInLogOrder) {
            return self.apply(change);
        }
        if change.cursor.position <= position {
            return;
        }
        if change.previous.map(|previous| previous.position) == Some(position) {
            self.apply(change);
            while let Some(next) = self.state.confirmed.next_buffered() {
                self.apply(next);
            }
        } else {
            self.state.confirmed.keep_for_later(change, self.state.rules);
            self.resume();
        }
    }

    pub(super) fn subscription_ended(&mut self, end: SubscriptionEnd) {
        match (end, self.state.confirmed.account) {
            (SubscriptionEnd::CursorOfAnotherLog, Some(account)) => {
                self.remark("our cursor is not of the server's log: from the first page again");
                self.begin_the_same_log_again(account);
            }
            (SubscriptionEnd::CursorOfAnotherLog, None) => {}
            (SubscriptionEnd::Interrupted { reason }, _) => {
                self.remark(format!("the subscription ended: {reason}"));
                let attempts = self.fruitless_attempts();
                self.ask_for_changes_later(attempts);
            }
        }
    }

    /// Takes in what follows our position: proof and fact in one transition.
    fn apply(&mut self, change: Change) {
        let Change { cursor, previous: _, event } = change;
        self.state.confirmed.position = Some(cursor.position);
        self.state.confirmed.stream = Stream::Live { fruitless: 0 };
        if let Some(OrderChanged { event_type: _, mutation_id, order }) = event {
            self.take_in_order(&order);
            if let Some(mutation_id) = mutation_id {
                self.settle_by_proof(mutation_id, order.id);
            }
        }
        self.settle_what_our_position_proves();
    }

    fn hear_from_stream(&mut self) {
        if let Stream::Asked(Request { attempts, .. }) = self.state.confirmed.stream
            && attempts > 0
        {
            self.state.confirmed.stream = Stream::Live { fruitless: attempts };
        }
    }

    /// Asks for what is missing, at once the first time.
    fn resume(&mut self) {
        match self.state.confirmed.stream {
            Stream::Live { fruitless: 0 } => {
                let at_once = Request { attempts: 0, due: self.now.monotonic };
                self.state.confirmed.stream = Stream::Asked(at_once);
            }
            Stream::Live { fruitless } => self.ask_for_changes_later(fruitless),
            Stream::Asked(_) | Stream::Off => {}
        }
    }

    fn ask_for_changes_later(&mut self, attempts: u32) {
        let wait = backoff(attempts, self.now, 0);
        let due = self.now.monotonic.after(wait);
        self.state.confirmed.stream = Stream::Asked(Request { attempts, due });
    }

    const fn fruitless_attempts(&self) -> u32 {
        match self.state.confirmed.stream {
            Stream::Off => 0,
            Stream::Asked(Request { attempts, .. }) => attempts,
            Stream::Live { fruitless } => fruitless,
        }
    }
}
