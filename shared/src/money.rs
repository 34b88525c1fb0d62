//! Money: whole cents, never negative, small enough for GraphQL's 32-bit `Int`.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An amount in cents, from 0 to [`Cents::MAX`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Cents(u32);

/// The amount is negative, or larger than [`Cents::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0} cents is not an amount: it must be from 0 to {max}", max = Cents::MAX.0)]
pub struct NotAnAmount(pub i64);

impl Cents {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);
    /// The largest amount: what GraphQL's `Int` can carry.
    pub const MAX: Self = Self(i32::MAX.cast_unsigned());

    /// An amount below the largest one; what is above it counts as the largest.
    pub const fn saturating(cents: u32) -> Self {
        if cents > Self::MAX.0 { Self::MAX } else { Self(cents) }
    }

    /// The number of cents.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of cents as GraphQL's `Int`; it always fits.
    pub const fn as_int(self) -> i32 {
        self.0.cast_signed()
    }

    /// The sum, or the largest amount where the sum would be larger.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::saturating(self.0.saturating_add(other.0))
    }

    /// The amount so many times, or the largest amount where that would be larger.
    #[must_use]
    pub const fn times(self, quantity: u32) -> Self {
        Self::saturating(self.0.saturating_mul(quantity))
    }

    /// Whether there is nothing to pay.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<i64> for Cents {
    type Error = NotAnAmount;

    fn try_from(cents: i64) -> Result<Self, NotAnAmount> {
        u32::try_from(cents)
            .ok()
            .filter(|cents| *cents <= Self::MAX.0)
            .map(Self)
            .ok_or(NotAnAmount(cents))
    }
}

impl From<Cents> for i64 {
    fn from(amount: Cents) -> Self {
        i64::from(amount.0)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("${}.{:02}", self.0 / 100, self.0 % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_like_prices() {
        assert_eq!(Cents::saturating(1405).to_string(), "$14.05");
        assert_eq!(Cents::ZERO.to_string(), "$0.00");
    }

    #[test]
    fn what_does_not_fit_is_refused_from_outside_and_capped_inside() {
        assert_eq!(Cents::try_from(-1), Err(NotAnAmount(-1)));
        assert!(Cents::try_from(i64::from(i32::MAX) + 1).is_err());
        assert_eq!(Cents::MAX.plus(Cents::saturating(1)), Cents::MAX);
        assert_eq!(Cents::MAX.times(7), Cents::MAX);
    }
}
