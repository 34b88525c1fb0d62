//! The log writer: the one task of the process that writes.
//!
//! Steps 4 to 7 of an order's way. It takes what waits (never waits for more), *loads* all that the
//! batch touches, *plans* it, *applies* the plan in one transaction, and only then answers: group
//! commit. Work that is due is leased in the same transaction that made it due.
//!
//! Bounds: a queue that is full answers UNAVAILABLE at once; a batch is at most [`BATCH_MAX`] requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rand::Rng;
use shared::catalog::Catalog;
use shared::function::Function;
use shared::id::CustomerId;
use shared::policy::Policy;
use tokio::sync::{mpsc, watch};

use super::consumer::Consumer;
use super::log::StreamName;
use super::monitor::Monitor;
use super::plan::{Claim, DueDelivery, Loaded, Plan, World, plan};
use super::request::{Answer, Pause, Request, Standing};
use super::retry::{DeliveryTiming, slots};
use super::tail::Tail;
use crate::clock::Clock;
use crate::lab::FaultPoint;
use crate::store::StoreError;
use crate::store::sqlite::{Keys, SqliteStore, Waits};

pub(crate) mod queue;
#[cfg(test)]
mod tests;

use queue::{Queue, Waiting};

/// The most requests of one batch, half of it for customers at least: large enough to share the cost of
/// a commit, small enough that nobody waits long for their neighbours.
pub(crate) const BATCH_MAX: usize = 64;

/// When to look at due times again where the store could not say.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The numbers and the data that every plan looks at.
#[derive(Clone, Debug)]
pub(crate) struct House {
    /// What can be ordered.
    pub catalog: Arc<Catalog>,
    /// The numbers of the business.
    pub policy: Policy,
    /// The numbers of delivery.
    pub timing: DeliveryTiming,
    /// Who makes the attempts of this process, in words for an operator.
    pub worker: String,
}

impl House {
    /// What a plan made at this time looks at.
    pub(crate) fn world(
        &self,
        now: Timestamp,
        seed: u64,
        free_slots: BTreeMap<Function, usize>,
    ) -> World<'_> {
        let Self { catalog, policy, timing, worker } = self;
        World { now, seed, catalog, policy, timing, worker, free_slots }
    }
}

/// The writer and what it remembers between batches; all of it can be lost without harm.
#[derive(Debug)]
pub(crate) struct Writer {
    store: SqliteStore,
    house: House,
    tail: Arc<Tail>,
    monitor: Arc<Monitor>,
    claims: mpsc::Sender<Claim>,
    next_due: watch::Sender<Option<Timestamp>>,
    /// How many handlers of each function are at work; each ends with one completion.
    running: BTreeMap<Function, usize>,
    /// Functions with due work for which no slot was free; a completion makes us look again.
    crowded: BTreeSet<Function>,
    /// Which customer had the last turn, of functions for which they have to take turns.
    turns: BTreeMap<Function, CustomerId>,
    claiming: Claiming,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claiming {
    Go,
    /// Nothing is handed out, and no deadline strikes either.
    Held,
    Stopped,
}

/// Whether the writer may go on after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Verdict {
    /// It may.
    Continue,
    /// The outcome of a commit is unknown: the process has to end, and recovery decides.
    Stop,
}

impl Writer {
    /// A writer that hands claims to `claims` (which must hold as many as there are slots) and tells
    /// `next_due` when the next look at due work is due.
    pub(crate) fn new(
        store: SqliteStore,
        house: House,
        tail: Arc<Tail>,
        monitor: Arc<Monitor>,
        claims: mpsc::Sender<Claim>,
        next_due: watch::Sender<Option<Timestamp>>,
    ) -> Self {
        let running = Function::ALL.into_iter().map(|function| (function, 0)).collect();
        let (crowded, turns, claiming) = (BTreeSet::new(), BTreeMap::new(), Claiming::Go);
        Self { store, house, tail, monitor, claims, next_due, running, crowded, turns, claiming }
    }

    /// The same writer, which hands nothing out and ends no wait: what is undecided stays so.
    pub(crate) fn held(self) -> Self {
        Self { claiming: Claiming::Held, ..self }
    }

    /// Works until the queue is closed and empty, or the outcome of a commit is unknown. Blocks; it
    /// has a thread of its own.
    pub(crate) fn run(
        mut self,
        mut queue: Queue,
        clock: Clock,
        runtime: &tokio::runtime::Handle,
    ) -> Verdict {
        #[expect(clippy::disallowed_methods, reason = "the edge: plans get their seed from here")]
        let mut random = rand::rng();
        while let Some(batch) = runtime.block_on(queue.next_batch()) {
            if self.step(batch, clock.now(), random.next_u64()) == Verdict::Stop {
                return Verdict::Stop;
            }
        }
        let (rows, commits) = (self.store.rows_written(), self.store.commits());
        tracing::info!(rows, commits, "the log writer has written all that was asked");
        if let Err(error) = self.store.checkpoint() {
            tracing::warn!(%error, "the last checkpoint failed; the next start does it");
        }
        Verdict::Continue
    }

