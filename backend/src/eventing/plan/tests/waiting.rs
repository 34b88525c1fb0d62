//! Who waits for whom: how long after a failure, and behind whose deliveries.
//!
//! The rule between customers: they take turns. However many orders one of them has, another waits for at
//! most one of them; and what fails goes back behind whatever of the same customer is due by then.

use proptest::prelude::*;

use super::super::*;
use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::{CUSTOMER, Room, STRANGER, completed, place, place_by};
use crate::eventing::retry::RETRY_AFTER_MAX;
use shared::order::command::Command;
use std::time::Duration;

/// A store keeps milliseconds, and due times are rounded up to them.
const ROUNDING: Duration = Duration::from_millis(1);

fn fails(after: Option<Duration>) -> Outcome {
    Outcome::Retry { after, why: "trouble".to_owned() }
}

proptest! {
    #[test]
    fn a_wait_that_was_asked_for_is_kept_up_to_its_bound(seconds in 0..20_000_u64) {
        let mut room = Room::new(0.0);
        let claim = room.claim(place(1, 10));
        let asked = Duration::from_secs(seconds);
        room.write(&[completed(&claim, fails(Some(asked)))]);
        let wait = room.delivery(&claim).due_at.duration_since(room.now);
        let wait = Duration::try_from(wait).unwrap();
        prop_assert!(wait >= asked.min(RETRY_AFTER_MAX));
        let cap = room.house.timing.backoff_cap;
        prop_assert!(wait <= asked.min(RETRY_AFTER_MAX).max(cap) + ROUNDING);
    }

    #[test]
    fn behind_a_flood_that_goes_on_the_other_customer_is_next(flood in 0..60_u32, free in 1..4_usize) {
        let mut room = Room::new(0.0);
        room.free_slots.clear();
        for number in 0..flood {
            room.write(&[place_by(CUSTOMER, number.into(), number.into())]);
        }
        room.pass(ROUNDING);
        room.write(&[place_by(STRANGER, 1_000, 1_000)]);
        let mut handed_out = Vec::new();
        for order in 2_000..2_002 {
            room.free_slots.clear();
            room.write(&[place_by(CUSTOMER, order, order)]);
            room.free_slots.insert(Function::ValidateOrder, free);
            let claims = room.write(&[Request::LookAtDue]).claims;
            handed_out.extend(claims.iter().map(|claim| claim.order.customer_id));
            let done = Outcome::Done(vec![Command::Validate]);
            let batch: Vec<_> = claims.iter().map(|it| completed(it, done.clone())).collect();
            room.free_slots.clear();
            room.write(&batch);
        }
        let waited = handed_out.iter().take_while(|customer| **customer == CUSTOMER).count();
        prop_assert!(waited <= 1, "{handed_out:?}");
        prop_assert!(handed_out.contains(&STRANGER));
    }
}

#[test]
fn what_always_fails_holds_nobody_back() {
    let mut room = Room::new(0.0);
    room.free_slots.insert(Function::ValidateOrder, 1);
    let poison = room.claim(place(1, 10));
    room.write(&[completed(&poison, fails(Some(Duration::ZERO)))]);
    room.free_slots.clear();
    for order in 2..=20 {
        room.write(&[place(order, order + 10)]);
    }
    room.free_slots.insert(Function::ValidateOrder, 1);
    // One slot, and the longest backoff behind it: the poison is due whenever anybody is.
    let mut validated = 0;
    for _ in 0..60 {
        room.pass(room.house.timing.backoff_cap);
        let claims = room.write(&[Request::LookAtDue]).claims;
        let Some(claim) = claims.first() else { break };
        let outcome = if claim.delivery.key == poison.delivery.key {
            fails(None)
        } else {
            validated += 1;
            Outcome::Done(vec![Command::Validate])
        };
        room.free_slots.insert(Function::ValidateOrder, 0);
        room.write(&[completed(claim, outcome)]);
        room.free_slots.insert(Function::ValidateOrder, 1);
    }
    assert_eq!(validated, 19, "all others came through");
}
