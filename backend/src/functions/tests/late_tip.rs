//! A tip that was waived by its deadline: what the bank took of it all the same is put on record, and
//! what it has not taken by then it never takes.

use std::time::Duration;

use shared::function::Function;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::payment::Charge;

use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{Room, completed, place, types};
use crate::eventing::log::Source;
use crate::eventing::plan::Claim;
use crate::eventing::request::{Answer, Request};

/// Longer than the wait for a tip.
const NOBODY_RUNS: Duration = Duration::from_hours(25);

/// An order at the door, and the delivery that is to settle its tip.
fn at_the_door() -> (Room, Crew, Claim) {
    let mut room = Room::new(0.0);
    let crew = Crew::of(&room);
    let mut open = room.write(&[place(1, 10)]).claims;
    loop {
        let claim = open.pop().expect("the next step");
        if claim.delivery.key.function == Function::SettleTip {
            return (room, crew, claim);
        }
        let outcome = crew.handle(&claim);
        open.extend(room.write(&[completed(&claim, outcome)]).claims);
    }
}

/// Nobody runs for longer than the deadline; then the tip is waived first, and its delivery handed
/// out again.
fn start_after_the_deadline(room: &mut Room) -> Claim {
    room.pass(NOBODY_RUNS);
    let plan = room.write(&[Request::LookAtDue]);
    assert_eq!(types(&plan.writes.events), ["TipWaived"]);
    assert_eq!(plan.writes.events[0].event.source, Source::Deadline);
    assert_eq!(room.order(1).waiting_for(), None);
    let [claim] = <[Claim; 1]>::try_from(plan.claims).unwrap();
    assert_eq!(claim.delivery.key.function, Function::SettleTip);
    claim
}

fn tip(order: &Order) -> (u32, Charge) {
    (order.tip.get(), order.money.tip)
}

#[test]
fn a_tip_that_the_bank_took_and_nobody_recorded_is_on_record_after_the_waiver() {
    let (mut room, crew, lost) = at_the_door();
    let offered = room.order(1).tip;
    // The bank takes it, and the process dies before anybody hears of that.
    crew.handle(&lost);
    let again = start_after_the_deadline(&mut room);
    assert_eq!(tip(room.order(1)), (0, Charge::Declined));

    let outcome = crew.handle(&again);
    let plan = room.write(&[completed(&again, outcome)]);
    assert_eq!(types(&plan.writes.events), ["TipCaptured"]);
    assert_eq!(tip(room.order(1)), (offered.get(), Charge::Captured(offered)));
    crew.check_books(&room, room.order(1));
}

#[test]
fn a_tip_that_was_never_asked_for_before_the_waiver_is_never_taken() {
    let (mut room, crew, slow) = at_the_door();
    let again = start_after_the_deadline(&mut room);
    let outcome = crew.handle(&again);
    assert!(matches!(outcome, Outcome::Late { .. }), "{outcome:?}");
    room.write(&[completed(&again, outcome)]);

    // A call that has been on its way to the bank all the time finds the charge closed.
    let outcome = crew.handle(&slow);
    assert_eq!(outcome, Outcome::Done(vec![Command::RecordTipDecline]));
    assert_eq!(room.write(&[completed(&slow, outcome)]).answers, [Answer::Zombie]);
    assert_eq!(tip(room.order(1)), (0, Charge::Declined));
    crew.check_books(&room, room.order(1));
}
