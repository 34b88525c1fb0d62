//! The one function that changes the store: it takes one thing that happened in, in one transition.
//!
//! Each kind of input has its file below. Whatever happened, each step ends alike: what can be sent
//! now goes out (`queue`), and what was touched is drawn anew, so that no view ever falls between a
//! proof and the fact that it proves.

use std::collections::BTreeSet;

use shared::id::{MutationId, OrderId};

use crate::clock::Now;
use crate::effect::{Effect, Flush, Notice, WriteId};
use crate::input::Input;
use crate::record::Record;
use crate::rules::Rule;
use crate::state::State;

mod person;
mod disk;
mod link;
mod answer;
mod queue;
mod stream;
mod pages;
mod settle;

/// Takes one thing that happened in, and says what is to be done, in order.
///
/// Total: no input in any state panics or fails. What makes no sense any more (an answer to a
/// mutation that is settled, a page of another log) changes nothing.
pub fn step(state: &mut State, input: Input, now: Now) -> Vec<Effect> {
    let mut step =
        Step { state, now, effects: Vec::new(), touched: Vec::new(), cache: Cache::AsBefore };
    step.take_in(input);
    step.give_up_waiting_for_answers();
    step.send_what_is_due();
    step.ask_for_what_is_due();
    step.draw_anew();
    step.effects
}

/// One step under way.
pub(crate) struct Step<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) now: Now,
    pub(crate) effects: Vec<Effect>,
    /// The orders to be drawn anew at the end, in the order in which new ones get their rows.
    touched: Vec<OrderId>,
    cache: Cache,
}

/// Whether the cache holds what we have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cache {
    AsBefore,
    Dirty,
}

impl Step<'_> {
    fn take_in(&mut self, input: Input) {
        match input {
            Input::Place { mutation_id, order } => self.place(mutation_id, order),
            Input::Cancel { mutation_id, order_id } => self.cancel(mutation_id, order_id),
            Input::SetTip { mutation_id, order_id, tip } => {
                self.set_tip(mutation_id, order_id, tip);
            }
            Input::Rate { mutation_id, order_id, rating } => {
                self.rate(mutation_id, order_id, rating);
            }
            Input::TakeBack { mutation_id } => self.take_back(mutation_id),
            Input::RetryNow { mutation_id } => self.retry_now(mutation_id),
            Input::Dismiss { mutation_id } => self.dismiss(mutation_id),

            Input::JournalRestored { mutations } => self.journal_restored(mutations),
            Input::CacheRestored(cached) => self.cache_restored(cached),
            Input::JournalWritten { write } => self.journal_written(write),
            Input::JournalFailed { write, reason } => self.journal_failed(write, &reason),
            Input::CatalogLoaded(catalog) => self.catalog_loaded(catalog),

            Input::LinkUp { connection, account, server_now } => {
                self.link_up(connection, account, server_now);
            }
            Input::LinkDown => self.link_down(),
            Input::AccessRefused => self.sign_in_needed(),

            Input::SendStarted { mutation_id } => self.send_started(mutation_id),
            Input::NotSent { mutation_id } => self.not_sent(mutation_id),
            Input::OutcomeUnknown { mutation_id, reason } => {
                self.outcome_unknown(mutation_id, reason);
            }
            Input::Answered(receipt) => self.answered(receipt),
            Input::Failed { mutation_id, failure } => self.failed(mutation_id, failure),

            Input::Changed(change) => self.changed(change),
            Input::SubscriptionEnded(end) => self.subscription_ended(end),
            Input::PageLoaded(page) => self.page_loaded(page),
            Input::PageFailed { reason } => self.page_failed(&reason),

            // What is due is looked after at the end of each step.
            Input::Tick => {}
        }
    }

    /// Draws what was touched anew, and keeps rows and facts in step with each other.
    fn draw_anew(&mut self) {
        let mut drawn = BTreeSet::new();
        for order_id in std::mem::take(&mut self.touched) {
            if !drawn.insert(order_id) {
                continue;
            }
            match self.state.refolded(order_id) {
                Some(prediction) => self.state.predictions.insert(order_id, prediction),
                None => self.state.predictions.remove(&order_id),
            };
            if !self.state.rules.hold(Rule::RowsKeepTheirPlaces) {
                self.state.rows.remove(order_id);
            }
            if self.state.order(order_id).is_some() {
                self.state.rows.show_on_top(order_id);
            } else {
                self.state.rows.remove(order_id);
            }
        }
        if self.cache == Cache::Dirty {
            self.effects.push(Effect::CacheDirty);
        }
    }

    fn touch(&mut self, order_id: OrderId) {
        self.touched.push(order_id);
    }

    fn touch_all_pending(&mut self) {
        self.touched.extend(self.state.pending.orders());
    }

    /// Has a record written, and gives the name of that write.
    fn journal(&mut self, record: Record, flush: Flush) -> WriteId {
        let write = WriteId(self.state.next_write);
        self.state.next_write = self.state.next_write.saturating_add(1);
        self.effects.push(Effect::Journal { write, record, flush });
        write
    }

    fn notify(&mut self, notice: Notice) {
        self.effects.push(Effect::Notify(notice));
    }

    fn remark(&mut self, words: impl Into<String>) {
        self.effects.push(Effect::Remark(words.into()));
    }

    fn remark_unknown(&mut self, what: &str, mutation_id: MutationId) {
        self.remark(format!("{what} of a mutation that is not pending here: {mutation_id}"));
    }
}
