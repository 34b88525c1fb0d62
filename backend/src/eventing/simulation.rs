//! A town in fast motion: many orders, a clock that jumps, functions that are slow, lost or heard
//! twice, a bank in trouble, a process that dies. Then all trouble ends, and everything has to come to
//! a good end.
//!
//! Its number is the seed of all of it, so that a run that fails can be run again. The plan, the
//! decider, the functions and the bank are the real ones; only the store (a log in memory) and time are
//! not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use shared::function::Function;
use shared::order::command::OrderDraft;
use shared::order::event::OrderEvent;
use shared::order::status::OrderStatus;

use super::delivery::{DeliveryStatus, Outcome};
use super::fixture::crew::Crew;
use super::fixture::{Room, cancel, completed, order_id, place_draft, portions, rate, set_tip};
use super::log::{Body, Source};
use super::plan::{Claim, Committed, Plan};
use super::request::{Answer, Replay, Request};
use super::retry::slots;

/// How many towns are simulated; each takes some milliseconds.
const TOWNS: u64 = 60;
/// How many orders a town places at most.
const ORDERS: u128 = 12;
/// How many things happen in a town before the trouble ends.
const STEPS: usize = 400;
/// How far the clock jumps in all: far enough for every deadline.
const JUMPS_MAX: Duration = Duration::from_hours(20);

/// What happened, so that we know that the trouble was real.
#[derive(Debug, Default)]
struct Seen {
    replays: usize,
    zombies: usize,
    refusals: usize,
    crashes: usize,
    lost: usize,
    redeliveries: usize,
    not_yet: usize,
    dead_letters: usize,
    deadlines: usize,
    tips_set: usize,
    ratings: usize,
    tips_taken_and_waived: usize,
    ends: BTreeMap<OrderStatus, usize>,
}

impl Seen {
    /// What a log tells.
    fn read(&mut self, log: &[Committed]) {
        let mut waived = BTreeSet::new();
        for event in log.iter().map(|committed| &committed.event) {
            self.deadlines += usize::from(event.source == Source::Deadline);
            let Body::Order(data) = &event.body else { continue };
            if let OrderEvent::DeliveryDied { .. } = data {
                self.dead_letters += 1;
            } else if let OrderEvent::TipSet { .. } = data {
                self.tips_set += 1;
            } else if let OrderEvent::OrderRated { .. } = data {
                self.ratings += 1;
            } else if let OrderEvent::TipWaived { .. } = data {
                waived.insert(event.stream);
            } else if let OrderEvent::TipCaptured { .. } = data {
                self.tips_taken_and_waived += usize::from(waived.contains(&event.stream));
            }
        }
    }
}

struct Town<'a> {
    room: Room,
    crew: Crew,
    random: StdRng,
    /// Handed out and not handled.
    open: Vec<Claim>,
    /// Handled, and not heard of.
    unheard: Vec<(Claim, Outcome)>,
    /// What customers have asked; they repeat themselves.
    asked: Vec<Request>,
    orders: u128,
    jumped: Duration,
    seen: &'a mut Seen,
}

impl<'a> Town<'a> {
    fn new(number: u64, seen: &'a mut Seen) -> Self {
        let mut random = StdRng::seed_from_u64(number);
        let mut room = Room::new(if random.random_bool(0.5) { 0.0 } else { 1.0 });
        // A day each in the real house: too long for a bank in trouble to fail it now and then.
        room.house.policy.deadlines.payment = Duration::from_mins(10);
        room.house.policy.deadlines.tip = Duration::from_mins(10);
        room.house.timing.not_yet = Duration::from_secs(5);
        let crew = Crew::of(&room);
        let (open, unheard, asked) = (Vec::new(), Vec::new(), Vec::new());
        let (orders, jumped) = (0, Duration::ZERO);
        Self { room, crew, random, open, unheard, asked, orders, jumped, seen }
    }

    fn live(&mut self) {
        for _ in 0..STEPS {
            match self.random.random_range(0..100) {
                0..15 => self.customer_asks(),
                15..55 => self.function_runs(),
                55..85 => self.completions_arrive(),
                85..95 => self.time_passes(),
                95..99 => self.look(),
                _ => self.process_dies(),
            }
        }
    }

    fn customer_asks(&mut self) {
        let mutation = u128::try_from(self.asked.len()).unwrap() + 1000;
        // Now and then of an order that there is not yet.
        let any_order = self.random.random_range(1..=ORDERS);
        let request = match self.random.random_range(0..14) {
            0..6 if self.orders < ORDERS => {
                self.orders += 1;
                place_draft(self.any_draft(), mutation)
            }
            6..8 => cancel(any_order, mutation),
            8..10 => set_tip(any_order, self.any_tip(), mutation),
            10..12 => rate(any_order, self.random.random_range(1..=5), mutation),
            _ => match self.asked.choose(&mut self.random) {
                Some(again) => again.clone(),
                None => return,
            },
        };
        self.asked.push(request.clone());
        self.write(&[request]);
    }

    fn any_draft(&mut self) -> OrderDraft {
        // Mostly what comes home; else a declined card, a closed kitchen, one that is asked too much.
        let (number, restaurant, dish) =
            *[(2, 0, 0), (1, 4, 1), (3, 5, 2), (2, 0, 4), (1, 2, 0), (1, 3, 0), (4, 1, 5)]
                .choose(&mut self.random)
                .unwrap();
        portions(number, restaurant, dish, self.orders)
    }

    /// None, one that the bank takes, one that it declines.
    fn any_tip(&mut self) -> u32 {
        *[0, 1_00, 2_13].choose(&mut self.random).unwrap()
    }

