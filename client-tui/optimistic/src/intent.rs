//! Step 1 of an order's way: what a person wants, kept as an intent and never as its result.
//!
//! An intent is what the journal keeps and what is sent, as often as it takes, always with the same
//! mutation id and the same content. What it would do is computed anew whenever facts arrive
//! (`predict`). Changing the tip and rating will be further variants.

use serde::{Deserialize, Serialize};
use shared::catalog::Catalog;
use shared::id::OrderId;
use shared::order::command::PlaceOrder;

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
}

/// An intent without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// Placing an order.
    Place,
    /// Cancelling one.
    Cancel,
}

impl Intent {
    /// The order that it is about.
    pub fn order_id(&self) -> OrderId {
        match self {
            Self::Place { order, .. } => order.draft().order_id,
            Self::Cancel { order_id } => *order_id,
        }
    }

    /// What kind it is.
    pub const fn kind(&self) -> IntentKind {
        match self {
            Self::Place { .. } => IntentKind::Place,
            Self::Cancel { .. } => IntentKind::Cancel,
        }
    }
}

impl IntentKind {
    /// What was asked for, as a noun in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Place => "order",
            Self::Cancel => "cancellation",
        }
    }
}
