//! A small world for tests: fixed names and times, and a log in memory over the real plan.
//!
//! The log checks, with everything that is written to it, what must hold of every log; so each test
//! that writes proves these promises along the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use shared::catalog::house::of_the_house;
use shared::cursor::{Position, Version};
use shared::function::Function;
use shared::id::{CustomerId, EventId, LogId, MutationId, OrderId};
use shared::money::Cents;
use shared::order::Order;
use shared::order::command::{Command, LineRequest, OrderDraft, Quantity};
use shared::order::event::OrderEvent;
use shared::order::tip::Tip;
use shared::policy::Policy;
use uuid::Uuid;

pub(crate) mod crew;
pub(crate) mod engine;
pub(crate) mod history;
pub(crate) mod memory;
pub(crate) mod open;

use super::attempt::Attempt;
use super::consumer::{Consumer, Follower};
use super::delivery::{Delivery, DeliveryKey, DeliveryStatus, Outcome, Token};
use super::follower::Progress;
use super::log::{Body, InputHash, LogEvent, Source, StreamName, StreamState};
use super::plan::{Claim, Committed, Head, Plan, ReceiptKey, StoredReceipt, Stream, Writes, plan};
use super::request::{Answer, Completion, Mutation, Pause, Receipt, Request};
use super::retry::{DeliveryTiming, slots};
use super::routes::routes;
use super::schedule::Schedule;
use super::writer::House;
use crate::functions::Functions;
use crate::gateway::Gateway;

pub(crate) const LOG: LogId = LogId::new(Uuid::from_u128(1));
pub(crate) const CUSTOMER: CustomerId = CustomerId::new(Uuid::from_u128(7));
pub(crate) const STRANGER: CustomerId = CustomerId::new(Uuid::from_u128(8));
pub(crate) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

pub(crate) fn order_id(number: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(number))
}

pub(crate) fn house(pace: f64) -> House {
    House {
        catalog: Arc::new(of_the_house()),
        policy: Policy::with_pace(pace),
        timing: DeliveryTiming::default(),
        worker: "test".to_owned(),
    }
}

/// The functions of the house, over a bank without a file.
pub(crate) fn functions(house: &House) -> Functions {
    Functions {
        catalog: Arc::clone(&house.catalog),
        policy: Arc::new(house.policy.clone()),
        gateway: Gateway::in_memory(),
    }
}

/// Two of the first dish of the first restaurant ($29.00) and a tip of $2.00.
pub(crate) fn draft(order: u128) -> OrderDraft {
    portions(2, 0, 0, order)
}

/// So many portions of that dish of that restaurant, and a tip of $2.00.
pub(crate) fn portions(number: i64, restaurant: usize, dish: usize, order: u128) -> OrderDraft {
    let restaurant = &of_the_house().restaurants[restaurant];
    OrderDraft {
        order_id: order_id(order),
        restaurant_id: restaurant.id,
        lines: vec![LineRequest {
            menu_item_id: restaurant.menu[dish].id,
            quantity: Quantity::try_from(number).unwrap(),
        }],
        tip: Tip::saturating(Cents::saturating(2_00)),
        note: None,
        deliver_to: None,
        expected_subtotal: None,
        placed_at: None,
        scheduled_for: None,
    }
}

pub(crate) fn place(order: u128, mutation: u128) -> Request {
    place_draft(draft(order), mutation)
}

pub(crate) fn place_by(customer_id: CustomerId, order: u128, mutation: u128) -> Request {
    place_draft_by(customer_id, draft(order), mutation)
}

pub(crate) fn place_draft(draft: OrderDraft, mutation: u128) -> Request {
    place_draft_by(CUSTOMER, draft, mutation)
}

fn place_draft_by(customer_id: CustomerId, draft: OrderDraft, mutation: u128) -> Request {
    let id = draft.order_id;
    let input = serde_json::to_string(&draft).unwrap();
    let order = draft.try_into().unwrap();
    mutate(customer_id, id, mutation, &input, Command::Place { customer_id, order })
}

pub(crate) fn cancel(order: u128, mutation: u128) -> Request {
    cancel_by(CUSTOMER, order, mutation)
}

pub(crate) fn cancel_by(customer_id: CustomerId, order: u128, mutation: u128) -> Request {
    let command = Command::RequestCancellation { customer_id };
    mutate(customer_id, order_id(order), mutation, &format!("cancel {order}"), command)
}

pub(crate) fn set_tip(order: u128, cents: u32, mutation: u128) -> Request {
    let tip = Tip::saturating(Cents::saturating(cents));
    let command = Command::SetTip { customer_id: CUSTOMER, tip };
    mutate(CUSTOMER, order_id(order), mutation, &format!("tip {order} {tip}"), command)
}

