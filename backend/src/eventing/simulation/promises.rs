//! The promises of delivery, each by its number, looked at from the log, the books and what customers
//! and subscribers hold. Number 7 and 12 are looked at with each batch, 8 and 9 also as each subscriber
//! reads; 11, that each of this was put to the test, is what [`Seen`](super::seen::Seen) is for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use shared::cursor::{Position, Version};
use shared::function::Function;
use shared::id::EventId;
use shared::order::event::OrderEvent;
use shared::order::payment::Charge;
use shared::order::status::OrderStatus;
use shared::order::{Order, Waiter};

use super::customers::AHEAD;
use super::town::Town;
use crate::eventing::attempt::AttemptEnd;
use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus};
use crate::eventing::log::{Body, LogEvent, Source, StreamName, StreamState};
use crate::eventing::request::Request;
use crate::eventing::retry::RETRY_AFTER_MAX;
use crate::eventing::routes::routes;

mod nights;
mod portions;

/// What time it takes beyond the last wait: the whole way at pace 1, leases and backoffs included.
const SLACK: Duration = Duration::from_mins(5);

/// All that has to hold at any moment.
pub(super) fn of_safety(town: &mut Town) {
    nights::p15_each_night_fills_the_shelves_once(town);
    p2_unknown_outcomes_are_none_or_one(town);
    p1_what_was_acknowledged_is_there_once(town);
    p3_the_log_has_no_gap(town);
    p4_state_is_the_fold_of_the_log(town);
    p5_each_function_has_its_delivery_and_done_means_done(town);
    p5_nothing_waits_for_somebody_who_has_forgotten_it(town);
    p6_no_effect_happens_twice(town);
    p8_no_status_goes_backward(town);
    p9_no_subscriber_misses_anything(town);
    p13_nothing_arrives_before_its_time(town);
    portions::p14_no_portion_is_sold_twice_and_precedence_is_kept(town);
}

fn events(town: &Town) -> impl Iterator<Item = &LogEvent> {
    town.room.log.events.iter().map(|committed| &*committed.event)
}

fn p1_what_was_acknowledged_is_there_once(town: &Town) {
    for asked in town.customers.asked.values() {
        let (Request::Mutate(mutation), Some((position, refusal))) = (&asked.request, &asked.told)
        else {
            continue;
        };
        let of_it = events(town).filter(|it| it.mutation_id == Some(mutation.mutation_id));
        let found: Vec<Position> = of_it.map(|it| it.position).collect();
        let expected = if refusal.is_none() { vec![*position] } else { vec![] };
        assert_eq!(found, expected, "1: what is in the log of {mutation:?}, and was told of it");
    }
}

/// Whoever asks again hears what has become of it, and whoever asks once more hears the same.
fn p2_unknown_outcomes_are_none_or_one(town: &mut Town) {
    town.everybody_asks_again();
    let known = town.room.log.events.len();
    town.everybody_asks_again();
    assert_eq!(town.room.log.events.len(), known, "2: a repetition changes nothing");
    for asked in town.customers.asked.values() {
        assert!(asked.told.is_some(), "2: {asked:?} was never answered");
    }
}

fn p3_the_log_has_no_gap(town: &Town) {
    let mut versions: BTreeMap<StreamName, Version> = BTreeMap::new();
    let mut position = Position::START;
    for event in events(town) {
        assert_eq!(event.position, position.next(), "3: positions are dense");
        position = event.position;
        let version = versions.entry(event.stream).or_default();
        assert_eq!(event.stream_version, version.next(), "3: versions are dense");
        *version = event.stream_version;
    }
    assert_eq!(town.room.log.head.position, position, "3: the head is the last event's position");
}

fn p4_state_is_the_fold_of_the_log(town: &Town) {
    let mut states: BTreeMap<StreamName, StreamState> = BTreeMap::new();
    for event in events(town) {
        let before = states.remove(&event.stream);
        states.extend(event.fold(before).map(|state| (event.stream, state)));
    }
    let stored = town.room.log.streams.iter().map(|(name, it)| (*name, it.state.clone()));
    assert_eq!(states, stored.collect(), "4: replayed, the log gives another state");
}

fn positions(town: &Town) -> BTreeMap<EventId, Position> {
    events(town).map(|event| (event.id, event.position)).collect()
}

