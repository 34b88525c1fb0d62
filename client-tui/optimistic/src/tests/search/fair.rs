//! A fair ending: from here on everything works. Then everything has to come to an end, and soon.

use super::happening::{
    AnswerDoes, DiskDoes, Happening, LetterDoes, LinkDoes, Nth, PageDoes, ProgramDoes, SendDoes,
    StreamDoes, TimeDoes, Who, Wish,
};
use super::terminal::{Link, Terminal};
use super::world::World;
use crate::confirmed::Stream;
use crate::pending::Saved;
use crate::view::PendingState;

/// So often everything moves on, at most, before all is settled. A retry waits for half a minute at
/// most, and each round lasts until a timer rings.
const ROUNDS: usize = 40;

impl World {
    /// Heals everything and lets it run until nothing is left to do.
    ///
    /// # Errors
    /// What is still open when it should not be.
    pub(super) fn settle_down(&mut self, programs: &[Who]) -> Result<(), String> {
        // What was delayed arrives at last, before or after whatever comes.
        while !self.letters.is_empty() {
            self.happens(Happening::Letter(Nth::FIRST, LetterDoes::Arrives));
        }
        for who in programs.iter().copied() {
            self.happens(Happening::Program(who, ProgramDoes::Start));
            self.happens(Happening::Link(who, LinkDoes::Breaks));
            self.happens(Happening::Link(who, LinkDoes::Connects));
        }
        for _ in 0..ROUNDS {
            for who in programs.iter().copied() {
                self.everything_moves_on(who);
            }
            let head = Some(self.server.head());
            if self.terminals().all(|(_, it)| it.is_settled() && it.state.cursor() == head) {
                return Ok(());
            }
            for who in programs.iter().copied() {
                self.happens(Happening::Time(who, TimeDoes::RingsTheTimer));
            }
        }
        let open: Vec<_> =
            self.terminals().map(|(_, it)| (it.shown(), it.state.cursor())).collect();
        let head = self.server.head();
        Err(format!("still open after {ROUNDS} rounds, with the server at {head:?}: {open:#?}"))
    }

    fn everything_moves_on(&mut self, who: Who) {
        while let Some(next) = self.terminal(who).and_then(|it| next_move(it, who)) {
            self.happens(next);
            while !self.letters.is_empty() {
                self.happens(Happening::Letter(Nth::FIRST, LetterDoes::Arrives));
            }
        }
        self.happens(Happening::Stream(who, StreamDoes::Marks));
        self.happens(Happening::Stream(who, StreamDoes::BringsNext));
    }
}

/// What there is to do at a terminal for disk, link and person.
fn next_move(terminal: &Terminal, who: Who) -> Option<Happening> {
    if !terminal.writes.is_empty() {
        return Some(Happening::Disk(who, DiskDoes::Writes));
    }
    let unsaved = terminal.pending().position(|it| matches!(it.saved, Saved::No { .. }));
    if let Some(unsaved) = unsaved {
        let nth = Nth(u16::try_from(unsaved).unwrap());
        return Some(Happening::Person(who, Wish::RetryNow(nth)));
    }
    if !terminal.sends.is_empty() {
        return Some(Happening::Send(who, SendDoes::Starts));
    }
    let Link::Up(pipes) = &terminal.link else { return None };
    if !pipes.answers.is_empty() {
        return Some(Happening::Answer(who, Nth::FIRST, AnswerDoes::Arrives));
    }
    if !pipes.pages.is_empty() {
        return Some(Happening::Page(who, PageDoes::Arrives));
    }
    if !pipes.asked.is_empty() {
        return Some(Happening::Page(who, PageDoes::IsRead));
    }
    (!pipes.stream.is_empty()).then_some(Happening::Stream(who, StreamDoes::BringsNext))
}

impl Terminal {
    fn is_settled(&self) -> bool {
        self.shown().iter().all(|it| it.state == PendingState::Refused)
            && self.writes.is_empty()
            && matches!(self.state.confirmed.stream, Stream::Live { .. })
            && self.state.next_wakeup().is_none()
    }
}