pub(crate) fn rate(order: u128, rating: i64, mutation: u128) -> Request {
    let command = Command::Rate { customer_id: CUSTOMER, rating: rating.try_into().unwrap() };
    mutate(CUSTOMER, order_id(order), mutation, &format!("rate {order} {rating}"), command)
}

pub(crate) fn mutate(
    customer_id: CustomerId,
    order_id: OrderId,
    mutation: u128,
    input: &str,
    command: Command,
) -> Request {
    Request::Mutate(Mutation {
        customer_id,
        mutation_id: MutationId::new(Uuid::from_u128(mutation)),
        input_hash: InputHash(input.to_owned()),
        order_id,
        command,
    })
}

pub(crate) fn completed(claim: &Claim, outcome: Outcome) -> Request {
    Request::Complete(Completion::of(claim, outcome))
}

pub(crate) fn done(claim: &Claim, command: Command) -> Request {
    completed(claim, Outcome::Done(vec![command]))
}

pub(crate) fn receipt(answer: &Answer) -> &Receipt {
    let Answer::Receipt(receipt) = answer else { panic!("expected a receipt, not {answer:?}") };
    receipt
}

pub(crate) fn types(events: &[Committed]) -> Vec<&'static str> {
    events.iter().map(|committed| committed.event.type_name()).collect()
}

/// A house with its log, a clock that moves when told, and as many slots as the test likes.
pub(crate) struct Room {
    pub(crate) house: House,
    pub(crate) log: Memory,
    pub(crate) now: Timestamp,
    pub(crate) free_slots: BTreeMap<Function, usize>,
    seed: u64,
}

impl Room {
    pub(crate) fn new(pace: f64) -> Self {
        let free_slots = Function::ALL.into_iter().map(|it| (it, slots(it))).collect();
        Self { house: house(pace), log: Memory::default(), now: NOW, free_slots, seed: 0 }
    }

    /// One batch: load, plan, apply.
    pub(crate) fn write(&mut self, batch: &[Request]) -> Plan {
        let plan = self.plan(batch);
        self.log.apply(&plan.writes);
        plan
    }

    /// Loads what a batch touches and plans it; writes nothing.
    pub(crate) fn plan(&mut self, batch: &[Request]) -> Plan {
        self.seed += 1;
        let mut free_slots = self.free_slots.clone();
        free_slots.retain(|function, _| {
            self.log.pauses.get(&Consumer::Function(*function)) != Some(&Pause::Paused)
        });
        let looks = batch.contains(&Request::LookAtDue);
        let claimable = if looks { free_slots.clone() } else { BTreeMap::new() };
        let old_before = self.now.checked_sub(self.house.timing.kept_for).unwrap();
        let catalog = &self.house.catalog;
        let loaded = self.log.load(batch, catalog, &claimable, self.now, old_before);
        self.log.turns.extend(loaded.turns.clone());
        let world = self.house.world(self.now, self.seed, free_slots);
        let plan = plan(batch, loaded, &world);
        assert_eq!(plan.answers.len(), batch.len());
        plan
    }

    /// One batch that hands out a single delivery.
    pub(crate) fn claim(&mut self, request: Request) -> Claim {
        let mut claims = self.write(&[request]).claims;
        assert_eq!(claims.len(), 1, "{claims:?}");
        claims.remove(0)
    }

    pub(crate) fn pass(&mut self, duration: Duration) {
        self.now = self.now.checked_add(duration).unwrap();
    }

    pub(crate) fn order(&self, number: u128) -> &Order {
        self.log.order(order_id(number)).unwrap()
    }

    pub(crate) fn delivery(&self, claim: &Claim) -> &Delivery {
        &self.log.deliveries[&claim.delivery.key]
    }
}

/// A log in memory, as a store keeps it.
pub(crate) struct Memory {
    pub(crate) head: Head,
    pub(crate) events: Vec<Committed>,
    pub(crate) streams: BTreeMap<StreamName, Stream>,
    pub(crate) receipts: BTreeMap<ReceiptKey, StoredReceipt>,
    pub(crate) deliveries: BTreeMap<DeliveryKey, Delivery>,
    pub(crate) attempts: BTreeMap<(DeliveryKey, Token), Attempt>,
    pub(crate) pauses: BTreeMap<Consumer, Pause>,
    pub(crate) progress: BTreeMap<Follower, Progress>,
    /// Which customer had the last turn of which function.
    pub(crate) turns: BTreeMap<Function, CustomerId>,
    /// Deliveries that were done, and are forgotten.
    pub(crate) pruned: BTreeSet<DeliveryKey>,
    pub(crate) schedules: BTreeMap<Schedule, Timestamp>,
    ids: BTreeSet<EventId>,
}