    /// A function is called; or its process is in trouble before, or after.
    fn function_runs(&mut self) {
        if self.open.is_empty() {
            return self.look();
        }
        let claim = self.open.swap_remove(self.random.random_range(0..self.open.len()));
        let trouble = || Outcome::Retry { after: None, why: "trouble".to_owned() };
        let outcome = match self.random.random_range(0..100) {
            0..12 => trouble(),
            12..20 => {
                self.crew.handle(&claim);
                trouble()
            }
            20..28 => {
                self.crew.handle(&claim);
                self.seen.lost += 1;
                // The worst moment: the process dies with the bank's answer in its hands, and nobody
                // runs until the tip has been waived.
                if claim.delivery.key.function == Function::SettleTip {
                    self.room.pass(self.room.house.policy.deadlines.tip);
                    self.process_dies();
                }
                return;
            }
            _ => self.crew.handle(&claim),
        };
        self.seen.not_yet += usize::from(matches!(outcome, Outcome::NotYet { .. }));
        self.unheard.push((claim, outcome));
    }

    /// Some completions arrive, in any order; some of them will arrive again.
    fn completions_arrive(&mut self) {
        let mut batch = Vec::new();
        for _ in 0..self.random.random_range(1..5) {
            if self.unheard.is_empty() {
                break;
            }
            let index = self.random.random_range(0..self.unheard.len());
            let (claim, outcome) = self.unheard[index].clone();
            if self.random.random_bool(0.8) {
                self.unheard.swap_remove(index);
            }
            batch.push(completed(&claim, outcome));
        }
        self.write(&batch);
    }

    fn time_passes(&mut self) {
        let due = self.room.next_due().unwrap_or(self.room.now);
        if self.random.random_bool(0.95) {
            self.room.now = self.room.now.max(due);
        } else if self.jumped < JUMPS_MAX {
            let jump = Duration::from_mins(self.random.random_range(1..120));
            self.jumped += jump;
            self.room.pass(jump);
        }
        self.look();
    }

    fn look(&mut self) {
        self.write(&[Request::LookAtDue]);
    }

    /// Whatever ran is gone. What it had sent may still be on its way.
    fn process_dies(&mut self) {
        self.seen.crashes += 1;
        self.open.clear();
        self.unheard.truncate(2);
        for delivery in self.room.log.deliveries.values_mut() {
            if delivery.status == DeliveryStatus::Leased {
                delivery.due_at = self.room.now;
            }
        }
        self.look();
    }

    fn write(&mut self, batch: &[Request]) {
        let running = |function: Function| {
            let of = |claim: &Claim| usize::from(claim.delivery.key.function == function);
            let handled = self.unheard.iter().map(|(claim, _)| of(claim));
            self.open.iter().map(of).chain(handled).sum::<usize>()
        };
        let free = |function: Function| slots(function).saturating_sub(running(function));
        self.room.free_slots = Function::ALL.into_iter().map(|it| (it, free(it))).collect();
        let Plan { answers, claims, .. } = self.room.write(batch);
        self.open.extend(claims);
        for answer in answers {
            match answer {
                Answer::Done | Answer::Delivery(_) | Answer::DeliveryRunning | Answer::Unknown => {}
                Answer::Receipt(receipt) => {
                    self.seen.replays += usize::from(receipt.replay == Replay::Replayed);
                    self.seen.refusals += usize::from(receipt.refusal.is_some());
                }
                Answer::IdempotencyConflict => panic!("nobody gives an id twice"),
                Answer::Zombie => self.seen.zombies += 1,
            }
        }
    }

    /// The trouble is over: everything comes to its end, and log and books tell the same.
    fn come_to_a_good_end(mut self) {
        let open = std::mem::take(&mut self.open);
        self.room.free_slots = Function::ALL.into_iter().map(|it| (it, slots(it))).collect();
        self.crew.finish(&mut self.room, open);
        for number in 1..=self.orders {
            let order = self.room.log.order(order_id(number)).expect("what was placed is there");
            assert!(order.status.is_final(), "{order:?}");
            assert_eq!(order.waiting_for(), None, "{order:?}");
            self.crew.check_books(&self.room, order);
            *self.seen.ends.entry(order.status).or_default() += 1;
        }
        for delivery in self.room.log.deliveries.values() {
            assert!(matches!(delivery.status, DeliveryStatus::Done | DeliveryStatus::Dead));
            self.seen.redeliveries += usize::from(delivery.token.0 > 1);
        }
        self.seen.read(&self.room.log.events);
        // Every answer that was ever given is given again.
        let events = self.room.log.events.len();
        let plan = self.room.write(&self.asked);
        assert!(plan.writes.is_empty() && self.room.log.events.len() == events);
    }
}

#[test]
fn whatever_happens_every_order_ends_and_its_money_is_where_it_belongs() {
    let mut seen = Seen::default();
    for number in 0..TOWNS {
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut town = Town::new(number, &mut seen);
            town.live();
            town.come_to_a_good_end();
        }));
        assert!(told.is_ok(), "the town number {number} came to a bad end");
    }
    // A calm town proves nothing.
    let Seen { replays, zombies, refusals, crashes, lost, redeliveries, not_yet, .. } = seen;
    let happened = [replays, zombies, refusals, crashes, lost, redeliveries, not_yet];
    assert!(happened.into_iter().all(|times| times > 10), "{seen:?}");
    assert!(seen.tips_set > 10 && seen.ratings > 0, "{seen:?}");
    assert!(seen.tips_taken_and_waived > 0, "{seen:?}");
    assert!(seen.dead_letters > 0 && seen.deadlines > 0, "{seen:?}");
    assert_eq!(seen.ends.len(), 4, "{seen:?}");
    assert!(seen.ends[&OrderStatus::Delivered] > 50, "{seen:?}");
}
