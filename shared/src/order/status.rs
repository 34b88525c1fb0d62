//! The life of an order: one word for where it stands, one direction, and the transitions allowed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::function::Function;

/// Where an order stands; the contract's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Durable, and nothing decided yet.
    Placed,
    /// It can be made and delivered.
    Validated,
    /// The card has paid the dishes.
    Paid,
    /// The restaurant has said yes.
    Accepted,
    /// The kitchen has begun: too late to cancel.
    Preparing,
    /// At the counter.
    Ready,
    /// On its way.
    PickedUp,
    /// At the door.
    Delivered,
    /// Validation or the restaurant said no.
    Rejected,
    /// The bank said no.
    PaymentDeclined,
    /// The customer, or a wait without end, has ended it.
    Cancelled,
}

/// The word is no status of this build.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an order's status")]
pub struct UnknownStatus(pub String);

/// Where an order stands relative to a step of the normal way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not come so far.
    Before,
    /// Exactly there.
    At,
    /// It is past it, or has ended otherwise.
    Past,
}

impl OrderStatus {
    /// All statuses, in the contract's order.
    pub const ALL: [Self; 11] = [
        Self::Placed,
        Self::Validated,
        Self::Paid,
        Self::Accepted,
        Self::Preparing,
        Self::Ready,
        Self::PickedUp,
        Self::Delivered,
        Self::Rejected,
        Self::PaymentDeclined,
        Self::Cancelled,
    ];

    /// The normal way from key press to door.
    pub const WAY: [Self; 8] = [
        Self::Placed,
        Self::Validated,
        Self::Paid,
        Self::Accepted,
        Self::Preparing,
        Self::Ready,
        Self::PickedUp,
        Self::Delivered,
    ];

    /// Its word in the contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Placed => "PLACED",
            Self::Validated => "VALIDATED",
            Self::Paid => "PAID",
            Self::Accepted => "ACCEPTED",
            Self::Preparing => "PREPARING",
            Self::Ready => "READY",
            Self::PickedUp => "PICKED_UP",
            Self::Delivered => "DELIVERED",
            Self::Rejected => "REJECTED",
            Self::PaymentDeclined => "PAYMENT_DECLINED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The function that has to bring the order on from here, or to settle its money.
    pub const fn awaited(self) -> Function {
        match self {
            Self::Placed => Function::ValidateOrder,
            Self::Validated => Function::ChargePayment,
            Self::Paid | Self::Accepted | Self::Preparing => Function::Kitchen,
            Self::Ready | Self::PickedUp => Function::Courier,
            Self::Delivered => Function::SettleTip,
            Self::Rejected | Self::PaymentDeclined | Self::Cancelled => Function::Refund,
        }
    }

    /// Whether nothing can follow: the order has ended, well or not.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered) || self.ended_unfulfilled()
    }

    /// Whether the order ended without food, so that the customer owes nothing.
    pub const fn ended_unfulfilled(self) -> bool {
        matches!(self, Self::Rejected | Self::PaymentDeclined | Self::Cancelled)
    }

    /// Whether the customer can still take it back: until the kitchen has begun.
    pub const fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Placed | Self::Validated | Self::Paid | Self::Accepted)
    }

    /// Whether an order may go from this status to `next`, in one event.
    pub const fn may_become(self, next: Self) -> bool {
        match next {
            Self::Placed => false,
            Self::Validated => matches!(self, Self::Placed),
            Self::Paid | Self::PaymentDeclined => matches!(self, Self::Validated),
            Self::Accepted => matches!(self, Self::Paid),
            Self::Preparing => matches!(self, Self::Accepted),
            Self::Ready => matches!(self, Self::Preparing),
            Self::PickedUp => matches!(self, Self::Ready),
            Self::Delivered => matches!(self, Self::PickedUp),
            Self::Rejected => matches!(self, Self::Placed | Self::Paid),
            // The customer may until the kitchen begins; a deadline may at any time before the door.
            Self::Cancelled => !self.is_final(),
        }
    }

    /// How this status stands to a step of the normal way.
    pub fn standing(self, step: Self) -> Standing {
        let place = |status| Self::WAY.iter().position(|it| *it == status);
        match (place(self), place(step)) {
            (Some(here), Some(there)) if here < there => Standing::Before,
            (Some(here), Some(there)) if here == there => Standing::At,
            _ => Standing::Past,
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for OrderStatus {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, UnknownStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.word() == word)
            .ok_or_else(|| UnknownStatus(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_final_status() {
        for status in OrderStatus::ALL.into_iter().filter(|it| it.is_final()) {
            assert!(OrderStatus::ALL.into_iter().all(|next| !status.may_become(next)));
        }
    }

    #[test]
    fn the_normal_way_is_allowed_step_by_step_and_skips_none() {
        for (here, status) in OrderStatus::WAY.into_iter().enumerate() {
            for (there, next) in OrderStatus::WAY.into_iter().enumerate() {
                assert_eq!(status.may_become(next), there == here + 1, "{status} to {next}");
            }
        }
    }

    #[test]
    fn words_are_read_back() {
        for status in OrderStatus::ALL {
            assert_eq!(status.word().parse(), Ok(status));
            assert_eq!(serde_json::to_value(status).unwrap(), status.word());
        }
    }
}
