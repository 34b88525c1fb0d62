//! One running program: the real store, the records that wait for its disk, and the pipes of its link.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use shared::catalog::Catalog;
use shared::cursor::Cursor;
use shared::id::{MutationId, OrderId};
use uuid::Uuid;

use crate::account::{ConnectionId, ProfileId};
use crate::clock::{Monotonic, Now};
use crate::effect::{Effect, Flush, Notice, WriteId};
use crate::input::{Change, Input, Page, PageToken, Receipt};
use crate::intent::Intent;
use crate::pending::PendingMutation;
use crate::record::Record;
use crate::rules::Rules;
use crate::state::State;
use crate::step;
use crate::tests::world::{Server, Subscription};
use crate::view::{Looking, PendingState, PendingView, View, view};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Terminal {
    pub(super) state: State,
    pub(super) now: Now,
    /// Records that the disk has not dealt with yet, oldest first.
    pub(super) writes: VecDeque<(WriteId, Record, Flush)>,
    /// Mutations that the link was given and has not begun to write.
    pub(super) sends: VecDeque<(MutationId, Intent)>,
    pub(super) link: Link,
    /// The number of its latest connection.
    connection: u64,
    /// How many outcomes the chronicle has noted.
    pub(super) noted: usize,
    pub(super) notes: Notes,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Link {
    Down,
    Up(Pipes),
    /// It looks as if it stood; nothing gets through.
    HalfOpen,
}

/// What is on its way on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Pipes {
    /// Answers to mutations, by mutation.
    pub(super) answers: Vec<Receipt>,
    /// From where the store wants to subscribe, not yet heard by the server.
    pub(super) subscribe: Option<Cursor>,
    pub(super) subscription: Option<Subscription>,
    pub(super) stream: VecDeque<Change>,
    /// Pages asked for, not yet read by the server.
    pub(super) asked: VecDeque<Option<PageToken>>,
    pub(super) pages: VecDeque<Page>,
}

/// What is to be known of the last happening alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Notes {
    /// Facts may go: the server has shown that its log is another one, or was set back.
    pub(super) may_forget: bool,
    /// A single message of the subscription came.
    pub(super) brought: Option<Brought>,
    /// Something came that says nothing new.
    pub(super) stale: Option<Stale>,
    /// What the person was told.
    pub(super) told: Vec<Notice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Brought {
    AChangeOf(OrderId),
    AMark,
}

/// What may come and must change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stale {
    /// A change up to our position.
    KnownChange,
    /// An answer to what is settled already.
    LateAnswer,
    /// An answer to a mutation of the other terminal.
    ForeignAnswer,
}

impl Terminal {
    pub(super) fn new(menus: &Catalog, rules: Rules) -> Self {
        let mut terminal = Self {
            state: State::broken(ProfileId::new(Uuid::from_u128(1)), rules),
            now: Now {
                monotonic: Monotonic::from_millis(1_000),
                wall: Timestamp::constant(1_800_000_000, 0),
                jitter: 42,
            },
            writes: VecDeque::new(),
            sends: VecDeque::new(),
            link: Link::Down,
            connection: 0,
            noted: 0,
            notes: Notes::default(),
        };
        terminal.tell(Input::CatalogLoaded(menus.clone()));
        terminal
    }

    /// Tells the store, and puts what it wants done where it waits to be done.
    pub(super) fn tell(&mut self, input: Input) {
        for effect in step(&mut self.state, input, self.now) {
            match effect {
                Effect::Send { connection, mutation_id, intent } => {
                    assert_eq!(connection, ConnectionId::new(self.connection));
                    self.sends.push_back((mutation_id, intent));
                }
                Effect::Journal { write, record, flush } => {
                    self.writes.push_back((write, record, flush));
                }
                Effect::Subscribe { after, .. } => {
                    if let Link::Up(pipes) = &mut self.link {
                        pipes.subscribe = Some(after);
                    }
                }
                Effect::LoadPage { after, .. } => {
                    if let Link::Up(pipes) = &mut self.link {
                        pipes.asked.push_back(after);
                    }
                }
                Effect::Reconnect { connection } => {
                    panic!("connection {connection:?} shows one log and no other")
                }
                Effect::Notify(notice) => self.notes.told.push(notice),
                Effect::CacheDirty | Effect::Remark(_) => {}
            }
        }
    }

    pub(super) fn connect(&mut self, server: &Server) {
        self.connection += 1;
        self.sends.clear();
        self.link = Link::Up(Pipes::default());
        let account = server.account();
        let knows = self.state.confirmed.account;
        self.notes.may_forget |= knows.is_some_and(|it| it.log_id != account.log_id);
        let connection = ConnectionId::new(self.connection);
        self.tell(Input::LinkUp { connection, account, server_now: server.now });
    }

    pub(super) fn break_link(&mut self) {
        self.link = Link::Down;
        self.sends.clear();
        self.tell(Input::LinkDown);
    }

    pub(super) fn pipes(&mut self) -> Option<&mut Pipes> {
        match &mut self.link {
            Link::Up(pipes) => Some(pipes),
            Link::Down | Link::HalfOpen => None,
        }
    }

    /// Time passes for both clocks, and the timer rings if it is due.
    pub(super) fn pass(&mut self, milliseconds: u64) {
        let later = Monotonic::from_millis(self.now.monotonic.millis() + milliseconds);
        self.now.monotonic = later;
        self.jump(SignedDuration::from_millis(i64::try_from(milliseconds).unwrap()));
        if self.state.next_wakeup().is_some_and(|due| due <= later) {
            self.tell(Input::Tick);
        }
    }

    pub(super) fn jump(&mut self, by: SignedDuration) {
        self.now.wall = self.now.wall.saturating_add(by).unwrap();
    }

    /// How long it is until the next timer rings.
    pub(super) fn until_the_timer(&self) -> Option<u64> {
        let due = self.state.next_wakeup()?;
        Some(due.millis() - self.now.monotonic.millis())
    }

    pub(super) fn view(&self) -> View<'_> {
        let day_began = Timestamp::constant(1_799_900_000, 0);
        view(&self.state, &Looking { now: self.now.monotonic, day_began })
    }

    /// All that is pending, as it is shown.
    pub(super) fn shown(&self) -> Vec<PendingView<'_>> {
        let View { rows, elsewhere, .. } = self.view();
        rows.into_iter().flat_map(|row| row.pending).chain(elsewhere).collect()
    }

    pub(super) fn pending(&self) -> impl Iterator<Item = &PendingMutation> {
        self.state.pending.iter()
    }

    pub(super) fn is_waiting_for_answers(&self) -> bool {
        self.shown().iter().any(|it| it.state != PendingState::Refused)
    }
}
