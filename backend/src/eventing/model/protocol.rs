//! The steps of the model; what the rows become is said by the real plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::function::Function;
use shared::id::{EventId, OrderId};
use shared::order::command::Command;
use shared::order::event::OrderEvent;
use stateright::{Model, Property};

use super::node::{Due, History, Lease, Left, Node, Row, Said, StoredOrder};
use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus, Outcome, Token};
use crate::eventing::fixture::{LOG, NOW, Room, house, place};
use crate::eventing::log::{Body, LogEvent, StreamName, StreamState};
use crate::eventing::plan::{DueDelivery, Head, Loaded, Plan, Stream, plan};
use crate::eventing::request::{Answer, Completion, Pause, Request};
use crate::eventing::retry::tries_max;
use crate::eventing::writer::House;

/// The name of the one thing that must always hold; the state says what did not.
pub(super) const NOTHING_BROKEN: &str = "no promise is broken";

const FUNCTION: Function = Function::ValidateOrder;
/// How many calls are under way at once.
const WORKERS: usize = 2;
/// How many completions are on their way at once.
const CHANNEL: usize = 2;
/// How many tries are left of the budget at the start, so that its end is near.
const TRIES_LEFT: u32 = 2;

/// What keeps the protocol right, and can be left out to see that the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Safeguard {
    Tokens,
    TriesAtTheClaim,
}

/// The protocol within bounds.
pub(super) struct Protocol {
    house: House,
    start: Node,
    /// The events that are delivered.
    events: BTreeMap<DeliveryKey, Arc<LogEvent>>,
    without: Option<Safeguard>,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Due deliveries are handed out.
    Look,
    /// A worker ends its call.
    Say(Lease, Said),
    /// A completion arrives, is copied, is lost.
    Hear(usize),
    Copy(usize),
    Lose(usize),
    /// A lease is over, or the wait of a delivery.
    TimeComes(DeliveryKey),
    /// The process dies, and the next one starts; what is on its way stays so.
    Crash,
    Redeliver(DeliveryKey),
    SetPaused(Pause),
}

impl Protocol {
    pub(super) fn new(deliveries: u32, left: Left, without: Option<Safeguard>) -> Self {
        let mut room = Room::new(0.0);
        room.free_slots.clear();
        for number in 1..=deliveries {
            room.write(&[place(number.into(), u128::from(number) + 10)]);
        }
        let budget = tries_max(FUNCTION).unwrap();
        let row = Row {
            status: DeliveryStatus::Pending,
            token: Token::default(),
            tries: budget - TRIES_LEFT,
            due: Due::Now,
        };
        let keys = || room.log.deliveries.keys().copied();
        let start = Node {
            position: room.log.head.position,
            orders: stored(&room.log.streams),
            rows: keys().map(|key| (key, row.clone())).collect(),
            histories: keys().map(|key| (key, History::default())).collect(),
            held: Vec::new(),
            channel: Vec::new(),
            pause: Pause::Running,
            left,
            broken: None,
        };
        let event_of = |key| (key, room.log.event_of(key).unwrap().clone());
        let events = keys().map(event_of).collect();
        Self { house: house(0.0), start, events, without }
    }

    fn delivery(&self, key: DeliveryKey, row: &Row) -> Delivery {
        let due_at = match row.due {
            Due::Now => NOW,
            Due::Later => NOW.checked_add(self.house.timing.lease).unwrap(),
        };
        let Row { status, token, tries, .. } = *row;
        let new = Delivery::new(key, due_at);
        Delivery { status, token, tries, ..new }
    }

    /// What the real plan says to a batch in this state.
    fn plan(&self, node: &Node, batch: &[Request]) -> Plan {
        let free = match node.pause {
            Pause::Running => WORKERS - node.held.len(),
            Pause::Paused => 0,
        };
        let deliveries: BTreeMap<_, _> =
            node.rows.iter().map(|(key, row)| (*key, self.delivery(*key, row))).collect();
        let due = node.due().take(if batch == [Request::LookAtDue] { free } else { 0 });
        let due = due.map(|key| DueDelivery {
            delivery: deliveries[&key].clone(),
            event: self.events[&key].clone(),
        });
        let stream = |(id, it): (&_, &StoredOrder)| {
            let state = StreamState::Order(Arc::new(it.order.clone()));
            let StoredOrder { version, first_position, .. } = *it;
            (StreamName::Order(*id), Stream { version, first_position, state })
        };
        let loaded = Loaded {
            head: Head { log_id: LOG, position: node.position, recorded_at: NOW },
            receipts: BTreeMap::new(),
            streams: node.orders.iter().map(stream).collect(),
            due: due.collect(),
            turns: BTreeMap::new(),
            deliveries,
            cursors: BTreeMap::new(),
            events: self.events.iter().map(|(key, it)| (key.position, it.clone())).collect(),
            overdue: Vec::new(),
            old: Vec::new(),
            schedules: Vec::new(),
        };
        // The seed makes the ids of new events; nobody looks at them here.
        let world = self.house.world(NOW, 0, BTreeMap::from([(FUNCTION, free)]));
        plan(batch, loaded, &world)
    }

