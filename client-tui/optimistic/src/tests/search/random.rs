//! The random search: long sequences of happenings with every fault there is, on two terminals.
//!
//! A sequence that fails is shrunk and printed; `REPLAY='…' cargo test -p optimistic replay` plays it
//! again and says at which happening what does not hold. What is drawn is the same on every machine and
//! in every run; `PROPTEST_CASES=100000 cargo test -p optimistic random` draws as many afresh.

mod plan;
mod sometimes;

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use shared::catalog::house;

use super::happening::{Happening, Who};
use super::invariants::{broken, broken_at_a_fair_end};
use super::world::World;
use crate::rules::{Rule, Rules};
use plan::Plan;
use sometimes::Sometimes;

/// The sequences of a batch where `PROPTEST_CASES` does not say otherwise: some ten seconds of one core.
const SEQUENCES: u32 = 800;

/// The batches drawn at most until each situation has been there. The first is nearly always enough.
const BATCHES: u8 = 5;

/// The happenings in a sequence at most: enough for several orders to get somewhere, few enough that
/// a sequence shrinks in seconds.
const LENGTH: usize = 200;

#[test]
fn whatever_goes_wrong_nothing_is_lost_doubled_or_made_up() {
    let default = Config { failure_persistence: None, ..Config::default() };
    let is_told_how_many = std::env::var_os("PROPTEST_CASES").is_some();
    let seen = RefCell::new(Sometimes::default());
    // It is worth something only if it gets to the places that matter; some are rare.
    for batch in 1..=BATCHES {
        let runner = if is_told_how_many {
            TestRunner::new(default.clone())
        } else {
            let luck = TestRng::from_seed(RngAlgorithm::ChaCha, &[batch; 32]);
            TestRunner::new_with_rng(Config { cases: SEQUENCES, ..default.clone() }, luck)
        };
        if let Err(words) = draw(runner, &seen) {
            panic!("{words}");
        }
        if seen.borrow().never().is_empty() {
            println!("{batch} batches of sequences; {}", seen.borrow());
            return;
        }
    }
    let seen = seen.into_inner();
    panic!("the search went blind: never {:?}; {seen}", seen.never());
}

/// Draws a batch of sequences. The error is the shortest one that fails, and how to play it again.
fn draw(mut runner: TestRunner, seen: &RefCell<Sometimes>) -> Result<(), String> {
    let result = runner.run(&Plan::sequential_strategy(1..=LENGTH), |(_, sequence, played)| {
        let mut here = Sometimes::default();
        play(&sequence, Rules::whole(), |before, after| {
            here.look_at(before, after);
            // What was not played goes first when a sequence shrinks.
            if let Some(played) = &played {
                played.fetch_add(1, Ordering::Relaxed);
            }
        })
        .map_err(TestCaseError::fail)?;
        seen.borrow_mut().add(here);
        Ok(())
    });
    match result {
        Ok(()) => Ok(()),
        Err(TestError::Abort(reason)) => Err(format!("nothing could be drawn: {reason}")),
        Err(TestError::Fail(reason, (_, sequence, _))) => {
            let sequence = without_what_is_not_needed(sequence);
            // Where the shorter one fails in other words, those count.
            let shorter = play(&sequence, Rules::whole(), |_, _| {});
            let reason = shorter.err().unwrap_or_else(|| reason.to_string());
            let replay = serde_json::to_string(&sequence).unwrap();
            Err(format!(
                "{reason}\n{sequence:#?}\nREPLAY='{replay}' cargo test -p optimistic replay"
            ))
        }
    }
}

/// Plays one sequence to a fair end, and says where what does not hold.
fn play(
    sequence: &[Happening],
    rules: Rules,
    mut look: impl FnMut(&World, &World),
) -> Result<(), String> {
    let mut world = World::new(house::of_the_house(), rules);
    let mut plan = Plan::default();
    for (index, happening) in sequence.iter().enumerate() {
        if !Plan::preconditions(&plan, happening) {
            continue;
        }
        let before = world.clone();
        world.shake_the_dice();
        world.happens(*happening);
        plan = Plan::apply(plan, happening);
        look(&before, &world);
        if let Some(violation) = broken(&before, &world) {
            let number = index + 1;
            return Err(format!("{number}. {happening:?}: {violation}"));
        }
        if !plan.agrees_with(&world) {
            return Err(format!("{happening:?} was not to lead here: {plan:?}"));
        }
    }
    broken_at_a_fair_end(&world, &Who::BOTH).map_or(Ok(()), |violation| Err(violation.to_string()))
}

/// The same failing sequence with all left out that makes no difference.
fn without_what_is_not_needed(mut sequence: Vec<Happening>) -> Vec<Happening> {
    let mut index = 0;
    while index < sequence.len() {
        let mut shorter = sequence.clone();
        shorter.remove(index);
        if play(&shorter, Rules::whole(), |_, _| {}).is_err() {
            (sequence, index) = (shorter, 0);
        } else {
            index += 1;
        }
    }
    sequence
}

/// What was once found, and whatever `REPLAY` holds.
#[test]
fn a_printed_sequence_can_be_replayed() {
    let given = std::env::var("REPLAY").ok().map(|it| serde_json::from_str(&it).unwrap());
    for sequence in once_found().into_iter().chain(given) {
        play(&sequence, Rules::whole(), |_, _| {}).unwrap();
    }
}

#[test]
fn a_replay_says_at_which_happening_what_does_not_hold() {
    let [_, placed_and_cancelled] = once_found();
    let rules = Rules::without(Rule::OneInFlightPerOrder);
    let words = play(&placed_and_cancelled, rules, |_, _| {}).unwrap_err();
    assert!(words.starts_with("8. Person(A, Cancel(Nth(0))): I9 does not hold"), "{words}");
}

fn once_found() -> [Vec<Happening>; 2] {
    serde_json::from_str(include_str!("random/once_found.json")).unwrap()
}
