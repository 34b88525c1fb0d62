//! Towns in fast motion: many orders, a clock that jumps, a store that fails, functions that are down,
//! slow, lost or heard twice, processes that die at each point and some that come back as zombies.
//!
//! In *safety* mode there is trouble to the end; in *liveness* mode it ends, and then everything has to
//! settle within the deadlines. After each run the fifteen promises of delivery are looked at, each a
//! function with its number. A town is its seed: a failing one is printed with the command that plays
//! it again. The plan, the decider, the functions, the bank and the tail are the real ones; only the
//! store (a log in memory) and time are not.
//!
//! `TIFFIN_SIMULATION_SEEDS=100000` simulates more towns, `TIFFIN_SIMULATION_SEED=7` only that one.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

mod town;
mod customers;
mod trouble;
mod night;
mod subscriber;
mod seen;
mod promises;

use seen::{Happening, Seen};
use town::Town;

/// How many towns of each mode are simulated; each takes some milliseconds.
const TOWNS: u64 = 1_500;
/// How many things happen in a town before the trouble ends, or before we look.
const STEPS: usize = 240;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is to be a number, not `{text}`")))
}

/// The one seed that is asked for, or so many as are asked for, or as many as usual.
fn seeds() -> Range<u64> {
    match number("TIFFIN_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TIFFIN_SIMULATION_SEEDS").unwrap_or(TOWNS),
    }
}

/// Lives through all towns; says of one that comes to a bad end how to see it again.
fn simulate(test: &str, live: impl Fn(Town) -> Seen) {
    let mut seen = Seen::default();
    for seed in seeds() {
        let lived = catch_unwind(AssertUnwindSafe(|| live(Town::new(seed))));
        let of_one = lived.unwrap_or_else(|_| {
            panic!(
                "the town {seed} came to a bad end. See it again with\n\
                 TIFFIN_SIMULATION_SEED={seed} cargo test -p backend --lib -- {test} --nocapture"
            )
        });
        seen.add(&of_one);
    }
    println!("{} towns: {seen}", seeds().count());
    // A calm town proves nothing: each kind of trouble has to have been there.
    if number("TIFFIN_SIMULATION_SEED").is_none() {
        assert_eq!(seen.never(), Vec::<Happening>::new(), "never happened; {seen}");
    }
}

#[test]
fn whatever_happens_no_promise_is_broken() {
    simulate("whatever_happens_no_promise_is_broken", |mut town| {
        town.live(STEPS);
        promises::of_safety(&mut town);
        town.seen()
    });
}

#[test]
fn when_the_trouble_ends_everything_settles_within_the_deadlines() {
    simulate("when_the_trouble_ends_everything_settles_within_the_deadlines", |mut town| {
        town.live(STEPS);
        let since = town.trouble_ends();
        promises::of_safety(&mut town);
        promises::p10_everything_has_settled(&town, since);
        town.seen()
    });
}
