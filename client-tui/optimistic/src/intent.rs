//! Step 1 of an order's way: what a person wants, kept as an intent and never as its result.
//!
//! An intent is what the journal keeps and what is sent, as often as it takes, always with the same
//! mutation id and the same content. What it would do is computed anew whenever facts arrive
//! (`predict`). A journal may hold what a newer Tiffin has written; it is kept, and never sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::catalog::Catalog;
use shared::id::OrderId;
use shared::order::command::PlaceOrder;
use shared::order::rating::Rating;
use shared::order::tip::Tip;
use uuid::Uuid;

/// What a person wants of one order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Intent {
    /// To place it.
    Place {
        /// The order.
        order: PlaceOrder,
        /// The part of the catalogue that the person had in view: this restaurant with the dishes
        /// ordered. The placeholder is drawn from it, whatever menu is in force later, and also
        /// after a restart without any.
        seen: Catalog,
    },
    /// To cancel it.
    Cancel {
        /// Which one.
        order_id: OrderId,
    },
    /// To change its tip.
    SetTip {
        /// Which one.
        order_id: OrderId,
        /// The tip from then on.
        tip: Tip,
    },
    /// To rate it.
    Rate {
        /// Which one.
        order_id: OrderId,
        /// The rating from then on.
        rating: Rating,
    },
}

/// What a journal may hold: an intent of ours, or one that this build cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AnyIntent {
    /// One that this build can send and predict.
    Known(Intent),
    /// One of a newer Tiffin: kept as it is, drawn as nothing, never sent.
    Unknown(UnknownIntent),
}

/// An intent that this build cannot read, word for word, so that a newer one can take it up again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnknownIntent {
    kind: String,
    /// All that is about one order names it here, but for a placing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    #[serde(flatten)]
    content: BTreeMap<String, serde_json::Value>,
}

/// An intent without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// Placing an order.
    Place,
    /// Cancelling one.
    Cancel,
    /// Changing the tip of one.
    SetTip,
    /// Rating one.
    Rate,
    /// Something that only a newer Tiffin can do.
    Unknown,
}

impl Intent {
    /// The order that it is about.
    pub fn order_id(&self) -> OrderId {
        match self {
            Self::Place { order, .. } => order.draft().order_id,
            Self::Cancel { order_id }
            | Self::SetTip { order_id, .. }
            | Self::Rate { order_id, .. } => *order_id,
        }
    }

    /// What kind it is.
    pub const fn kind(&self) -> IntentKind {
        match self {
            Self::Place { .. } => IntentKind::Place,
            Self::Cancel { .. } => IntentKind::Cancel,
            Self::SetTip { .. } => IntentKind::SetTip,
            Self::Rate { .. } => IntentKind::Rate,
        }
    }
}

impl AnyIntent {
    /// The order that it is about; the nil id where this build cannot tell.
    pub fn order_id(&self) -> OrderId {
        match self {
            Self::Known(intent) => intent.order_id(),
            Self::Unknown(unknown) => unknown.order_id.unwrap_or(OrderId::new(Uuid::nil())),
        }
    }

    /// What kind it is.
    pub const fn kind(&self) -> IntentKind {
        match self {
            Self::Known(intent) => intent.kind(),
            Self::Unknown(_) => IntentKind::Unknown,
        }
    }

    /// It, if this build knows what it means.
    pub const fn known(&self) -> Option<&Intent> {
        match self {
            Self::Known(intent) => Some(intent),
            Self::Unknown(_) => None,
        }
    }
}

impl From<Intent> for AnyIntent {
    fn from(intent: Intent) -> Self {
        Self::Known(intent)
    }
}

impl IntentKind {
    /// What was asked for, as a noun in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Place => "order",
            Self::Cancel => "cancellation",
            Self::SetTip => "change of the tip",
            Self::Rate => "rating",
            Self::Unknown => "request",
        }
    }
}