/// The effects of a delivery: what its function had appended.
fn effects(town: &Town) -> BTreeMap<DeliveryKey, Vec<Position>> {
    let position_of = positions(town);
    let mut effects: BTreeMap<DeliveryKey, Vec<Position>> = BTreeMap::new();
    for event in events(town) {
        let Source::Function(function) = event.source else { continue };
        // A dead letter is no effect; and what an effect means for portions follows from it.
        if !matches!(&event.body, Body::Order(it) if it.type_name() != "DeliveryDied") {
            continue;
        }
        let cause = event.causation_id.expect("5: an effect names its cause");
        let key = DeliveryKey { function, position: position_of[&cause] };
        effects.entry(key).or_default().push(event.position);
    }
    effects
}

fn p5_each_function_has_its_delivery_and_done_means_done(town: &Town) {
    let mut expected = BTreeSet::new();
    for event in events(town) {
        let Body::Order(data) = &event.body else { continue };
        let of_route = routes(data)
            .iter()
            .map(|route| DeliveryKey { function: route.function, position: event.position });
        expected.extend(of_route);
    }
    let log = &town.room.log;
    let there = log.deliveries.keys().chain(&log.pruned).copied();
    let once: BTreeSet<DeliveryKey> = there.clone().collect();
    assert_eq!(there.count(), once.len(), "5: what is forgotten is gone");
    assert_eq!(once, expected, "5: one delivery for each event and each of its functions");
    let (effects, said_to_be_dead) = (effects(town), said_to_be_dead(town));
    let explained =
        |key| effects.contains_key(&key) || was_late(town, key) || found_nothing(town, key);
    for key in &log.pruned {
        assert!(explained(*key), "5: {key:?} was done and is forgotten, but where is its effect?");
    }
    for delivery in town.room.log.deliveries.values() {
        let key = delivery.key;
        if delivery.status == DeliveryStatus::Done {
            assert!(explained(key), "5: {delivery:?} is done, but where is its effect?");
        } else if effects.contains_key(&key) {
            assert!(was_redelivered(town, key), "5: {delivery:?} has its effect and is not done");
        }
        let is_dead = delivery.status == DeliveryStatus::Dead;
        let is_said = said_to_be_dead.contains(&key);
        assert!(is_said || !is_dead, "5: {delivery:?} is dead, and its order was not told");
        assert!(is_dead || !is_said, "5: {delivery:?} lives on, and its order thinks it dead");
    }
}

fn p5_nothing_waits_for_somebody_who_has_forgotten_it(town: &Town) {
    for order in orders(town) {
        let Some(Waiter::Function(function)) = order.waiting_for().map(|wait| &wait.who) else {
            continue;
        };
        let has_it = |delivery: &Delivery| {
            let of = town.room.log.event_of(delivery.key).and_then(|event| event.order_id());
            delivery.key.function == *function
                && delivery.status != DeliveryStatus::Done
                && of == Some(order.id)
        };
        assert!(town.room.log.deliveries.values().any(has_it), "5: {order:?} is forgotten");
    }
}

/// The deliveries whose orders were told last that they had died: no dead letter is silent.
fn said_to_be_dead(town: &Town) -> BTreeSet<DeliveryKey> {
    let position_of = positions(town);
    let mut dead = BTreeSet::new();
    for event in events(town) {
        let (Body::Order(data), Some(cause)) = (&event.body, event.causation_id) else { continue };
        let key = |function| DeliveryKey { function, position: position_of[&cause] };
        if let OrderEvent::DeliveryDied { function, .. } = data {
            dead.insert(key(*function));
        } else if let OrderEvent::DeliveryRedelivered { function } = data {
            dead.remove(&key(*function));
        }
    }
    dead
}

fn was_late(town: &Town, key: DeliveryKey) -> bool {
    let attempts = town.room.log.attempts.values();
    attempts.filter(|it| it.delivery == key).any(|it| it.end == AttemptEnd::Late)
}

/// The one end without an effect that is not late: of a tip that was waived nothing had been taken.
fn found_nothing(town: &Town, key: DeliveryKey) -> bool {
    let order = town.room.log.event_of(key).and_then(|event| event.order_id());
    let order = order.and_then(|id| town.room.log.order(id)).unwrap();
    key.function == Function::SettleTip && order.money.tip == Charge::Declined
}

fn was_redelivered(town: &Town, key: DeliveryKey) -> bool {
    let stream = town.room.log.event_of(key).unwrap().stream;
    let said = Body::Order(OrderEvent::DeliveryRedelivered { function: key.function });
    events(town).any(|event| event.stream == stream && event.body == said)
}

