//! Whatever is asked, in whatever batches: the log keeps its promises (the fixture checks them).

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared::function::Function;

use crate::eventing::delivery::{DeliveryKey, DeliveryStatus, Token};
use crate::eventing::fixture::history::{any_history, play};
use crate::eventing::plan::Claim;
use crate::eventing::request::{Answer, Replay};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_batches_keep_the_promises_of_the_log(history in any_history()) {
        let slots = history.1;
        let mut leases: BTreeMap<DeliveryKey, Token> = BTreeMap::new();
        let room = play(history, |room, plan| {
            for function in Function::ALL {
                let of = |it: &&Claim| it.delivery.key.function == function;
                prop_assert!(plan.claims.iter().filter(of).count() <= slots);
            }
            for claim in &plan.claims {
                let (key, token) = (claim.delivery.key, claim.delivery.token);
                let before = leases.insert(key, token);
                prop_assert!(before.is_none_or(|it| it < token), "tokens grow");
                prop_assert_eq!(&room.log.deliveries[&key], &claim.delivery);
                prop_assert_eq!(room.log.order(claim.order.id), Some(&*claim.order));
                prop_assert!(claim.delivery.due_at > room.now);
            }
            let quiet = plan.answers.iter().all(|answer| match answer {
                Answer::Zombie
                | Answer::IdempotencyConflict
                | Answer::DeliveryRunning
                | Answer::Unknown => true,
                Answer::Receipt(it) => it.replay == Replay::Replayed,
                Answer::Done | Answer::MoreIsOld | Answer::Delivery(_) => false,
            });
            prop_assert!(!quiet || plan.writes.is_empty(), "answers without effect write nothing");
            Ok(())
        })?;
        for delivery in room.log.deliveries.values() {
            prop_assert!(delivery.status != DeliveryStatus::Leased || delivery.tries > 0);
        }
    }
}
