//! What has become of an order's money, apart from its status: whoever cancels sees whether it is back.
//!
//! The card pays the dishes before the kitchen begins and the tip on delivery. An order that ends
//! unfulfilled gets everything back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::Cents;

/// The payment in one word; the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentStatus {
    /// No money has moved.
    None,
    /// The card has paid.
    Captured,
    /// The bank said no.
    Declined,
    /// The money is on its way back.
    Refunding,
    /// The money is back.
    Refunded,
}

/// The word is no payment status of this build.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a payment's status")]
pub struct UnknownPaymentStatus(pub String);

impl PaymentStatus {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Captured, Self::Declined, Self::Refunding, Self::Refunded];

    /// Its word in the contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Captured => "CAPTURED",
            Self::Declined => "DECLINED",
            Self::Refunding => "REFUNDING",
            Self::Refunded => "REFUNDED",
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for PaymentStatus {
    type Err = UnknownPaymentStatus;

    fn from_str(word: &str) -> Result<Self, UnknownPaymentStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.word() == word)
            .ok_or_else(|| UnknownPaymentStatus(word.to_owned()))
    }
}

/// Three questions to the bank, each with its answer as far as we know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Has the card paid for the dishes?
    pub charge: Charge,
    /// Has it paid the tip?
    pub tip: Charge,
    /// Is anything to go back?
    pub refund: Refund,
}

/// What the bank said to a charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Charge {
    /// Nothing yet.
    #[default]
    Open,
    /// Yes: so much was taken.
    Captured(Cents),
    /// No; of a tip also: it was waived.
    Declined,
}

/// What goes back to the customer of an order that ended unfulfilled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Refund {
    /// Nothing is to go back.
    #[default]
    NotOwed,
    /// Whatever was taken is to go back; the gateway has not confirmed it.
    Owed,
    /// The gateway has closed its books on this order: it had taken so much and gave so much back.
    Settled {
        /// What it had taken; zero where the charge never came.
        captured: Cents,
        /// What it gave back.
        refunded: Cents,
    },
}

impl Money {
    /// The contract's word for all of it.
    pub const fn status(self) -> PaymentStatus {
        match (self.refund, self.charge) {
            (Refund::Settled { refunded, .. }, _) if !refunded.is_zero() => PaymentStatus::Refunded,
            (Refund::Owed, Charge::Captured(_)) => PaymentStatus::Refunding,
            (_, Charge::Captured(_)) => PaymentStatus::Captured,
            (_, Charge::Declined) => PaymentStatus::Declined,
            (_, Charge::Open) => PaymentStatus::None,
        }
    }
}
