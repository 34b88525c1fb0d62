//! What strikes whom: a pure function of seed, fault, function, event and attempt, so that a run can be
//! repeated and no two faults strike together by accident.

use std::time::Duration;

use sha2::{Digest, Sha256};
use shared::function::Function;
use shared::id::EventId;

use super::faults::{Chance, Faults};
use crate::eventing::delivery::Token;
use crate::gateway::Line;

/// The longest that a delivery is held back: long enough that many others overtake it, short enough for
/// a person who watches.
const HELD_BACK_MAX: Duration = Duration::from_secs(2);

/// An attempt: which function, with which event, for which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Occasion {
    /// Who handles it.
    pub function: Function,
    /// What is handled.
    pub event: EventId,
    /// The token of the lease, which numbers the attempts.
    pub token: Token,
}

/// What befalls an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fate {
    /// How long it is held back before it begins; at most a third of the lease is used of it.
    pub held_back: Duration,
    /// Who makes it.
    pub worker: Worker,
    /// How the bank is heard meanwhile.
    pub line: Line,
}

/// Who makes an attempt, as far as faults go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worker {
    /// Does its work and says so.
    Steady,
    /// Fails at once: the function is down.
    Down,
    /// Does its work and is gone before it can say so. The lease runs out.
    Crashes,
    /// Two at once do the same work, and both say so.
    Twin,
    /// Does its work, stands still until its lease is over, and then says so with its old token.
    Zombie,
}

/// What becomes of the answer to a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It arrives.
    Arrives,
    /// It never comes; the connection stays, where that is possible.
    Lost,
    /// It never comes, and its connection ends.
    LostWithItsConnection,
}

impl Fate {
    /// Nothing befalls it.
    pub(crate) const SOUND: Self =
        Self { held_back: Duration::ZERO, worker: Worker::Steady, line: Line::Sound };
}

/// What befalls an attempt under these faults.
pub(super) fn fate(faults: &Faults, occasion: &Occasion) -> Fate {
    let Occasion { function, event, token } = occasion;
    let subject = format!("{function} {event} {}", token.0);
    let draw = |fault| draw(faults.seed, fault, &subject);
    let strikes = |fault, chance: Chance| draw(fault) < chance.get();
    let held_back = if strikes("reorder", faults.reorder_deliveries) {
        HELD_BACK_MAX.mul_f64(draw("how long"))
    } else {
        Duration::ZERO
    };
    let worker = if faults.functions_down.contains(function) {
        Worker::Down
    } else if strikes("crash", faults.crash_before_ack) {
        Worker::Crashes
    } else if !strikes("duplicate", faults.duplicate_deliveries) {
        Worker::Steady
    } else if draw("at once or later") < 0.5 {
        Worker::Twin
    } else {
        Worker::Zombie
    };
    let silent = strikes("bank", faults.gateway_timeouts);
    let line = if silent { Line::LosesAnswers } else { Line::Sound };
    Fate { held_back, worker, line }
}

/// What becomes of the answer to the mutation with this number.
pub(super) fn reply(faults: &Faults, number: u64) -> Reply {
    let draw = |fault| draw(faults.seed, fault, &number.to_string());
    if draw("reply") >= faults.lost_replies.get() {
        Reply::Arrives
    } else if draw("connection") < 0.5 {
        Reply::Lost
    } else {
        Reply::LostWithItsConnection
    }
}

