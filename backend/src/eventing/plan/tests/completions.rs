//! How handlers end: effects and the mark "done" together, and only for whoever holds the lease.

use std::time::Duration;

use shared::function::Function;
use shared::money::Cents;
use shared::order::Waiter;
use shared::order::command::Command;
use shared::order::event::OrderEvent;
use shared::order::status::OrderStatus;

use crate::eventing::delivery::{DeliveryStatus, ERROR_LENGTH_MAX, Outcome, Token};
use crate::eventing::fixture::{CUSTOMER, NOW, Room, cancel, completed, done, place, types};
use crate::eventing::log::{Body, Source};
use crate::eventing::plan::Claim;
use crate::eventing::request::{Answer, Request};
use crate::eventing::retry::{NOT_YET, tries_max};

/// A room with one order whose validation is leased.
fn leased() -> (Room, Claim) {
    let mut room = Room::new(0.0);
    let claim = room.claim(place(1, 10));
    (room, claim)
}

fn retry(claim: &Claim, after: Option<Duration>) -> Request {
    completed(claim, Outcome::Retry { after, why: "the oven is cold".to_owned() })
}

/// The delivery again, once it is due.
fn next_try(room: &mut Room, claim: &Claim) -> Claim {
    room.now = room.now.max(room.delivery(claim).due_at);
    room.claim(Request::LookAtDue)
}

#[test]
fn effects_and_the_mark_done_are_one_plan() {
    let (mut room, claim) = leased();
    let plan = room.write(&[done(&claim, Command::Validate)]);
    assert_eq!(types(&plan.writes.events), ["OrderValidated"]);
    let event = &plan.writes.events[0].event;
    assert_eq!(event.causation_id, Some(claim.event.id));
    assert_eq!(event.source, Source::Function(Function::ValidateOrder));
    assert_eq!(plan.writes.deliveries[&claim.delivery.key].status, DeliveryStatus::Done);
    assert_eq!(plan.claims[0].delivery.key.function, Function::ChargePayment);
}

#[test]
fn whoever_comes_with_an_old_token_is_a_zombie_and_changes_nothing() {
    let (mut room, slow) = leased();
    room.pass(room.house.timing.lease);
    let second = room.claim(Request::LookAtDue);
    assert_eq!(second.delivery.token, Token(slow.delivery.token.0 + 1));
    for outcome in [
        Outcome::Done(vec![Command::Validate]),
        Outcome::GiveUp { why: "late".to_owned() },
        Outcome::NotYet { after: NOT_YET, why: "too early".to_owned() },
        Outcome::Retry { after: None, why: "late".to_owned() },
    ] {
        let plan = room.write(&[completed(&slow, outcome)]);
        assert_eq!(plan.answers, [Answer::Zombie]);
        assert!(plan.writes.is_empty());
    }
    assert_eq!(room.write(&[done(&second, Command::Validate)]).answers, [Answer::Done]);
}

#[test]
fn whoever_completes_what_is_not_leased_is_a_zombie() {
    let (mut room, claim) = leased();
    let twice = [done(&claim, Command::Validate), done(&claim, Command::Validate)];
    let plan = room.write(&twice);
    assert_eq!(plan.answers, [Answer::Done, Answer::Zombie]);
    assert_eq!(plan.writes.events.len(), 1);
    let plan = room.write(&twice);
    assert_eq!(plan.answers, [Answer::Zombie, Answer::Zombie]);
    assert!(plan.writes.is_empty());
    // Put off, it is pending: the token alone does not help.
    let (mut room, claim) = leased();
    let plan = room.write(&[retry(&claim, None), done(&claim, Command::Validate)]);
    assert_eq!(plan.answers, [Answer::Done, Answer::Zombie]);
    assert!(plan.writes.events.is_empty());
}

#[test]
fn commands_are_carried_out_one_upon_the_other() {
    let (mut room, claim) = leased();
    let capture = Command::RecordCapture { amount: Cents::saturating(29_00) };
    let both = Outcome::Done(vec![Command::Validate, capture]);
    let plan = room.write(&[completed(&claim, both)]);
    assert_eq!(types(&plan.writes.events), ["OrderValidated", "PaymentCaptured"]);
}

#[test]
fn one_command_that_is_too_early_puts_all_off_and_the_try_is_given_back() {
    let (mut room, claim) = leased();
    let both = Outcome::Done(vec![Command::Validate, Command::Accept]);
    let plan = room.write(&[completed(&claim, both)]);
    assert!(plan.writes.events.is_empty());
    let delivery = room.delivery(&claim);
    assert_eq!((delivery.status, delivery.tries), (DeliveryStatus::Pending, 0));
    assert_eq!(delivery.due_at, NOW.checked_add(NOT_YET).unwrap());
    assert_eq!(delivery.token, claim.delivery.token, "fencing does not forget");
}

#[test]
fn one_command_that_is_denied_makes_a_dead_letter_of_all() {
    let (mut room, claim) = leased();
    let Request::Mutate(again) = place(1, 99) else { panic!("an order is placed by a mutation") };
    let both = Outcome::Done(vec![Command::Validate, again.command]);
    let plan = room.write(&[completed(&claim, both)]);
    assert_eq!(types(&plan.writes.events), ["DeliveryDied"]);
    assert_eq!(room.delivery(&claim).status, DeliveryStatus::Dead);
    assert_eq!(room.order(1).status, OrderStatus::Placed);
}

