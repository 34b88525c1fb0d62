//! One terminal of a case: the store, with a disk and a link that do what somebody says.
//! Steps 1 to 3 of an order's way.
//!
//! It carries the effects out as far as queues: records wait for the disk, mutations for the link.
//! What comes of them is for whoever plays the disk and the network.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::cursor::Cursor;
use shared::id::MutationId;
use uuid::Uuid;

use super::server::{BEGINNING, Server};
use crate::account::{Account, ConnectionId, ProfileId};
use crate::clock::{Monotonic, Now};
use crate::effect::{Effect, Flush, Notice, WriteId};
use crate::input::{Input, PageToken};
use crate::intent::Intent;
use crate::record::{Ledger, Record, Remembered};
use crate::rules::Rules;
use crate::state::State;
use crate::step;
use crate::view::{Looking, View, view};

/// The rings of the timer within one wait at most: each mutation has one every ten seconds or so, and
/// no case waits with many of them for more than some minutes.
const RINGS_MAX: usize = 100_000;

/// What the disk says when it is full.
const FULL: &str = "the disk is full";

/// What the disk does with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// It is written, and the store hears of it at once.
    Works,
    /// It waits in `writes` until somebody says so.
    Waits,
    /// It is full.
    Full,
}

/// One terminal.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) state: State,
    pub(crate) now: Now,
    pub(crate) disk: Disk,
    pub(crate) writes: VecDeque<(WriteId, Record, Flush)>,
    /// What the journal holds.
    pub(crate) journal: Vec<Record>,
    /// How many of its records outlive the machine.
    pub(crate) flushed: usize,
    /// What was given to the link and not yet looked at.
    pub(crate) sends: VecDeque<(MutationId, Intent)>,
    pub(crate) pages: VecDeque<Option<PageToken>>,
    pub(crate) subscribes: Vec<Cursor>,
    pub(crate) notices: Vec<Notice>,
    /// All that was told and all that was wanted, to be played again.
    pub(crate) tape: Vec<(Input, Now, Vec<Effect>)>,
    connection: u64,
}

/// From when somebody looks at this moment: everything that a case orders is of one day.
pub(crate) const fn looking(now: Now) -> Looking {
    Looking { now: now.monotonic, day_began: Timestamp::constant(1_799_900_000, 0) }
}

impl Client {
    /// A program that knows nothing, with a store in which these rules hold.
    pub(crate) fn under(rules: Rules) -> Self {
        Self {
            state: State::under(ProfileId::new(Uuid::from_u128(1)), rules),
            now: Now { monotonic: Monotonic::from_millis(1_000), wall: BEGINNING, jitter: 42 },
            disk: Disk::Works,
            writes: VecDeque::new(),
            journal: Vec::new(),
            flushed: 0,
            sends: VecDeque::new(),
            pages: VecDeque::new(),
            subscribes: Vec::new(),
            notices: Vec::new(),
            tape: Vec::new(),
            connection: 0,
        }
    }

    /// Gives the store something that happened, and carries out what it wants.
    pub(crate) fn tell(&mut self, input: Input) {
        self.now.jitter = self.now.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let effects = step(&mut self.state, input.clone(), self.now);
        for effect in effects.iter().cloned() {
            self.carry_out(effect);
        }
        self.tape.push((input, self.now, effects));
        match self.disk {
            Disk::Waits => {}
            Disk::Works => while self.write_next() {},
            Disk::Full => while self.fail_next() {},
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Send { connection, mutation_id, intent } => {
                // On a connection that has gone nothing is sent, as the link promises.
                if connection == ConnectionId::new(self.connection) {
                    self.sends.push_back((mutation_id, intent));
                }
            }
            Effect::Journal { write, record, flush } => {
                self.writes.push_back((write, record, flush));
            }
            Effect::Subscribe { after, .. } => self.subscribes.push(after),
            Effect::LoadPage { after, .. } => self.pages.push_back(after),
            Effect::Notify(notice) => self.notices.push(notice),
            Effect::Reconnect { .. } | Effect::CacheDirty | Effect::Remark(_) => {}
        }
    }

    /// The disk takes the next record, if there is one.
    pub(crate) fn write_next(&mut self) -> bool {
        let Some((write, record, flush)) = self.writes.pop_front() else { return false };
        self.journal.push(record);
        if flush == Flush::First {
            self.flushed = self.journal.len();
        }
        self.tell(Input::JournalWritten { write });
        true
    }

    /// The disk does not take the next record, if there is one.
    pub(crate) fn fail_next(&mut self) -> bool {
        let Some((write, ..)) = self.writes.pop_front() else { return false };
        self.tell(Input::JournalFailed { write, reason: FULL.to_owned() });
        true
    }

    pub(crate) fn link_up_as(&mut self, account: Account, server_now: Timestamp) {
        self.connection += 1;
        self.pages.clear();
        self.sends.clear();
        let connection = ConnectionId::new(self.connection);
        self.tell(Input::LinkUp { connection, account, server_now });
    }

    pub(crate) fn link_down(&mut self) {
        self.sends.clear();
        self.tell(Input::LinkDown);
    }

    /// Answers all requests for pages.
    pub(crate) fn load(&mut self, server: &Server) {
        while let Some(after) = self.pages.pop_front() {
            self.tell(Input::PageLoaded(server.page(after)));
        }
    }

    /// Takes what was sent to the server and brings the answers back.
    pub(crate) fn exchange(&mut self, server: &mut Server) {
        while let Some((mutation_id, intent)) = self.sends.pop_front() {
            self.tell(Input::SendStarted { mutation_id });
            let reply = server.answer(mutation_id, &intent);
            self.tell(reply.into_input());
        }
    }

    /// Time passes, and the timer rings whenever it is due.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now.monotonic.after(duration);
        for _ in 0..RINGS_MAX {
            let due = self.state.next_wakeup().filter(|due| *due <= end);
            let Some(due) = due else { break };
            self.move_on_to(due.max(self.now.monotonic));
            self.tell(Input::Tick);
        }
        self.move_on_to(end);
    }

    fn move_on_to(&mut self, moment: Monotonic) {
        let passed = moment.since(self.now.monotonic);
        self.now.monotonic = moment;
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        self.now.wall = self.now.wall.saturating_add(passed).unwrap_or(self.now.wall);
    }

    /// What the journal says is pending.
    pub(crate) fn remembered(&self) -> Vec<Remembered> {
        let mut ledger = Ledger::default();
        self.journal.iter().for_each(|record| ledger.apply(record));
        ledger.pending().cloned().collect()
    }

    pub(crate) fn looking(&self) -> Looking {
        looking(self.now)
    }

    pub(crate) fn view(&self) -> View<'_> {
        view(&self.state, &self.looking())
    }
}
