//! Deliveries: for each event and each function that consumes its type, one row.
//! Step 6 of an order's way.
//!
//! The row is outbox, inbox, timer and dead-letter box at once: *pending → leased → done | pending |
//! dead*. It is written in the transaction of its event, and marked done in the transaction of its
//! effects, so that neither exists without the other.

use std::time::Duration;

use jiff::Timestamp;
use shared::cursor::Position;
use shared::function::Function;
use shared::id::EventId;
use shared::order::command::Command;
use uuid::Uuid;

/// Which delivery: a function and the position of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeliveryKey {
    /// Who has to handle it.
    pub function: Function,
    /// Which event.
    pub position: Position,
}

/// The fencing token: grows with every claim, for ever. Whoever comes with an older one is a zombie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token(pub u64);

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeliveryStatus {
    /// To be handed out, not before its due time.
    Pending,
    /// Handed out, until its due time at most: then the lease is over.
    Leased,
    /// Handled.
    Done,
    /// Given up: a dead letter.
    Dead,
}

/// A delivery as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Which one.
    pub key: DeliveryKey,
    /// Its public id.
    pub id: Uuid,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The token of its last claim.
    pub token: Token,
    /// How many attempts the retry budget has seen.
    pub tries: u32,
    /// Grows with each change of the row.
    pub revision: u32,
    /// Pending: not before. Leased: the lease's end.
    pub due_at: Timestamp,
    /// What went wrong last, at most [`ERROR_LENGTH_MAX`] characters.
    pub last_error: Option<String>,
}

/// Enough to see what went wrong, too little to fill a disk.
pub(crate) const ERROR_LENGTH_MAX: usize = 500;

/// What a handler says when it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Handled: these commands follow, all or none.
    Done(Vec<Command>),
    /// It failed and may succeed later.
    Retry {
        /// Not before; none where the usual backoff will do.
        after: Option<Duration>,
        /// What went wrong.
        why: String,
    },
    /// It came too early. Nothing failed, and the try is given back.
    NotYet {
        /// Try again after this long.
        after: Duration,
        /// What it waits for.
        why: String,
    },
    /// It came too late: nothing is left to do, and that is well.
    Late {
        /// What has happened before it came.
        why: String,
    },
    /// It can never succeed: a dead letter.
    GiveUp {
        /// What went wrong.
        why: String,
    },
}

impl Delivery {
    /// A new delivery of an event to a function.
    pub(crate) fn new(key: DeliveryKey, event_id: EventId, due_at: Timestamp) -> Self {
        Self {
            key,
            id: Uuid::new_v5(&event_id.uuid(), key.function.name().as_bytes()),
            status: DeliveryStatus::Pending,
            token: Token::default(),
            tries: 0,
            revision: 0,
            due_at,
            last_error: None,
        }
    }

    /// Hands it out: a new token, one more try, and a lease.
    pub(crate) fn lease(&mut self, until: Timestamp) {
        self.status = DeliveryStatus::Leased;
        self.token = Token(self.token.0 + 1);
        self.tries += 1;
        self.due_at = until;
        self.revision += 1;
    }

    /// Takes it back for a later attempt.
    pub(crate) fn put_off(&mut self, until: Timestamp) {
        self.status = DeliveryStatus::Pending;
        self.due_at = until;
        self.revision += 1;
    }

    /// Ends it, well or not.
    pub(crate) fn end(&mut self, status: DeliveryStatus) {
        self.status = status;
        self.revision += 1;
    }

    /// Keeps what went wrong, cut to a bound.
    pub(crate) fn note_error(&mut self, error: &str) {
        self.last_error = Some(short(error));
    }

    /// Hands it to its function once more, with a fresh budget. The token stays, so that whoever still
    /// holds an old one remains a zombie.
    pub(crate) fn redeliver(&mut self, now: Timestamp) {
        self.tries = 0;
        self.put_off(now);
    }
}

/// What went wrong, cut to [`ERROR_LENGTH_MAX`].
pub(crate) fn short(error: &str) -> String {
    error.chars().take(ERROR_LENGTH_MAX).collect()
}
