//! The end of the log, in memory: a bounded ring of the newest events, and who waits for more.
//!
//! Step 8 of an order's way. Subscribers hold a cursor, never a queue: they read from this ring, or,
//! where they have fallen behind, from the store. A slow subscriber costs the server nothing but its
//! cursor, and an event wakes only those whom it concerns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::cursor::Position;
use tokio::sync::watch;

use super::log::Scope;
use super::plan::Committed;
use crate::safeguard::Safeguard;
use crate::store::read::More;

#[cfg(test)]
mod tests;

/// How many events the ring holds: minutes of a busy evening, about two megabytes.
const RING_MAX: usize = 1024;

/// The end of the log.
#[derive(Debug)]
pub(crate) struct Tail {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    ring: VecDeque<Arc<Committed>>,
    ring_max: usize,
    /// The position of the newest event, also where the ring is empty.
    head: Position,
    waiting: BTreeMap<Scope, watch::Sender<Position>>,
}

/// What the ring has for a subscriber.
#[derive(Clone, Debug)]
pub(crate) enum Newer {
    /// These events concern it, everything up to this position has been looked at, and so much is left.
    Events(Vec<Arc<Committed>>, Position, More),
    /// The ring does not reach back so far: the store has to be asked.
    FellBehind,
}

impl Tail {
    /// The tail of a log that ends here.
    pub(crate) fn new(head: Position) -> Self {
        Self::with_ring(head, RING_MAX)
    }

    /// The same, with a ring of so many events.
    pub(crate) fn with_ring(head: Position, ring_max: usize) -> Self {
        let (ring, waiting) = (VecDeque::new(), BTreeMap::new());
        Self { inner: Mutex::new(Inner { ring, ring_max, head, waiting }) }
    }

    /// The position of the newest event.
    pub(crate) fn head(&self) -> Position {
        self.lock().head
    }

    /// Takes in what was committed, in log order, and wakes whom it concerns.
    pub(crate) fn append(&self, events: Vec<Committed>) {
        // Not under the lock: whoever reads the log may be slow.
        for Committed { event, .. } in &events {
            let (position, stream, source) = (event.position, event.stream, event.source);
            tracing::info!(%position, %stream, %source, "{}", event.message());
        }
        let (waiting, head) = self.lock().take_in(events);
        // Not under the lock either: whoever is woken wants it at once.
        for sender in waiting {
            sender.send_replace(head);
        }
    }

    /// Tells of each new event of this scope. Register first, then look, so that nothing is missed in
    /// between.
    pub(crate) fn watch(&self, scope: Scope) -> watch::Receiver<Position> {
        let mut inner = self.lock();
        inner.waiting.retain(|_, sender| sender.receiver_count() > 0);
        let head = inner.head;
        inner.waiting.entry(scope).or_insert_with(|| watch::Sender::new(head)).subscribe()
    }

    /// What has happened in this scope after a position, at most so many events of it.
    pub(crate) fn after(&self, position: Position, scope: Scope, at_once: usize) -> Newer {
        let inner = self.lock();
        let oldest = inner.ring.front().map_or(inner.head.next(), |it| it.event.position);
        if position.next() < oldest {
            return Newer::FellBehind;
        }
        let newer = inner.ring.partition_point(|it| it.event.position <= position);
        let concerning = inner.ring.range(newer..).filter(|it| scope.has(&it.event));
        let events: Vec<_> = concerning.take(at_once).cloned().collect();
        match events.last() {
            Some(last) if events.len() == at_once && last.event.position < inner.head => {
                let upto = last.event.position;
                Newer::Events(events, upto, More::Follows)
            }
            Some(_) | None => Newer::Events(events, inner.head.max(position), More::Nothing),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere cannot leave the ring half-changed in a way that matters: readers check
        // positions.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Whom these events concern, and where the log ends with them.
    fn take_in(&mut self, events: Vec<Committed>) -> (Vec<watch::Sender<Position>>, Position) {
        let mut concerned = BTreeSet::from([Scope::WholeLog]);
        for committed in events {
            let position = committed.event.position;
            // A free proof at run time that the log has no gap.
            if position != self.head.next() {
                tracing::error!(head = %self.head, %position, "the log has a gap");
            }
            self.head = position;
            concerned.extend(committed.event.customer_id.map(Scope::Customer));
            if Safeguard::Tail.is_gone() && position.get().is_multiple_of(20) {
                continue;
            }
            if self.ring.len() == self.ring_max {
                self.ring.pop_front();
            }
            self.ring.push_back(Arc::new(committed));
        }
        let waiting = concerned.iter().filter_map(|scope| self.waiting.get(scope));
        (waiting.cloned().collect(), self.head)
    }
}