/// In the log by what caused it, outside by the bank's own books.
fn p6_no_effect_happens_twice(town: &Town) {
    for (key, positions) in effects(town) {
        assert_eq!(positions.len(), 1, "6: {key:?} had more than one effect");
    }
    for order in orders(town) {
        let (mut captured, mut tips, mut refunded) = (Vec::new(), Vec::new(), Vec::new());
        for event in events(town).filter(|event| event.order_id() == Some(order.id)) {
            let Body::Order(data) = &event.body else { continue };
            if let OrderEvent::PaymentCaptured { amount, .. } = data {
                captured.push(amount.get());
            } else if let OrderEvent::TipCaptured { amount } = data {
                tips.push(amount.get());
            } else if let OrderEvent::PaymentRefunded { captured, refunded: back } = data {
                assert_eq!(captured, back, "6: what was taken is what is given back");
                refunded.push(back.get());
            }
        }
        let books = town.crew.bank.entries(order.id);
        let line = |name: &str| books.iter().find(|it| it.key == format!("{name}:{}", order.id));
        let taken = |name: &str| line(name).map_or(0, |it| it.taken);
        assert!(
            captured.len() <= 1 && tips.len() <= 1 && refunded.len() <= 1,
            "6: twice on record: {order:?}"
        );
        assert!(
            captured.iter().all(|it| *it == taken("charge")),
            "6: on record {captured:?}, {books:?}"
        );
        assert!(tips.iter().all(|it| *it == taken("tip")), "6: tips on record {tips:?}, {books:?}");
        assert!(
            taken("charge") <= order.subtotal().get(),
            "6: more was taken than it costs: {books:?}"
        );
        let given = line("refund").map_or(0, |it| it.given);
        assert!(given <= taken("charge"), "6: more is back than was taken: {books:?}");
        assert!(
            refunded.iter().all(|it| *it == given),
            "6: back on record {refunded:?}, {books:?}"
        );
    }
}

fn orders(town: &Town) -> impl Iterator<Item = &Order> {
    town.room.log.streams.values().filter_map(|stream| stream.state.order())
}

fn p8_no_status_goes_backward(town: &Town) {
    let mut statuses: BTreeMap<StreamName, OrderStatus> = BTreeMap::new();
    for committed in &town.room.log.events {
        let Some(order) = &committed.order else { continue };
        if let Some(before) = statuses.insert(committed.event.stream, order.status) {
            let allowed = before == order.status || before.may_become(order.status);
            assert!(allowed, "8: {before} became {}", order.status);
        }
    }
}

fn p9_no_subscriber_misses_anything(town: &mut Town) {
    town.everybody_reads();
    for subscriber in &town.subscribers {
        let all = events(town).filter(|event| subscriber.scope.has(event));
        let all: Vec<Position> = all.map(|event| event.position).collect();
        assert_eq!(subscriber.read, all, "9: {:?} did not see each event once", subscriber.scope);
    }
}

fn p13_nothing_arrives_before_its_time(town: &Town) {
    for order in orders(town) {
        let delivered = order.timeline.iter().find(|it| it.status == OrderStatus::Delivered);
        let early = delivered.filter(|it| order.scheduled_for.is_some_and(|wish| wish > it.at));
        assert_eq!(early, None, "13: it arrived before its time: {order:?}");
    }
}

/// Every order has ended, its money is where it belongs, and nothing took longer than it may.
pub(super) fn p10_everything_has_settled(town: &Town, since: Timestamp) {
    for order in orders(town) {
        assert!(order.status.is_final(), "10: it has not ended: {order:?}");
        assert_eq!(order.waiting_for(), None, "10: it has ended and still waits: {order:?}");
        town.crew.check_books(&town.room, order);
    }
    for delivery in town.room.log.deliveries.values() {
        let has_ended = matches!(delivery.status, DeliveryStatus::Done | DeliveryStatus::Dead);
        assert!(has_ended, "10: {delivery:?} has not ended");
    }
    let policy = &town.room.house.policy;
    let longest_deadline = policy.deadlines.riding + policy.durations.riding;
    let took = town.room.log.head.recorded_at.duration_since(since);
    let took = Duration::try_from(took).unwrap_or_default();
    let at_most = AHEAD + RETRY_AFTER_MAX + longest_deadline + SLACK;
    assert!(took <= at_most, "10: it took {took:?}, and may take {at_most:?}");
}
