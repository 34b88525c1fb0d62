//! What an operator asks, and what the history of attempts keeps.

use std::time::Duration;

use shared::function::Function;
use shared::order::Waiter;
use shared::order::command::Command;

use crate::eventing::attempt::AttemptEnd;
use crate::eventing::consumer::Consumer;
use crate::eventing::delivery::{DeliveryStatus, Outcome, Token};
use crate::eventing::fixture::{CUSTOMER, Room, STRANGER, cancel, completed, done, place, types};
use crate::eventing::log::{Source, StreamName};
use crate::eventing::plan::Claim;
use crate::eventing::request::{Answer, Pause, Request, SignIn};
use crate::eventing::retry::{NOT_YET, RETRY_AFTER_MAX, tries_max};

/// A room with one order whose validation is leased.
fn leased() -> (Room, Claim) {
    let mut room = Room::new(0.0);
    let claim = room.claim(place(1, 10));
    (room, claim)
}

fn given_up(claim: &Claim) -> Request {
    completed(claim, Outcome::GiveUp { why: "no oven".to_owned() })
}

fn set(function: Function, pause: Pause) -> Request {
    Request::SetPaused(Consumer::Function(function), pause)
}

/// How the attempts of this claim's delivery ended, oldest first, and in which words.
fn ends(room: &Room, claim: &Claim) -> Vec<(AttemptEnd, String)> {
    let of = |(key, _): &(_, Token)| *key == claim.delivery.key;
    let attempts = room.log.attempts.iter().filter(|(key, _)| of(key));
    attempts.map(|(_, it)| (it.end, it.error.clone())).collect()
}

#[test]
fn a_dead_letter_is_tried_again_with_a_fresh_budget_and_a_token_that_goes_on() {
    let (mut room, claim) = leased();
    room.write(&[given_up(&claim)]);
    assert_eq!(room.order(1).waiting_for().unwrap().who, Waiter::Operator);
    let plan = room.write(&[Request::Redeliver(claim.delivery.key)]);
    assert_eq!(types(&plan.writes.events), ["DeliveryRedelivered"]);
    let event = &plan.writes.events[0].event;
    assert_eq!((event.source, event.causation_id), (Source::Operator, Some(claim.event.id)));
    let Answer::Delivery(delivery) = &plan.answers[0] else { panic!("{:?}", plan.answers) };
    assert_eq!((delivery.status, delivery.tries), (DeliveryStatus::Pending, 0));
    assert_eq!(delivery.token, claim.delivery.token);
    let wait = room.order(1).waiting_for().unwrap();
    assert_eq!(wait.who, Waiter::Function(Function::ValidateOrder), "the order says so");

    let again = room.claim(Request::LookAtDue);
    assert_eq!(again.delivery.token, Token(claim.delivery.token.0 + 1));
    assert_eq!(room.write(&[given_up(&claim)]).answers, [Answer::Zombie], "an old token stays one");
    room.write(&[done(&again, Command::Validate)]);
    assert_eq!(room.delivery(&again).status, DeliveryStatus::Done);
}

#[test]
fn what_is_done_can_be_tried_again_and_its_second_effect_does_not_happen() {
    let (mut room, claim) = leased();
    room.write(&[done(&claim, Command::Validate)]);
    room.write(&[Request::Redeliver(claim.delivery.key)]);
    room.free_slots.insert(Function::ChargePayment, 0);
    let again = room.claim(Request::LookAtDue);
    assert_eq!(again.delivery.key, claim.delivery.key);
    let plan = room.write(&[done(&again, Command::Validate)]);
    assert!(plan.writes.events.is_empty(), "{:?}", types(&plan.writes.events));
    assert_eq!(room.delivery(&again).status, DeliveryStatus::Done);
    let late = (AttemptEnd::Late, "the order is VALIDATED already".to_owned());
    assert_eq!(ends(&room, &again), [late], "the history says why nothing happened");
}

#[test]
fn what_runs_is_not_redelivered_and_what_is_not_there_is_unknown() {
    let (mut room, claim) = leased();
    let key = claim.delivery.key;
    let unknown = crate::eventing::delivery::DeliveryKey { function: Function::Refund, ..key };
    let plan = room.write(&[Request::Redeliver(key), Request::Redeliver(unknown)]);
    assert_eq!(plan.answers, [Answer::DeliveryRunning, Answer::Unknown]);
    assert!(plan.writes.is_empty());
}

#[test]
fn what_has_not_failed_keeps_its_time_and_what_waits_to_be_tried_again_goes_at_once() {
    let mut room = Room::new(1.0);
    let claim = room.claim(place(1, 10));
    room.write(&[done(&claim, Command::Validate)]);
    let charge = room.log.deliveries.values().find(|it| it.tries == 0).unwrap().clone();
    let plan = room.write(&[Request::Redeliver(charge.key)]);
    assert_eq!(plan.answers, [Answer::Delivery(Box::new(charge))], "nobody skips the grace");
    assert!(plan.writes.is_empty());

    let (mut room, claim) = leased();
    let after = Some(Duration::from_mins(10));
    room.write(&[completed(&claim, Outcome::Retry { after, why: "cold".to_owned() })]);
    assert!(room.write(&[Request::LookAtDue]).claims.is_empty());
    room.write(&[Request::Redeliver(claim.delivery.key)]);
    assert_eq!(room.claim(Request::LookAtDue).delivery.tries, 1);
}