#[test]
fn a_command_that_is_too_late_adds_nothing() {
    let (mut room, claim) = leased();
    let refuse = Command::Reject { reason: "no".to_owned() };
    let both = Outcome::Done(vec![Command::Validate, refuse]);
    let plan = room.write(&[completed(&claim, both)]);
    assert_eq!(types(&plan.writes.events), ["OrderValidated"]);
    assert_eq!(room.delivery(&claim).status, DeliveryStatus::Done);

    let (mut room, claim) = leased();
    let asked = room.claim(cancel(1, 11));
    room.write(&[done(&asked, Command::Cancel)]);
    let plan = room.write(&[done(&claim, Command::Validate)]);
    assert_eq!(plan.answers, [Answer::Done]);
    assert!(plan.writes.events.is_empty());
    assert_eq!(room.delivery(&claim).status, DeliveryStatus::Done);
}

#[test]
fn a_failure_comes_back_within_its_backoff_and_not_before_it_asked_to() {
    let (mut room, mut claim) = leased();
    for tries in 1..tries_max(Function::ValidateOrder).unwrap() {
        let asked = Duration::from_secs(7);
        room.write(&[retry(&claim, (tries > 5).then_some(asked))]);
        let delivery = room.delivery(&claim);
        assert_eq!((delivery.status, delivery.tries), (DeliveryStatus::Pending, tries));
        assert_eq!(delivery.last_error.as_deref(), Some("the oven is cold"));
        let wait = delivery.due_at.duration_since(room.now).unsigned_abs();
        assert!(wait <= Duration::from_secs(1 << tries.min(4)) * 2, "{tries}: {wait:?}");
        assert!(wait <= room.house.timing.backoff_cap);
        assert!(tries <= 5 || wait >= asked, "{wait:?}");
        claim = next_try(&mut room, &claim);
    }
}

#[test]
fn failures_of_one_moment_do_not_come_back_together() {
    let mut room = Room::new(0.0);
    let batch: Vec<_> = (1..=8).map(|number| place(number, number)).collect();
    let claims = room.write(&batch).claims;
    let failed: Vec<_> = claims.iter().map(|claim| retry(claim, None)).collect();
    room.write(&failed);
    let due: std::collections::BTreeSet<_> =
        claims.iter().map(|claim| room.delivery(claim).due_at).collect();
    assert!(due.len() > 4, "{due:?}");
}

#[test]
fn what_has_used_up_its_tries_is_dead_and_its_order_says_so() {
    let (mut room, mut claim) = leased();
    for _ in 1..tries_max(Function::ValidateOrder).unwrap() {
        room.write(&[retry(&claim, None)]);
        claim = next_try(&mut room, &claim);
    }
    let plan = room.write(&[retry(&claim, None)]);
    assert_eq!(types(&plan.writes.events), ["DeliveryDied"]);
    let event = &plan.writes.events[0].event;
    assert_eq!(event.causation_id, Some(claim.event.id));
    assert_eq!(
        event.body,
        Body::Order(OrderEvent::DeliveryDied {
            function: Function::ValidateOrder,
            error: "the oven is cold".to_owned(),
        })
    );
    assert_eq!(room.delivery(&claim).status, DeliveryStatus::Dead);
    assert_eq!(room.order(1).waiting_for().unwrap().who, Waiter::Operator);
    room.pass(Duration::from_mins(1));
    assert!(room.write(&[Request::LookAtDue]).claims.is_empty(), "the dead stay dead");
}

#[test]
fn whoever_waits_for_the_bank_is_never_given_up_by_count() {
    let (mut room, claim) = leased();
    let mut claim = room.claim(done(&claim, Command::Validate));
    assert_eq!(claim.delivery.key.function, Function::ChargePayment);
    for _ in 0..100 {
        room.write(&[retry(&claim, None)]);
        claim = next_try(&mut room, &claim);
    }
    assert_eq!(claim.delivery.tries, 101);
}

#[test]
fn a_handler_that_gives_up_is_believed_at_once_and_cut_short() {
    let (mut room, claim) = leased();
    let why = "é".repeat(ERROR_LENGTH_MAX + 1);
    let plan = room.write(&[completed(&claim, Outcome::GiveUp { why })]);
    assert_eq!(types(&plan.writes.events), ["DeliveryDied"]);
    let kept = room.delivery(&claim).last_error.clone().unwrap();
    assert_eq!(kept.chars().count(), ERROR_LENGTH_MAX);
}

#[test]
fn too_early_is_not_a_failure_however_often() {
    let (mut room, mut claim) = leased();
    for _ in 0..50 {
        room.write(&[completed(
            &claim,
            Outcome::NotYet { after: Duration::from_secs(1), why: "too early".to_owned() },
        )]);
        assert_eq!(room.delivery(&claim).tries, 0);
        assert_eq!(room.delivery(&claim).last_error, None);
        claim = next_try(&mut room, &claim);
    }
    assert_eq!(claim.delivery.token, Token(51));
}

#[test]
fn a_lease_given_back_is_handed_out_again_at_once() {
    let (mut room, claim) = leased();
    let release =
        completed(&claim, Outcome::NotYet { after: Duration::ZERO, why: "too early".to_owned() });
    room.write(&[release]);
    let again = room.claim(Request::LookAtDue);
    assert_eq!((again.delivery.key, again.delivery.tries), (claim.delivery.key, 1));
    assert_eq!(again.order.customer_id, CUSTOMER);
}