/// A number from 0 to just below 1, as good as random and always the same.
fn draw(seed: i32, fault: &str, subject: &str) -> f64 {
    let hash: [u8; 32] = Sha256::digest(format!("{seed} {fault} {subject}")).into();
    let (head, _) = hash.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
    f64::from(u32::from_be_bytes(*head)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::policy::Policy;
    use uuid::Uuid;

    use super::*;
    use crate::eventing::retry::{Tries, terms};

    fn occasion(event: u128, token: u64) -> Occasion {
        let event = EventId::new(Uuid::from_u128(event));
        Occasion { function: Function::Kitchen, event, token: Token(token) }
    }

    fn everything(seed: i32, chance: f64) -> Faults {
        let chance = Chance::new(chance).unwrap();
        Faults {
            seed,
            duplicate_deliveries: chance,
            reorder_deliveries: chance,
            crash_before_ack: chance,
            gateway_timeouts: chance,
            lost_replies: chance,
            ..Faults::default()
        }
    }

    /// Of this many draws, with a chance of `p`, fewer than one run in a million is further off than
    /// five standard deviations.
    const DRAWS: u32 = 2_000;

    fn as_often_as(chance: f64, times: usize) -> bool {
        let (draws, times) = (f64::from(DRAWS), f64::from(u32::try_from(times).unwrap()));
        (times - draws * chance).abs() <= 5.0 * (draws * chance * (1.0 - chance)).sqrt() + 1.0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn each_fault_strikes_as_often_as_it_should(seed: i32, chance in 0.0..=1.0, first: u64) {
            let faults = everything(seed, chance);
            let fates: Vec<_> = (0..DRAWS)
                .map(|number| fate(&faults, &occasion(u128::from(first) + u128::from(number), 1)))
                .collect();
            let count = |is: fn(&Fate) -> bool| fates.iter().filter(|it| is(it)).count();
            prop_assert!(as_often_as(chance, count(|it| it.worker == Worker::Crashes)));
            prop_assert!(as_often_as(chance, count(|it| it.line == Line::LosesAnswers)));
            prop_assert!(as_often_as(chance, count(|it| !it.held_back.is_zero())));
            let twice = |it: &Fate| matches!(it.worker, Worker::Twin | Worker::Zombie);
            prop_assert!(as_often_as((1.0 - chance) * chance, count(twice)));
            let lost = (0..u64::from(DRAWS)).filter(|it| reply(&faults, *it) != Reply::Arrives);
            prop_assert!(as_often_as(chance, lost.count()));
        }

        #[test]
        fn the_same_attempt_meets_the_same_fate(seed: i32, event: u128, token: u64) {
            let faults = everything(seed, 0.5);
            let occasion = occasion(event, token);
            prop_assert_eq!(fate(&faults, &occasion), fate(&faults.clone(), &occasion));
            prop_assert!(fate(&faults, &occasion).held_back < HELD_BACK_MAX);
        }
    }

    #[test]
    fn another_seed_function_event_or_attempt_is_another_draw() {
        let count = |differs: &dyn Fn(u32) -> (Fate, Fate)| {
            (0..DRAWS).map(differs).filter(|(one, other)| one.worker != other.worker).count()
        };
        let faults = everything(1, 0.5);
        let half = usize::try_from(DRAWS / 2).unwrap();
        let of = |number: u32| fate(&faults, &occasion(number.into(), 1));
        let seed =
            |number: u32| (of(number), fate(&everything(2, 0.5), &occasion(number.into(), 1)));
        let attempt = |number: u32| (of(number), fate(&faults, &occasion(number.into(), 2)));
        let function = |number: u32| {
            let other = Occasion { function: Function::Courier, ..occasion(number.into(), 1) };
            (of(number), fate(&faults, &other))
        };
        let event = |number: u32| (of(number), of(number + DRAWS));
        for differs in [&seed as &dyn Fn(u32) -> (Fate, Fate), &attempt, &function, &event] {
            assert!(count(differs) > half, "they agree too often");
        }
    }

    #[test]
    fn what_is_down_fails_each_time_and_nothing_else_does() {
        let functions_down = [Function::Kitchen].into();
        let faults = Faults { functions_down, ..Faults::default() };
        assert_eq!(fate(&faults, &occasion(1, 1)).worker, Worker::Down);
        let courier = Occasion { function: Function::Courier, ..occasion(1, 1) };
        assert_eq!(fate(&faults, &courier), Fate::SOUND);
    }

    #[test]
    fn the_page_about_the_lab_tells_the_numbers_that_its_faults_run_into() {
        let page = include_str!("../../../docs/lab.md");
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let of_kitchen = terms(Function::Kitchen);
        assert_eq!((of_kitchen.tries, HELD_BACK_MAX.as_secs()), (Tries::AtMost(10), 2));
        let lease = terms(Function::ValidateOrder).lease.as_secs();
        let grace = Policy::with_pace(1.0).durations.grace.as_secs();
        for told in [
            "After ten tries (some two minutes) the delivery is a *dead letter*",
            "held back for up to two seconds",
            &format!("When its {lease} seconds are over, the delivery is handed out again"),
            &format!("After the grace ({grace} s) the card is charged"),
        ] {
            assert!(page.contains(told), "docs/lab.md does not say: {told}");
        }
    }
}