    /// One batch: load, plan, apply, answer.
    pub(crate) fn step(&mut self, batch: Vec<Waiting>, now: Timestamp, seed: u64) -> Verdict {
        let requests: Vec<Request> = batch.iter().map(|waiting| waiting.request.clone()).collect();
        if requests.contains(&Request::StopClaiming) {
            self.claiming = Claiming::Stopped;
        }
        match self.write(&requests, now, seed) {
            Ok(answers) => {
                for (waiting, answer) in batch.into_iter().zip(answers) {
                    tell_of_zombie(&waiting.request, &answer);
                    waiting.answer(Ok(answer));
                }
                FaultPoint::AfterAnswer.passed();
                self.forget_completed(&requests);
                self.set_timer(&requests, now);
                Verdict::Continue
            }
            Err(error @ StoreError::OutcomeUnknown(_)) => {
                tracing::error!(%error, "the writer stops");
                batch.into_iter().for_each(Waiting::unavailable);
                Verdict::Stop
            }
            Err(error) if batch.len() == 1 || error.concerns_everybody() => {
                let advice = error.advice();
                tracing::error!(%error, advice, "what was asked could not be written");
                self.forget_completed(&requests);
                // Whatever is due is still so, and a timer that has struck is spent.
                self.next_due.send_replace(now.saturating_add(LOOK_AGAIN).ok());
                batch.into_iter().for_each(Waiting::unavailable);
                Verdict::Continue
            }
            // One request may have spoilt the batch for all: each gets a transaction of its own, and a
            // seed of its own, because the seed makes the ids of its events.
            Err(_) => {
                (0..).zip(batch).fold(Verdict::Continue, |verdict, (number, waiting)| match verdict
                {
                    Verdict::Stop => {
                        waiting.unavailable();
                        Verdict::Stop
                    }
                    Verdict::Continue => self.step(vec![waiting], now, seed.wrapping_add(number)),
                })
            }
        }
    }

    fn write(
        &mut self,
        requests: &[Request],
        now: Timestamp,
        seed: u64,
    ) -> Result<Vec<Answer>, StoreError> {
        let free_slots = self.free_slots(requests);
        let keys = self.keys(requests, &free_slots, now);
        let mut loaded = self.store.load(&keys, now)?;
        let crowded = self.still_crowded(&keys, &loaded);
        let turns = std::mem::take(&mut loaded.turns);
        let plan = plan(requests, loaded, &self.house.world(now, seed, free_slots));
        self.store.apply(&plan.writes)?;
        self.crowded = crowded;
        self.turns.extend(turns);
        Ok(self.follow_up(plan))
    }

    /// What follows a commit: the tail sees the events, the dispatcher gets the claims.
    fn follow_up(&mut self, plan: Plan) -> Vec<Answer> {
        self.monitor.take_in(&plan.writes);
        for (consumer, pause) in &plan.writes.pauses {
            if let (Consumer::Function(function), Pause::Running) = (consumer, pause) {
                // What has waited for it is looked at next.
                self.crowded.insert(*function);
            }
        }
        if plan.writes.standing == Some(Standing::Free) && self.claiming == Claiming::Held {
            self.claiming = Claiming::Go;
        }
        self.crowded.extend(plan.crowded);
        // Before the tail, which writes a line of the server's log for each event: handlers begin
        // meanwhile.
        for claim in plan.claims {
            let function = claim.delivery.key.function;
            match self.claims.try_send(claim) {
                Ok(()) => *self.running.entry(function).or_default() += 1,
                Err(error) => {
                    tracing::error!(%error, "a claim found no dispatcher; its lease will end");
                }
            }
        }
        self.tail.append(plan.writes.events);
        plan.answers
    }

    /// Tells the dispatcher when to have us look at due work; after each look, because its timer has
    /// struck, and whenever that time has changed.
    fn set_timer(&self, requests: &[Request], now: Timestamp) {
        let next_look = self.next_look(now);
        let looked = requests.contains(&Request::LookAtDue);
        self.next_due.send_if_modified(|known| {
            let changed = *known != next_look;
            *known = next_look;
            changed || looked
        });
    }

    fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        let paused = |function: &Function| self.monitor.is_paused(Consumer::Function(*function));
        let idle = |function: &Function| {
            !paused(function) && self.running.get(function).is_none_or(|it| *it == 0)
        };
        if self.claiming != Claiming::Go {
            None
        } else if self.crowded.iter().any(idle) {
            // Nobody will free a slot of theirs, so nobody else makes us look.
            Some(now)
        } else {
            let waiting = self.crowded.iter().copied();
            let paused = Function::ALL.into_iter().filter(paused);
            self.store.next_due(&waiting.chain(paused).collect()).unwrap_or_else(|error| {
                tracing::error!(%error, "due times could not be read");
                now.saturating_add(LOOK_AGAIN).ok()
            })
        }
    }

    /// Slots that are free, or will be once the completions of this batch are in.
    fn free_slots(&self, requests: &[Request]) -> BTreeMap<Function, usize> {
        if self.claiming != Claiming::Go {
            return BTreeMap::new();
        }
        let free = |function: Function| {
            if self.monitor.is_paused(Consumer::Function(function)) {
                return 0;
            }
            let running = self.running.get(&function).copied().unwrap_or_default();
            slots(function).saturating_sub(running) + completed(requests, function)
        };
        Function::ALL.into_iter().map(|function| (function, free(function))).collect()
    }

    fn forget_completed(&mut self, requests: &[Request]) {
        for (function, running) in &mut self.running {
            *running = running.saturating_sub(completed(requests, *function));
        }
    }

    fn keys(
        &self,
        requests: &[Request],
        free_slots: &BTreeMap<Function, usize>,
        now: Timestamp,
    ) -> Keys {
        let mut keys = Keys::default();
        for request in requests {
            match request {
                Request::ForgetOld => {
                    keys.old_before = now.checked_sub(self.house.timing.kept_for).ok();
                }
                Request::SignIn(_) | Request::Vanished(_) | Request::StopClaiming => {}
                Request::Advance(advance) => {
                    keys.followers.insert(advance.follower);
                    let orders = advance.notices.iter().map(|notice| notice.order_id);
                    keys.streams.extend(orders.map(StreamName::Order));
                }
                Request::Redeliver(key) => {
                    keys.deliveries.insert(*key);
                    keys.events.insert(key.position);
                }
                Request::RevokeTokens(customer) => {
                    keys.streams.insert(StreamName::Customer(*customer));
                }
                Request::Record(_) | Request::SetPaused(..) => {
                    keys.streams.insert(StreamName::System);
                }
                Request::Mutate(mutation) => {
                    keys.receipts.insert((mutation.customer_id, mutation.mutation_id));
                    keys.streams.insert(StreamName::Order(mutation.order_id));
                    let claims = mutation.portions_from(&self.house.catalog);
                    keys.streams.extend(claims.map(StreamName::Restaurant));
                }
                Request::Complete(completion) | Request::CompleteAgain(completion) => {
                    keys.deliveries.insert(completion.delivery);
                    keys.streams.insert(StreamName::Order(completion.order_id));
                }
                Request::LookAtDue if self.claiming == Claiming::Held => {}
                Request::LookAtDue => {
                    keys.waits = Waits::End;
                    let limited =
                        self.house.catalog.restaurants.iter().filter(|it| it.has_limits());
                    keys.scheduled = limited.map(|it| StreamName::Restaurant(it.id)).collect();
                }
            }
        }
        let looks =
            |function: &Function| keys.waits == Waits::End || self.crowded.contains(function);
        let free = free_slots.iter().filter(|(function, free)| **free > 0 && looks(function));
        keys.slots = free.map(|(function, free)| (*function, *free)).collect();
        keys.turns.clone_from(&self.turns);
        keys
    }

    /// The functions that may have more due work than was looked at.
    fn still_crowded(&self, keys: &Keys, loaded: &Loaded) -> BTreeSet<Function> {
        let crowded = |function: &Function| match keys.slots.get(function) {
            Some(slots) => {
                let of_function = |due: &&DueDelivery| due.delivery.key.function == *function;
                loaded.due.iter().filter(of_function).count() >= *slots
            }
            // Not looked at: what was known still holds. Where all were to be looked at, this one has
            // no free slot; one that frees up will make us look, so that no timer has to.
            None => self.crowded.contains(function) || keys.waits == Waits::End,
        };
        Function::ALL.into_iter().filter(crowded).collect()
    }
}

/// A zombie is nothing bad, but a person should see that it was one.
fn tell_of_zombie(request: &Request, answer: &Answer) {
    if let (Request::Complete(late) | Request::CompleteAgain(late), Answer::Zombie) =
        (request, answer)
    {
        let (function, token) = (late.delivery.function, late.token.0);
        tracing::info!(%function, order = %late.order_id, token, "refused a zombie: its lease is over");
    }
}

/// How many slots of a function these requests free.
fn completed(requests: &[Request], function: Function) -> usize {
    let is_one = |request: &&Request| match request {
        Request::Complete(completion) => completion.delivery.function == function,
        Request::Vanished(vanished) => *vanished == function,
        Request::SignIn(_)
        | Request::CompleteAgain(_)
        | Request::Record(_)
        | Request::Mutate(_)
        | Request::Redeliver(_)
        | Request::SetPaused(..)
        | Request::RevokeTokens(_)
        | Request::ForgetOld
        | Request::Advance(_)
        | Request::LookAtDue
        | Request::StopClaiming => false,
    };
    requests.iter().filter(is_one).count()
}
