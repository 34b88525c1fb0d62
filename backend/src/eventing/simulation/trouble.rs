//! What goes wrong, and how often: each town has an inclination of its own, so that rare mixtures of
//! much of one trouble and none of another come about, too.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::seen::Happening;

/// How often what goes wrong in one town; each a probability.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inclination {
    pub(super) store: f64,
    pub(super) handler: f64,
    pub(super) vanish: f64,
    pub(super) repeat: f64,
    pub(super) death: f64,
    /// Of an event, to be poison.
    pub(super) poison: f64,
}

/// What becomes of a batch that was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitFate {
    /// It is written, and everybody hears of it.
    Goes,
    /// The database says no: nothing is written, and the process lives on.
    Refused,
    /// The process dies before the commit.
    DiesBefore,
    /// The commit itself fails; it had been written, as the next process finds.
    UnknownAndWritten,
    /// The commit itself fails, and nothing had been written.
    UnknownAndLost,
    /// The process dies after the commit, before anybody hears of it.
    DiesAfter,
}

/// What becomes of the call of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallFate {
    /// It ends as it wants to.
    Ends,
    /// It panics before it does anything outside.
    FailsBefore,
    /// It panics, or its time is over, after it did what it does outside.
    FailsAfter,
    /// Whoever ran it is gone, after it did what it does outside.
    VanishesAfter,
    /// Whoever was to run it is gone.
    VanishesBefore,
    /// Whom it called asks to be left alone for so many seconds.
    AsksForTime(u64),
    /// It says that it can never succeed.
    GivesUp,
    /// The event is poison: it panics, however often it is called.
    Panics,
    /// The event is poison: it does what it does outside, and the whole process ends, however often.
    KillsItsProcess,
}

impl Inclination {
    /// Nothing goes wrong.
    pub(super) const NONE: Self =
        Self { store: 0.0, handler: 0.0, vanish: 0.0, repeat: 0.0, death: 0.0, poison: 0.0 };

    pub(super) fn draw(random: &mut StdRng) -> Self {
        let mut of = |choices: &[f64]| *choices.choose(random).unwrap();
        Self {
            store: of(&[0.0, 0.01, 0.05]),
            handler: of(&[0.0, 0.05, 0.1, 0.4]),
            vanish: of(&[0.0, 0.02, 0.1, 0.5]),
            repeat: of(&[0.0, 0.1, 0.3]),
            death: of(&[0.0, 0.2, 0.8]),
            poison: of(&[0.0, 0.0, 0.0, 0.08]),
        }
    }

    /// The night strikes: where stores fail at all, it is likely now.
    pub(super) fn at_night(self) -> Self {
        Self { store: if self.store > 0.0 { 0.5 } else { 0.0 }, ..self }
    }

    pub(super) fn commit(self, random: &mut impl Rng) -> CommitFate {
        if !random.random_bool(self.store) {
            return CommitFate::Goes;
        }
        match random.random_range(0..8) {
            0..4 => CommitFate::Refused,
            4 => CommitFate::DiesBefore,
            5 => CommitFate::UnknownAndWritten,
            6 => CommitFate::UnknownAndLost,
            _ => CommitFate::DiesAfter,
        }
    }

    /// What is wrong with an event, for good; mostly nothing.
    pub(super) fn poison(self, random: &mut impl Rng) -> Option<CallFate> {
        let poison = [CallFate::Panics, CallFate::KillsItsProcess];
        random.random_bool(self.poison).then(|| *poison.choose(random).unwrap())
    }

    pub(super) fn call(self, random: &mut impl Rng) -> CallFate {
        if random.random_bool(self.vanish) {
            return if random.random_bool(0.3) {
                CallFate::VanishesBefore
            } else {
                CallFate::VanishesAfter
            };
        }
        if !random.random_bool(self.handler) {
            return CallFate::Ends;
        }
        match random.random_range(0..20) {
            0..8 => CallFate::FailsBefore,
            8..16 => CallFate::FailsAfter,
            16..19 => CallFate::AsksForTime(random.random_range(1..8_000)),
            _ => CallFate::GivesUp,
        }
    }
}

impl CommitFate {
    pub(super) fn is_written(self) -> bool {
        match self {
            Self::Goes | Self::UnknownAndWritten | Self::DiesAfter => true,
            Self::Refused | Self::DiesBefore | Self::UnknownAndLost => false,
        }
    }

    pub(super) fn happening(self) -> Option<Happening> {
        match self {
            Self::Goes => None,
            Self::Refused => Some(Happening::StoreRefused),
            Self::DiesBefore => Some(Happening::DiedBeforeCommit),
            Self::UnknownAndWritten => Some(Happening::CommitUnknownAndWritten),
            Self::UnknownAndLost => Some(Happening::CommitUnknownAndLost),
            Self::DiesAfter => Some(Happening::DiedAfterCommit),
        }
    }
}

impl CommitFate {
    /// What has happened where this befell the batch that had the night in it.
    pub(super) fn of_the_night(self) -> Option<Happening> {
        match self {
            Self::Goes | Self::Refused => None,
            Self::DiesBefore | Self::UnknownAndLost => Some(Happening::NightLostWithItsProcess),
            Self::UnknownAndWritten | Self::DiesAfter => Some(Happening::NightWrittenByOneWhoDied),
        }
    }
}

impl CallFate {
    pub(super) fn happening(self) -> Option<Happening> {
        match self {
            Self::Ends => None,
            Self::FailsBefore => Some(Happening::HandlerFailedBeforeItsEffect),
            Self::FailsAfter => Some(Happening::HandlerFailedAfterItsEffect),
            Self::VanishesAfter => Some(Happening::HandlerVanishedAfterItsEffect),
            Self::VanishesBefore => Some(Happening::ClaimNeverBegun),
            Self::AsksForTime(_) => Some(Happening::HandlerAskedForTime),
            Self::GivesUp => Some(Happening::HandlerGaveUp),
            Self::Panics => Some(Happening::PoisonPanicked),
            Self::KillsItsProcess => Some(Happening::PoisonKilledItsProcess),
        }
    }
}
