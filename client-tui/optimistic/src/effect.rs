//! All that the store wants done. It does nothing itself: the edge carries these out, in order, and
//! what comes of them returns as an [`Input`](crate::Input). Step 3 of an order's way.

use serde::{Deserialize, Serialize};
use shared::cursor::Cursor;
use shared::id::{MutationId, OrderId};
use shared::order::status::OrderStatus;

use crate::account::ConnectionId;
use crate::input::PageToken;
use crate::intent::{Intent, IntentKind};
use crate::record::Record;

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Step 3 of an order's way: send this mutation, if this connection still stands, and report
    /// `SendStarted` before its first byte or `NotSent` in place of it. All that must be on disk
    /// first is there.
    Send {
        /// On this connection only.
        connection: ConnectionId,
        /// The idempotency key.
        mutation_id: MutationId,
        /// What is asked for; the same content at each attempt.
        intent: Intent,
    },
    /// Append this to the journal, after all that was asked for before, and report it written or
    /// failed.
    Journal {
        /// The name of this write, for the report.
        write: WriteId,
        /// What.
        record: Record,
        /// How far it has to be when it is reported written.
        flush: Flush,
    },
    /// Subscribe to the changes after this cursor. It replaces the subscription before, of which
    /// nothing more may be reported.
    Subscribe {
        /// On this connection only.
        connection: ConnectionId,
        /// The last position that we have.
        after: Cursor,
    },
    /// Load a page of the viewer's orders.
    LoadPage {
        /// On this connection only.
        connection: ConnectionId,
        /// Where it begins; `None` is the first one.
        after: Option<PageToken>,
    },
    /// The server shows another log than this connection began with: end it and make a new one.
    Reconnect {
        /// Which connection to end.
        connection: ConnectionId,
    },
    /// Something worth telling a person.
    Notify(Notice),
    /// What [`State::to_cache`](crate::State::to_cache) gives has changed; write it when there is
    /// leisure.
    CacheDirty,
    /// For the log file: something odd that was coped with.
    Remark(String),
}

/// The name of one write to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriteId(pub(crate) u64);

/// How far a record has to be when it is reported written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Flush {
    /// With the operating system: a crash of this program does not lose it.
    Lazily,
    /// On the disk (fsync), with all records before it: a crash of the machine does not lose it.
    First,
}

/// Something worth telling a person, also when the order is not in view.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Notice {
    /// The server said no; it stands at its order until it is dismissed.
    Refused {
        /// The order.
        order_id: OrderId,
        /// What was asked for.
        asked: IntentKind,
        /// Why, and what can be done instead.
        message: String,
    },
    /// Our own rules said no: nothing is pending, nothing was sent.
    Declined {
        /// The order.
        order_id: OrderId,
        /// What was asked for.
        asked: IntentKind,
        /// Why, and what can be done instead.
        message: String,
    },
    /// Taken back before it was sent.
    Withdrawn {
        /// The order.
        order_id: OrderId,
        /// What had been asked for.
        asked: IntentKind,
    },
    /// The journal could not be written, so nothing was sent.
    NotSaved {
        /// The order.
        order_id: OrderId,
        /// What was asked for.
        asked: IntentKind,
        /// Why.
        reason: String,
    },
    /// An end could not be written to the journal: it will be looked at again after a restart.
    EndNotSaved {
        /// Why.
        reason: String,
    },
    /// An order has come to its end.
    Ended {
        /// The order.
        order_id: OrderId,
        /// Its final status.
        status: OrderStatus,
        /// Why it ended early.
        reason: Option<String>,
    },
    /// Orders that we knew are not in the server's log any more.
    Vanished {
        /// How many.
        orders: usize,
    },
    /// Nothing goes out until somebody has signed in.
    SignInNeeded,
}

impl Notice {
    /// In one or two sentences for a person, with the next step where there is one.
    pub fn words(&self) -> String {
        match self {
            Self::Refused { asked, message, .. } => {
                format!("Your {} was refused. {message}", asked.noun())
            }
            Self::Declined { message, .. } => message.clone(),
            Self::Withdrawn { asked, .. } => {
                format!("Taken back: your {} was never sent.", asked.noun())
            }
            Self::NotSaved { asked, reason, .. } => format!(
                "Your {} could not be saved and was not sent: {reason}. \
                 Make room for it and retry, or take it back.",
                asked.noun()
            ),
            Self::EndNotSaved { reason } => format!(
                "The journal could not be written: {reason}. After a restart some things may show \
                 up once more; nothing is done twice."
            ),
            Self::Ended { status, reason, .. } => match (status, reason) {
                (OrderStatus::Delivered, _) => "Your order is at the door. Enjoy!".to_owned(),
                (_, Some(reason)) => format!("Your order ended as {status}: {reason}"),
                (_, None) => format!("Your order ended as {status}."),
            },
            Self::Vanished { orders: 1 } => {
                "One of your orders is not on this server any more: it has another log now."
                    .to_owned()
            }
            Self::Vanished { orders } => format!(
                "{orders} of your orders are not on this server any more: it has another log now."
            ),
            Self::SignInNeeded => {
                "The server does not know you any more. Sign in again; what is pending waits."
                    .to_owned()
            }
        }
    }
}
