//! The last portion, through the real plan: who gets it, who holds whom back, and what comes back.

use std::time::Duration;

use jiff::Timestamp;
use shared::order::command::{Command, OrderDraft};
use shared::order::status::OrderStatus;

use super::super::*;
use crate::eventing::delivery::{DeliveryStatus, Outcome};
use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{
    NOW, Room, cancel, completed, place_draft, portions, receipt, types,
};
use crate::eventing::log::LogEvent;

const WINDOW: Duration = Duration::from_secs(3);

/// All five portions of *Mole Negro*, placed so many milliseconds after the beginning.
fn all_five(order: u128, placed: u64) -> Request {
    let draft = OrderDraft { placed_at: Some(at(placed)), ..portions(5, 4, 1, order) };
    place_draft(draft, order)
}

fn at(milliseconds: u64) -> Timestamp {
    NOW.checked_add(Duration::from_millis(milliseconds)).unwrap()
}

/// Two who want all; the first placed a second before the second, and arrives so late. What they come to
/// once nothing is left to do but to pay.
fn race(arrives: u64) -> [OrderStatus; 2] {
    let mut room = Room::new(1.0);
    room.now = at(1_000);
    room.write(&[all_five(2, 1_000)]);
    let crew = Crew::of(&room);
    let mut open = Vec::new();
    let mut placed = false;
    while room.now < at(20_000) {
        if !placed && room.now >= at(arrives) {
            open.extend(room.write(&[all_five(1, 0)]).claims);
            placed = true;
        }
        let batch: Vec<_> = { open.drain(..) }
            .filter(|claim| claim.delivery.key.function == Function::ValidateOrder)
            .map(|claim| completed(&claim, crew.handle(&claim)))
            .collect();
        open.extend(room.write(&batch).claims);
        open.extend(room.write(&[Request::LookAtDue]).claims);
        room.pass(Duration::from_millis(50));
    }
    [1, 2].map(|order| room.order(order).status)
}

#[test]
fn whoever_placed_first_is_served_first_up_to_the_window_whichever_arrives_first() {
    let (served, not) = (OrderStatus::Validated, OrderStatus::Rejected);
    for within in [500, 1_000, 2_000, 3_000] {
        assert_eq!(race(within), [served, not], "{within} ms after it was placed");
    }
    for beyond in [5_000, 9_000] {
        assert_eq!(race(beyond), [not, served], "{beyond} ms after it was placed");
    }
}

#[test]
fn whose_worker_is_gone_or_gave_up_holds_others_back_for_one_window_more_and_no_longer() {
    for gives_up in [false, true] {
        let mut room = Room::new(1.0);
        room.write(&[all_five(1, 0), all_five(2, 0)]);
        room.now = at(3_000);
        let claims = room.write(&[Request::LookAtDue]).claims;
        let [first, second] = claims.as_slice() else { panic!("{claims:?}") };
        if gives_up {
            room.write(&[completed(first, Outcome::GiveUp { why: "never".to_owned() })]);
        }
        room.write(&[completed(second, Outcome::Done(vec![Command::Validate]))]);
        assert_eq!(room.order(2).status, OrderStatus::Placed, "the first is undecided");
        let delivery = room.delivery(second);
        assert_eq!((delivery.status, delivery.tries), (DeliveryStatus::Pending, 0), "only early");
        room.now = at(6_000);
        let claims = room.write(&[Request::LookAtDue]).claims;
        let of_second = claims.iter().find(|claim| claim.order.id == second.order.id).unwrap();
        room.write(&[completed(of_second, Outcome::Done(vec![Command::Validate]))]);
        assert_eq!(room.order(2).status, OrderStatus::Validated, "the first is overdue");
    }
}

#[test]
fn order_and_claim_stand_in_the_log_together_and_the_receipt_names_the_order() {
    let mut room = Room::new(1.0);
    let plan = room.write(&[all_five(1, 0)]);
    assert_eq!(types(&plan.writes.events), ["OrderPlaced", "PortionsClaimed"]);
    let [order, claim] = plan.writes.events.as_slice() else { panic!("two events") };
    assert_eq!(receipt(&plan.answers[0]).position, order.event.position);
    assert_eq!((claim.event.causation_id, claim.event.mutation_id), (Some(order.event.id), None));
    assert_eq!(claim.event.customer_id, None, "it is nobody's");
    let again = room.write(&[all_five(1, 0)]);
    assert_eq!(types(&again.writes.events), [] as [&str; 0], "a repetition claims nothing");
    // Its validation is due when all who have precedence are on record, and nobody else's is.
    let due: Vec<_> = room.log.deliveries.values().map(|it| it.due_at).collect();
    assert_eq!(due, [at(3_000)]);
}

/// Who ends an order, and how.
type End = (&'static str, fn(&mut Room));

#[test]
fn what_was_taken_comes_back_with_the_end_whoever_brings_it() {
    let ends: [End; 3] = [
        ("the customer", |room| {
            let claim = room.claim(cancel(1, 99));
            room.write(&[completed(&claim, Outcome::Done(vec![Command::Cancel]))]);
        }),
        ("the deadline", |room| {
            room.pass(room.house.policy.deadlines.payment);
            room.write(&[Request::LookAtDue]);
        }),
        ("the bank", |room| {
            room.pass(room.house.policy.durations.grace);
            let charge = room.claim(Request::LookAtDue);
            let decline = Command::RecordDecline { reason: "no".to_owned() };
            room.write(&[completed(&charge, Outcome::Done(vec![decline]))]);
        }),
    ];
    for (who, end) in ends {
        let mut room = Room::new(1.0);
        room.write(&[all_five(1, 0)]);
        room.pass(WINDOW);
        let claim = room.claim(Request::LookAtDue);
        room.write(&[completed(&claim, Outcome::Done(vec![Command::Validate]))]);
        end(&mut room);
        let of_restaurant: Vec<&LogEvent> = { room.log.events.iter() }
            .map(|committed| &*committed.event)
            .filter(|event| matches!(event.stream, StreamName::Restaurant(_)))
            .collect();
        let told: Vec<_> = of_restaurant.iter().map(|event| event.type_name()).collect();
        assert_eq!(told, ["PortionsClaimed", "PortionsTaken", "PortionsGivenBack"], "{who}");
    }
}
