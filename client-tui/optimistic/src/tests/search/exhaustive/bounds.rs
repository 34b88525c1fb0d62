//! How far a search goes: who there is, and how much of each kind may still happen.

use crate::tests::search::happening::{
    AnswerDoes, DiskDoes, Dollars, Happening, LetterDoes, LinkDoes, Move, Nth, PageDoes,
    ProgramDoes, SendDoes, ServerDoes, StreamDoes, TimeDoes, Who, Wish,
};
use crate::tests::search::terminal::{Link, Pipes, Terminal};
use crate::tests::search::world::World;

#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) programs: &'static [Who],
    pub(super) orders: u128,
    /// So many letters are on their way at once.
    pub(super) letters: usize,
    /// From one in so many worlds a fair ending is played.
    pub(super) fair_endings: u64,
    pub(super) left: Left,
}

/// How often each may still happen. What is not here happens as often as it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Left {
    pub(super) places: u8,
    pub(super) cancels: u8,
    pub(super) tips: u8,
    pub(super) take_backs: u8,
    pub(super) moves: u8,
    /// Of a program or of the machine.
    pub(super) crashes: u8,
    pub(super) breaks: u8,
    /// Of letters and answers.
    pub(super) losses: u8,
    /// Of letters and answers.
    pub(super) copies: u8,
    pub(super) rings: u8,
    pub(super) failed_writes: u8,
    /// Changes that are lost, come twice, or overtake.
    pub(super) stream_faults: u8,
    pub(super) lost_logs: u8,
    pub(super) jumps: u8,
}

impl Left {
    pub(super) const NOTHING: Self = Self {
        places: 0,
        cancels: 0,
        tips: 0,
        take_backs: 0,
        moves: 0,
        crashes: 0,
        breaks: 0,
        losses: 0,
        copies: 0,
        rings: 0,
        failed_writes: 0,
        stream_faults: 0,
        lost_logs: 0,
        jumps: 0,
    };

    /// What is left after this; `None` where too much of it has happened.
    pub(super) fn after(mut self, happening: Happening) -> Option<Self> {
        if let Some(count) = self.count_of(happening) {
            *count = count.checked_sub(1)?;
        }
        Some(self)
    }

    fn count_of(&mut self, happening: Happening) -> Option<&mut u8> {
        Some(match happening {
            Happening::Person(_, Wish::Place) => &mut self.places,
            Happening::Person(_, Wish::Cancel(_)) => &mut self.cancels,
            Happening::Person(_, Wish::SetTip(..) | Wish::Rate(..)) => &mut self.tips,
            Happening::Person(_, Wish::TakeBack(_) | Wish::RetryNow(_) | Wish::Dismiss(_)) => {
                &mut self.take_backs
            }
            Happening::Program(_, ProgramDoes::Crash) | Happening::MachineCrashes => {
                &mut self.crashes
            }
            Happening::Disk(_, DiskDoes::Fails) => &mut self.failed_writes,
            Happening::Link(_, LinkDoes::Breaks | LinkDoes::HalfOpens | LinkDoes::LosesAccess) => {
                &mut self.breaks
            }
            Happening::Send(_, SendDoes::Fails)
            | Happening::Letter(_, LetterDoes::IsLost | LetterDoes::MeetsTrouble(_))
            | Happening::Answer(_, _, AnswerDoes::IsLost)
            | Happening::Page(_, PageDoes::Fails) => &mut self.losses,
            Happening::Letter(_, LetterDoes::ArrivesAndStays)
            | Happening::Answer(_, _, AnswerDoes::ArrivesAndStays | AnswerDoes::GoesAstray) => {
                &mut self.copies
            }
            Happening::Stream(
                _,
                StreamDoes::LosesNext
                | StreamDoes::RepeatsNext
                | StreamDoes::Overtakes
                | StreamDoes::Marks
                | StreamDoes::IsInterrupted,
            ) => &mut self.stream_faults,
            Happening::Time(_, TimeDoes::Passes { .. } | TimeDoes::RingsTheTimer) => {
                &mut self.rings
            }
            Happening::Time(_, TimeDoes::JumpsBy { .. }) => &mut self.jumps,
            Happening::Server(ServerDoes::LosesItsLog) => &mut self.lost_logs,
            Happening::Server(_) => &mut self.moves,
            Happening::Program(_, ProgramDoes::Start)
            | Happening::Disk(_, DiskDoes::Writes | DiskDoes::Caches)
            | Happening::Link(_, LinkDoes::Connects)
            | Happening::Send(_, SendDoes::Starts)
            | Happening::Letter(_, LetterDoes::Arrives)
            | Happening::Answer(_, _, AnswerDoes::Arrives)
            | Happening::Stream(_, StreamDoes::BringsNext)
            | Happening::Page(_, PageDoes::IsRead | PageDoes::Arrives)
            | Happening::AllGoesWell(_) => return None,
        })
    }
}

