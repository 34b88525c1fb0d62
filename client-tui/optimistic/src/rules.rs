//! The twelve rules that keep the screen honest, by name. Each acts at one place of this package,
//! which asks for it by this name.
//!
//! In the program all of them hold. A build for tests, or one with the feature `broken-on-purpose`,
//! can switch one off, so that a test can show that something notices: what then happens is what a
//! program does that has not thought of the rule.

use serde::{Deserialize, Serialize};

/// One rule; its variant says in a few words what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// R1: the first proof ends a mutation, whichever it is: a change that carries its id, a loaded
    /// order that lists it, or our position beyond its receipt's. Without it only the receipt counts.
    FirstProofEnds,
    /// R2: what is refused is no longer drawn as if it had happened, at once. Without it, it stays
    /// drawn until somebody dismisses it.
    RefusalUnappliesAtOnce,
    /// R3: changes count in the log's order: known ones are dropped, and a gap is filled first.
    /// Without it they count as they arrive.
    ChangesInLogOrder,
    /// R4: of two versions of an order the higher one counts, whichever message brings it. Without it
    /// the one that arrives last does.
    HigherVersionWins,
    /// R5: with another log all facts go. Without it those of the log before stay.
    AnotherLogClearsFacts,
    /// R6: a silence is not a "no": it is asked again with the same id. Without it a time-out or a
    /// break counts as a refusal.
    SilenceIsNoRefusal,
    /// R7: one mutation in flight per order, in the order in which they were asked for. Without it all
    /// go out at once.
    OneInFlightPerOrder,
    /// R8: the disk knows that a mutation may have been sent before its first byte goes out. Without
    /// it nobody waits for the disk.
    RecordBeforeSending,
    /// R9: a row keeps the place of its first sight. Without it the row that changed last is on top.
    RowsKeepTheirPlaces,
    /// R10: what was asked for first comes first, by count and not by the wall clock. Without it the
    /// clock decides.
    NoWallClock,
    /// R11: everything that is kept has a bound. Without it nothing has.
    EverythingIsBounded,
    /// R12: one frame, however many inputs have come since the last one. Without it each makes a frame
    /// of its own. It acts in the loop of the terminal program.
    OneFrameForMany,
}

impl Rule {
    /// All of them, R1 first.
    pub const ALL: [Self; 12] = [
        Self::FirstProofEnds,
        Self::RefusalUnappliesAtOnce,
        Self::ChangesInLogOrder,
        Self::HigherVersionWins,
        Self::AnotherLogClearsFacts,
        Self::SilenceIsNoRefusal,
        Self::OneInFlightPerOrder,
        Self::RecordBeforeSending,
        Self::RowsKeepTheirPlaces,
        Self::NoWallClock,
        Self::EverythingIsBounded,
        Self::OneFrameForMany,
    ];
}

/// Which rules hold. Whole, unless a test has switched one off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    broken: Option<Rule>,
}

impl Rules {
    /// All of them hold.
    pub const fn whole() -> Self {
        Self { broken: None }
    }

    /// All but this one hold.
    #[cfg(any(test, feature = "broken-on-purpose"))]
    pub const fn without(rule: Rule) -> Self {
        Self { broken: Some(rule) }
    }

    /// Whether this one holds.
    pub fn hold(self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    /// The bound in force where `bound` is the one that is meant: none without
    /// [`Rule::EverythingIsBounded`].
    pub(crate) fn bound(self, bound: usize) -> usize {
        if self.hold(Rule::EverythingIsBounded) { bound } else { usize::MAX }
    }
}
