//! What may be asked of an order, by its customer, by the functions, and by a deadline that struck.
//!
//! Step 4 of an order's way. A command is checked for shape and bounds before it exists: a
//! [`PlaceOrder`] can only be made from an [`OrderDraft`] that passes. Whether the command is right for
//! the order at this moment is [`decide`](super::decide::decide)'s question.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::rating::Rating;
use super::tip::Tip;
use crate::function::Function;
use crate::id::{CustomerId, MenuItemId, OrderId, RestaurantId};
use crate::money::Cents;

/// The most dishes on one order: more is a party, and a party calls the restaurant.
pub const LINES_MAX: usize = 20;
/// The most portions of one dish.
pub const QUANTITY_MAX: u8 = 20;
/// The longest note, and the longest address, in characters: what a kitchen printer takes.
pub const TEXT_LENGTH_MAX: usize = 280;
/// The furthest ahead that an order can be for: a week, as far as a menu and its prices are known.
pub const AHEAD_MAX: Duration = Duration::from_hours(7 * 24);

/// One thing that may be asked of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The customer orders.
    Place {
        /// Who orders.
        customer_id: CustomerId,
        /// What.
        order: PlaceOrder,
    },
    /// The customer asks for a cancellation.
    RequestCancellation {
        /// Who asks.
        customer_id: CustomerId,
    },
    /// The customer changes the tip.
    SetTip {
        /// Who asks.
        customer_id: CustomerId,
        /// The tip from now on.
        tip: Tip,
    },
    /// The customer rates the order.
    Rate {
        /// Who asks.
        customer_id: CustomerId,
        /// The rating from now on.
        rating: Rating,
    },
    /// Validation finds nothing against it.
    Validate,
    /// Validation says no.
    Reject {
        /// Why, for the customer.
        reason: String,
    },
    /// The bank has paid the dishes. A fact: never denied.
    RecordCapture {
        /// What it took.
        amount: Cents,
    },
    /// The bank has declined the charge. A fact: never denied.
    RecordDecline {
        /// Why, for the customer.
        reason: String,
    },
    /// The restaurant takes the order on.
    Accept,
    /// The restaurant does not take the order on.
    Refuse {
        /// Why, for the customer.
        reason: String,
    },
    /// The kitchen begins.
    BeginCooking,
    /// The kitchen is ready.
    FinishCooking,
    /// The dispatch has found a courier.
    AssignCourier {
        /// The courier's name.
        courier: String,
    },
    /// The courier takes the bag.
    PickUp,
    /// The courier is at the door.
    Deliver,
    /// The bank has paid the tip. A fact: never denied.
    RecordTipCapture {
        /// What it took.
        amount: Cents,
    },
    /// The bank has declined the tip, which is then waived. A fact: never denied.
    RecordTipDecline,
    /// The cancellation is granted.
    Cancel,
    /// The gateway has closed its books on an order that ended unfulfilled. A fact: never denied.
    RecordRefund {
        /// What it had taken; zero where the charge never came.
        captured: Cents,
        /// What it gave back.
        refunded: Cents,
    },
    /// A function has given up on an event of this order.
    RecordDeadLetter {
        /// Which function.
        function: Function,
        /// What it said in the end.
        error: String,
    },
    /// The operator has handed an event of this order to a function once more.
    RecordRedelivery {
        /// Which function.
        function: Function,
    },
    /// The customer is told something about this order.
    Notify {
        /// What, in words for the customer.
        message: String,
    },
    /// The deadline of what the order waits for has struck.
    EndWait,
}

/// A portion count from 1 to [`QUANTITY_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Quantity(u8);

impl Quantity {
    /// One portion.
    pub const ONE: Self = Self(1);

    /// The number of portions.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = InvalidOrder;

    fn try_from(number: i64) -> Result<Self, InvalidOrder> {
        u8::try_from(number)
            .ok()
            .filter(|number| (1..=QUANTITY_MAX).contains(number))
            .map(Self)
            .ok_or(InvalidOrder::Quantity(number))
    }
}

impl From<Quantity> for i64 {
    fn from(quantity: Quantity) -> Self {
        quantity.0.into()
    }
}

