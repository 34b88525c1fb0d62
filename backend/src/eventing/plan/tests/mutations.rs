//! Mutations: one id has one effect, and one answer for ever.

use std::time::Duration;

use shared::cursor::{Position, Version};
use shared::function::Function;
use shared::id::RestaurantId;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::refusal::DenialCode;
use uuid::Uuid;

use crate::eventing::delivery::{DeliveryKey, DeliveryStatus};
use crate::eventing::fixture::{
    CUSTOMER, NOW, Room, STRANGER, cancel, cancel_by, done, draft, order_id, place, place_draft,
    rate, receipt, set_tip, types,
};
use crate::eventing::request::{Answer, Replay};

fn denied(answer: &Answer) -> DenialCode {
    receipt(answer).refusal.as_ref().unwrap().denial.code
}

#[test]
fn an_accepted_mutation_appends_one_event_one_receipt_and_its_deliveries() {
    let plan = Room::new(1.0).write(&[place(1, 10)]);
    assert_eq!(types(&plan.writes.events), ["OrderPlaced"]);
    assert_eq!((plan.writes.receipts.len(), plan.writes.deliveries.len()), (1, 1));
    let answer = receipt(&plan.answers[0]);
    assert_eq!((answer.position, answer.replay), (Position::new(1), Replay::First));
    assert_eq!(answer.order.as_ref().unwrap().version, Version::new(1));
    assert_eq!(answer.refusal, None);
    let key = DeliveryKey { function: Function::ValidateOrder, position: Position::new(1) };
    let delivery = &plan.writes.deliveries[&key];
    assert_eq!((delivery.status, delivery.tries), (DeliveryStatus::Leased, 1));
    assert_eq!(plan.claims[0].delivery, *delivery);
}

#[test]
fn a_delivery_is_due_after_the_delay_of_its_route() {
    let mut room = Room::new(1.0);
    let placed = room.claim(place(1, 10));
    let plan = room.write(&[done(&placed, Command::Validate)]);
    let charge = plan.writes.deliveries.values().find(|it| it.status == DeliveryStatus::Pending);
    let charge = charge.unwrap();
    assert_eq!(charge.key.function, Function::ChargePayment);
    assert_eq!(charge.due_at, NOW.checked_add(room.house.policy.durations.grace).unwrap());
    assert!(plan.claims.is_empty());
}

#[test]
fn a_repeated_mutation_is_answered_again_and_writes_nothing() {
    let mut room = Room::new(1.0);
    let first = room.write(&[place(1, 10)]);
    room.pass(Duration::from_mins(1));
    let again = room.write(&[place(1, 10)]);
    assert!(again.writes.is_empty() && again.claims.is_empty());
    let (first, again) = (receipt(&first.answers[0]), receipt(&again.answers[0]));
    assert_eq!(again.replay, Replay::Replayed);
    assert_eq!((again.position, &again.order), (first.position, &first.order));
}

#[test]
fn a_mutation_repeated_within_its_batch_is_carried_out_once() {
    let plan = Room::new(1.0).write(&[place(1, 10), place(1, 10)]);
    assert_eq!(plan.writes.events.len(), 1);
    assert_eq!(receipt(&plan.answers[0]).replay, Replay::First);
    assert_eq!(receipt(&plan.answers[1]).replay, Replay::Replayed);
}

#[test]
fn the_same_id_with_another_input_is_a_conflict_and_writes_nothing() {
    let mut room = Room::new(1.0);
    let plan = room.write(&[place(1, 10), place(2, 10)]);
    assert_eq!(plan.answers[1], Answer::IdempotencyConflict);
    assert_eq!(plan.writes.events.len(), 1);
    let plan = room.write(&[cancel(1, 10)]);
    assert_eq!(plan.answers, [Answer::IdempotencyConflict]);
    assert!(plan.writes.is_empty());
}

#[test]
fn the_same_id_of_another_customer_is_another_mutation() {
    let mut room = Room::new(1.0);
    let plan = room.write(&[place(1, 10), cancel_by(STRANGER, 1, 10)]);
    assert_eq!(denied(&plan.answers[1]), DenialCode::OrderNotFound);
    assert_eq!(plan.writes.receipts.len(), 2);
}

#[test]
fn a_refusal_is_durable_and_repeats_itself_whatever_comes_later() {
    let mut room = Room::new(1.0);
    room.write(&[place(2, 9)]);
    let plan = room.write(&[cancel(1, 10)]);
    assert!(plan.writes.events.is_empty());
    assert_eq!(plan.writes.receipts.len(), 1);
    let refused = receipt(&plan.answers[0]);
    assert_eq!(refused.refusal.as_ref().unwrap().denial.code, DenialCode::OrderNotFound);
    assert_eq!(refused.position, Position::new(1), "the position at which it was decided");
    // Now the order exists; what was refused stays refused.
    room.write(&[place(1, 11)]);
    let again = room.write(&[cancel(1, 10)]);
    assert!(again.writes.is_empty());
    let again = receipt(&again.answers[0]);
    assert_eq!((&again.refusal, again.position), (&refused.refusal, refused.position));
    assert_eq!(again.order.as_ref().map(Order::cancel_requested), Some(false));
}

