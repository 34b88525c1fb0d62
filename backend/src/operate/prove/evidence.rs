//! What customers, the bank, and the log have to say: plain data, for the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use shared::order::status::OrderStatus;
use shared::stock::event::StockEvent;
use uuid::Uuid;

use crate::lab::FaultPoint;
use crate::operate::words::{counted, grouped};

/// All that was collected.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// Each answer that a customer got to a mutation.
    pub receipts: Vec<Receipt>,
    /// What each customer's subscription has said, by customer.
    pub histories: Vec<History>,
    /// The log, in its order.
    pub log: Vec<Logged>,
    /// What the bank has on its books, by order.
    pub books: BTreeMap<Uuid, Book>,
    /// How all orders stand at the end.
    pub orders: BTreeMap<Uuid, Ended>,
    /// How often no answer came to a mutation, and it was sent again.
    pub unanswered: u64,
    /// What became of mutation ids that were sent once more with another input.
    pub misuses: Vec<Misuse>,
    /// How many customers had signed in and were not known any more.
    pub forgotten: u64,
    /// How often a delivery came too early, and its try was given back.
    pub not_yet: u64,
    /// How long a card is spared after the validation.
    pub grace: Duration,
}

/// A mutation id that had been answered, sent with another input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misuse {
    /// It was told that it stands for something else.
    Refused,
    /// It was carried out, or answered as if it were the same.
    Taken(Uuid),
}

/// An answer to a mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The idempotency key.
    pub mutation: Uuid,
    /// The order that it is about.
    pub order: Uuid,
    /// The position that holds the outcome.
    pub position: u64,
    /// The code of a refusal.
    pub refusal: Option<String>,
    /// Whether it had been answered before.
    pub replayed: bool,
}

/// What a customer's subscription has said, connection after connection.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// The customer's orders.
    pub orders: Vec<Uuid>,
    /// One for each time that it was opened.
    pub connections: Vec<Followed>,
}

/// One connection of a subscription.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    /// Where it was to begin.
    pub after: u64,
    /// What came.
    pub messages: Vec<Message>,
}

/// One message of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Up to where everything has been delivered.
    pub position: u64,
    /// The position that it follows.
    pub previous: Option<u64>,
    /// The order as of that event; none for a position mark.
    pub order: Option<Seen>,
}

/// An order as a change shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Seen {
    /// Which.
    pub id: Uuid,
    /// Grows by one with each event.
    pub version: u32,
    /// Where it stands.
    pub status: OrderStatus,
}

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Logged {
    /// Its position.
    pub position: u64,
    /// What happened.
    pub kind: String,
    /// What it belongs to.
    pub stream: String,
    /// Its number there.
    pub stream_version: u32,
    /// The order, where it belongs to one.
    pub order: Option<Uuid>,
    /// The mutation that caused it.
    pub mutation: Option<Uuid>,
    /// When it was appended.
    pub recorded_at: Timestamp,
    /// What it says of a restaurant's portions, where it does.
    pub portions: Option<StockEvent>,
}

/// What the bank has on its books of one order, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Book {
    /// What it took.
    pub captured_cents: u64,
    /// What it gave back.
    pub refunded_cents: u64,
    /// How often it took something.
    pub captures: u32,
    /// How often it gave something back.
    pub refunds: u32,
    /// How often it was asked.
    pub requests: u32,
}

/// An order at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Its version.
    pub version: u32,
    /// Where it stands.
    pub status: OrderStatus,
    /// Whom it still waits for.
    pub waits_for: Option<String>,
    /// What it costs, tip included, in cents.
    pub total_cents: u64,
    /// What of that is the tip.
    pub tip_cents: u64,
    /// Each status that it has reached.
    pub timeline: Vec<OrderStatus>,
}

/// What the server under test says has happened to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Happened {
    /// How often it was killed.
    pub kills: u64,
    /// How often of these at which point, where it was told to die there.
    pub at_points: BTreeMap<FaultPoint, u64>,
    /// Completions that were refused because their lease was over.
    pub zombies: u64,
    /// Workers that were gone after their effect.
    pub crashes: u64,
    /// Second workers that said the same as a first one, with the same token.
    pub twins: u64,
}

impl History {
    /// An order that has arrived, as far as the customer has seen.
    pub(super) fn delivered(&self) -> Option<Uuid> {
        self.seen().find(|it| it.status == OrderStatus::Delivered).map(|it| it.id)
    }

    /// Whether an order is validated, or has ended, as far as the customer has seen.
    pub(super) fn is_decided(&self, order: Uuid) -> bool {
        self.seen().any(|it| it.id == order && it.status != OrderStatus::Placed)
    }

