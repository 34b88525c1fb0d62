//! A town: a log, the functions, a process that runs them, and what happens to all of that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{RngExt, SeedableRng};
use shared::function::Function;
use shared::id::{EventId, LogId};
use uuid::Uuid;

use super::customers::Customers;
use super::night;
use super::seen::{Happening, Seen};
use super::subscriber::Subscriber;
use super::trouble::{CallFate, Inclination};
use crate::eventing::consumer::Consumer;
use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus, Outcome, Token};
use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{CUSTOMER, Room, STRANGER, completed};
use crate::eventing::log::Scope;
use crate::eventing::plan::Claim;
use crate::eventing::request::{Pause, Request};
use crate::eventing::schedule::Schedule;
use crate::eventing::tail::Tail;

mod commit;
mod ending;

/// How far the clock jumps in all: far enough for every deadline.
const JUMPS_MAX: Duration = Duration::from_hours(20);
/// How many claims, and how many completions, of processes that were stopped may still come to life.
const STRAYS: usize = 4;
/// A ring so short that subscribers fall behind it.
const RING: usize = 8;
/// A week in the real house: too long for anybody here to see what is old go.
const KEPT_FOR: Duration = Duration::from_mins(2);
/// A day in the real house: too long for a bank in trouble to fail it now and then.
pub(super) const MONEY_DEADLINE: Duration = Duration::from_mins(10);

pub(super) struct Town {
    pub(super) room: Room,
    pub(super) crew: Crew,
    pub(super) customers: Customers,
    pub(super) subscribers: Vec<Subscriber>,
    random: StdRng,
    inclination: Inclination,
    /// Handed out to the living process, and not called.
    claims: Vec<Claim>,
    /// Called, and not heard of by the writer.
    ended: Vec<(Claim, Outcome)>,
    /// The same, of processes that were stopped and are thought to be dead.
    stopped_claims: Vec<Claim>,
    stopped_ended: Vec<(Claim, Outcome)>,
    down: BTreeSet<Function>,
    /// What is wrong with each event that was handed out, where something is.
    poison: BTreeMap<EventId, Option<CallFate>>,
    tail: Tail,
    tokens: BTreeMap<DeliveryKey, Token>,
    accepted: BTreeSet<(DeliveryKey, Token)>,
    jumped: Duration,
    seen: Seen,
}