    /// What was planned becomes the state.
    fn commit(&self, node: &mut Node, plan: &Plan) {
        node.position = plan.writes.head.position;
        node.orders.extend(stored(&plan.writes.streams));
        for delivery in plan.writes.deliveries.values().filter(|it| it.key.function == FUNCTION) {
            let Delivery { key, status, token, tries, .. } = *delivery;
            let due = if delivery.due_at <= NOW { Due::Now } else { Due::Later };
            node.rows.insert(key, Row { status, token, tries, due });
        }
        for event in plan.writes.events.iter().map(|committed| &committed.event) {
            let Some(history) = event.causation_id.and_then(|id| self.history(node, id)) else {
                continue;
            };
            let Body::Order(data) = &event.body else { continue };
            history.effects += u32::from(matches!(data, OrderEvent::OrderValidated { .. }));
            history.deaths += u32::from(matches!(data, OrderEvent::DeliveryDied { .. }));
        }
        for claim in &plan.claims {
            self.hand_out(node, &claim.delivery);
        }
    }

    fn history<'a>(&self, node: &'a mut Node, event: EventId) -> Option<&'a mut History> {
        let key = self.events.iter().find(|(_, it)| it.id == event).map(|(key, _)| key)?;
        node.histories.get_mut(key)
    }

    fn hand_out(&self, node: &mut Node, delivery: &Delivery) {
        let Delivery { key, token, .. } = *delivery;
        node.held.push(Lease { key, token });
        let history = node.histories.get_mut(&key).unwrap();
        let grows = history.greatest < token;
        history.greatest = token;
        history.handed_out += 1;
        let within = history.handed_out <= TRIES_LEFT;
        if !grows {
            node.breaks("its token did not grow");
        }
        if !within {
            node.breaks("it was handed out more often than its budget allows");
        }
        if self.without == Some(Safeguard::TriesAtTheClaim) {
            node.rows.get_mut(&key).unwrap().tries -= 1;
        }
    }

    fn hear(&self, node: &mut Node, (lease, said): (Lease, Said)) {
        let row = node.rows[&lease.key].clone();
        let holds = row.status == DeliveryStatus::Leased && row.token == lease.token;
        let event = &self.events[&lease.key];
        let presented = match self.without {
            Some(Safeguard::Tokens) => row.token,
            Some(Safeguard::TriesAtTheClaim) | None => lease.token,
        };
        let why = || "trouble".to_owned();
        let completion = Completion {
            delivery: lease.key,
            token: presented,
            started_at: NOW,
            event_id: event.id,
            order_id: event.order_id().unwrap(),
            outcome: match said {
                Said::Done => Outcome::Done(vec![Command::Validate]),
                Said::Retry => Outcome::Retry { after: None, why: why() },
                Said::NotYet => Outcome::NotYet { after: self.house.timing.not_yet, why: why() },
            },
        };
        let plan = self.plan(node, &[Request::Complete(completion)]);
        let accepted = plan.answers == [Answer::Done];
        self.commit(node, &plan);
        if accepted && !holds {
            node.breaks("a lease that was over was completed");
        }
        if holds && !accepted {
            node.breaks("who held the lease was taken for a zombie");
        }
        if accepted && said == Said::NotYet {
            node.histories.get_mut(&lease.key).unwrap().handed_out -= 1;
        }
    }

    /// A fresh budget is cut to what the others have, so that its end stays near.
    fn redeliver(&self, node: &mut Node, key: DeliveryKey) {
        let plan = self.plan(node, &[Request::Redeliver(key)]);
        self.commit(node, &plan);
        if !plan.writes.deliveries.contains_key(&key) {
            return;
        }
        let history = node.histories.get_mut(&key).unwrap();
        history.redeliveries += 1;
        history.handed_out = 0;
        let row = node.rows.get_mut(&key).unwrap();
        let fresh = row.tries == 0;
        row.tries = tries_max(FUNCTION).unwrap() - TRIES_LEFT;
        if !fresh {
            node.breaks("it was redelivered without a fresh budget");
        }
    }
}

