//! The words in which a sequence is written down: what happens, where, and to which of several.
//!
//! They are plain data. A sequence that fails is printed in them and can be played again.

use serde::{Deserialize, Serialize};

/// One thing that happens. Where there is nothing for it to happen to, nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Happening {
    /// Somebody at this terminal wants something.
    Person(Who, Wish),
    Program(Who, ProgramDoes),
    /// Power goes: all programs end, and what was not flushed is lost.
    MachineCrashes,
    /// To the oldest record that waits to be written.
    Disk(Who, DiskDoes),
    Link(Who, LinkDoes),
    /// To the oldest mutation that the link was given.
    Send(Who, SendDoes),
    /// To a mutation on its way to the server, from whichever terminal and connection.
    Letter(Nth, LetterDoes),
    /// To an answer on its way back.
    Answer(Who, Nth, AnswerDoes),
    Stream(Who, StreamDoes),
    Page(Who, PageDoes),
    Time(Who, TimeDoes),
    Server(ServerDoes),
    /// For once nothing goes wrong: the disk catches up and each pipe moves on.
    AllGoesWell(Who),
}

/// A terminal. Both are programs of one person on one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Who {
    A,
    B,
}

/// Picks one of however many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Nth(pub(super) u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Wish {
    /// A new order.
    Place,
    /// Of the orders that anybody has wished for.
    Cancel(Nth),
    SetTip(Nth, Dollars),
    Rate(Nth, Stars),
    /// Of what is pending at this terminal.
    TakeBack(Nth),
    RetryNow(Nth),
    Dismiss(Nth),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Dollars(pub(super) u8);

/// One to five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Stars(pub(super) u8);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum ProgramDoes {
    Crash,
    /// It takes over the journals of the programs that have died.
    Start,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum DiskDoes {
    Writes,
    Fails,
    /// The cache file is written.
    Caches,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum LinkDoes {
    Connects,
    Breaks,
    /// Nothing gets through any more, and nobody notices yet.
    HalfOpens,
    /// The server does not know the token any more.
    LosesAccess,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum SendDoes {
    /// Its first byte goes out.
    Starts,
    /// Not one byte leaves.
    Fails,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum LetterDoes {
    Arrives,
    /// A copy of it arrives once more, some other time.
    ArrivesAndStays,
    IsLost,
    MeetsTrouble(Trouble),
}

/// What a server in trouble has done before it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Trouble {
    UnavailableAfterCommit,
    UnavailableBeforeCommit,
    RateLimited,
    Unauthenticated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum AnswerDoes {
    Arrives,
    ArrivesAndStays,
    IsLost,
    /// The other terminal gets it too.
    GoesAstray,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum StreamDoes {
    BringsNext,
    LosesNext,
    RepeatsNext,
    /// The one after the next comes first.
    Overtakes,
    /// A position mark follows.
    Marks,
    IsInterrupted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum PageDoes {
    /// The server reads what it will answer.
    IsRead,
    Arrives,
    Fails,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum TimeDoes {
    Passes {
        milliseconds: u16,
    },
    /// It passes until the next timer is due.
    RingsTheTimer,
    /// The wall clock is set anew.
    JumpsBy {
        minutes: i16,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum ServerDoes {
    /// A function acts on one of its orders.
    MovesOrder(Nth, Move),
    /// Somebody orders at a third terminal.
    HearsOfAnOrder,
    /// Somebody cancels one of its orders at a third terminal.
    HearsOfACancellation(Nth),
    /// An event of another customer.
    ServesSomebodyElse,
    /// The prices change, and the terminals do not hear of it.
    ChangesPrices,
    /// They are again what the terminals think they are.
    ChangesThemBack,
    /// It begins anew, with another log.
    LosesItsLog,
    BacksUp,
    /// It goes on from its backup, with the same log.
    IsSetBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Move {
    /// The next step of the normal way.
    On,
    /// All that is left of it.
    ToTheDoor,
    Rejected,
    Cancelled,
}

impl Who {
    pub(super) const BOTH: [Self; 2] = [Self::A, Self::B];

    pub(super) const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

impl Nth {
    pub(super) const FIRST: Self = Self(0);

    /// Which one of so many.
    pub(super) fn of(self, number: usize) -> Option<usize> {
        usize::from(self.0).checked_rem(number)
    }

    pub(super) fn one<T>(self, these: &[T]) -> Option<&T> {
        these.get(self.of(these.len())?)
    }
}
