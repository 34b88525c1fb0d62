//! The whole world: a server, two terminals, the disk beneath them and the network between.
//!
//! It is a plain value: two worlds to which the same has happened are equal. What may happen stands in
//! `happening`; here it does, to the real store and nothing else.

mod person;
mod network;
mod server;

use jiff::SignedDuration;
use shared::catalog::Catalog;
use shared::id::MutationId;

use super::chronicle::{Chronicle, End};
use super::disk::Disk;
use super::happening::{DiskDoes, Happening, Nth, ProgramDoes, TimeDoes, Who};
use super::terminal::{Link, Terminal};
use crate::input::Input;
use crate::intent::Intent;
use crate::record::{Record, Settlement};
use crate::rules::Rules;
use crate::tests::world::Server;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) server: Server,
    /// How often the server has begun anew or was set back.
    pub(super) epoch: u32,
    backup: Option<Box<Server>>,
    running: [Option<Terminal>; 2],
    pub(super) disk: Disk,
    pub(super) letters: Vec<Letter>,
    pub(super) chronicle: Chronicle,
    /// How many orders were wished for.
    pub(super) wished: u128,
    /// What the terminals know of the menus.
    menus: Catalog,
    /// The rules that hold in their stores.
    rules: Rules,
}

/// A mutation on its way to the server; it may outlive its connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Letter {
    pub(super) mutation_id: MutationId,
    pub(super) intent: Intent,
    from: Who,
    /// A copy of it has arrived already, or will.
    has_copies: bool,
}

impl World {
    /// Nothing runs yet but the server.
    pub(super) fn new(menus: Catalog, rules: Rules) -> Self {
        let mut server = Server::new(1);
        server.catalog.clone_from(&menus);
        Self {
            server,
            epoch: 0,
            backup: None,
            running: [None, None],
            disk: Disk::default(),
            letters: Vec::new(),
            chronicle: Chronicle::default(),
            wished: 0,
            menus,
            rules,
        }
    }

    pub(super) fn terminal(&self, who: Who) -> Option<&Terminal> {
        self.running[who.index()].as_ref()
    }

    fn terminal_mut(&mut self, who: Who) -> Option<&mut Terminal> {
        self.running[who.index()].as_mut()
    }

    pub(super) fn terminals(&self) -> impl Iterator<Item = (Who, &Terminal)> {
        Who::BOTH.into_iter().filter_map(|who| Some((who, self.terminal(who)?)))
    }

    fn tell(&mut self, who: Who, input: Input) {
        if let Some(terminal) = self.terminal_mut(who) {
            terminal.tell(input);
        }
    }

    pub(super) fn happens(&mut self, happening: Happening) {
        self.turn_the_page();
        match happening {
            Happening::Person(who, wish) => self.person(who, wish),
            Happening::Program(who, ProgramDoes::Start) => self.start(who),
            Happening::Program(who, ProgramDoes::Crash) => {
                self.running[who.index()] = None;
                self.disk.owner_dies(who);
            }
            Happening::MachineCrashes => {
                self.running = [None, None];
                self.disk.lose_power();
            }
            Happening::Disk(who, does) => self.disk(who, does),
            Happening::Link(who, does) => self.link(who, does),
            Happening::Send(who, does) => self.send(who, does),
            Happening::Letter(nth, does) => self.letter(nth, does),
            Happening::Answer(who, nth, does) => self.answer(who, nth, does),
            Happening::Stream(who, does) => self.stream(who, does),
            Happening::Page(who, does) => self.page(who, does),
            Happening::Time(who, does) => self.time(who, does),
            Happening::Server(does) => self.server(does),
            Happening::AllGoesWell(who) => self.all_goes_well(who),
        }
        for who in Who::BOTH {
            self.look_after(who);
        }
    }

    /// Forgets what was noted of the last happening alone.
    pub(super) fn turn_the_page(&mut self) {
        for terminal in self.running.iter_mut().flatten() {
            terminal.notes = super::terminal::Notes::default();
        }
    }