impl Model for Protocol {
    type State = Node;
    type Action = Step;

    fn init_states(&self) -> Vec<Node> {
        vec![self.start.clone()]
    }

    fn actions(&self, node: &Node, steps: &mut Vec<Step>) {
        if node.broken.is_some() {
            return;
        }
        let free = node.pause == Pause::Running && node.held.len() < WORKERS;
        steps.extend((free && node.due().next().is_some()).then_some(Step::Look));
        if node.channel.len() < CHANNEL {
            for lease in &node.held {
                steps.extend([Said::Done, Said::Retry].map(|said| Step::Say(*lease, said)));
                let early = node.left.not_yets > 0;
                steps.extend(early.then_some(Step::Say(*lease, Said::NotYet)));
            }
            let copies = node.left.copies > 0;
            steps.extend((0..node.channel.len()).filter(|_| copies).map(Step::Copy));
        }
        steps.extend((0..node.channel.len()).map(Step::Hear));
        steps.extend((0..node.channel.len()).filter(|_| node.left.losses > 0).map(Step::Lose));
        for (key, row) in &node.rows {
            let open = matches!(row.status, DeliveryStatus::Pending | DeliveryStatus::Leased);
            steps.extend((open && row.due == Due::Later).then_some(Step::TimeComes(*key)));
            let again = node.left.redeliveries > 0 && row.status != DeliveryStatus::Leased;
            steps.extend(again.then_some(Step::Redeliver(*key)));
        }
        steps.extend((node.left.crashes > 0).then_some(Step::Crash));
        match node.pause {
            Pause::Paused => steps.push(Step::SetPaused(Pause::Running)),
            Pause::Running if node.left.pauses > 0 => steps.push(Step::SetPaused(Pause::Paused)),
            Pause::Running => {}
        }
    }

    fn next_state(&self, before: &Node, step: Step) -> Option<Node> {
        let mut node = before.clone();
        match step {
            Step::Look => {
                let plan = self.plan(&node, &[Request::LookAtDue]);
                self.commit(&mut node, &plan);
            }
            Step::Say(lease, said) => {
                node.held.remove(node.held.iter().position(|it| *it == lease)?);
                node.channel.push((lease, said));
                node.left.not_yets -= u8::from(said == Said::NotYet);
            }
            Step::Hear(index) => {
                let letter = node.channel.remove(index);
                self.hear(&mut node, letter);
            }
            Step::Copy(index) => {
                node.left.copies -= 1;
                node.channel.push(node.channel[index]);
            }
            Step::Lose(index) => {
                node.left.losses -= 1;
                node.channel.remove(index);
            }
            Step::TimeComes(key) => node.rows.get_mut(&key)?.due = Due::Now,
            Step::Crash => {
                node.left.crashes -= 1;
                node.held.clear();
                node.recover();
            }
            Step::Redeliver(key) => {
                node.left.redeliveries -= 1;
                self.redeliver(&mut node, key);
            }
            Step::SetPaused(pause) => {
                node.left.pauses -= u8::from(pause == Pause::Paused);
                node.pause = pause;
            }
        }
        node.look();
        node.sort();
        Some(node)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NOTHING_BROKEN, |_, node: &Node| node.broken.is_none()),
            Property::eventually("every delivery ends", |_, node: &Node| node.has_ended()),
            Property::sometimes("it is done", |_, node: &Node| node.has(DeliveryStatus::Done)),
            Property::sometimes("it is dead", |_, node: &Node| node.has(DeliveryStatus::Dead)),
            Property::sometimes("a zombie is on its way", |_, node: &Node| {
                node.channel.iter().any(|(it, _)| it.token < node.rows[&it.key].token)
            }),
        ]
    }
}

fn stored(streams: &BTreeMap<StreamName, Stream>) -> BTreeMap<OrderId, StoredOrder> {
    let stored = |(name, stream): (&StreamName, &Stream)| {
        let StreamName::Order(id) = name else { return None };
        let order = stream.state.order()?.clone();
        let Stream { version, first_position, .. } = *stream;
        Some((*id, StoredOrder { version, first_position, order }))
    };
    streams.iter().filter_map(stored).collect()
}