    fn seen(&self) -> impl Iterator<Item = &Seen> {
        let messages = self.connections.iter().flat_map(|it| &it.messages);
        messages.filter_map(|it| it.order.as_ref())
    }
}

impl Evidence {
    /// The orders that their customers took back within the grace: before their charge was due.
    pub(super) fn taken_back_in_grace(&self) -> BTreeSet<Uuid> {
        let mut charge_due = BTreeMap::new();
        let mut taken_back = BTreeSet::new();
        for event in &self.log {
            let Some(order) = event.order else { continue };
            if event.kind == "OrderValidated" {
                charge_due.insert(order, event.recorded_at.saturating_add(self.grace));
            } else if event.kind == "CancellationRequested" {
                let in_time = charge_due
                    .get(&order)
                    .is_none_or(|due| due.as_ref().is_ok_and(|due| event.recorded_at < *due));
                taken_back.extend(in_time.then_some(order));
            }
        }
        taken_back
    }

    /// The orders that asked for portions and were rejected.
    fn claims_in_vain(&self) -> BTreeSet<Uuid> {
        let claims = self.log.iter().filter_map(|event| match &event.portions {
            Some(StockEvent::PortionsClaimed { order_id, .. }) => Some(order_id.uuid()),
            _ => None,
        });
        let rejected = |id: &Uuid| {
            self.orders.get(id).is_some_and(|order| order.status == OrderStatus::Rejected)
        };
        claims.filter(rejected).collect()
    }

    /// What happened at least once, for whoever wonders what was tried.
    pub(super) fn happened(&self, server: &Happened) -> String {
        let Happened { kills, at_points, zombies, crashes, twins } = server;
        let named = deaths_at(at_points);
        let receipts = |is: fn(&Receipt) -> bool| count(self.receipts.iter().filter(|it| is(it)));
        let of_log = |kind: &str| count_events(&self.log, kind);
        let connections: usize = self.histories.iter().map(|it| it.connections.len()).sum();
        let misuses = count(self.misuses.iter().filter(|it| **it == Misuse::Refused));
        let repeated = self.books.values().map(|it| u64::from(it.requests)).sum::<u64>();
        let lines = [
            ("deaths by SIGKILL", *kills),
            (named.as_str(), at_points.values().sum()),
            ("workers gone after their effect, so that it was done again", *crashes),
            ("deliveries made twice at once", *twins),
            ("zombies refused", *zombies),
            ("deliveries that came too early, and waited", self.not_yet),
            ("dead letters", of_log("DeliveryDied")),
            ("deliveries that the operator handed out again", of_log("DeliveryRedelivered")),
            ("mutations without an answer, sent again", self.unanswered),
            ("mutations answered a second time", receipts(|it| it.replayed)),
            ("mutation ids used for something else, and turned away", misuses),
            ("refusals", receipts(|it| it.refusal.is_some())),
            ("orders that took portions of a limited dish", of_log("PortionsTaken")),
            ("orders that gave them back", of_log("PortionsGivenBack")),
            ("orders for which too few were left", as_number(self.claims_in_vain().len())),
            ("orders taken back within their grace", as_number(self.taken_back_in_grace().len())),
            ("calls to the bank", repeated),
            ("refunds", self.books.values().map(|it| u64::from(it.refunds)).sum()),
            ("subscriptions resumed", as_number(connections.saturating_sub(self.histories.len()))),
        ];
        let told = lines.map(|(what, times)| {
            let mark = if times == 0 { "  (never in this run: ask for more orders)" } else { "" };
            format!("  {:>7}  {what}{mark}\n", grouped(times))
        });
        let mut ends: BTreeMap<_, u64> = BTreeMap::new();
        for order in self.orders.values() {
            *ends.entry(order.status).or_default() += 1;
        }
        let ends: Vec<_> = ends
            .into_iter()
            .map(|(status, orders)| format!("{} {status}", grouped(orders)))
            .collect();
        let orders = counted(as_number(self.orders.len()), "order");
        format!("What happened on the way:\n{}\n{orders}: {}\n", told.concat(), ends.join(", "))
    }
}

/// Where it died on purpose, and how often.
fn deaths_at(points: &BTreeMap<FaultPoint, u64>) -> String {
    let each: Vec<_> =
        points.iter().map(|(point, times)| format!("{} {times}", point.name())).collect();
    let colon = if each.is_empty() { "" } else { ": " };
    format!("of these at named points{colon}{}", each.join(", "))
}

fn count<T>(of: impl Iterator<Item = T>) -> u64 {
    as_number(of.count())
}

fn count_events(log: &[Logged], kind: &str) -> u64 {
    count(log.iter().filter(|event| event.kind == kind))
}

/// A length as a number for people.
pub(super) fn as_number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