#[test]
fn a_refusal_does_not_tell_of_somebody_elses_order() {
    let mut room = Room::new(1.0);
    room.write(&[place(1, 10)]);
    let theirs = room.write(&[cancel_by(STRANGER, 1, 20)]).answers.remove(0);
    let none = room.write(&[cancel_by(STRANGER, 99, 21)]).answers.remove(0);
    let (theirs, none) = (receipt(&theirs), receipt(&none));
    assert_eq!(theirs.refusal, none.refusal);
    assert_eq!((&theirs.order, &none.order), (&None, &None));
    // Nor when it is asked again.
    let again = room.write(&[cancel_by(STRANGER, 1, 20)]).answers.remove(0);
    assert_eq!((&receipt(&again).refusal, &receipt(&again).order), (&none.refusal, &None));
}

#[test]
fn a_refusal_of_ones_own_order_names_the_version_it_was_decided_on() {
    let mut room = Room::new(1.0);
    let plan = room.write(&[place(1, 10), cancel(1, 11), place(1, 12)]);
    let refusal = receipt(&plan.answers[2]).refusal.clone().unwrap();
    assert_eq!(refusal.denial.code, DenialCode::OrderIdTaken);
    assert_eq!(refusal.order_version, Some(Version::new(2)));
}

#[test]
fn each_request_of_a_batch_sees_what_the_earlier_ones_did() {
    let plan = Room::new(1.0).write(&[cancel(1, 9), place(1, 10), cancel(1, 11)]);
    assert_eq!(denied(&plan.answers[0]), DenialCode::OrderNotFound);
    assert_eq!(types(&plan.writes.events), ["OrderPlaced", "CancellationRequested"]);
    assert!(receipt(&plan.answers[2]).order.as_ref().unwrap().cancel_requested());
}

#[test]
fn a_tip_and_a_rating_are_mutations_like_any_other_and_nobody_handles_them() {
    let mut room = Room::new(1.0);
    room.write(&[place(1, 10)]);
    let plan = room.write(&[set_tip(1, 5_00, 11), rate(1, 5, 12), rate(2, 5, 13)]);
    assert_eq!(types(&plan.writes.events), ["TipSet"]);
    assert!(plan.writes.deliveries.is_empty() && plan.claims.is_empty());
    assert_eq!(receipt(&plan.answers[0]).refusal, None);
    assert_eq!(denied(&plan.answers[1]), DenialCode::NotDeliveredYet);
    assert_eq!(denied(&plan.answers[2]), DenialCode::OrderNotFound);
    let again = room.write(&[set_tip(1, 5_00, 11), rate(1, 5, 12), set_tip(1, 6_00, 11)]);
    assert!(again.writes.is_empty());
    assert_eq!(receipt(&again.answers[0]).replay, Replay::Replayed);
    assert_eq!(receipt(&again.answers[1]).replay, Replay::Replayed);
    assert_eq!(again.answers[2], Answer::IdempotencyConflict);
}

#[test]
fn a_repeated_older_tip_does_not_undo_the_last_one() {
    let mut room = Room::new(1.0);
    room.write(&[place(1, 10), set_tip(1, 1_00, 11), set_tip(1, 5_00, 12)]);
    let again = room.write(&[set_tip(1, 1_00, 11)]);
    assert_eq!(receipt(&again.answers[0]).order.as_ref().unwrap().tip.get(), 5_00);
}

#[test]
fn a_handler_gets_the_order_as_the_whole_batch_left_it() {
    let plan = Room::new(1.0).write(&[place(1, 10), cancel(1, 11)]);
    assert_eq!(plan.claims.len(), 2);
    for claim in &plan.claims {
        assert!(claim.order.cancel_requested(), "{}", claim.delivery.key.function);
    }
}

#[test]
fn what_an_order_costs_is_decided_by_the_catalogue_of_the_moment() {
    let unknown = RestaurantId::new(Uuid::from_u128(99));
    let mut unknown_restaurant = draft(1);
    unknown_restaurant.restaurant_id = unknown;
    let mut room = Room::new(1.0);
    let plan = room.write(&[place_draft(unknown_restaurant, 10)]);
    assert_eq!(denied(&plan.answers[0]), DenialCode::RestaurantUnknown);
    assert_eq!(room.log.order(order_id(1)), None);
}

#[test]
fn time_never_goes_behind_the_last_recorded_event() {
    let mut room = Room::new(1.0);
    room.write(&[place(1, 10)]);
    room.now = NOW.checked_sub(Duration::from_hours(1)).unwrap();
    let plan = room.write(&[place(2, 11)]);
    assert_eq!(plan.writes.events[0].event.recorded_at, NOW);
    assert_eq!(plan.writes.head.recorded_at, NOW);
    assert!(plan.claims[0].delivery.due_at > NOW, "the lease is counted from the log's time");
    assert_eq!(room.order(2).customer_id, CUSTOMER);
}

#[test]
fn what_is_written_is_as_exact_as_what_is_read_back() {
    let mut room = Room::new(1.0);
    let mut order = draft(1);
    order.placed_at = Some(NOW.checked_sub(Duration::from_nanos(1_500_001)).unwrap());
    let plan = room.write(&[place_draft(order, 10)]);
    let event = &plan.writes.events[0].event;
    assert_eq!(event.occurred_at.subsec_nanosecond() % 1_000_000, 0, "{}", event.occurred_at);
}
