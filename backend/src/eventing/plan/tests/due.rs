//! What time brings: due work, expired leases, deadlines; and slots, which bound how much of it.

use std::time::Duration;

use shared::cursor::Position;
use shared::function::Function;
use shared::order::Waiter;
use shared::order::command::Command;
use shared::order::status::OrderStatus;

use crate::eventing::delivery::{DeliveryStatus, Token};
use crate::eventing::fixture::{Room, cancel, done, place, types};
use crate::eventing::log::Source;
use crate::eventing::plan::Claim;
use crate::eventing::request::Request;
use crate::eventing::retry::tries_max;

fn positions(claims: &[Claim]) -> Vec<u64> {
    claims.iter().map(|claim| claim.delivery.key.position.get()).collect()
}

#[test]
fn due_work_is_handed_out_in_its_order_up_to_the_free_slots() {
    let mut room = Room::new(0.0);
    room.free_slots.clear();
    for number in 1..=5 {
        room.write(&[place(number, number)]);
        room.pass(Duration::from_secs(1));
    }
    room.free_slots.insert(Function::ValidateOrder, 3);
    let plan = room.write(&[Request::LookAtDue]);
    assert_eq!(positions(&plan.claims), [1, 2, 3]);
    assert_eq!(plan.writes.deliveries.len(), 3, "what is not handed out is not written");
    assert_eq!(positions(&room.write(&[Request::LookAtDue]).claims), [4, 5]);
}

#[test]
fn work_is_not_handed_out_before_it_is_due() {
    let mut room = Room::new(1.0);
    let placed = room.claim(place(1, 10));
    room.write(&[done(&placed, Command::Validate)]);
    let grace = room.house.policy.durations.grace;
    room.pass(grace.saturating_sub(Duration::from_millis(1)));
    assert!(room.write(&[Request::LookAtDue]).writes.is_empty());
    room.pass(Duration::from_millis(1));
    let claim = room.claim(Request::LookAtDue);
    assert_eq!(claim.delivery.key.function, Function::ChargePayment);
    let until = room.now.checked_add(room.house.timing.lease).unwrap();
    assert_eq!((claim.delivery.due_at, claim.delivery.token), (until, Token(1)));
}

#[test]
fn new_work_is_leased_in_the_transaction_that_made_it_due_while_slots_last() {
    let mut room = Room::new(0.0);
    room.free_slots.insert(Function::ValidateOrder, 2);
    let plan = room.write(&[place(1, 1), place(2, 2), place(3, 3)]);
    assert_eq!(positions(&plan.claims), [1, 2]);
    assert_eq!(plan.crowded, [Function::ValidateOrder].into());
    let kept = plan.writes.deliveries.values().find(|it| it.status == DeliveryStatus::Pending);
    assert_eq!(kept.unwrap().key.position, Position::new(3));
    let plan = room.write(&[cancel(3, 4)]);
    assert!(plan.crowded.is_empty(), "a function that has slots is not crowded");
}

#[test]
fn work_that_waits_for_a_slot_goes_before_work_that_comes() {
    let mut room = Room::new(0.0);
    room.free_slots.clear();
    room.write(&[place(1, 1)]);
    room.free_slots.insert(Function::ValidateOrder, 1);
    let plan = room.write(&[place(2, 2), Request::LookAtDue]);
    assert_eq!(positions(&plan.claims), [1]);
    assert_eq!(plan.crowded, [Function::ValidateOrder].into());
}

#[test]
fn nobody_is_handed_what_this_very_batch_completes() {
    let mut room = Room::new(0.0);
    let slow = room.claim(place(1, 1));
    room.pass(room.house.timing.lease);
    let plan = room.write(&[done(&slow, Command::Validate), Request::LookAtDue]);
    assert_eq!(types(&plan.writes.events), ["OrderValidated"]);
    assert_eq!(room.delivery(&slow).status, DeliveryStatus::Done);
    assert_eq!(plan.claims.len(), 1);
    assert_eq!(plan.claims[0].delivery.key.function, Function::ChargePayment);
}

#[test]
fn what_never_comes_back_is_swept_dead_once_its_tries_are_used_up() {
    let mut room = Room::new(0.0);
    let mut claim = room.claim(place(1, 1));
    let most = tries_max(Function::ValidateOrder).unwrap();
    for _ in 1..most {
        room.pass(room.house.timing.lease);
        claim = room.claim(Request::LookAtDue);
    }
    assert_eq!(claim.delivery.tries, most);
    room.pass(room.house.timing.lease);
    let plan = room.write(&[Request::LookAtDue]);
    assert!(plan.claims.is_empty());
    assert_eq!(types(&plan.writes.events), ["DeliveryDied"]);
    assert_eq!(room.delivery(&claim).status, DeliveryStatus::Dead);
    assert_eq!(room.order(1).waiting_for().unwrap().who, Waiter::Operator);
}

#[test]
fn a_wait_whose_deadline_struck_ends_once() {
    let mut room = Room::new(0.0);
    room.free_slots.clear();
    room.write(&[place(1, 1)]);
    let deadline = room.house.policy.deadlines.validation;
    room.pass(deadline.saturating_sub(Duration::from_millis(1)));
    assert!(room.write(&[Request::LookAtDue]).writes.is_empty());
    room.pass(Duration::from_millis(1));
    let plan = room.write(&[Request::LookAtDue]);
    assert_eq!(types(&plan.writes.events), ["OrderCancelled"]);
    assert_eq!(plan.writes.events[0].event.source, Source::Deadline);
    assert_eq!(room.order(1).status, OrderStatus::Cancelled);
    assert!(room.write(&[Request::LookAtDue]).writes.is_empty());
}

#[test]
fn a_wait_that_this_very_batch_ends_is_left_alone() {
    let mut room = Room::new(0.0);
    let placed = room.claim(place(1, 1));
    room.pass(room.house.policy.deadlines.validation);
    let plan = room.write(&[done(&placed, Command::Validate), Request::LookAtDue]);
    assert_eq!(types(&plan.writes.events), ["OrderValidated"]);
}
