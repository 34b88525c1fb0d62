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
use shared::order::decide::{Context, decide};
use shared::order::event::OrderEvent;
use shared::order::refusal::Refusal;
use uuid::Builder;

use super::{
    Claim, Committed, DueDelivery, Head, Loaded, Plan, ReceiptKey, StoredReceipt, Stream, World,
    Writes,
};
use crate::eventing::delivery::{Delivery, DeliveryKey};
use crate::eventing::log::{
    Body, Customer, CustomerEvent, InputHash, LogEvent, Source, StreamName, StreamState,
};
use crate::eventing::request::Answer;
use crate::eventing::routes::routes;

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
            free_slots: world.free_slots.clone(),
            new: Vec::new(),
            claims: Vec::new(),
            crowded: BTreeSet::new(),
        }
    }

    pub(super) fn into_plan(self, answers: Vec<Answer>) -> Plan {
        Plan {
            writes: Writes {
                head: self.head,
                events: self.events,
                streams: self.streams,
                receipts: self.receipts,
                deliveries: self.deliveries,
            },
            answers,
            claims: self.claims,
            crowded: self.crowded,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// So long from now, and not before: rounded up to the millisecond, which is what a store keeps.
    pub(super) fn after(&self, wait: Duration) -> Timestamp {
        let exact = self.now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let up = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil);
        exact.round(up).unwrap_or(exact)
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

    /// Decides a command on an order as it stands in this plan; appends nothing.
    pub(super) fn decide(
        &self,
        order: Option<&Order>,
        command: &Command,
    ) -> Result<OrderEvent, Refusal> {
        let World { catalog, policy, .. } = self.world;
        decide(order, command, &Context { now: self.now, catalog, policy })
    }

    pub(super) fn sign_in(&mut self, customer: &Customer) {
        let body = Body::Customer(CustomerEvent::CustomerSignedIn {
            name: customer.name.clone(),
            token_hash: customer.token_hash.clone(),
        });
        let cause = Cause { source: Source::Customer, mutation: None, causation_id: None };
        self.append(StreamName::Customer(customer.id), None, body, cause);
    }

    /// Appends an event to its order, and a delivery for each function that consumes it.
    pub(super) fn append_to_order(&mut self, id: OrderId, data: OrderEvent, cause: Cause) {
        let owner = if let OrderEvent::OrderPlaced { customer_id, .. } = &data {
            Some(*customer_id)
        } else {
            self.order(id).map(|order| order.customer_id)
        };
        let consumers = routes(&data);
        let event = self.append(StreamName::Order(id), owner, Body::Order(data), cause);
        for route in consumers {
            let key = DeliveryKey { function: route.function, position: event.position };
            let due_at = self.after(route.delay.duration(self.world.policy));
            let delivery = Delivery::new(key, event.id, due_at);
            self.new.push(DueDelivery { delivery, event: event.clone() });
        }
    }

    fn append(
        &mut self,
        name: StreamName,
        customer_id: Option<CustomerId>,
        body: Body,
        cause: Cause,
    ) -> LogEvent {
        let before = self.stream(name).cloned();
        let (mutation_id, input_hash) = cause.mutation.unzip();
        let event = LogEvent {
            position: self.head.position.next(),
            id: self.fresh_event_id(),
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
        };
        self.head = Head { position: event.position, recorded_at: self.now, ..self.head };
        let first_position = before.as_ref().map_or(event.position, |it| it.first_position);
        let state = event.fold(before.map(|it| it.state));
        if let Some(state) = &state {
            let version = event.stream_version;
            let stream = Stream { version, first_position, state: state.clone() };
            self.streams.insert(name, stream);
        }
        let order = state.as_ref().and_then(StreamState::order).cloned().map(Arc::new);
        self.events.push(Committed { event: event.clone(), order });
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
    pub(super) fn hand_out(&mut self, mut delivery: Delivery, event: LogEvent) {
        let order = event.order_id().and_then(|id| self.order(id)).cloned();
        if let (true, Some(order)) = (self.take_slot(delivery.key.function), order) {
            delivery.lease(self.after(self.world.timing.lease));
            self.keep_delivery(delivery.clone());
            self.claims.push(Claim { delivery, event, order });
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

    fn stream(&self, name: StreamName) -> Option<&Stream> {
        self.streams.get(&name).or_else(|| self.loaded.streams.get(&name))
    }

    /// Version 7, so that ids of neighbours stand together in the index.
    fn fresh_event_id(&mut self) -> EventId {
        let milliseconds = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
        let random: [u8; 10] = self.random.random();
        EventId::new(Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }
}

/// The customer's own time where the event carries one, to the millisecond that a store keeps.
fn occurred_at(body: &Body, now: Timestamp) -> Timestamp {
    match body {
        Body::Order(OrderEvent::OrderPlaced { placed_at, .. }) => {
            Timestamp::from_millisecond(placed_at.as_millisecond()).unwrap_or(now)
        }
        Body::Order(_) | Body::Customer(_) => now,
    }
}