    fn start(&mut self, who: Who) {
        if self.terminal(who).is_some() {
            return;
        }
        let mutations = self.disk.open(who);
        for remembered in &mutations {
            self.chronicle.came_back(remembered);
        }
        let mut terminal = Terminal::new(&self.menus, self.rules);
        terminal.tell(Input::JournalRestored { mutations });
        if let Some(cached) = self.disk.cache.clone() {
            terminal.tell(Input::CacheRestored(cached));
        }
        self.running[who.index()] = Some(terminal);
    }

    fn disk(&mut self, who: Who, does: DiskDoes) {
        let Some(terminal) = &mut self.running[who.index()] else { return };
        match does {
            DiskDoes::Caches => self.disk.cache = Some(terminal.state.to_cache()),
            DiskDoes::Writes => {
                let Some((write, record, flush)) = terminal.writes.pop_front() else { return };
                if let Record::Settled { mutation_id, settlement: Settlement::Withdrawn } = record {
                    self.chronicle.taken_back_for_good(mutation_id);
                }
                self.disk.write(who, record, flush);
                terminal.tell(Input::JournalWritten { write });
            }
            DiskDoes::Fails => {
                let Some((write, ..)) = terminal.writes.pop_front() else { return };
                let reason = "the disk is full".to_owned();
                terminal.tell(Input::JournalFailed { write, reason });
            }
        }
    }

    fn time(&mut self, who: Who, does: TimeDoes) {
        let Some(terminal) = self.terminal_mut(who) else { return };
        match does {
            TimeDoes::Passes { milliseconds } => terminal.pass(milliseconds.into()),
            TimeDoes::RingsTheTimer => {
                if let Some(milliseconds) = terminal.until_the_timer() {
                    terminal.pass(milliseconds);
                }
            }
            TimeDoes::JumpsBy { minutes } => {
                terminal.jump(SignedDuration::from_mins(minutes.into()));
            }
        }
    }

    fn all_goes_well(&mut self, who: Who) {
        while self.terminal(who).is_some_and(|it| !it.writes.is_empty()) {
            self.disk(who, DiskDoes::Writes);
        }
        if self.terminal(who).is_some_and(|it| it.link == Link::Down) {
            self.link(who, super::happening::LinkDoes::Connects);
        }
        self.look_after(who);
        for _ in 0..3 {
            self.pipes_move_on(who);
        }
        if let Some(terminal) = self.terminal_mut(who) {
            // It was not the only thing that came.
            terminal.notes.brought = None;
        }
    }

    /// What follows by itself: the server hears of subscriptions, and the chronicle of ends.
    fn look_after(&mut self, who: Who) {
        self.subscribe(who);
        let epoch = self.epoch;
        let Some(terminal) = &mut self.running[who.index()] else { return };
        let ends: Vec<(MutationId, End)> = terminal
            .state
            .outcomes()
            .map(|it| (it.mutation_id, End::from(&it.settlement)))
            .collect();
        let new = ends.len() - terminal.noted;
        terminal.noted = ends.len();
        for (mutation_id, end) in ends.into_iter().take(new) {
            self.chronicle.ended(mutation_id, epoch, end);
        }
    }

    /// Another draw of luck for the waits before retries.
    pub(super) fn shake_the_dice(&mut self) {
        for terminal in self.running.iter_mut().flatten() {
            let jitter = &mut terminal.now.jitter;
            *jitter = jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        }
    }

    /// Whether a letter with this mutation may still arrive.
    pub(super) fn is_under_way(&self, mutation_id: MutationId) -> bool {
        self.letters.iter().any(|letter| letter.mutation_id == mutation_id)
    }

    pub(super) fn has_copies_under_way(&self) -> bool {
        self.letters.iter().any(|letter| letter.has_copies)
    }

    fn letter_at(&self, nth: Nth) -> Option<usize> {
        nth.of(self.letters.len())
    }
}
