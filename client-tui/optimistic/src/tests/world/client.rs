//! The store with a disk and a link that do what a test says.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::cursor::Cursor;
use shared::id::MutationId;
use uuid::Uuid;

use super::server::{Server, Subscription, mutation, order_id, wish};
use crate::account::{Account, ConnectionId, ProfileId};
use crate::clock::{Monotonic, Now};
use crate::effect::{Effect, Flush, Notice, WriteId};
use crate::input::{Input, PageToken};
use crate::intent::{Intent, IntentKind};
use crate::record::{Ledger, Record, Remembered};
use crate::rules::Rules;
use crate::state::State;
use crate::step;
use crate::view::{Looking, PendingView, Row, Standing, View, view};

/// What the disk does with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tests) enum Disk {
    /// It is written, and the store hears of it at once.
    Works,
    /// It waits in `writes` until the test says so.
    Waits,
    /// It is full.
    Full,
}

/// One terminal.
#[derive(Clone, Debug)]
pub(in crate::tests) struct Client {
    pub(in crate::tests) state: State,
    pub(in crate::tests) now: Now,
    pub(in crate::tests) disk: Disk,
    pub(in crate::tests) writes: VecDeque<(WriteId, Record, Flush)>,
    /// What the journal holds.
    pub(in crate::tests) journal: Vec<Record>,
    /// What was given to the link and not yet looked at.
    pub(in crate::tests) sends: VecDeque<(MutationId, Intent)>,
    pub(in crate::tests) pages: VecDeque<Option<PageToken>>,
    pub(in crate::tests) subscribes: Vec<Cursor>,
    pub(in crate::tests) reconnects: usize,
    pub(in crate::tests) notices: Vec<Notice>,
    pub(in crate::tests) remarks: Vec<String>,
    /// All that was told and all that was wanted, to be played again.
    pub(in crate::tests) tape: Vec<(Input, Now, Vec<Effect>)>,
    connection: u64,
}

impl Client {
    pub(in crate::tests) fn new() -> Self {
        Self::under(Rules::whole())
    }

    /// A client of a store in which only these rules hold.
    pub(in crate::tests) fn under(rules: Rules) -> Self {
        Self {
            state: State::broken(ProfileId::new(Uuid::from_u128(1)), rules),
            now: Now {
                monotonic: Monotonic::from_millis(1_000),
                wall: Timestamp::constant(1_800_000_000, 0),
                jitter: 42,
            },
            disk: Disk::Works,
            writes: VecDeque::new(),
            journal: Vec::new(),
            sends: VecDeque::new(),
            pages: VecDeque::new(),
            subscribes: Vec::new(),
            reconnects: 0,
            notices: Vec::new(),
            remarks: Vec::new(),
            tape: Vec::new(),
            connection: 0,
        }
    }

    /// A client with the menus, a link and all pages of this server.
    pub(in crate::tests) fn online(server: &Server) -> Self {
        Self::new().and_online(server)
    }

    /// With the menus, a link and all pages of this server.
    pub(in crate::tests) fn and_online(mut self, server: &Server) -> Self {
        self.tell(Input::CatalogLoaded(server.catalog.clone()));
        self.link_up(server);
        self.load(server);
        self
    }

    /// A client that knows the menus and nothing else.
    pub(in crate::tests) fn offline() -> Self {
        Self::new().and_offline()
    }

    /// With the menus and nothing else.
    pub(in crate::tests) fn and_offline(mut self) -> Self {
        self.tell(Input::CatalogLoaded(Server::new(1).catalog));
        self
    }

    pub(in crate::tests) fn tell(&mut self, input: Input) {
        self.now.jitter = self.now.jitter.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let effects = step(&mut self.state, input.clone(), self.now);
        self.tape.push((input, self.now, effects.clone()));
        for effect in effects {
            match effect {
                Effect::Send { connection, mutation_id, intent } => {
                    assert_eq!(connection, ConnectionId::new(self.connection));
                    self.sends.push_back((mutation_id, intent));
                }
                Effect::Journal { write, record, flush } => {
                    self.writes.push_back((write, record, flush));
                }
                Effect::Subscribe { after, .. } => self.subscribes.push(after),
                Effect::LoadPage { after, .. } => self.pages.push_back(after),
                Effect::Reconnect { .. } => self.reconnects += 1,
                Effect::Notify(notice) => self.notices.push(notice),
                Effect::CacheDirty => {}
                Effect::Remark(remark) => self.remarks.push(remark),
            }
        }
        match self.disk {
            Disk::Waits => {}
            Disk::Works => while self.write_next() {},
            Disk::Full => while self.fail_next() {},
        }
    }

    /// The disk takes the next record.
    pub(in crate::tests) fn write_next(&mut self) -> bool {
        let Some((write, record, _)) = self.writes.pop_front() else { return false };
        self.journal.push(record);
        self.tell(Input::JournalWritten { write });
        true
    }

    /// The disk does not take the next record.
    pub(in crate::tests) fn fail_next(&mut self) -> bool {
        let Some((write, ..)) = self.writes.pop_front() else { return false };
        self.tell(Input::JournalFailed { write, reason: "the disk is full".to_owned() });
        true
    }

    pub(in crate::tests) fn link_up(&mut self, server: &Server) {
        self.link_up_as(server.account(), server.now);
    }

    pub(in crate::tests) fn link_up_as(&mut self, account: Account, server_now: Timestamp) {
        self.connection += 1;
        self.pages.clear();
        self.sends.clear();
        let connection = ConnectionId::new(self.connection);
        self.tell(Input::LinkUp { connection, account, server_now });
    }

    pub(in crate::tests) fn link_down(&mut self) {
        self.sends.clear();
        self.tell(Input::LinkDown);
    }

