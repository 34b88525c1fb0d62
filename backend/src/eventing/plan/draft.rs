//! A plan in the making: what was loaded, with what the batch has done to it so far.
//! Steps 4 to 7 of an order's way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use shared::cursor::{Position, Version};
use shared::function::Function;
use shared::id::{CustomerId, EventId, MutationId, OrderId};
use shared::order::Order;
use shared::order::command::Command;
use shared::order::decide::decide;
use shared::order::event::OrderEvent;
use shared::order::refusal::Refusal;
use uuid::Builder;

use super::{
    Claim, Committed, DueDelivery, Head, Loaded, OLD_MAX, Plan, ReceiptKey, StoredReceipt, Stream,
    World, Writes,
};
use crate::eventing::attempt::{Attempt, AttemptEnd};
use crate::eventing::consumer::{Consumer, Follower};
use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus};
use crate::eventing::follower::Progress;
use crate::eventing::log::{
    Body, CustomerEvent, InputHash, LogEvent, Source, StreamName, StreamState,
};
use crate::eventing::request::{Answer, Pause, SignIn, Standing};
use crate::eventing::routes::{Route, routes};
use crate::eventing::schedule::Schedule;

mod portions;
mod schedules;
mod system;

pub(super) struct Draft<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) random: StdRng,
    loaded: Loaded,
    head: Head,
    now: Timestamp,
    events: Vec<Committed>,
    streams: BTreeMap<StreamName, Stream>,
    receipts: BTreeMap<ReceiptKey, StoredReceipt>,
    deliveries: BTreeMap<DeliveryKey, Delivery>,
    attempts: Vec<Attempt>,
    progress: BTreeMap<Follower, Progress>,
    pauses: BTreeMap<Consumer, Pause>,
    standing: Option<Standing>,
    schedules: BTreeMap<Schedule, Timestamp>,
    forget_before: Option<Timestamp>,
    pruned: BTreeSet<DeliveryKey>,
    free_slots: BTreeMap<Function, usize>,
    /// What this batch brought: handed out at its end, behind what waits already.
    new: Vec<DueDelivery>,
    claims: Vec<Claim>,
    crowded: BTreeSet<Function>,
}

