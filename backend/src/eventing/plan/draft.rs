//! A plan in the making: what was loaded, with what the batch has done to it so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
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
    Claim, Committed, Head, Loaded, Plan, ReceiptKey, StoredReceipt, Stream, World, Writes,
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
    claims: Vec<Claim>,
    crowded: BTreeSet<Function>,
    next_due: Option<Timestamp>,
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
            claims: Vec::new(),
            crowded: BTreeSet::new(),
            next_due: None,
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
            next_due: self.next_due,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
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

    /// Something will be due then.
    pub(super) fn will_be_due(&mut self, at: Timestamp) {
        self.next_due = Some(self.next_due.map_or(at, |earlier| earlier.min(at)));
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
        let until = self.order(id).and_then(Order::waiting_for).and_then(|wait| wait.until);
        if let Some(until) = until {
            self.will_be_due(until);
        }
        for route in consumers {
            let key = DeliveryKey { function: route.function, position: event.position };
            let delay = route.delay.duration(self.world.policy);
            let due_at = self.now.saturating_add(delay).unwrap_or(Timestamp::MAX);
            self.claim_or_keep(Delivery::new(key, event.id, due_at), &event);
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

    /// Hands a delivery out in the very transaction that makes it due, if a slot is free; keeps it for
    /// later otherwise.
    pub(super) fn claim_or_keep(&mut self, mut delivery: Delivery, event: &LogEvent) {
        let order = event.order_id().and_then(|id| self.order(id)).cloned();
        if delivery.due_at > self.now {
            self.will_be_due(delivery.due_at);
        } else if let (true, Some(order)) = (self.take_slot(delivery.key.function), order) {
            let lease = self.world.timing.lease;
            delivery.lease(self.now.saturating_add(lease).unwrap_or(Timestamp::MAX));
            self.will_be_due(delivery.due_at);
            let event = event.clone();
            self.claims.push(Claim { delivery: delivery.clone(), event, order });
        } else {
            self.crowded.insert(delivery.key.function);
        }
        self.keep_delivery(delivery);
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

/// The customer's own time where the event carries one.
fn occurred_at(body: &Body, now: Timestamp) -> Timestamp {
    match body {
        Body::Order(OrderEvent::OrderPlaced { placed_at, .. }) => *placed_at,
        Body::Order(_) | Body::Customer(_) => now,
    }
}
