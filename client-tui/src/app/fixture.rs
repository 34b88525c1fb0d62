//! For tests: a model with a clock that stands still, keys typed as words, and a log that answers.
//!
//! The disk writes at once unless it is told to hang; the log is the real decider of both sides.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use optimistic::account::{Account, ConnectionId, ProfileId};
use optimistic::input::{Answer, Change, Page, Receipt};
use optimistic::record::Refused;
use optimistic::view::PendingState;
use optimistic::{Input, Monotonic, Now, State};
use shared::catalog::house::of_the_house;
use shared::id::{CustomerId, LogId, MutationId, OrderId};
use shared::money::Cents;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::rating::Rating;
use shared::order::tip::Tip;
use uuid::Uuid;

use super::connection::{Backend, Connection, LinkState, NextTry, OwnBackend};
use super::effect::Effect;
use super::message::Message;
use super::model::{Model, Settings};
use super::moment::Moment;
use super::session::Session;
use super::update;
use crate::terminal::TerminalEvent;
use crate::ui::motion::Motion;

mod log;

use log::Log;

pub(crate) const CONNECTION: ConnectionId = ConnectionId::new(1);
const CUSTOMER: CustomerId = CustomerId::new(Uuid::from_u128(7));
const LOG: LogId = LogId::new(Uuid::from_u128(8));
/// How long after the loss of the link the next try begins.
const RETRY_IN: Duration = Duration::from_secs(9);
const ACCOUNT: Account = Account { log_id: LOG, customer_id: CUSTOMER };

/// Whether what is to be journaled reaches the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Writes,
    Hangs,
}

/// A model, its time, and what is around it.
pub(crate) struct World {
    pub(crate) model: Model,
    pub(crate) disk: Disk,
    pub(crate) effects: Vec<Effect>,
    log: Log,
    milliseconds: u64,
    serial: u128,
}

impl World {
    /// A first start: nothing is known, and the backend has not answered.
    pub(crate) fn new() -> Self {
        let store = State::new(ProfileId::new(Uuid::from_u128(9)));
        let connection = Connection::new(Backend::Own(OwnBackend::Starting));
        let settings = Settings { motion: Motion::Full, time_zone: TimeZone::UTC };
        Self {
            model: Model::new(store, Session::new("anna".to_owned(), None), connection, settings),
            disk: Disk::Writes,
            effects: Vec::new(),
            log: Log::new(LOG),
            milliseconds: 0,
            serial: 1 << 32,
        }
    }

    /// The menu is known from the cache, and the backend does not answer.
    pub(crate) fn with_a_menu() -> Self {
        let mut world = Self::new();
        world.feed(Input::CatalogLoaded(of_the_house()));
        world
    }

    /// Signed in, with a live link and all orders loaded.
    pub(crate) fn live() -> Self {
        let mut world = Self::with_a_menu();
        world.connect();
        world
    }

    pub(crate) fn connect(&mut self) {
        let endpoint = "http://127.0.0.1:4000".parse().unwrap();
        self.model.connection.backend = Backend::Own(OwnBackend::Running { endpoint });
        self.model.connection.link = LinkState::Live;
        self.model.connection.customer = Some("anna".to_owned());
        let server_now = self.now().wall;
        self.feed(Input::LinkUp { connection: CONNECTION, account: ACCOUNT, server_now });
        let orders = self.log.orders();
        let cursor = self.log.cursor();
        self.feed(Input::PageLoaded(Page { after: None, orders, cursor, next: None }));
    }

    pub(crate) fn disconnect(&mut self) {
        let since = self.now().wall;
        let why = "the connection was closed".to_owned();
        let next_try = NextTry::At(self.now().monotonic.after(RETRY_IN));
        self.model.connection.link = LinkState::Offline { since, why, next_try };
        self.feed(Input::LinkDown);
    }

    pub(crate) fn now(&self) -> Now {
        let noon: jiff::Timestamp = "2026-11-21T12:04:00Z".parse().unwrap();
        let since = Duration::from_millis(self.milliseconds);
        let wall = noon.checked_add(since).unwrap();
        Now { monotonic: Monotonic::from_millis(self.milliseconds), wall, jitter: 0 }
    }

    pub(crate) fn moment(&mut self) -> Moment {
        self.serial += 1;
        let id = Uuid::from_u128(self.serial);
        Moment { now: self.now(), order_id: OrderId::new(id), mutation_id: MutationId::new(id) }
    }

