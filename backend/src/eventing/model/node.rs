//! One state of the model: rows, workers, the channel, and what may still happen.

use std::collections::BTreeMap;

use shared::cursor::{Position, Version};
use shared::id::OrderId;
use shared::order::Order;

use crate::eventing::delivery::{DeliveryKey, DeliveryStatus, Token};
use crate::eventing::request::Pause;

/// How often what may still go wrong: this makes the search end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Left {
    pub(super) crashes: u8,
    pub(super) losses: u8,
    pub(super) copies: u8,
    pub(super) not_yets: u8,
    pub(super) redeliveries: u8,
    pub(super) pauses: u8,
}

/// A delivery's row; of its time the model knows only whether it has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) status: DeliveryStatus,
    pub(super) token: Token,
    pub(super) tries: u32,
    pub(super) due: Due,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Due {
    Now,
    Later,
}

/// What has happened to a delivery, to hold the promises against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct History {
    pub(super) greatest: Token,
    /// Since its budget was last fresh, those that came too early left out.
    pub(super) handed_out: u32,
    pub(super) effects: u32,
    pub(super) deaths: u32,
    pub(super) redeliveries: u32,
}

/// What a worker holds, or held before its lease was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Lease {
    pub(super) key: DeliveryKey,
    pub(super) token: Token,
}

/// How a worker says that its call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Said {
    Done,
    Retry,
    NotYet,
}

/// An order as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct StoredOrder {
    pub(super) version: Version,
    pub(super) first_position: Position,
    pub(super) order: Order,
}

/// A state. What has no order is kept sorted, so that equal states are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) orders: BTreeMap<OrderId, StoredOrder>,
    pub(super) rows: BTreeMap<DeliveryKey, Row>,
    pub(super) histories: BTreeMap<DeliveryKey, History>,
    pub(super) held: Vec<Lease>,
    pub(super) channel: Vec<(Lease, Said)>,
    pub(super) pause: Pause,
    pub(super) left: Left,
    /// The first promise that did not hold on the way here.
    pub(super) broken: Option<&'static str>,
}

impl Node {
    pub(super) fn breaks(&mut self, promise: &'static str) {
        self.broken.get_or_insert(promise);
    }

    pub(super) fn sort(&mut self) {
        self.held.sort_unstable();
        self.channel.sort_unstable();
    }

    /// What is to be handed out, once there is a free worker.
    pub(super) fn due(&self) -> impl Iterator<Item = DeliveryKey> {
        let open = |row: &Row| {
            matches!(row.status, DeliveryStatus::Pending | DeliveryStatus::Leased)
                && row.due == Due::Now
        };
        self.rows.iter().filter(move |(_, row)| open(row)).map(|(key, _)| *key)
    }

    /// A process starts: whoever held a lease died with the one before.
    pub(super) fn recover(&mut self) {
        for row in self.rows.values_mut().filter(|row| row.status == DeliveryStatus::Leased) {
            (row.status, row.due) = (DeliveryStatus::Pending, Due::Now);
        }
    }

    pub(super) fn has(&self, status: DeliveryStatus) -> bool {
        self.rows.values().any(|row| row.status == status)
    }

    /// Whether every delivery has come to its end.
    pub(super) fn has_ended(&self) -> bool {
        let ended = |row: &Row| matches!(row.status, DeliveryStatus::Done | DeliveryStatus::Dead);
        self.rows.values().all(ended)
    }

    /// What must hold of each state, whatever came before.
    pub(super) fn look(&mut self) {
        for (key, row) in self.rows.clone() {
            let history = &self.histories[&key];
            let (effects, deaths) = (history.effects, history.deaths);
            let again = history.redeliveries > 0;
            if effects > 1 {
                self.breaks("its effect happened twice");
            }
            let done = row.status == DeliveryStatus::Done;
            if done && effects == 0 {
                self.breaks("it is done without its effect");
            }
            if !done && effects > 0 && !again {
                self.breaks("its effect has happened and it is not done");
            }
            if row.status == DeliveryStatus::Dead && deaths == 0 {
                self.breaks("it died in silence");
            }
        }
    }
}