/// How many portions of which dish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineRequest {
    /// Which dish.
    pub menu_item_id: MenuItemId,
    /// How many portions.
    pub quantity: Quantity,
}

/// An order as somebody wrote it, before anybody has looked at it.
///
/// Its JSON is canonical (fixed field order, what is absent left out), so that its hash tells whether
/// two inputs are the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDraft {
    /// The order's id, chosen by the client.
    pub order_id: OrderId,
    /// Who cooks.
    pub restaurant_id: RestaurantId,
    /// What.
    pub lines: Vec<LineRequest>,
    /// For the courier.
    #[serde(default)]
    pub tip: Tip,
    /// For the kitchen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_to: Option<String>,
    /// The subtotal that the customer saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_subtotal: Option<Cents>,
    /// When, by the customer's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Timestamp>,
    /// Not before this should it arrive; none where it should as soon as can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<Timestamp>,
}

/// An order that somebody wants to place: well-formed and within bounds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "OrderDraft", into = "OrderDraft")]
pub struct PlaceOrder(OrderDraft);

/// What is wrong with an [`OrderDraft`]; each says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidOrder {
    /// No dish at all.
    #[error("an order needs at least one dish")]
    NoLines,
    /// Too many dishes.
    #[error("an order takes at most {LINES_MAX} different dishes, not {0}: place a second order")]
    TooManyLines(usize),
    /// The same dish twice.
    #[error("the dish {0} stands on two lines: put the portions on one line")]
    DishTwice(MenuItemId),
    /// Not a portion count.
    #[error("a quantity is from 1 to {QUANTITY_MAX}, not {0}")]
    Quantity(i64),
    /// A text too long.
    #[error("`{field}` is at most {TEXT_LENGTH_MAX} characters long, not {length}")]
    TextTooLong {
        /// Which text.
        field: &'static str,
        /// How long it is, in characters.
        length: usize,
    },
    /// A text with control characters.
    #[error("`{0}` must be a single line without control characters")]
    ControlCharacter(&'static str),
    /// A wish for a time too far away.
    #[error("`scheduledFor` is at most {} days ahead: choose an earlier time", AHEAD_MAX.as_secs() / 86_400)]
    TooFarAhead,
}

impl PlaceOrder {
    /// What was ordered.
    pub fn draft(&self) -> &OrderDraft {
        &self.0
    }

    /// Whether the time that is wished for is near enough. What passes once passes for ever: the same
    /// order, sent again later, is only nearer to its time.
    ///
    /// # Errors
    /// It is more than [`AHEAD_MAX`] after `now`.
    pub fn check_ahead(&self, now: Timestamp) -> Result<(), InvalidOrder> {
        let furthest = now.saturating_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
        match self.0.scheduled_for {
            Some(wished) if wished > furthest => Err(InvalidOrder::TooFarAhead),
            Some(_) | None => Ok(()),
        }
    }
}

impl TryFrom<OrderDraft> for PlaceOrder {
    type Error = InvalidOrder;

    fn try_from(mut draft: OrderDraft) -> Result<Self, InvalidOrder> {
        if draft.lines.is_empty() {
            return Err(InvalidOrder::NoLines);
        }
        if draft.lines.len() > LINES_MAX {
            return Err(InvalidOrder::TooManyLines(draft.lines.len()));
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = draft.lines.iter().find(|line| !seen.insert(line.menu_item_id)) {
            return Err(InvalidOrder::DishTwice(twice.menu_item_id));
        }
        draft.note = checked_text("note", draft.note)?;
        draft.deliver_to = checked_text("deliverTo", draft.deliver_to)?;
        Ok(Self(draft))
    }
}

impl From<PlaceOrder> for OrderDraft {
    fn from(order: PlaceOrder) -> Self {
        order.0
    }
}

/// A text of the customer's, trimmed; a blank one is none.
fn checked_text(field: &'static str, text: Option<String>) -> Result<Option<String>, InvalidOrder> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let length = text.chars().count();
    if length > TEXT_LENGTH_MAX {
        return Err(InvalidOrder::TextTooLong { field, length });
    }
    // It will be drawn in terminals: a control character could paint over the screen.
    if text.chars().any(char::is_control) {
        return Err(InvalidOrder::ControlCharacter(field));
    }
    Ok(Some(text))
}