#[test]
fn of_what_is_paused_nothing_is_attempted_and_its_backlog_grows_until_it_goes_on() {
    let mut room = Room::new(0.0);
    let plan = room.write(&[set(Function::ValidateOrder, Pause::Paused), place(1, 10)]);
    assert!(plan.claims.is_empty(), "not even in the batch that pauses it");
    room.pass(Duration::from_mins(5));
    assert!(room.write(&[place(2, 20), Request::LookAtDue]).claims.is_empty());
    let pending = room.log.deliveries.values();
    assert!(pending.clone().count() == 2 && pending.clone().all(|it| it.token == Token(0)));
    room.write(&[set(Function::ValidateOrder, Pause::Running)]);
    assert_eq!(room.write(&[Request::LookAtDue]).claims.len(), 2);
}

#[test]
fn a_pause_and_its_end_are_events_of_the_system_once_each() {
    let mut room = Room::new(0.0);
    let (paused, running) =
        (set(Function::Kitchen, Pause::Paused), set(Function::Kitchen, Pause::Running));
    room.write(&[running.clone(), paused.clone(), paused.clone()]);
    room.write(std::slice::from_ref(&paused));
    room.write(&[running.clone(), running, paused]);
    assert_eq!(
        types(&room.log.events),
        ["ConsumerPaused", "ConsumerResumed", "ConsumerPaused"],
        "again is no event"
    );
    let event = &room.log.events[0].event;
    assert_eq!((event.source, event.stream), (Source::Operator, StreamName::System));
    let system = room.log.streams[&StreamName::System].state.system().unwrap();
    assert_eq!(system.paused, [Consumer::Function(Function::Kitchen)].into());
}

#[test]
fn an_attempt_that_is_under_way_when_its_function_is_paused_still_counts() {
    let (mut room, claim) = leased();
    let pause = set(Function::ValidateOrder, Pause::Paused);
    let plan = room.write(&[pause, done(&claim, Command::Validate)]);
    assert_eq!(types(&plan.writes.events), ["ConsumerPaused", "OrderValidated"]);
}

#[test]
fn each_end_but_a_plain_one_is_kept_with_its_words_and_its_times() {
    let (mut room, claim) = leased();
    room.pass(Duration::from_secs(3));
    room.write(&[completed(&claim, Outcome::Retry { after: None, why: "cold".to_owned() })]);
    let attempt = &room.log.attempts[&(claim.delivery.key, claim.delivery.token)];
    assert_eq!(attempt.ended_at.duration_since(attempt.started_at).as_secs(), 3);
    assert_eq!(attempt.worker, room.house.worker);

    room.pass(Duration::from_mins(1));
    let early = room.claim(Request::LookAtDue);
    let why = "no courier".to_owned();
    room.write(&[completed(&early, Outcome::NotYet { after: NOT_YET, why })]);
    room.pass(NOT_YET);
    room.claim(Request::LookAtDue);
    room.pass(room.house.timing.lease);
    let found = room.claim(Request::LookAtDue);
    room.write(&[given_up(&found)]);
    room.write(&[Request::Redeliver(claim.delivery.key)]);
    let last = room.claim(Request::LookAtDue);
    room.write(&[done(&last, Command::Validate)]);
    let ends: Vec<_> = ends(&room, &claim).into_iter().map(|(end, _)| end).collect();
    let expected = [AttemptEnd::Failed, AttemptEnd::NotYet, AttemptEnd::Lost, AttemptEnd::GivenUp];
    assert_eq!(ends, expected, "and the plain one is not kept");
}

#[test]
fn a_lost_last_try_is_kept_as_lost_and_the_order_says_that_it_was_given_up() {
    let (mut room, _) = leased();
    for _ in 1..tries_max(Function::ValidateOrder).unwrap() {
        room.pass(room.house.timing.lease);
        room.claim(Request::LookAtDue);
    }
    room.pass(room.house.timing.lease);
    let plan = room.write(&[Request::LookAtDue]);
    assert_eq!(types(&plan.writes.events), ["DeliveryDied"]);
    assert!(room.log.attempts.values().all(|it| it.end == AttemptEnd::Lost));
    assert_eq!(room.log.attempts.len(), 10);
}

#[test]
fn an_overtaken_completion_says_by_what() {
    let (mut room, claim) = leased();
    let asked = room.claim(cancel(1, 11));
    room.write(&[done(&asked, Command::Cancel)]);
    room.write(&[done(&claim, Command::Validate)]);
    let late = (AttemptEnd::Late, "the order is CANCELLED already".to_owned());
    assert_eq!(ends(&room, &claim), [late]);
}

#[test]
fn nobody_can_put_an_order_off_for_days() {
    let (mut room, claim) = leased();
    let after = Some(Duration::from_hours(1_000));
    room.write(&[completed(&claim, Outcome::Retry { after, why: "later".to_owned() })]);
    let wait = room.delivery(&claim).due_at.duration_since(room.now).unsigned_abs();
    assert_eq!(wait, RETRY_AFTER_MAX);
}

#[test]
fn revoked_tokens_are_an_event_of_their_customer_once() {
    let mut room = Room::new(0.0);
    let sign_in =
        SignIn { customer_id: CUSTOMER, name: "Ada".to_owned(), token_hash: "5e88".to_owned() };
    room.write(&[Request::SignIn(sign_in)]);
    let revoke = |id| Request::RevokeTokens(id);
    let plan = room.write(&[revoke(CUSTOMER), revoke(CUSTOMER), revoke(STRANGER)]);
    assert_eq!(plan.answers, [Answer::Done, Answer::Done, Answer::Unknown]);
    assert_eq!(types(&plan.writes.events), ["TokensRevoked"]);
    assert_eq!(plan.writes.events[0].event.source, Source::Operator);
    let stream = &room.log.streams[&StreamName::Customer(CUSTOMER)];
    assert_eq!(stream.state.customer().unwrap().token_hash, None);
    assert_eq!(stream.state.customer().unwrap().name, "Ada");
}
