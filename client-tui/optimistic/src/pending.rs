//! Pending mutations: each is a small machine of its own, and an intent in a queue per order.
//!
//! ```text
//!  queued ─▶ saving ─▶ sending ─▶ accepted ─▶ (confirmed: gone)
//!     ▲                 │  ▲ ▼        │
//!     └── never sent ───┘  checking ──┴─▶ refused ─▶ (dismissed: gone)
//! ```
//!
//! Which transition happens when stands in `step`; this file holds the data and keeps it in order.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::cursor::Cursor;
use shared::id::{MutationId, OrderId};

use crate::account::Account;
use crate::clock::{Monotonic, whole_millis};
use crate::effect::WriteId;
use crate::intent::{AnyIntent, IntentKind};
use crate::record::{Refused, Seen};
use crate::rules::{Rule, Rules};

/// The mutations that may be pending at once; one more is declined with words. It is far more than a
/// person asks for, and few enough that each step stays well within a frame.
pub const PENDING_MAX: usize = 1_000;

/// One thing asked for and not yet settled, or refused and not yet dismissed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PendingMutation {
    pub(crate) mutation_id: MutationId,
    pub(crate) intent: AnyIntent,
    pub(crate) asked_at: Timestamp,
    /// Which clock says so.
    pub(crate) asked_by: Clock,
    /// What was seen of the order then.
    pub(crate) seen: Option<Seen>,
    /// How long it had been pending before this process knew of it.
    pub(crate) age_before: Duration,
    pub(crate) known_since: Monotonic,
    pub(crate) attempts: u32,
    /// Whether the journal has its intent.
    pub(crate) saved: Saved,
    /// As whom the journal has it recorded as sending.
    pub(crate) recorded: Option<Account>,
    /// As whom it may have reached the server; `None` means that it certainly has not, as while it is
    /// queued or saving.
    pub(crate) sender: Option<Account>,
    pub(crate) phase: Phase,
}

/// Whose clock a moment is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Clock {
    /// The server's, as far as this machine knew it.
    Servers,
    /// This machine's own: no server had told us the time yet.
    Ours,
}

/// Whether the journal has an intent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Saved {
    /// It was handed to the disk; nobody waits for it.
    Writing(WriteId),
    Yes,
    /// It is not sent either, until somebody says so.
    No {
        reason: String,
    },
}

/// How far a mutation is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// Waits for its turn, and for this moment where there is one.
    Queued { due: Option<Monotonic> },
    /// Its `Sending` record is on the way to the disk.
    Saving { write: WriteId, account: Account },
    /// With the link.
    Sending {
        wire: Wire,
        account: Account,
        /// As whom it may have reached the server by earlier attempts.
        before: Option<Account>,
        /// When the answer counts as lost.
        until: Monotonic,
    },
    /// It may have happened; it is asked again when due.
    Checking { reason: String, due: Monotonic },
    /// Durable at this position; drawn until the facts include it.
    Accepted { cursor: Cursor },
    /// Kept until somebody has read it.
    Refused { refused: Refused },
}

/// Whether the link has begun to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    Handed,
    Started,
}

/// All of them, in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pending {
    mutations: BTreeMap<u64, PendingMutation>,
    numbers: BTreeMap<MutationId, u64>,
    by_order: BTreeMap<OrderId, Vec<u64>>,
    next: u64,
}

impl PendingMutation {
    pub(crate) fn order_id(&self) -> OrderId {
        self.intent.order_id()
    }

    pub(crate) const fn kind(&self) -> IntentKind {
        self.intent.kind()
    }

    pub(crate) fn age(&self, now: Monotonic) -> Duration {
        self.age_before.saturating_add(now.since(self.known_since))
    }

    /// Whether it certainly was never sent and is not with the link, so that it can be taken back.
    pub(crate) const fn can_be_taken_back(&self) -> bool {
        matches!(self.phase, Phase::Queued { .. } | Phase::Saving { .. })
    }

    /// Whether the server said no, so that it is not drawn as if it had happened.
    pub(crate) const fn is_refused(&self) -> bool {
        matches!(self.phase, Phase::Refused { .. })
    }

