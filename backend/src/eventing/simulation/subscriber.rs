//! A subscriber as its client sees it: what was read, in which order, and what it made of each order.

use std::collections::BTreeMap;

use shared::cursor::{Position, Version};
use shared::id::OrderId;
use shared::order::status::OrderStatus;

use super::seen::{Happening, Seen};
use crate::eventing::fixture::Memory;
use crate::eventing::log::Scope;
use crate::eventing::plan::Committed;
use crate::eventing::subscriber::AT_ONCE;
use crate::eventing::tail::{Newer, Tail};

/// How many changes it reads from the store at a time; few, so that it does so more than once.
const PAGE: usize = 5;

/// Follows a scope, over breaks and over deaths of the process.
pub(super) struct Subscriber {
    pub(super) scope: Scope,
    /// The positions of all events that it was sent, as they came.
    pub(super) read: Vec<Position>,
    cursor: Position,
    orders: BTreeMap<OrderId, (Version, OrderStatus)>,
}

impl Subscriber {
    pub(super) fn of(scope: Scope) -> Self {
        let cursor = Position::START;
        Self { scope, read: Vec::new(), cursor, orders: BTreeMap::new() }
    }

    /// Reads what the tail has, or, where that has gone on too far, a page of the store.
    pub(super) fn read(&mut self, tail: &Tail, log: &Memory, seen: &mut Seen) {
        match tail.after(self.cursor, self.scope, AT_ONCE) {
            Newer::Events(events, upto, _) => {
                for committed in events {
                    self.take_in(&committed);
                }
                self.cursor = upto;
            }
            Newer::FellBehind => {
                seen.note(Happening::SubscriberFellBehind);
                let index = usize::try_from(self.cursor.get()).unwrap();
                let newer = log.events[index..].iter().filter(|it| self.scope.has(&it.event));
                let page: Vec<_> = newer.take(PAGE).cloned().collect();
                for committed in &page {
                    self.take_in(committed);
                }
                self.cursor = match page.last() {
                    Some(last) if page.len() == PAGE => last.event.position,
                    Some(_) | None => tail.head(),
                };
            }
        }
    }

    /// Reads until nothing is left.
    pub(super) fn catch_up(&mut self, tail: &Tail, log: &Memory, seen: &mut Seen) {
        while self.cursor < log.head.position {
            self.read(tail, log, seen);
        }
    }

    /// Promise 8, as a subscriber sees it: versions by one, and no status goes backward.
    fn take_in(&mut self, committed: &Committed) {
        let position = committed.event.position;
        assert!(self.read.last().is_none_or(|last| *last < position), "8: in order, none twice");
        self.read.push(position);
        let Some(order) = &committed.order else { return };
        let now = (order.version, order.status);
        let (version, status) =
            self.orders.insert(order.id, now).unwrap_or((Version::NONE, order.status));
        assert_eq!(order.version, version.next(), "8: no version is skipped");
        assert!(status == order.status || status.may_become(order.status), "8: not backward");
    }
}
