//! What holds whatever happens: I1 to I12, each looked at after every happening.
//!
//! Each is a function of the world before and after, so that neither search needs to keep more than
//! the world itself. I12 is looked at by letting a world settle down (`fair`).

mod ends;
mod facts;
mod rows;

use std::fmt;

use super::happening::Who;
use super::terminal::Terminal;
use super::world::World;

/// One happening: the world before and after it.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    before: &'a World,
    after: &'a World,
}

/// Which invariant does not hold, and how one sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Violation {
    pub(super) invariant: &'static str,
    sentence: &'static str,
    words: String,
}

struct Invariant {
    number: &'static str,
    sentence: &'static str,
    holds: fn(Step<'_>) -> Result<(), String>,
}

const INVARIANTS: [Invariant; 12] = [
    Invariant {
        number: "I1",
        sentence: "Where nothing is left to do, the view is the server's.",
        holds: facts::what_is_calm_is_the_servers,
    },
    Invariant {
        number: "I2",
        sentence: "Every mutation ends in one way, the true one, and at once where a fact proves it.",
        holds: ends::each_mutation_ends_in_one_true_way,
    },
    Invariant {
        number: "I3",
        sentence: "The server does each mutation at most once, and none that was taken back.",
        holds: ends::each_mutation_has_one_effect_at_most,
    },
    Invariant {
        number: "I4",
        sentence: "Once drawn, a row is in every later frame, once, until it is known to be gone.",
        holds: rows::what_was_drawn_stays,
    },
    Invariant {
        number: "I5",
        sentence: "Within a log neither our position nor a version falls, and facts are facts.",
        holds: facts::facts_never_go_back,
    },
    Invariant {
        number: "I6",
        sentence: "A change of one order neither changes nor delays another.",
        holds: rows::a_change_leaves_other_orders_alone,
    },
    Invariant {
        number: "I7",
        sentence: "What is kept of the view is what one would compute from nothing.",
        holds: rows::what_is_kept_is_what_is_computed,
    },
    Invariant {
        number: "I8",
        sentence: "Rows that stay never change places.",
        holds: rows::rows_never_change_places,
    },
    Invariant { number: "I9", sentence: "All sizes are within their bounds.", holds: rows::sizes },
    Invariant {
        number: "I10",
        sentence: "Whatever may have been sent is safe on disk, should the power go now.",
        holds: ends::what_may_have_been_sent_is_safe,
    },
    Invariant {
        number: "I11",
        sentence: "Every \"no\" names its cause, and the person is told.",
        holds: ends::every_no_names_its_cause,
    },
    Invariant {
        number: "I12",
        sentence: "What is due is done: no timer is left behind, and in the end all is settled.",
        holds: facts::timers_lie_ahead,
    },
];

/// The first invariant that this step breaks.
pub(super) fn broken(before: &World, after: &World) -> Option<Violation> {
    let step = Step { before, after };
    INVARIANTS.iter().find_map(|Invariant { number, sentence, holds }| {
        let words = holds(step).err()?;
        Some(Violation { invariant: number, sentence, words })
    })
}

/// The first invariant that does not hold when this world has come to a fair end.
pub(super) fn broken_at_a_fair_end(world: &World, programs: &[Who]) -> Option<Violation> {
    let mut end = world.clone();
    let at_end = |number, sentence, words| Violation { invariant: number, sentence, words };
    if let Err(words) = end.settle_down(programs) {
        let Invariant { number, sentence, .. } = INVARIANTS[11];
        return Some(at_end(number, sentence, words));
    }
    broken(&end, &end).or_else(|| {
        let words = facts::all_is_the_servers(&end).and_then(|()| ends::all_has_ended(&end)).err();
        words.map(|words| {
            at_end("I1, I2", "In the end all is settled, and as the server has it.", words)
        })
    })
}

impl<'a> Step<'a> {
    /// The terminals that ran before and after.
    fn of_each(self) -> impl Iterator<Item = (&'a Terminal, &'a Terminal)> {
        Who::BOTH
            .into_iter()
            .filter_map(move |who| Some((self.before.terminal(who)?, self.after.terminal(who)?)))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, sentence, words } = self;
        write!(out, "{invariant} does not hold ({sentence}): {words}")
    }
}

/// For the functions beneath: what holds, or in which words it does not.
fn ensure(holds: bool, words: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(words()) }
}
