//! The world of the walk: a link with something in every pipe, and a disk with something in its queue.

mod pipes;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use shared::id::{MutationId, OrderId};
use shared::money::Cents;
use shared::order::command::Command;
use shared::order::status::OrderStatus;

use super::super::world::{Client, Disk, Server, Subscription, mutation, order_id};
use super::{Action, Move, Pick};
use crate::cached::Cached;
use crate::input::{Change, Input, Page, Receipt};
use crate::intent::Intent;
use crate::record::Settlement;

/// What the walk should come across; see `Walk::places`.
pub(super) const PLACES: [&str; 14] = [
    "queued",
    "sending",
    "checking",
    "accepted",
    "refused",
    "in doubt",
    "not saved",
    "gap",
    "not placed",
    "withdrawn",
    "order not placed",
    "elsewhere",
    "another log",
    "set back",
];

pub(super) struct Walk {
    pub(super) client: Client,
    pub(super) server: Server,
    pub(super) is_up: bool,
    /// Written by the link and not yet at the server; also of connections that have gone.
    under_way: Vec<(MutationId, Intent)>,
    answers: Vec<Receipt>,
    subscription: Option<Subscription>,
    stream: VecDeque<Change>,
    pages: VecDeque<Page>,
    /// How much of the journal outlives the machine.
    flushed: usize,
    cache: Option<Cached>,
    backup: Option<Server>,
    /// All that was ever pending.
    pub(super) asked: BTreeMap<MutationId, Intent>,
    pub(super) ends: BTreeMap<MutationId, BTreeSet<&'static str>>,
    /// Taken back, and the disk knows it.
    pub(super) withdrawn: BTreeSet<MutationId>,
    pub(super) logs: u128,
    /// How often the server was set back.
    pub(super) set_back: usize,
    /// Whether rows may have gone by what happened last.
    pub(super) rows_may_go: bool,
    pub(super) rows_before: Vec<OrderId>,
    /// As of the last check, in this log and this program.
    pub(super) versions: BTreeMap<OrderId, u32>,
    pub(super) position: u64,
    orders: u128,
}

impl Walk {
    pub(super) fn new() -> Self {
        let server = Server::new(1);
        let mut client = Client::offline();
        client.disk = Disk::Waits;
        Self {
            client,
            logs: 1,
            set_back: 0,
            server,
            is_up: false,
            under_way: Vec::new(),
            answers: Vec::new(),
            subscription: None,
            stream: VecDeque::new(),
            pages: VecDeque::new(),
            flushed: 0,
            cache: None,
            backup: None,
            asked: BTreeMap::new(),
            ends: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            rows_may_go: false,
            rows_before: Vec::new(),
            versions: BTreeMap::new(),
            position: 0,
            orders: 0,
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.rows_may_go = false;
        match action {
            Action::Place
            | Action::Cancel(_)
            | Action::TakeBack(_)
            | Action::RetryNow(_)
            | Action::Dismiss(_) => self.person(action),
            Action::OrderMoves(index, its_move) => self.order_moves(index, its_move),
            Action::OtherTerminalCancels(index) => self.other_terminal_cancels(index),
            Action::AllGoesWell => self.all_goes_well(),
            Action::SomebodyElseActs => self.server.somebody_else_acts(),
            Action::PricesChange => {
                let price = &mut self.server.catalog.restaurants[0].menu[0].price;
                *price = price.plus(Cents::saturating(1));
            }
            Action::Connect if !self.is_up => self.connect(),
            Action::Connect => {}
            Action::Break => self.break_link(),
            Action::Start
            | Action::DoNotSend
            | Action::Arrive(_)
            | Action::ArriveInTrouble(_)
            | Action::Answer(_)
            | Action::AnswerTwice(_)
            | Action::LoseAnswer(_) => self.mutations(action),
            Action::Change
            | Action::LoseChange
            | Action::RepeatChange
            | Action::OvertakeChange
            | Action::Mark
            | Action::ReadPage
            | Action::BringPage
            | Action::FailPage => self.facts(action),
            Action::WriteRecord => self.write_record(),
            Action::FailRecord => {
                self.client.fail_next();
            }
            Action::Wait(milliseconds) => {
                self.client.pass(Duration::from_millis(u64::from(milliseconds) / 4));
            }
            Action::SaveCache => self.cache = Some(self.client.state.to_cache()),
            Action::CrashProgram => self.crash(self.client.journal.len()),
            Action::CrashMachine => self.crash(self.flushed),
            Action::AnotherLog => self.another_log(),
            Action::Backup => self.backup = Some(self.server.clone()),
            Action::Restore => self.restore(),
        }
        self.follow_subscription();
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "each of these sees to its own actions")]
    fn person(&mut self, action: Action) {
        let pending: Vec<MutationId> =
            self.client.state.pending.iter().map(|it| it.mutation_id).collect();
        let pick = |index: Pick| (!pending.is_empty()).then(|| *index.one(&pending));
        match action {
            Action::Place => {
                self.orders += 1;
                self.client.place(self.orders);
                self.remember(self.orders);
            }
            Action::Cancel(index) if self.orders > 0 => {
                let number =
                    1 + u128::try_from(index.of(usize::try_from(self.orders).unwrap())).unwrap();
                // A fresh id for each, apart from those of orders.
                let fresh = 100_000 + u128::try_from(self.asked.len()).unwrap() * 1_000 + number;
                let mutation_id = mutation(fresh);
                self.rows_may_go = true;
                self.client.tell(Input::Cancel { mutation_id, order_id: order_id(number) });
                self.remember(fresh);
            }
            Action::TakeBack(index) => {
                self.rows_may_go = true;
                if let Some(mutation_id) = pick(index) {
                    self.client.tell(Input::TakeBack { mutation_id });
                }
            }
            Action::RetryNow(index) => {
                if let Some(mutation_id) = pick(index) {
                    self.client.tell(Input::RetryNow { mutation_id });
                }
            }
            Action::Dismiss(index) => {
                self.rows_may_go = true;
                if let Some(mutation_id) = pick(index) {
                    self.client.tell(Input::Dismiss { mutation_id });
                }
            }
            _ => {}
        }
    }

