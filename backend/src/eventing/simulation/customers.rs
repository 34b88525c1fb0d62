//! The customers: what they ask, what they hear, and that they repeat themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, RngExt};
use shared::cursor::Position;
use shared::id::{CustomerId, MutationId};
use shared::money::Cents;
use shared::order::command::{Command, OrderDraft};
use shared::order::tip::Tip;

use super::seen::{Happening, Seen};
use crate::eventing::fixture::{CUSTOMER, STRANGER, mutate, order_id, portions};
use crate::eventing::log::InputHash;
use crate::eventing::request::{Answer, Receipt, RefusalReceipt, Replay, Request};

/// How many orders a town places at most.
const ORDERS: u128 = 6;
/// How long after the beginning an order for later may be for.
pub(super) const AHEAD: Duration = Duration::from_mins(10);

/// What a customer was told, for good: where the outcome stands, and why not, where it was refused.
pub(super) type Told = (Position, Option<RefusalReceipt>);

/// A mutation, and what its customer knows of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) told: Option<Told>,
    /// How often it was sent in vain.
    unheard: usize,
}

/// All customers of a town.
pub(super) struct Customers {
    pub(super) asked: BTreeMap<MutationId, Asked>,
    pub(super) orders: u128,
    mutations: u128,
    /// When their town opened.
    opening: Timestamp,
}

fn owner(order: u128) -> CustomerId {
    if order.is_multiple_of(2) { CUSTOMER } else { STRANGER }
}

impl Customers {
    /// Nobody has asked for anything yet.
    pub(super) fn since(opening: Timestamp) -> Self {
        Self { asked: BTreeMap::new(), orders: 0, mutations: 0, opening }
    }

    /// What somebody asks now: something new, or the same as before.
    pub(super) fn ask(
        &mut self,
        now: Timestamp,
        random: &mut StdRng,
        seen: &mut Seen,
    ) -> Option<Request> {
        // Now and then of an order that there is not yet, or that is somebody else's.
        let order = random.random_range(1..=ORDERS);
        let customer_id = if random.random_bool(0.95) { owner(order) } else { CUSTOMER };
        let (order, customer_id, command, input) = match random.random_range(0..16) {
            0..6 if self.orders < ORDERS => {
                self.orders += 1;
                let customer_id = owner(self.orders);
                let draft = self.any_draft(now, random);
                let input = serde_json::to_string(&draft).unwrap();
                let order = draft.try_into().unwrap();
                (self.orders, customer_id, Command::Place { customer_id, order }, input)
            }
            6 => {
                let command = Command::RequestCancellation { customer_id };
                (order, customer_id, command, "cancel".to_owned())
            }
            7..9 => {
                // None, one that the bank takes, one that it declines.
                let cents = *[0, 1_00, 2_13].choose(random).unwrap();
                let tip = Tip::saturating(Cents::saturating(cents));
                (order, customer_id, Command::SetTip { customer_id, tip }, format!("tip {cents}"))
            }
            9..12 => {
                let stars = random.random_range(1..=5);
                let rating = stars.try_into().unwrap();
                (order, customer_id, Command::Rate { customer_id, rating }, format!("rate {stars}"))
            }
            12 => return self.ask_otherwise(random, seen),
            _ => return self.asked.values().choose(random).map(|asked| asked.request.clone()),
        };
        self.mutations += 1;
        let input = format!("{order} {input}");
        let request = mutate(customer_id, order_id(order), self.mutations, &input, command);
        if let Request::Mutate(mutation) = &request {
            let asked = Asked { request: request.clone(), told: None, unheard: 0 };
            self.asked.insert(mutation.mutation_id, asked);
        }
        Some(request)
    }

    /// A client in error: a mutation id that has been answered, with another input.
    fn ask_otherwise(&self, random: &mut impl Rng, seen: &mut Seen) -> Option<Request> {
        let answered = self.asked.values().filter(|asked| asked.told.is_some());
        let mut request = answered.choose(random)?.request.clone();
        if let Request::Mutate(mutation) = &mut request {
            mutation.input_hash = InputHash("something else".to_owned());
            seen.note(Happening::MutationIdGivenTwice);
        }
        Some(request)
    }

    /// The answers got lost, whatever they were.
    pub(super) fn hear_nothing(&mut self, batch: &[Request]) {
        for request in batch {
            if let Request::Mutate(mutation) = request
                && let Some(asked) = self.asked.get_mut(&mutation.mutation_id)
            {
                asked.unheard += 1;
            }
        }
    }

    /// Promise 2: an answer that was given once is given for ever.
    pub(super) fn hears(&mut self, request: &Request, answer: &Answer, seen: &mut Seen) {
        let Request::Mutate(mutation) = request else { return };
        let asked = self.asked.get_mut(&mutation.mutation_id).expect("only what was asked");
        if asked.request != *request {
            assert_eq!(*answer, Answer::IdempotencyConflict, "2: an id stands for one input");
            return;
        }
        let Answer::Receipt(receipt) = answer else { panic!("2: no receipt, but {answer:?}") };
        let Receipt { position, refusal, replay, .. } = &**receipt;
        let told = (*position, refusal.clone());
        seen.note_if(refusal.as_ref().map(|_| Happening::MutationRefused));
        if let Some(first) = &asked.told {
            assert_eq!(*first, told, "2: the same answer as the first time");
            assert_eq!(*replay, Replay::Replayed, "2: it was not carried out again");
            seen.note(Happening::MutationRepeated);
            return;
        }
        let unheard = asked.unheard > 0;
        seen.note_if(match replay {
            Replay::Replayed => Some(Happening::UnheardMutationHadBeenWritten),
            Replay::First if unheard => Some(Happening::UnheardMutationHadNotBeenWritten),
            Replay::First => None,
        });
        asked.told = Some(told);
    }

    /// What the newest order is of.
    fn any_draft(&self, now: Timestamp, random: &mut impl Rng) -> OrderDraft {
        // Mostly what comes home; else a declined card, a closed kitchen, one that is asked too much. And
        // dishes of which there are only five, by clocks that are right, or late, or wrong.
        let (number, restaurant, dish) = *[
            (2, 0, 0),
            (1, 4, 1),
            (3, 5, 2),
            (2, 0, 4),
            (1, 2, 0),
            (1, 3, 0),
            (4, 1, 5),
            (2, 4, 1),
            (3, 4, 1),
            (4, 4, 1),
        ]
        .choose(random)
        .unwrap();
        let late = Duration::from_millis(*[0, 700, 2_900, 60_000].choose(random).unwrap());
        let placed_at = now.checked_sub(late).ok();
        let seconds = random.random_range(0..AHEAD.as_secs());
        let later = self.opening.checked_add(Duration::from_secs(seconds)).unwrap();
        let scheduled_for = random.random_bool(0.3).then_some(later);
        OrderDraft { placed_at, scheduled_for, ..portions(number, restaurant, dish, self.orders) }
    }
}
