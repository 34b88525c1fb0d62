//! Pending mutations: each is a small machine of its own, and an intent in a queue per order.
//!
//! ```text
//!  queued ─▶ saving ─▶ sending ─▶ accepted ─▶ (confirmed: gone)
//!     ▲                 │  ▲ ▼        │
//!     └── never sent ───┘  checking ──┴─▶ refused ─▶ (dismissed: gone)
//! ```
//!
//! Which transition happens when stands in `step`; this file holds the data, and `collection` keeps it in
//! order.

mod index;
mod collection;

use std::time::Duration;

use jiff::Timestamp;
use shared::cursor::Cursor;
use shared::id::{MutationId, OrderId};

use crate::account::Account;
use crate::clock::{Monotonic, whole_millis};
use crate::effect::WriteId;
use crate::intent::{AnyIntent, IntentKind};
use crate::record::{Refused, Seen};
use crate::view::PendingState;

pub(crate) use collection::Pending;

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

    /// How far it is, as people see it.
    pub(crate) const fn state(&self) -> PendingState {
        match self.phase {
            Phase::Queued { .. } => PendingState::Queued,
            Phase::Saving { .. } | Phase::Sending { .. } => PendingState::Sending,
            Phase::Checking { .. } => PendingState::Checking,
            Phase::Accepted { .. } => PendingState::Accepted,
            Phase::Refused { .. } => PendingState::Refused,
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

/// The time between two wall-clock moments; nothing where the clock went backward.
pub(crate) fn wall_age(asked_at: Timestamp, now: Timestamp) -> Duration {
    let age = Duration::try_from(now.duration_since(asked_at)).unwrap_or_default();
    Duration::from_millis(whole_millis(age))
}