    /// Only what is pending has to come to an end.
    fn remember(&mut self, number: u128) {
        if let Some(pending) = self.client.state.pending.get(mutation(number)) {
            self.asked.insert(mutation(number), pending.intent.clone());
        }
    }

    fn order_moves(&mut self, index: Pick, its_move: Move) {
        let orders: Vec<OrderId> = self.server.orders.keys().copied().collect();
        if orders.is_empty() {
            return;
        }
        let order_id = *index.one(&orders);
        let amount = self.server.orders[&order_id].subtotal();
        let command = match (its_move, self.server.orders[&order_id].status) {
            (Move::Rejected, _) => Command::Reject { reason: "No.".to_owned() },
            (Move::Cancelled, _) => Command::Cancel,
            (Move::On, OrderStatus::Placed) => Command::Validate,
            (Move::On, OrderStatus::Validated) => Command::RecordCapture { amount },
            (Move::On, OrderStatus::Paid) => Command::Accept,
            (Move::On, OrderStatus::Accepted) => Command::BeginCooking,
            (Move::On, _) => Command::FinishCooking,
        };
        self.server.act(order_id.uuid().as_u128() - 0x1000, &command);
    }

    fn other_terminal_cancels(&mut self, index: Pick) {
        let orders: Vec<OrderId> = self.server.orders.keys().copied().collect();
        if !orders.is_empty() {
            let order_id = *index.one(&orders);
            let fresh = 900_000 + u128::try_from(self.server.receipts.len()).unwrap();
            self.server.receive(mutation(fresh), &Intent::Cancel { order_id });
        }
    }

    fn crash(&mut self, kept: usize) {
        self.note_ends();
        self.break_link();
        self.client.journal.truncate(kept);
        self.flushed = self.flushed.min(kept);
        let now = self.client.now;
        self.client = self.client.restarted();
        self.client.now = now;
        self.client.disk = Disk::Waits;
        if let Some(cached) = self.cache.clone() {
            self.client.tell(Input::CacheRestored(cached));
        }
        self.rows_may_go = true;
        self.rows_before.clear();
        self.versions.clear();
        self.position = 0;
    }

    fn another_log(&mut self) {
        self.break_link();
        self.under_way.clear();
        self.logs += 1;
        self.server = Server::new(self.logs);
        self.backup = None;
    }

    /// Only where it shows at once: a log that has outgrown our cursor again cannot be told from ours.
    fn restore(&mut self) {
        let Some(backup) = self.backup.clone() else { return };
        let is_ahead =
            self.client.state.cursor().is_some_and(|it| {
                it.log_id == backup.log_id && it.position > backup.head().position
            });
        if is_ahead {
            self.break_link();
            self.under_way.clear();
            self.cache = None;
            self.set_back += 1;
            self.server = backup;
            self.connect();
            self.rows_may_go = true;
            self.versions.clear();
            self.position = 0;
        }
    }

    pub(super) fn note_ends(&mut self) {
        for outcome in self.client.state.outcomes() {
            let end = match outcome.settlement {
                Settlement::Confirmed => "confirmed",
                Settlement::Refused(_) => "refused",
                Settlement::Withdrawn => "withdrawn",
                Settlement::OrderNotPlaced => "order not placed",
                Settlement::Vanished => "vanished",
                Settlement::Abandoned => "abandoned",
            };
            self.ends.entry(outcome.mutation_id).or_default().insert(end);
        }
    }

    /// Where the walk is.
    pub(super) fn places(&self) -> Vec<&'static str> {
        let mut places = Vec::new();
        let screen = self.client.screen().join("\n");
        let words =
            ["queued", "sending", "checking", "accepted", "refused", "in doubt", "not placed"];
        places.extend(words.into_iter().filter(|word| screen.contains(word)));
        let notices = super::super::world::kinds(&self.client.notices);
        places.extend(["not saved", "withdrawn"].into_iter().filter(|it| notices.contains(it)));
        if !self.client.state.confirmed.buffer.is_empty() {
            places.push("gap");
        }
        if self.logs > 1 {
            places.push("another log");
        }
        if self.set_back > 0 {
            places.push("set back");
        }
        if !self.client.view().elsewhere.is_empty() {
            places.push("elsewhere");
        }
        let mut outcomes = self.client.state.outcomes();
        if outcomes.any(|it| it.settlement == Settlement::OrderNotPlaced) {
            places.push("order not placed");
        }
        places
    }
}
