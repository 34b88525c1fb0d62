//! A cancellation within the grace moves no money, however its deliveries come: early, late, twice, in
//! any order. The bank is never asked to charge; it hears only that its books are to be closed.

use std::time::Duration;

use proptest::prelude::*;
use shared::order::payment::PaymentStatus;
use shared::order::status::OrderStatus;

use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{Room, cancel, completed, order_id, place};
use crate::eventing::plan::Claim;
use crate::eventing::request::Request;

/// The grace at pace 1.
const GRACE_MS: u64 = 5_000;

/// What comes next, once the cancellation is asked for.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// One of the deliveries that were ever handed out is handled (perhaps once more), and says so.
    Handle(usize),
    /// One of them is handled, and nobody hears of it.
    HandleInSilence(usize),
    /// Time passes, and what is due is handed out.
    Pass(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..8_usize).prop_map(Step::Handle),
        1 => (0..8_usize).prop_map(Step::HandleInSilence),
        1 => (0..40_000_u64).prop_map(Step::Pass),
    ]
}

/// An order that is validated, and cancelled so long after that.
fn cancelled_after(milliseconds: u64) -> (Room, Crew, Vec<Claim>) {
    let mut room = Room::new(1.0);
    let crew = Crew::of(&room);
    let placed = room.claim(place(1, 10));
    let mut claims = vec![placed.clone()];
    let outcome = crew.handle(&placed);
    claims.extend(room.write(&[completed(&placed, outcome)]).claims);
    assert_eq!(room.order(1).status, OrderStatus::Validated);
    room.pass(Duration::from_millis(milliseconds));
    claims.extend(room.write(&[Request::LookAtDue, cancel(1, 11)]).claims);
    assert!(room.order(1).cancel_requested());
    (room, crew, claims)
}

proptest! {
    #[test]
    fn a_cancellation_within_the_grace_never_has_the_bank_charge_anything(
        asked_after in 0..GRACE_MS,
        steps in prop::collection::vec(any_step(), 0..30),
    ) {
        let (mut room, crew, mut claims) = cancelled_after(asked_after);
        for step in steps {
            let claim = |at: usize| claims[at % claims.len()].clone();
            let request = match step {
                Step::Handle(at) => completed(&claim(at), crew.handle(&claim(at))),
                Step::HandleInSilence(at) => {
                    crew.handle(&claim(at));
                    continue;
                }
                Step::Pass(milliseconds) => {
                    room.pass(Duration::from_millis(milliseconds));
                    Request::LookAtDue
                }
            };
            claims.extend(room.write(&[request]).claims);
        }
        crew.finish(&mut room, Vec::new());
        let order = room.order(1);
        prop_assert_eq!(order.status, OrderStatus::Cancelled);
        prop_assert_eq!(order.payment_status(), PaymentStatus::None);
        prop_assert!(order.waiting_for().is_none());
        let entries = crew.bank.entries(order_id(1));
        let keys: Vec<_> = entries.iter().map(|it| (it.key.clone(), it.taken, it.given)).collect();
        prop_assert_eq!(keys, [(format!("refund:{}", order_id(1)), 0, 0)]);
    }
}
