//! What has happened to the portions of a restaurant. Step 4 of an order's way.
//!
//! An event carries all that its fold needs, so that a stock reads the same whatever the catalogue and
//! the fairness window are when somebody folds it again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{MenuItemId, OrderId};
use crate::order::OrderLine;
use crate::order::command::Quantity;

/// What happened. In the log, the variant's name is the event's `type`, its fields are the `data`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum StockEvent {
    /// The shelf was filled for another day; what was left or taken before counts no more.
    PortionsReset {
        /// All that is limited.
        shelf: Vec<Made>,
    },
    /// An order asks for portions; nothing is decided yet.
    PortionsClaimed {
        /// Which order.
        order_id: OrderId,
        /// When the customer placed it, by the customer's clock within the server's bounds.
        placed_at: Timestamp,
        /// Until then whoever placed later waits for its decision.
        holds_back_until: Timestamp,
        /// What there is of these dishes where nobody has asked for them before.
        shelf: Vec<Made>,
        /// What it asks for.
        portions: Vec<Portions>,
    },
    /// The order was validated, and these are its own.
    PortionsTaken {
        /// Which order.
        order_id: OrderId,
        /// When the customer placed it.
        placed_at: Timestamp,
        /// What it took.
        portions: Vec<Portions>,
    },
    /// The order ended, or needs them no more, before it took any.
    ClaimDropped {
        /// Which order.
        order_id: OrderId,
    },
    /// The order took portions and ended unfulfilled: they are for others.
    PortionsGivenBack {
        /// Which order.
        order_id: OrderId,
        /// What it had taken.
        portions: Vec<Portions>,
    },
}

/// How many portions of a dish the kitchen makes a day.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// Which dish.
    pub menu_item_id: MenuItemId,
    /// Its name.
    pub name: String,
    /// How many.
    pub portions: u32,
}

/// Portions of a limited dish, of one order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portions {
    /// Which dish.
    pub menu_item_id: MenuItemId,
    /// Its name when it was ordered.
    pub name: String,
    /// How many.
    pub quantity: Quantity,
}

impl Portions {
    /// What a line of an order asks for.
    pub fn of(line: &OrderLine) -> Self {
        Self { menu_item_id: line.menu_item_id, name: line.name.clone(), quantity: line.quantity }
    }

    /// How many they are.
    pub fn number(&self) -> u32 {
        self.quantity.get().into()
    }

    /// Whether they are of this dish.
    pub(super) fn is_of(&self, dish: MenuItemId) -> bool {
        self.menu_item_id == dish
    }
}

impl StockEvent {
    /// The event's type, as in the contract.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::PortionsReset { .. } => "PortionsReset",
            Self::PortionsClaimed { .. } => "PortionsClaimed",
            Self::PortionsTaken { .. } => "PortionsTaken",
            Self::ClaimDropped { .. } => "ClaimDropped",
            Self::PortionsGivenBack { .. } => "PortionsGivenBack",
        }
    }

    /// The order whose event means this; none where it is about all of them.
    pub const fn order_id(&self) -> Option<OrderId> {
        match self {
            Self::PortionsReset { .. } => None,
            Self::PortionsClaimed { order_id, .. }
            | Self::PortionsTaken { order_id, .. }
            | Self::ClaimDropped { order_id }
            | Self::PortionsGivenBack { order_id, .. } => Some(*order_id),
        }
    }

    /// What happened, in one sentence for a person.
    pub fn message(&self) -> String {
        match self {
            Self::PortionsReset { shelf } => {
                let made = shelf.iter().map(|it| format!("{} x {}", it.portions, it.name));
                format!("The shelf was filled: {}.", made.collect::<Vec<_>>().join(", "))
            }
            Self::PortionsClaimed { portions, .. } => {
                format!("An order asks for {}.", listed(portions))
            }
            Self::PortionsTaken { portions, .. } => {
                format!("An order was given {}.", listed(portions))
            }
            Self::ClaimDropped { .. } => "An order no longer asks for portions.".to_owned(),
            Self::PortionsGivenBack { portions, .. } => {
                format!("An order gave back {}.", listed(portions))
            }
        }
    }
}

fn listed(portions: &[Portions]) -> String {
    let each = portions.iter().map(|it| format!("{} x {}", it.quantity.get(), it.name));
    each.collect::<Vec<_>>().join(", ")
}