impl Bounds {
    /// All that may happen in this world, if enough of it is left.
    pub(super) fn happenings(&self, world: &World) -> Vec<Happening> {
        let mut all = Vec::new();
        for who in self.programs.iter().copied() {
            match world.terminal(who) {
                None => all.push(Happening::Program(who, ProgramDoes::Start)),
                Some(terminal) => self.at_a_terminal(who, terminal, world, &mut all),
            }
        }
        for nth in each(world.letters.len()) {
            all.push(Happening::Letter(nth, LetterDoes::Arrives));
            all.push(Happening::Letter(nth, LetterDoes::ArrivesAndStays));
            all.push(Happening::Letter(nth, LetterDoes::IsLost));
        }
        for nth in each(world.server.orders.len()) {
            all.push(Happening::Server(ServerDoes::MovesOrder(nth, Move::On)));
            all.push(Happening::Server(ServerDoes::MovesOrder(nth, Move::Rejected)));
        }
        all.push(Happening::Server(ServerDoes::LosesItsLog));
        all.push(Happening::MachineCrashes);
        all
    }

    fn at_a_terminal(
        &self,
        who: Who,
        terminal: &Terminal,
        world: &World,
        all: &mut Vec<Happening>,
    ) {
        if world.wished < self.orders {
            all.push(Happening::Person(who, Wish::Place));
        }
        for nth in each(usize::try_from(world.wished).unwrap()) {
            all.push(Happening::Person(who, Wish::Cancel(nth)));
            all.push(Happening::Person(who, Wish::SetTip(nth, Dollars(5))));
        }
        for (nth, pending) in each(terminal.pending().count()).zip(terminal.pending()) {
            if pending.can_be_taken_back() {
                all.push(Happening::Person(who, Wish::TakeBack(nth)));
            }
        }
        if !terminal.writes.is_empty() {
            all.push(Happening::Disk(who, DiskDoes::Writes));
            all.push(Happening::Disk(who, DiskDoes::Fails));
        }
        if !terminal.sends.is_empty() && world.letters.len() < self.letters {
            all.push(Happening::Send(who, SendDoes::Starts));
        }
        if terminal.state.next_wakeup().is_some() {
            all.push(Happening::Time(who, TimeDoes::RingsTheTimer));
        }
        all.push(Happening::Time(who, TimeDoes::JumpsBy { minutes: -60 }));
        all.push(Happening::Program(who, ProgramDoes::Crash));
        match &terminal.link {
            Link::Down => all.push(Happening::Link(who, LinkDoes::Connects)),
            Link::HalfOpen => all.push(Happening::Link(who, LinkDoes::Breaks)),
            Link::Up(pipes) => on_a_connection(who, pipes, all),
        }
    }
}

fn on_a_connection(who: Who, pipes: &Pipes, all: &mut Vec<Happening>) {
    all.push(Happening::Link(who, LinkDoes::Breaks));
    for nth in each(pipes.answers.len()) {
        all.push(Happening::Answer(who, nth, AnswerDoes::Arrives));
        all.push(Happening::Answer(who, nth, AnswerDoes::ArrivesAndStays));
        all.push(Happening::Answer(who, nth, AnswerDoes::IsLost));
    }
    if !pipes.stream.is_empty() {
        all.push(Happening::Stream(who, StreamDoes::BringsNext));
        all.push(Happening::Stream(who, StreamDoes::LosesNext));
        all.push(Happening::Stream(who, StreamDoes::RepeatsNext));
    }
    if pipes.stream.len() > 1 {
        all.push(Happening::Stream(who, StreamDoes::Overtakes));
    }
    if !pipes.asked.is_empty() {
        all.push(Happening::Page(who, PageDoes::IsRead));
    }
    if !pipes.pages.is_empty() {
        all.push(Happening::Page(who, PageDoes::Arrives));
    }
}

fn each(number: usize) -> impl Iterator<Item = Nth> {
    (0..u16::try_from(number).unwrap()).map(Nth)
}
