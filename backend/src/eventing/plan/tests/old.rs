//! What has long been over is forgotten, page by page; what is not over never is.

use std::time::Duration;

use shared::function::Function;
use shared::order::command::Command;

use crate::eventing::delivery::{DeliveryStatus, Outcome};
use crate::eventing::fixture::{Room, completed, done, place};
use crate::eventing::plan::{Claim, OLD_MAX};
use crate::eventing::request::{Answer, Request};

/// Validations that are handed out, one of each order.
fn validations(orders: usize) -> (Room, Vec<Claim>) {
    let mut room = Room::new(0.0);
    room.free_slots = [(Function::ValidateOrder, orders)].into();
    let batch: Vec<_> = (1..).take(orders).map(|number| place(number, number)).collect();
    let claims = room.write(&batch).claims;
    assert_eq!(claims.len(), orders);
    (room, claims)
}

/// Forgets what was over before now.
fn forget(room: &mut Room) -> Answer {
    room.write(&[Request::ForgetOld]).answers.remove(0)
}

#[test]
fn only_what_is_done_is_forgotten_and_only_after_its_time() {
    let (mut room, claims) = validations(4);
    let lasts = Duration::from_hours(1);
    room.write(&[
        done(&claims[0], Command::Validate),
        completed(&claims[1], Outcome::GiveUp { why: "never".to_owned() }),
        completed(&claims[2], Outcome::Retry { after: Some(lasts), why: "down".to_owned() }),
    ]);
    room.pass(room.house.timing.kept_for);
    assert_eq!(forget(&mut room), Answer::Done);
    assert!(room.log.pruned.is_empty(), "its lease ended within the time");
    room.pass(room.house.timing.lease + Duration::from_millis(1));
    forget(&mut room);
    assert_eq!(room.log.pruned, [claims[0].delivery.key].into());
    let left = [DeliveryStatus::Dead, DeliveryStatus::Pending, DeliveryStatus::Leased];
    for (claim, status) in claims[1..].iter().zip(left) {
        assert_eq!(room.delivery(claim).status, status, "it waits, however long");
    }
    assert_eq!(room.log.events.len(), 6, "the log forgets nothing");
}

#[test]
fn of_what_is_forgotten_nothing_can_happen_any_more() {
    let (mut room, claims) = validations(1);
    let again = done(&claims[0], Command::Validate);
    room.write(std::slice::from_ref(&again));
    room.pass(room.house.timing.kept_for * 2);
    forget(&mut room);
    let key = claims[0].delivery.key;
    let answers = room.write(&[again, Request::Redeliver(key)]).answers;
    assert_eq!(answers, [Answer::Zombie, Answer::Unknown]);
}

#[test]
fn what_is_handed_out_once_more_in_the_same_batch_is_not_over() {
    for reversed in [false, true] {
        let (mut room, claims) = validations(1);
        room.write(&[done(&claims[0], Command::Validate)]);
        room.pass(room.house.timing.kept_for * 2);
        let mut batch = [Request::ForgetOld, Request::Redeliver(claims[0].delivery.key)];
        if reversed {
            batch.reverse();
        }
        room.write(&batch);
        assert_eq!(room.delivery(&claims[0]).status, DeliveryStatus::Pending);
    }
}

#[test]
fn where_a_page_is_full_there_may_be_more() {
    let (mut room, claims) = validations(OLD_MAX + 1);
    let late = Outcome::Late { why: "nothing was left to do".to_owned() };
    let batch: Vec<_> = claims.iter().map(|claim| completed(claim, late.clone())).collect();
    room.write(&batch);
    room.pass(room.house.timing.kept_for * 2);
    assert_eq!((forget(&mut room), room.log.pruned.len()), (Answer::MoreIsOld, OLD_MAX));
    assert_eq!((forget(&mut room), room.log.pruned.len()), (Answer::Done, OLD_MAX + 1));
}
