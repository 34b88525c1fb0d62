//! Who waits for whom: how long after a failure, and behind whose deliveries.
//!
//! The rule between customers: what became due first is handed out first, whoever's it is. A customer
//! with a flood of orders delays another by those that were due before theirs, and by none that comes
//! later; and what fails goes back behind whatever is due by then.

use proptest::prelude::*;

use super::super::*;
use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::{CUSTOMER, Room, STRANGER, completed, place, place_by};
use crate::eventing::retry::{RETRY_AFTER_MAX, slots};
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
    fn a_flood_delays_others_by_what_was_due_before_and_by_nothing_else(flood in 0..60_u32) {
        let mut room = Room::new(0.0);
        room.free_slots.clear();
        for number in 0..flood {
            room.write(&[place_by(CUSTOMER, number.into(), number.into())]);
        }
        room.pass(ROUNDING);
        room.write(&[place_by(STRANGER, 1_000, 1_000)]);
        let at_once = u32::try_from(slots(Function::ValidateOrder)).unwrap();
        for round in 0..=flood / at_once {
            // The flood goes on; what comes now comes later.
            room.pass(ROUNDING);
            room.free_slots.clear();
            for number in 0..at_once {
                let order = u128::from(2_000 + round * at_once + number);
                room.write(&[place_by(CUSTOMER, order, order)]);
            }
            room.free_slots.insert(Function::ValidateOrder, slots(Function::ValidateOrder));
            let claims = room.write(&[Request::LookAtDue]).claims;
            prop_assert_eq!(claims.len(), slots(Function::ValidateOrder));
            let theirs = claims.iter().any(|claim| claim.order.customer_id == STRANGER);
            prop_assert_eq!(theirs, round == flood / at_once);
            let done = Outcome::Done(vec![Command::Validate]);
            let batch: Vec<_> = claims.iter().map(|it| completed(it, done.clone())).collect();
            room.free_slots.clear();
            room.write(&batch);
        }
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