/// Why an event is appended, and by whom.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    pub(super) source: Source,
    pub(super) mutation: Option<(MutationId, InputHash)>,
    pub(super) causation_id: Option<EventId>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(loaded: Loaded, world: &'a World<'a>) -> Self {
        Self {
            world,
            random: StdRng::seed_from_u64(world.seed),
            head: loaded.head,
            now: world.now.max(loaded.head.recorded_at),
            loaded,
            events: Vec::new(),
            streams: BTreeMap::new(),
            receipts: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            attempts: Vec::new(),
            progress: BTreeMap::new(),
            pauses: BTreeMap::new(),
            standing: None,
            schedules: BTreeMap::new(),
            forget_before: None,
            pruned: BTreeSet::new(),
            free_slots: world.free_slots.clone(),
            new: Vec::new(),
            claims: Vec::new(),
            crowded: BTreeSet::new(),
        }
    }

    pub(super) fn into_plan(mut self, answers: Vec<Answer>) -> Plan {
        // What this very batch has handed out once more is not over.
        self.pruned.retain(|key| !self.deliveries.contains_key(key));
        Plan {
            writes: Writes {
                head: self.head,
                events: self.events,
                streams: self.streams,
                receipts: self.receipts,
                deliveries: self.deliveries,
                attempts: self.attempts,
                progress: self.progress,
                pauses: self.pauses,
                standing: self.standing,
                schedules: self.schedules,
                forget_before: self.forget_before,
                pruned: self.pruned,
            },
            answers,
            claims: self.claims,
            crowded: self.crowded,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// So long from now, and not before.
    pub(super) fn after(&self, wait: Duration) -> Timestamp {
        rounded_up(self.now.saturating_add(wait).unwrap_or(Timestamp::MAX))
    }

    pub(super) fn position(&self) -> Position {
        self.head.position
    }

    pub(super) fn order(&self, id: OrderId) -> Option<&Order> {
        self.stream(StreamName::Order(id)).and_then(|stream| stream.state.order())
    }

    pub(super) fn receipt(&self, key: &ReceiptKey) -> Option<&StoredReceipt> {
        self.receipts.get(key).or_else(|| self.loaded.receipts.get(key))
    }

    pub(super) fn keep_receipt(&mut self, key: ReceiptKey, receipt: StoredReceipt) {
        self.receipts.insert(key, receipt);
    }

    /// The delivery as it stands in this plan.
    pub(super) fn delivery(&self, key: DeliveryKey) -> Option<&Delivery> {
        self.deliveries.get(&key).or_else(|| self.loaded.deliveries.get(&key))
    }

    pub(super) fn was_touched(&self, key: DeliveryKey) -> bool {
        self.deliveries.contains_key(&key)
    }

    pub(super) fn keep_delivery(&mut self, delivery: Delivery) {
        self.deliveries.insert(delivery.key, delivery);
    }

    /// The event of a delivery that this batch redelivers.
    pub(super) fn event(&self, position: Position) -> Option<&LogEvent> {
        self.loaded.events.get(&position).map(Arc::as_ref)
    }

    /// Writes down what became of the attempt that this lease of a delivery was.
    pub(super) fn keep_attempt(
        &mut self,
        delivery: &Delivery,
        started_at: Timestamp,
        end: AttemptEnd,
        error: &str,
    ) {
        self.attempts.push(
            Attempt {
                delivery: delivery.key,
                token: delivery.token,
                started_at,
                ended_at: self.now,
                end,
                error: error.to_owned(),
                worker: self.world.worker.to_owned(),
            }
            .cut(),
        );
    }

    /// Where its lease is over and nobody said how it ended: that is how it ended.
    pub(super) fn keep_lost_attempt(&mut self, delivery: &Delivery) {
        if delivery.status == DeliveryStatus::Leased {
            let lease = self.world.timing.lease_of(delivery.key.function);
            let started_at = delivery.due_at.saturating_sub(lease);
            let started_at = started_at.unwrap_or(delivery.due_at);
            let why = "nobody heard how it ended before its lease was over";
            self.keep_attempt(delivery, started_at, AttemptEnd::Lost, why);
        }
    }

    /// Forgets what has long been over, a page of it. Of deliveries only what is done: a dead letter waits
    /// for its operator, however long that takes, and the log itself forgets nothing.
    pub(super) fn forget_old(&mut self) -> Answer {
        self.forget_before = self.now.checked_sub(self.world.timing.kept_for).ok();
        let is_done = |it: &&Delivery| it.status == DeliveryStatus::Done;
        let old = self.loaded.old.iter();
        self.pruned.extend(old.filter(is_done).map(|it| it.key));
        if self.loaded.old.len() < OLD_MAX { Answer::Done } else { Answer::MoreIsOld }
    }

    /// Up to where a follower has taken in the log.
    pub(super) fn cursor(&self, follower: Follower) -> Position {
        let planned = self.progress.get(&follower).map(|progress| progress.cursor);
        planned.or_else(|| self.loaded.cursors.get(&follower).copied()).unwrap_or_default()
    }

    pub(super) fn keep_progress(&mut self, follower: Follower, progress: Progress) {
        self.progress.insert(follower, progress);
    }

    /// From now on, in this very batch, nothing of it is handed out.
    pub(super) fn pause(&mut self, consumer: Consumer, pause: Pause) {
        self.pauses.insert(consumer, pause);
        if let (Consumer::Function(function), Pause::Paused) = (consumer, pause) {
            self.free_slots.insert(function, 0);
        }
    }

    /// Decides a command on an order as it stands in this plan; appends nothing.
    pub(super) fn decide(
        &self,
        order: Option<&Order>,
        command: &Command,
    ) -> Result<OrderEvent, Refusal> {
        decide(order, command, &self.context(order))
    }

    pub(super) fn sign_in(&mut self, signed_in: &SignIn) {
        let event = CustomerEvent::CustomerSignedIn {
            name: signed_in.name.clone(),
            token_hash: signed_in.token_hash.clone(),
        };
        self.append_to_customer(signed_in.customer_id, event, Source::Customer);
    }

    /// Appends an event to a customer; no function consumes any.
    pub(super) fn append_to_customer(
        &mut self,
        id: CustomerId,
        event: CustomerEvent,
        source: Source,
    ) {
        let cause = Cause { source, mutation: None, causation_id: None };
        self.append(StreamName::Customer(id), None, Body::Customer(event), cause);
    }

    /// Appends an event to its order, a delivery for each function that consumes it, and what it means
    /// for the portions of its restaurant. Says where the order's event stands.
    pub(super) fn append_to_order(
        &mut self,
        id: OrderId,
        data: OrderEvent,
        cause: Cause,
    ) -> Position {
        let owner = if let OrderEvent::OrderPlaced { customer_id, .. } = &data {
            Some(*customer_id)
        } else {
            self.order(id).map(|order| order.customer_id)
        };
        let (now, policy) = (self.now, self.world.policy);
        let due = |route: &Route| (route.function, rounded_up(route.due_at(&data, now, policy)));
        let consumers: Vec<_> = routes(&data).iter().map(due).collect();
        let event = self.append(StreamName::Order(id), owner, Body::Order(data), cause);
        for (function, due_at) in consumers {
            let key = DeliveryKey { function, position: event.position };
            let delivery = Delivery::new(key, due_at);
            self.new.push(DueDelivery { delivery, event: Arc::clone(&event) });
        }
        self.follow_up(id, &event);
        event.position
    }

    fn append(
        &mut self,
        name: StreamName,
        customer_id: Option<CustomerId>,
        body: Body,
        cause: Cause,
    ) -> Arc<LogEvent> {
        let id = self.fresh_event_id();
        self.append_as(id, name, customer_id, body, cause)
    }

    fn append_as(
        &mut self,
        id: EventId,
        name: StreamName,
        customer_id: Option<CustomerId>,
        body: Body,
        cause: Cause,
    ) -> Arc<LogEvent> {
        let before = self.stream(name).cloned();
        let (mutation_id, input_hash) = cause.mutation.unzip();
        let event = Arc::new(LogEvent {
            position: self.head.position.next(),
            id,
            stream: name,
            stream_version: before.as_ref().map_or(Version::NONE, |it| it.version).next(),
            customer_id,
            occurred_at: occurred_at(&body, self.now),
            body,
            mutation_id,
            input_hash,
            causation_id: cause.causation_id,
            source: cause.source,
            recorded_at: self.now,
        });
        self.head = Head { position: event.position, recorded_at: self.now, ..self.head };
        let first_position = before.as_ref().map_or(event.position, |it| it.first_position);
        let before = before.map(|it| it.state);
        let state = event.fold(before.clone());
        if let Some(state) = state.clone() {
            let version = event.stream_version;
            self.streams.insert(name, Stream { version, first_position, state });
        }
        let [before, order] = [before, state].map(|it| it.and_then(StreamState::into_order));
        self.events.push(Committed { event: Arc::clone(&event), before, order });
        event
    }

    /// Writes what this batch brought, and hands out what of it is due at once.
    pub(super) fn hand_out_new(&mut self) {
        for DueDelivery { delivery, event } in std::mem::take(&mut self.new) {
            self.keep_delivery(delivery.clone());
            if delivery.due_at <= self.now {
                self.hand_out(delivery, event);
            }
        }
    }

    /// Leases a delivery that is due, if a slot is free: in the very transaction that made it due, or
    /// that freed the slot.
    pub(super) fn hand_out(&mut self, mut delivery: Delivery, event: Arc<LogEvent>) {
        let stream = event.order_id().and_then(|id| self.stream(StreamName::Order(id)));
        let order = stream.and_then(|stream| stream.state.clone().into_order());
        if let (true, Some(order)) = (self.take_slot(delivery.key.function), order) {
            self.keep_lost_attempt(&delivery);
            delivery.lease(self.after(self.world.timing.lease_of(delivery.key.function)));
            self.keep_delivery(delivery.clone());
            self.claims.push(Claim { delivery, event, order, claimed_at: self.now });
        } else {
            self.crowded.insert(delivery.key.function);
        }
    }

    fn take_slot(&mut self, function: Function) -> bool {
        match self.free_slots.get_mut(&function) {
            Some(free) if *free > 0 => {
                *free -= 1;
                true
            }
            Some(_) | None => false,
        }
    }

    pub(super) fn stream(&self, name: StreamName) -> Option<&Stream> {
        self.streams.get(&name).or_else(|| self.loaded.streams.get(&name))
    }

    /// Version 7, so that ids of neighbours stand together in the index.
    fn fresh_event_id(&mut self) -> EventId {
        let milliseconds = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
        let random: [u8; 10] = self.random.random();
        EventId::new(Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }
}

/// Not before that time: rounded up to the millisecond, which is what a store keeps.
fn rounded_up(exact: Timestamp) -> Timestamp {
    let up = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil);
    exact.round(up).unwrap_or(exact)
}

/// The customer's own time where the event carries one, to the millisecond that a store keeps.
fn occurred_at(body: &Body, now: Timestamp) -> Timestamp {
    match body {
        Body::Order(OrderEvent::OrderPlaced { placed_at, .. }) => {
            Timestamp::from_millisecond(placed_at.as_millisecond()).unwrap_or(now)
        }
        Body::Order(_) | Body::Customer(_) | Body::Restaurant(_) | Body::System(_) => now,
    }
}
