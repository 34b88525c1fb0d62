//! Whatever is asked, in whatever batches: the log keeps its promises (the fixture checks them).

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use shared::function::Function;
use shared::money::Cents;
use shared::order::command::Command;

use crate::eventing::delivery::{DeliveryKey, DeliveryStatus, Outcome, Token};
use crate::eventing::fixture::{Room, cancel, completed, place};
use crate::eventing::plan::Claim;
use crate::eventing::request::{Answer, Replay, Request};

/// One thing that happens: a few numbers, read against what is there at that moment.
#[derive(Clone, Debug)]
enum Step {
    Place(u128),
    Cancel(u128),
    /// The so-manyth of all claims ever made (so zombies come, too), with this end.
    End(prop::sample::Index, Outcome),
    Look,
    Pass(u64),
    NewBatch,
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    let amount = Cents::saturating(29_00);
    let commands = prop::sample::select(vec![
        Command::Validate,
        Command::RecordCapture { amount },
        Command::RecordDecline { reason: "no".to_owned() },
        Command::Accept,
        Command::BeginCooking,
        Command::FinishCooking,
        Command::Cancel,
        Command::RecordRefund { captured: amount, refunded: amount },
        Command::EndWait,
    ]);
    prop_oneof![
        8 => prop::collection::vec(commands, 0..4).prop_map(Outcome::Done),
        1 => Just(Outcome::NotYet { after: Duration::from_millis(200) }),
        1 => Just(Outcome::Retry { after: None, why: "boom".to_owned() }),
        1 => Just(Outcome::GiveUp { why: "never".to_owned() }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (1..4_u128).prop_map(Step::Place),
        1 => (1..4_u128).prop_map(Step::Cancel),
        6 => (any::<prop::sample::Index>(), any_outcome()).prop_map(|(at, it)| Step::End(at, it)),
        2 => Just(Step::Look),
        1 => prop_oneof![0..2_000_u64, 0..90_000_000_u64].prop_map(Step::Pass),
        2 => Just(Step::NewBatch),
    ]
}

/// Makes a request of a step; mutation ids repeat, so that replays and conflicts come up.
fn request(step: Step, mutation: u128, claims: &[Claim]) -> Option<Request> {
    match step {
        Step::Place(order) => Some(place(order, mutation % 7)),
        Step::Cancel(order) => Some(cancel(order, mutation % 7)),
        Step::End(at, outcome) if !claims.is_empty() => Some(completed(at.get(claims), outcome)),
        Step::Look => Some(Request::LookAtDue),
        Step::End(..) | Step::Pass(_) | Step::NewBatch => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_batches_keep_the_promises_of_the_log(
        steps in prop::collection::vec(any_step(), 0..60),
        slots in 0..4_usize,
    ) {
        let mut room = Room::new(0.1);
        room.free_slots = Function::ALL.into_iter().map(|it| (it, slots)).collect();
        let mut claims: Vec<Claim> = Vec::new();
        let mut leases: BTreeMap<DeliveryKey, Token> = BTreeMap::new();
        let mut batch = Vec::new();
        for (number, step) in (0_u128..).zip(steps.into_iter().chain([Step::NewBatch])) {
            match step {
                Step::Pass(milliseconds) => room.pass(Duration::from_millis(milliseconds)),
                Step::NewBatch => {
                    let events = room.log.events.len();
                    let plan = room.write(&std::mem::take(&mut batch));
                    for function in Function::ALL {
                        let of = |it: &&Claim| it.delivery.key.function == function;
                        prop_assert!(plan.claims.iter().filter(of).count() <= slots);
                    }
                    for claim in &plan.claims {
                        let (key, token) = (claim.delivery.key, claim.delivery.token);
                        let before = leases.insert(key, token);
                        prop_assert!(before.is_none_or(|it| it < token), "tokens grow");
                        prop_assert_eq!(&room.log.deliveries[&key], &claim.delivery);
                        prop_assert_eq!(room.log.order(claim.order.id), Some(&claim.order));
                        prop_assert!(claim.delivery.due_at > room.now);
                    }
                    let quiet = plan.answers.iter().all(|answer| match answer {
                        Answer::Zombie | Answer::IdempotencyConflict => true,
                        Answer::Receipt(it) => it.replay == Replay::Replayed,
                        Answer::Done => false,
                    });
                    prop_assert!(!quiet || room.log.events.len() == events);
                    claims.extend(plan.claims);
                }
                step => batch.extend(request(step, number, &claims)),
            }
        }
        for delivery in room.log.deliveries.values() {
            prop_assert!(delivery.status != DeliveryStatus::Leased || delivery.tries > 0);
        }
    }
}