    /// Answers all requests for pages.
    pub(in crate::tests) fn load(&mut self, server: &Server) {
        while let Some(after) = self.pages.pop_front() {
            self.tell(Input::PageLoaded(server.page(after)));
        }
    }

    /// Places order `number` as mutation `number`.
    pub(in crate::tests) fn place(&mut self, number: u128) {
        self.tell(Input::Place { mutation_id: mutation(number), order: wish(number) });
    }

    /// Cancels order `number` as mutation `number + 100`.
    pub(in crate::tests) fn cancel(&mut self, number: u128) {
        let mutation_id = mutation(number + 100);
        self.tell(Input::Cancel { mutation_id, order_id: order_id(number) });
    }

    /// Takes what was sent to the server, as the link would, and forgets the answers.
    pub(in crate::tests) fn lose_answers(&mut self, server: &mut Server) {
        while let Some((mutation_id, intent)) = self.sends.pop_front() {
            self.tell(Input::SendStarted { mutation_id });
            server.receive(mutation_id, &intent);
        }
    }

    /// Takes what was sent to the server and brings the answers back.
    pub(in crate::tests) fn exchange(&mut self, server: &mut Server) {
        while let Some((mutation_id, intent)) = self.sends.pop_front() {
            self.tell(Input::SendStarted { mutation_id });
            let receipt = server.receive(mutation_id, &intent);
            self.tell(Input::Answered(receipt));
        }
    }

    /// Brings all changes that are there to the client.
    pub(in crate::tests) fn follow(&mut self, server: &Server) {
        let Some(cursor) = self.state.cursor() else { return };
        let mut subscription = Subscription { last: cursor.position };
        while let Some(change) = server.next(&mut subscription) {
            self.tell(Input::Changed(change));
        }
    }

    /// Time passes, and the timer rings when it is due.
    pub(in crate::tests) fn pass(&mut self, duration: Duration) {
        self.now.monotonic = self.now.monotonic.after(duration);
        let on = SignedDuration::try_from(duration).unwrap();
        self.now.wall = self.now.wall.saturating_add(on).unwrap();
        if self.state.next_wakeup().is_some_and(|due| due <= self.now.monotonic) {
            self.tell(Input::Tick);
        }
    }

    /// A new process on the same disk, without cache.
    pub(in crate::tests) fn restarted(&self) -> Self {
        let mut ledger = Ledger::default();
        for record in &self.journal {
            ledger.apply(record);
        }
        let mutations: Vec<Remembered> = ledger.pending().cloned().collect();
        let mut client = Self::under(self.state.rules()).and_offline();
        client.now.wall = self.now.wall;
        client.journal.clone_from(&self.journal);
        client.tell(Input::JournalRestored { mutations });
        client
    }

    pub(in crate::tests) fn looking(&self) -> Looking {
        Looking { now: self.now.monotonic, day_began: Timestamp::constant(1_799_900_000, 0) }
    }

    pub(in crate::tests) fn view(&self) -> View<'_> {
        view(&self.state, &self.looking())
    }

    /// The rows in words, from top to bottom.
    pub(in crate::tests) fn screen(&self) -> Vec<String> {
        self.view().rows.iter().map(row_in_words).collect()
    }

    /// The one pending mutation with this number, as it is shown.
    pub(in crate::tests) fn pending(&self, number: u128) -> Option<PendingView<'_>> {
        let View { rows, elsewhere, .. } = self.view();
        rows.into_iter()
            .flat_map(|row| row.pending)
            .chain(elsewhere)
            .find(|pending| pending.mutation_id == mutation(number))
    }

    /// The mutations that were given to the link since somebody last looked.
    pub(in crate::tests) fn sent(&mut self) -> Vec<MutationId> {
        self.sends.drain(..).map(|(mutation_id, _)| mutation_id).collect()
    }

    /// How the mutations ended, oldest first.
    pub(in crate::tests) fn ends(&self) -> Vec<(MutationId, String)> {
        let ends = self.state.outcomes().map(|it| (it.mutation_id, it.words()));
        let mut ends: Vec<_> = ends.collect();
        ends.reverse();
        ends
    }
}

/// `7 PLACED cancelling placeholder [place queued] [cancel queued in doubt]`
fn row_in_words(row: &Row<'_>) -> String {
    let number = row.order.id.uuid().as_u128() - 0x1000;
    let cancelling = if row.order.cancel_requested() { " cancelling" } else { "" };
    let standing = match row.standing {
        Standing::Placeholder => "placeholder",
        Standing::Confirmed => "confirmed",
        Standing::NotPlaced => "not placed",
    };
    let mut words = format!("{number} {}{cancelling} {standing}", row.order.status);
    for pending in &row.pending {
        let kind = match pending.kind {
            IntentKind::Place => "place",
            IntentKind::Cancel => "cancel",
        };
        let state = format!("{:?}", pending.state).to_lowercase();
        let doubt = if pending.doubt.is_some() { " in doubt" } else { "" };
        words.extend([" [", kind, " ", &state, doubt, "]"]);
    }
    words
}

/// The notices without their words.
pub(in crate::tests) fn kinds(notices: &[Notice]) -> Vec<&'static str> {
    notices
        .iter()
        .map(|notice| match notice {
            Notice::Refused { .. } => "refused",
            Notice::Declined { .. } => "declined",
            Notice::Withdrawn { .. } => "withdrawn",
            Notice::NotSaved { .. } => "not saved",
            Notice::EndNotSaved { .. } => "end not saved",
            Notice::Ended { .. } => "ended",
            Notice::Vanished { .. } => "vanished",
            Notice::SignInNeeded => "sign-in needed",
        })
        .collect()
}