impl Town {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut room = Room::new(if random.random_bool(0.5) { 0.0 } else { 1.0 });
        let opening = night::opening(&mut random);
        room.now = opening;
        room.log.schedules = Schedule::ALL.map(|it| (it, it.next_after(opening).unwrap())).into();
        room.house.policy.deadlines.payment = MONEY_DEADLINE;
        room.house.policy.deadlines.tip = MONEY_DEADLINE;
        room.house.timing.not_yet = Duration::from_secs(5);
        room.house.timing.kept_for = KEPT_FOR;
        let scopes = [Scope::WholeLog, Scope::Customer(CUSTOMER), Scope::Customer(STRANGER)];
        Self {
            crew: Crew::of(&room),
            tail: Tail::with_ring(room.log.head.position, RING),
            room,
            customers: Customers::since(opening),
            subscribers: scopes.map(Subscriber::of).into(),
            inclination: Inclination::draw(&mut random),
            random,
            claims: Vec::new(),
            ended: Vec::new(),
            stopped_claims: Vec::new(),
            stopped_ended: Vec::new(),
            down: BTreeSet::new(),
            poison: BTreeMap::new(),
            tokens: BTreeMap::new(),
            accepted: BTreeSet::new(),
            jumped: Duration::ZERO,
            seen: Seen::default(),
        }
    }

    pub(super) fn live(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.random.random_range(0..100) {
                0..16 => self.customer_asks(),
                16..50 => self.function_is_called(),
                50..72 => self.completions_arrive(),
                72..84 => self.time_passes(),
                84..89 => self.write(&[Request::LookAtDue]),
                89..93 => self.somebody_reads(),
                93..96 => self.operator_acts(),
                96..98 => self.function_goes_down_or_up(),
                _ if self.random.random_bool(self.inclination.death) => self.process_dies(),
                _ => self.completions_arrive(),
            }
        }
    }

    /// Something has happened that only the log tells.
    pub(super) fn note(&mut self, happening: Happening) {
        self.seen.note(happening);
    }

    /// What has happened here.
    pub(super) fn seen(mut self) -> Seen {
        self.seen.read(&self.room.log.events);
        for stream in self.room.log.streams.values() {
            if let Some(order) = stream.state.order() {
                self.seen.end_of(order.status);
            }
        }
        for event in self.room.log.events.iter().map(|it| &it.event) {
            let poisonous = self.poison.get(&event.id).is_some_and(Option::is_some);
            let died = |it: &Delivery| {
                it.key.position == event.position && it.status == DeliveryStatus::Dead
            };
            let died = poisonous && self.room.log.deliveries.values().any(died);
            self.seen.note_if(died.then_some(Happening::DeadLetterOfPoison));
        }
        self.seen
    }

    fn customer_asks(&mut self) {
        let now = self.room.now;
        let asked = self.customers.ask(now, &mut self.random, &mut self.seen);
        let twice = usize::from(self.random.random_bool(self.inclination.repeat));
        let batch: Vec<Request> =
            asked.into_iter().flat_map(|it| std::iter::repeat_n(it, 1 + twice)).collect();
        self.write(&batch);
    }

    /// A function is called, by the living process or by one that was stopped.
    fn function_is_called(&mut self) {
        let is_stray = !self.stopped_claims.is_empty() && self.random.random_bool(0.2);
        let claims = if is_stray { &mut self.stopped_claims } else { &mut self.claims };
        if claims.is_empty() {
            return self.write(&[Request::LookAtDue]);
        }
        let claim = claims.swap_remove(self.random.random_range(0..claims.len()));
        let Some(outcome) = self.call(&claim) else { return };
        if is_stray {
            self.seen.note(Happening::ProcessStoppedAndWokeUp);
            self.stopped_ended.push((claim, outcome));
        } else {
            self.ended.push((claim, outcome));
        }
    }

    /// How the call ended, where anybody hears of it.
    fn call(&mut self, claim: &Claim) -> Option<Outcome> {
        let function = claim.delivery.key.function;
        let (inclination, random) = (self.inclination, &mut self.random);
        let poison =
            self.poison.entry(claim.event.id).or_insert_with(|| inclination.poison(random));
        let fate = poison.unwrap_or_else(|| inclination.call(random));
        if self.down.contains(&function) {
            self.seen.note(Happening::FunctionDown);
            return Some(retry(None));
        }
        self.seen.note_if(fate.happening());
        match fate {
            CallFate::Ends => Some(self.handle(claim)),
            CallFate::FailsBefore | CallFate::Panics => Some(retry(None)),
            CallFate::FailsAfter => {
                self.handle(claim);
                Some(retry(None))
            }
            CallFate::VanishesBefore => None,
            CallFate::VanishesAfter => {
                self.handle(claim);
                // The worst moment: nobody is there until the tip has been waived.
                if function == Function::SettleTip && self.random.random_bool(0.5) {
                    self.room.pass(MONEY_DEADLINE);
                    self.process_dies();
                }
                None
            }
            CallFate::AsksForTime(seconds) => Some(retry(Some(Duration::from_secs(seconds)))),
            CallFate::GivesUp => Some(Outcome::GiveUp { why: "never".to_owned() }),
            CallFate::KillsItsProcess => {
                self.handle(claim);
                self.process_dies();
                None
            }
        }
    }

    fn handle(&mut self, claim: &Claim) -> Outcome {
        let outcome = self.crew.handle(claim);
        self.seen.note_if(matches!(outcome, Outcome::NotYet { .. }).then_some(Happening::NotYet));
        self.seen.note_if(matches!(outcome, Outcome::Late { .. }).then_some(Happening::Late));
        outcome
    }

    /// Some completions arrive, in any sequence; some of them will arrive again.
    fn completions_arrive(&mut self) {
        let mut batch = Vec::new();
        for _ in 0..self.random.random_range(1..5) {
            let is_stray = !self.stopped_ended.is_empty() && self.random.random_bool(0.2);
            let ended = if is_stray { &mut self.stopped_ended } else { &mut self.ended };
            if ended.is_empty() {
                break;
            }
            let index = self.random.random_range(0..ended.len());
            let (claim, outcome) = ended.swap_remove(index);
            batch.push(completed(&claim, outcome.clone()));
            if self.stopped_ended.len() < STRAYS && self.random.random_bool(self.inclination.repeat)
            {
                self.seen.note(Happening::CompletionHeardTwice);
                self.stopped_ended.push((claim, outcome));
            }
        }
        self.write(&batch);
    }

    fn time_passes(&mut self) {
        // Mostly, what is under way comes to its end before anything else is due.
        if !(self.claims.is_empty() && self.ended.is_empty()) && self.random.random_bool(0.85) {
            return self.function_is_called();
        }
        let due = self.room.next_due().unwrap_or(self.room.now);
        match self.random.random_range(0..50) {
            0..40 => self.room.now = self.room.now.max(due),
            40..49 => self.room.pass(Duration::from_secs(self.random.random_range(1..40))),
            _ if self.jumped < JUMPS_MAX => {
                let jump = Duration::from_mins(self.random.random_range(1..120));
                self.seen.note(Happening::Suspended);
                self.jumped += jump;
                self.room.pass(jump);
            }
            _ => {}
        }
        self.write(&[Request::LookAtDue]);
    }

    fn somebody_reads(&mut self) {
        let index = self.random.random_range(0..self.subscribers.len());
        self.subscribers[index].read(&self.tail, &self.room.log, &mut self.seen);
    }

    /// Has something tried again, or pauses a function, or has it go on; or what is old goes.
    fn operator_acts(&mut self) {
        if self.random.random_bool(0.3) {
            let paused = self.room.log.pauses.iter().find(|(_, pause)| **pause == Pause::Paused);
            let request = if let Some((consumer, _)) = paused {
                Request::SetPaused(*consumer, Pause::Running)
            } else {
                self.seen.note(Happening::FunctionPaused);
                let function = Function::ALL.into_iter().choose(&mut self.random).unwrap();
                Request::SetPaused(Consumer::Function(function), Pause::Paused)
            };
            return self.write(&[request, Request::LookAtDue]);
        }
        if self.random.random_bool(0.2) {
            return self.write(&[Request::ForgetOld]);
        }
        let deliveries = self.room.log.deliveries.values();
        let Some(delivery) = deliveries.choose(&mut self.random) else { return };
        self.seen.note_if(match delivery.status {
            DeliveryStatus::Done => Some(Happening::DoneRedelivered),
            DeliveryStatus::Dead => Some(Happening::DeadRedelivered),
            DeliveryStatus::Leased => Some(Happening::RunningNotRedelivered),
            DeliveryStatus::Pending => None,
        });
        self.write(&[Request::Redeliver(delivery.key), Request::LookAtDue]);
    }

    fn function_goes_down_or_up(&mut self) {
        if self.down.pop_first().is_none() {
            self.down.extend(Function::ALL.into_iter().choose(&mut self.random));
        }
    }

    /// Whatever ran is gone, or only stopped: what that sent, or will send, may still arrive.
    fn process_dies(&mut self) {
        self.seen.note(Happening::ProcessDied);
        if self.random.random_bool(0.5) {
            self.stopped_claims.append(&mut self.claims);
            self.stopped_ended.append(&mut self.ended);
            self.stopped_claims.truncate(STRAYS);
            self.stopped_ended.truncate(STRAYS);
        }
        self.claims.clear();
        self.ended.clear();
        // The next process. Somebody may have put the clock back meanwhile; it never goes back behind
        // the log.
        if self.random.random_bool(0.2) {
            self.seen.note(Happening::ClockPutBack);
            let back = Duration::from_mins(self.random.random_range(1..60));
            self.room.now = self.room.now.checked_sub(back).unwrap();
        }
        self.room.now = self.room.now.max(self.room.log.head.recorded_at);
        if self.random.random_bool(0.1) {
            self.is_restored();
        }
        self.room.log.recover(self.room.now);
        self.tail = Tail::with_ring(self.room.log.head.position, RING);
        self.seen.note(Happening::SubscriberResumed);
    }

    /// The next process serves a backup that was made this very moment: another log. Nobody who worked
    /// for the former one reaches it, and subscribers begin anew.
    fn is_restored(&mut self) {
        self.seen.note(Happening::Restored);
        self.room.log.head.log_id = LogId::new(Uuid::from_u128(self.random.random()));
        self.stopped_claims.clear();
        self.stopped_ended.clear();
        for subscriber in &mut self.subscribers {
            *subscriber = Subscriber::of(subscriber.scope);
        }
    }
}

fn retry(after: Option<Duration>) -> Outcome {
    Outcome::Retry { after, why: "trouble".to_owned() }
}