    /// Time passes; whoever wanted to be woken is.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.milliseconds += milliseconds;
        self.take(Message::Tick);
    }

    pub(crate) fn feed(&mut self, input: Input) {
        self.take(Message::Store(Box::new(input)));
    }

    pub(crate) fn take(&mut self, message: Message) {
        let moment = self.moment();
        let effects = update(&mut self.model, message, moment);
        for effect in effects {
            self.effects.push(effect.clone());
            if let (Effect::Journal { write, .. }, Disk::Writes) = (effect, self.disk) {
                self.feed(Input::JournalWritten { write });
            }
        }
    }

    /// Types keys, named as on the screen and apart by spaces.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let (code, modifiers) = key_named(key);
            self.take(Message::Terminal(TerminalEvent::Key(KeyEvent::new(code, modifiers))));
        }
    }

    /// Types a text, letter by letter.
    pub(crate) fn write(&mut self, text: &str) {
        for letter in text.chars() {
            let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
            self.take(Message::Terminal(TerminalEvent::Key(key)));
        }
    }

    /// Chooses the first dish of the restaurant in this place and orders it.
    pub(crate) fn place_at(&mut self, restaurant: usize) -> OrderId {
        self.press("1 g");
        for _ in 0..restaurant {
            self.press("j");
        }
        self.press("Enter Enter p");
        self.model.selected.order.expect("a placed order is selected")
    }

    pub(crate) fn place(&mut self) -> OrderId {
        self.place_at(0)
    }

    /// How far the last thing pending on this order is.
    pub(crate) fn state_of(&self, order: OrderId) -> Option<PendingState> {
        let view = self.model.timeless_view();
        let row = view.rows.iter().find(|row| row.order.id == order)?;
        row.pending.last().map(|pending| pending.state)
    }

    pub(crate) fn shown(&self, order: OrderId) -> Option<Order> {
        let view = self.model.timeless_view();
        let row = view.rows.into_iter().find(|row| row.order.id == order);
        row.map(|row| row.order.clone())
    }

    pub(crate) fn pending_count(&self, order: OrderId) -> usize {
        let view = self.model.timeless_view();
        let row = view.rows.iter().find(|row| row.order.id == order);
        row.map_or(0, |row| row.pending.len())
    }

    fn pending(&self, order: OrderId) -> MutationId {
        let view = self.model.timeless_view();
        let row = view.rows.iter().find(|row| row.order.id == order).expect("the order is shown");
        row.pending.first().expect("something is pending").mutation_id
    }

    /// The first byte of what is pending on this order goes out.
    pub(crate) fn send(&mut self, order: OrderId) {
        let mutation_id = self.pending(order);
        self.feed(Input::SendStarted { mutation_id });
    }

    /// The connection breaks before the answer.
    pub(crate) fn lose_the_answer(&mut self, order: OrderId) {
        let mutation_id = self.pending(order);
        let reason = "the connection ended before the answer".to_owned();
        self.feed(Input::OutcomeUnknown { mutation_id, reason });
    }

    /// The receipt says yes; the change is still to come.
    pub(crate) fn accept(&mut self, order: OrderId) {
        let mutation_id = self.pending(order);
        let mut cursor = self.log.cursor();
        cursor.position = cursor.position.next();
        let answer = Answer::Accepted;
        self.feed(Input::Answered(Receipt { mutation_id, cursor, answer }));
    }

    /// The receipt says no.
    pub(crate) fn refuse(&mut self, order: OrderId, code: &str, message: &str) {
        let mutation_id = self.pending(order);
        let refused =
            Refused { code: code.to_owned(), message: message.to_owned(), order_version: None };
        let answer = Answer::Refused { refused, order: None };
        let cursor = self.log.cursor();
        self.feed(Input::Answered(Receipt { mutation_id, cursor, answer }));
    }

    /// The log takes the placeholder's order in, as its first event.
    pub(crate) fn confirm(&mut self, order: OrderId) {
        let mutation_id = self.pending(order);
        let placed = self.shown(order).expect("the order is shown");
        let command = log::place(CUSTOMER, &placed);
        self.happen_for(order, &command, Some(mutation_id));
    }

    /// The customer's cancellation reaches the log.
    pub(crate) fn confirm_cancellation(&mut self, order: OrderId) {
        let mutation_id = self.pending(order);
        let command = Command::RequestCancellation { customer_id: CUSTOMER };
        self.happen_for(order, &command, Some(mutation_id));
    }

    /// The customer's tip reaches the log.
    pub(crate) fn confirm_tip(&mut self, order: OrderId, cents: u32) {
        let mutation_id = self.pending(order);
        let tip = Tip::saturating(Cents::saturating(cents));
        let command = Command::SetTip { customer_id: CUSTOMER, tip };
        self.happen_for(order, &command, Some(mutation_id));
    }

    /// The customer's rating reaches the log.
    pub(crate) fn confirm_rating(&mut self, order: OrderId, rating: Rating) {
        let mutation_id = self.pending(order);
        let command = Command::Rate { customer_id: CUSTOMER, rating };
        self.happen_for(order, &command, Some(mutation_id));
    }

    /// One more event of this order.
    pub(crate) fn happen(&mut self, order: OrderId, command: &Command) {
        self.happen_for(order, command, None);
    }

    fn happen_if_possible(&mut self, order: OrderId, command: &Command) {
        if self.log.would_take(order, command, self.now().wall) {
            self.happen(order, command);
        }
    }

    fn happen_for(&mut self, order: OrderId, command: &Command, mutation: Option<MutationId>) {
        let now = self.now().wall;
        let (change, event) = self.log.append(order, command, mutation, now);
        self.feed(Input::Changed(change));
        self.model.events.take(LOG, event);
    }

    /// The log says that nothing has happened.
    pub(crate) fn mark(&mut self) {
        let cursor = self.log.cursor();
        self.feed(Input::Changed(Change { cursor, previous: Some(cursor), event: None }));
    }

    /// Something becomes of the order in this row, as far as it can.
    pub(crate) fn fate(&mut self, row: usize, fate: u8) {
        let view = self.model.timeless_view();
        let Some(row) = view.rows.get(row) else { return };
        let (order, pending) = (row.order.id, !row.pending.is_empty());
        let is_new = row.confirmed_version.is_none();
        match (fate, pending) {
            (0, true) => self.send(order),
            (1, true) => self.lose_the_answer(order),
            (2, true) => self.accept(order),
            (3, true) => self.refuse(order, "TOO_MANY_CHANGES", "Too many changes."),
            // Once: while the link is down, the store does not hear of it.
            (4, true) if is_new && !self.log.has(order) => self.confirm(order),
            (5, false) if !is_new => {
                let reason = "Closed.".to_owned();
                self.happen_if_possible(order, &Command::Reject { reason });
            }
            (6, false) if !is_new => self.happen_if_possible(order, &Command::Validate),
            _ => self.mark(),
        }
    }

    /// Placed and confirmed, so many milliseconds apart.
    pub(crate) fn placed_and_confirmed(&mut self) -> OrderId {
        let order = self.place();
        self.send(order);
        self.pass(40);
        self.confirm(order);
        order
    }

    /// The way from `PLACED` to just before the kitchen begins.
    pub(crate) fn bring_to_the_kitchen(&mut self, order: OrderId) {
        let amount = self.shown(order).expect("the order is shown").subtotal();
        let steps = [Command::Validate, Command::RecordCapture { amount }, Command::Accept];
        for (command, milliseconds) in steps.into_iter().zip([200, 5_000, 3_000]) {
            self.pass(milliseconds);
            self.happen(order, &command);
        }
    }

    /// The way from the kitchen to the door.
    pub(crate) fn bring_home(&mut self, order: OrderId) {
        let courier = "Mina".to_owned();
        let steps = [
            (Command::BeginCooking, 4_000),
            (Command::AssignCourier { courier }, 3_000),
            (Command::FinishCooking, 9_000),
            (Command::PickUp, 2_000),
            (Command::Deliver, 12_000),
        ];
        for (command, milliseconds) in steps {
            self.pass(milliseconds);
            self.happen(order, &command);
        }
    }
}

pub(crate) fn key_named(name: &str) -> (KeyCode, KeyModifiers) {
    let code = match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "BackTab" => KeyCode::BackTab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "Backspace" => KeyCode::Backspace,
        "Del" => KeyCode::Delete,
        "Space" => KeyCode::Char(' '),
        "Ctrl-C" => return (KeyCode::Char('c'), KeyModifiers::CONTROL),
        "Ctrl-Z" => return (KeyCode::Char('z'), KeyModifiers::CONTROL),
        character => KeyCode::Char(character.chars().next().expect("a key has a name")),
    };
    (code, KeyModifiers::NONE)
}
