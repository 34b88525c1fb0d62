//! Why a command does nothing: three kinds of refusal with three meanings.
//! Step 5 of an order's way.

use serde::{Deserialize, Serialize};

/// A command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not time for it yet. A handler waits and tries again; nothing is wrong.
    Early {
        /// What it waits for.
        why: String,
    },
    /// Its time is over: done already, or overtaken. A handler is finished, without effect.
    Late {
        /// What came before.
        why: String,
    },
    /// It will not be done; whoever asked is told so, and told the same when asking again.
    Denied(Denial),
}

/// An answer "no" that the customer reads: a durable outcome, not an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Denial {
    /// For programs.
    pub code: DenialCode,
    /// For the customer: why, and what can be done instead.
    pub message: String,
}

/// Why a customer's command was denied; the contract's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DenialCode {
    /// There is no such restaurant.
    RestaurantUnknown,
    /// The dish is not on this menu.
    DishUnknown,
    /// The subtotal is not what the customer saw.
    PriceChanged,
    /// The time for which it was to be is over.
    ScheduledTimePassed,
    /// There is no such order of this customer's.
    OrderNotFound,
    /// An order has this id already.
    OrderIdTaken,
    /// The order has ended.
    OrderClosed,
    /// The kitchen has begun.
    TooLateToCancel,
    /// Only what is at the door can be rated.
    NotDeliveredYet,
    /// The order has had its share of mutations.
    TooManyChanges,
}

impl DenialCode {
    /// Its word in the contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RestaurantUnknown => "RESTAURANT_UNKNOWN",
            Self::DishUnknown => "DISH_UNKNOWN",
            Self::PriceChanged => "PRICE_CHANGED",
            Self::ScheduledTimePassed => "SCHEDULED_TIME_PASSED",
            Self::OrderNotFound => "ORDER_NOT_FOUND",
            Self::OrderIdTaken => "ORDER_ID_TAKEN",
            Self::OrderClosed => "ORDER_CLOSED",
            Self::TooLateToCancel => "TOO_LATE_TO_CANCEL",
            Self::NotDeliveredYet => "NOT_DELIVERED_YET",
            Self::TooManyChanges => "TOO_MANY_CHANGES",
        }
    }
}

impl Refusal {
    /// It is not time yet.
    pub fn early(why: impl Into<String>) -> Self {
        Self::Early { why: why.into() }
    }

    /// Its time is over.
    pub fn late(why: impl Into<String>) -> Self {
        Self::Late { why: why.into() }
    }

    /// It will not be done.
    pub fn denied(code: DenialCode, message: impl Into<String>) -> Self {
        Self::Denied(Denial { code, message: message.into() })
    }
}