    /// Whether later mutations of the same order have to wait for it.
    pub(crate) const fn blocks_its_order(&self) -> bool {
        match self.phase {
            Phase::Queued { .. }
            | Phase::Saving { .. }
            | Phase::Sending { .. }
            | Phase::Checking { .. } => true,
            Phase::Accepted { .. } | Phase::Refused { .. } => false,
        }
    }

    /// Whether it takes one of the places in flight.
    pub(crate) const fn is_in_flight(&self) -> bool {
        matches!(self.phase, Phase::Saving { .. } | Phase::Sending { .. })
    }

    /// When it is to be sent, if this build can and nothing but time is in its way; the start of time means at once.
    pub(crate) fn due(&self) -> Option<Monotonic> {
        self.intent.known()?;
        let is_unsaved = matches!(self.saved, Saved::No { .. });
        match &self.phase {
            Phase::Queued { due } if !is_unsaved => Some(due.unwrap_or_default()),
            Phase::Checking { due, .. } => Some(*due),
            Phase::Queued { .. }
            | Phase::Saving { .. }
            | Phase::Sending { .. }
            | Phase::Accepted { .. }
            | Phase::Refused { .. } => None,
        }
    }

    /// What sets its retries apart from those of others.
    pub(crate) fn salt(&self) -> u64 {
        let (high, low) = self.mutation_id.uuid().as_u64_pair();
        high ^ low
    }
}

impl Pending {
    pub(crate) fn len(&self) -> usize {
        self.mutations.len()
    }

    /// Adds one at the end. An id that is pending already changes nothing.
    pub(crate) fn insert(&mut self, mutation: PendingMutation, rules: Rules) {
        if self.numbers.contains_key(&mutation.mutation_id) {
            return;
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.numbers.insert(mutation.mutation_id, number);
        let of_order = self.by_order.entry(mutation.order_id()).or_default();
        of_order.push(number);
        self.mutations.insert(number, mutation);
        if !rules.hold(Rule::NoWallClock) {
            of_order.sort_by_key(|number| self.mutations.get(number).map(|it| it.asked_at));
        }
    }

    pub(crate) fn remove(&mut self, mutation_id: MutationId) -> Option<PendingMutation> {
        let number = self.numbers.remove(&mutation_id)?;
        let mutation = self.mutations.remove(&number)?;
        let order_id = mutation.order_id();
        if let Some(numbers) = self.by_order.get_mut(&order_id) {
            numbers.retain(|it| *it != number);
            if numbers.is_empty() {
                self.by_order.remove(&order_id);
            }
        }
        Some(mutation)
    }

    pub(crate) fn get(&self, mutation_id: MutationId) -> Option<&PendingMutation> {
        self.mutations.get(self.numbers.get(&mutation_id)?)
    }

    pub(crate) fn get_mut(&mut self, mutation_id: MutationId) -> Option<&mut PendingMutation> {
        self.mutations.get_mut(self.numbers.get(&mutation_id)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &PendingMutation> {
        self.mutations.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut PendingMutation> {
        self.mutations.values_mut()
    }

    /// Those of one order, oldest first.
    pub(crate) fn of_order(&self, order_id: OrderId) -> impl Iterator<Item = &PendingMutation> {
        let numbers = self.by_order.get(&order_id).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|number| self.mutations.get(number))
    }

    /// The orders with something pending.
    pub(crate) fn orders(&self) -> impl Iterator<Item = OrderId> {
        self.by_order.keys().copied()
    }

    /// The mutations whose turn it is in their order, oldest first: those before them on the same
    /// order have been answered.
    pub(crate) fn heads(&self, rules: Rules) -> impl Iterator<Item = &PendingMutation> {
        self.mutations.values().filter(move |mutation| {
            if !rules.hold(Rule::OneInFlightPerOrder) {
                return mutation.blocks_its_order();
            }
            let of_order = &mut self.of_order(mutation.order_id());
            let first = of_order.find(|it| it.blocks_its_order());
            first.is_some_and(|first| first.mutation_id == mutation.mutation_id)
        })
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.iter().filter(|mutation| mutation.is_in_flight()).count()
    }
}

/// The time between two wall-clock moments; nothing where the clock went backward.
pub(crate) fn wall_age(asked_at: Timestamp, now: Timestamp) -> Duration {
    let age = Duration::try_from(now.duration_since(asked_at)).unwrap_or_default();
    Duration::from_millis(whole_millis(age))
}