impl Default for Memory {
    fn default() -> Self {
        let recorded_at = Timestamp::UNIX_EPOCH;
        Self {
            head: Head { log_id: LOG, position: Position::START, recorded_at },
            events: Vec::new(),
            streams: BTreeMap::new(),
            receipts: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            attempts: BTreeMap::new(),
            pauses: BTreeMap::new(),
            progress: BTreeMap::new(),
            turns: BTreeMap::new(),
            pruned: BTreeSet::new(),
            schedules: BTreeMap::new(),
            ids: BTreeSet::new(),
        }
    }
}

impl Memory {
    pub(crate) fn order(&self, id: OrderId) -> Option<&Order> {
        self.streams.get(&StreamName::Order(id)).and_then(|stream| stream.state.order())
    }

    pub(crate) fn apply(&mut self, writes: &Writes) {
        let known = self.head.position;
        let mut touched = BTreeSet::new();
        for committed in &writes.events {
            self.append(committed);
            touched.insert(committed.event.stream);
        }
        assert_eq!(writes.head, self.head, "the head is where the events end");
        assert_eq!(
            touched,
            writes.streams.keys().copied().collect(),
            "touched streams are written"
        );
        for name in touched {
            assert_eq!(self.streams[&name], writes.streams[&name], "state is the fold of the log");
        }
        for (key, receipt) in &writes.receipts {
            assert!(receipt.position <= self.head.position);
            assert!(self.receipts.insert(*key, receipt.clone()).is_none(), "a receipt stays");
        }
        for (key, delivery) in &writes.deliveries {
            let before = self.deliveries.insert(*key, delivery.clone());
            let again = writes.events.iter().any(|it| redelivers(&it.event, *key));
            check_change(before.as_ref(), delivery, known, again);
        }
        for key in &writes.pruned {
            let pruned = self.deliveries.remove(key).expect("it is forgotten once");
            assert_eq!(pruned.status, DeliveryStatus::Done, "only what is done is forgotten");
            self.pruned.insert(*key);
        }
        for attempt in &writes.attempts {
            let before = self.attempts.insert((attempt.delivery, attempt.token), attempt.clone());
            assert_eq!(before, None, "an attempt ends once");
            assert!(attempt.started_at <= attempt.ended_at);
        }
        for (follower, progress) in &writes.progress {
            let before = self.progress.insert(*follower, progress.clone()).unwrap_or_default();
            assert!(progress.cursor > before.cursor && progress.cursor <= self.head.position);
        }
        for (schedule, next_at) in &writes.schedules {
            assert!(self.schedules.insert(*schedule, *next_at).is_some_and(|it| it < *next_at));
        }
        for (consumer, pause) in &writes.pauses {
            self.pauses.insert(*consumer, *pause);
        }
        for committed in &writes.events {
            let Body::Order(event) = &committed.event.body else { continue };
            for route in routes(event) {
                let key =
                    DeliveryKey { function: route.function, position: committed.event.position };
                assert!(writes.deliveries.contains_key(&key), "each route has a delivery");
            }
        }
    }

    fn append(&mut self, committed: &Committed) {
        let event = &committed.event;
        assert_eq!(event.position, self.head.position.next(), "positions have no gap");
        assert!(event.recorded_at >= self.head.recorded_at, "time does not go back");
        assert!(self.ids.insert(event.id), "an id is given once");
        let before = self.streams.remove(&event.stream);
        let version = before.as_ref().map_or(Version::NONE, |it| it.version).next();
        assert_eq!(event.stream_version, version, "versions have no gap");
        let first_position = before.as_ref().map_or(event.position, |it| it.first_position);
        let state = event.fold(before.map(|it| it.state)).unwrap();
        let as_of = match &state {
            StreamState::Order(order) => Some(order.as_ref()),
            StreamState::Customer(_) | StreamState::Restaurant(_) | StreamState::System(_) => None,
        };
        assert_eq!(committed.order.as_deref(), as_of, "an event carries its order as of it");
        self.streams.insert(event.stream, Stream { version, first_position, state });
        self.head.position = event.position;
        self.head.recorded_at = event.recorded_at;
        self.events.push(committed.clone());
    }
}

/// Whether an event says that the operator had this delivery tried again.
fn redelivers(event: &LogEvent, key: DeliveryKey) -> bool {
    let Body::Order(OrderEvent::DeliveryRedelivered { function }) = event.body else {
        return false;
    };
    event.source == Source::Operator && function == key.function
}

/// What may become of a delivery in one transaction.
fn check_change(before: Option<&Delivery>, after: &Delivery, known: Position, redelivered: bool) {
    let Some(before) = before else {
        assert!(after.key.position > known, "only new events get new deliveries");
        return;
    };
    assert!(after.token >= before.token, "tokens never shrink");
    assert!(
        redelivered || !matches!(before.status, DeliveryStatus::Done | DeliveryStatus::Dead),
        "what has ended stays so, unless the operator had it tried again"
    );
    assert!(after.revision > before.revision, "a change is a revision: {before:?} {after:?}");
    assert_eq!(after.key, before.key);
}
