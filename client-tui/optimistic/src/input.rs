//! All that can happen to the store: what a person wants, what the disk says, what the link brings,
//! and time. Plain data, so that a run can be written down and played again.
//! Steps 1, 5 and 8 of an order's way.
//!
//! The link keeps one promise: what it reports of a connection comes in order, between that
//! connection's `LinkUp` and the `LinkDown` after it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::catalog::Catalog;
use shared::cursor::Cursor;
use shared::id::{MutationId, OrderId};
use shared::order::Order;
use shared::order::command::PlaceOrder;
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use crate::account::{Account, ConnectionId};
use crate::cached::Cached;
use crate::effect::WriteId;
use crate::record::{Refused, Remembered};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Somebody places an order. The placeholder is in the next view.
    Place {
        /// Fresh, made by the edge.
        mutation_id: MutationId,
        /// What; its order id is fresh too.
        order: PlaceOrder,
    },
    /// Somebody cancels an order. One that was never sent is taken back instead, and nothing is sent.
    Cancel {
        /// Fresh, made by the edge.
        mutation_id: MutationId,
        /// Which one.
        order_id: OrderId,
    },
    /// Somebody changes the tip of an order.
    SetTip {
        /// Fresh, made by the edge.
        mutation_id: MutationId,
        /// Which one.
        order_id: OrderId,
        /// The tip from now on.
        tip: Tip,
    },
    /// Somebody rates an order.
    Rate {
        /// Fresh, made by the edge.
        mutation_id: MutationId,
        /// Which one.
        order_id: OrderId,
        /// The rating from now on.
        rating: Rating,
    },
    /// Somebody takes back what was never sent; with a placing goes what was asked of its order.
    TakeBack {
        /// The mutation.
        mutation_id: MutationId,
    },
    /// Somebody does not want to wait: send it (and save it, where that had failed) at once.
    RetryNow {
        /// The mutation.
        mutation_id: MutationId,
    },
    /// Somebody has read a refusal, or gives up on what can never be learnt.
    Dismiss {
        /// The mutation.
        mutation_id: MutationId,
    },

    /// What the journal remembers from before the start, oldest first.
    JournalRestored {
        /// Still pending, all of this profile.
        mutations: Vec<Remembered>,
    },
    /// What the cache remembers from before the start.
    CacheRestored(Cached),
    /// A record is written, and flushed where that was asked for.
    JournalWritten {
        /// Which one.
        write: WriteId,
    },
    /// A record is not written, or not flushed.
    JournalFailed {
        /// Which one.
        write: WriteId,
        /// Why, in words.
        reason: String,
    },

    /// A connection stands, and we are signed in.
    LinkUp {
        /// Its number.
        connection: ConnectionId,
        /// Which log it serves, and whom it takes us for.
        account: Account,
        /// The server's clock.
        server_now: Timestamp,
    },
    /// The connection is gone. What had begun to be sent and has no answer is unknown now.
    LinkDown,
    /// The server refuses our token, and its log is the one that we know: somebody has to sign in.
    AccessRefused,
    /// The first byte of a mutation is about to be written; from here on it may arrive.
    SendStarted {
        /// The mutation.
        mutation_id: MutationId,
    },
    /// The link will not write it: not one byte has left.
    NotSent {
        /// The mutation.
        mutation_id: MutationId,
    },
    /// It was written, and there will be no answer on this connection.
    OutcomeUnknown {
        /// The mutation.
        mutation_id: MutationId,
        /// Why not, in words.
        reason: String,
    },
    /// The server's answer.
    Answered(Receipt),
    /// A GraphQL error in place of an answer.
    Failed {
        /// The mutation.
        mutation_id: MutationId,
        /// The error.
        failure: Failure,
    },
    /// A message of the subscription.
    Changed(Change),
    /// The subscription has ended while the connection stands.
    SubscriptionEnded(SubscriptionEnd),
    /// A page of the viewer's orders.
    PageLoaded(Page),
    /// A page did not come.
    PageFailed {
        /// Why, in words.
        reason: String,
    },
    /// The restaurants and their menus as of now.
    CatalogLoaded(Catalog),

    /// Time has passed; due when [`next_wakeup`](crate::State::next_wakeup) says so, harmless at any
    /// other time.
    Tick,
}

/// The durable answer to a mutation. What an accepted one has changed does not come from here but by
/// the subscription.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// The mutation.
    pub mutation_id: MutationId,
    /// The position that holds the outcome.
    pub cursor: Cursor,
    /// What it is.
    pub answer: Answer,
}

/// Yes or no.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Durable; nothing is decided yet.
    Accepted,
    /// No, for good.
    Refused {
        /// Why.
        refused: Refused,
        /// The order on which it was decided, where there is one that we may see.
        order: Option<Box<Order>>,
    },
}

/// A GraphQL error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its `extensions.code`.
    pub code: FailureCode,
    /// Its message.
    pub message: String,
}

/// The codes of the contract that can answer a customer's mutation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureCode {
    /// Malformed: sending it again cannot help.
    BadUserInput,
    /// The same mutation id with another input: a mistake in this program.
    IdempotencyConflict,
    /// Not for this customer.
    Forbidden,
    /// The token is not known: everything waits until somebody has signed in.
    Unauthenticated,
    /// The server is in trouble; whether it has acted is unknown.
    Unavailable,
    /// Too much at once; later.
    RateLimited,
    /// A code that this build does not know; what the server has done is unknown.
    Other(String),
}

/// One message of the subscription.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Change {
    /// Everything up to here has been delivered with it.
    pub cursor: Cursor,
    /// The message that it follows.
    pub previous: Option<Cursor>,
    /// What happened; `None` is a position mark.
    pub event: Option<OrderChanged>,
}

/// An event of one order, and the order as of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderChanged {
    /// The event's type, as in the contract.
    pub event_type: String,
    /// The client's mutation that caused it, where one did.
    pub mutation_id: Option<MutationId>,
    /// The order as of this event.
    pub order: Box<Order>,
}

/// Why a subscription ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionEnd {
    /// `CURSOR_OF_ANOTHER_LOG`: our cursor is not of this log, or beyond its head (a restored backup).
    CursorOfAnotherLog,
    /// Anything else; it can go on from the cursor.
    Interrupted {
        /// Why, in words.
        reason: String,
    },
}

/// Where the next page begins; only the server knows what it means.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageToken(pub String);

/// One page of the viewer's orders.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Page {
    /// What was asked for; `None` is the first page.
    pub after: Option<PageToken>,
    /// Newest first.
    pub orders: Vec<Order>,
    /// The position at which this page was true.
    pub cursor: Cursor,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<PageToken>,
}

impl FailureCode {
    /// The code with this word.
    pub fn from_word(word: &str) -> Self {
        match word {
            "BAD_USER_INPUT" => Self::BadUserInput,
            "IDEMPOTENCY_CONFLICT" => Self::IdempotencyConflict,
            "FORBIDDEN" => Self::Forbidden,
            "UNAUTHENTICATED" => Self::Unauthenticated,
            "UNAVAILABLE" => Self::Unavailable,
            "RATE_LIMITED" => Self::RateLimited,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Its word in the contract.
    pub fn word(&self) -> &str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
            Self::Forbidden => "FORBIDDEN",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Unavailable => "UNAVAILABLE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Other(word) => word,
        }
    }
}
