//! The tip: what the courier gets on top, charged on delivery.
//!
//! Steps 1 and 4 of an order's way. Whether the tip of an order may still change is
//! [`decide`](super::decide::decide)'s question; here is only what a tip can be.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::Cents;

/// A tip, from nothing to [`Tip::MAX`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Tip(Cents);

/// The number of cents is negative or above [`Tip::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a tip is from {none} to {max}, so from 0 to {most} cents, not {0}",
    none = Cents::ZERO, max = Tip::MAX, most = Tip::MAX.cents().get())]
pub struct InvalidTip(pub i64);

impl Tip {
    /// No tip.
    pub const NONE: Self = Self(Cents::ZERO);
    /// The largest tip: above it a slip of the finger is likelier than gratitude.
    pub const MAX: Self = Self(Cents::saturating(100_00));

    /// A tip up to the largest one; what is above it counts as the largest.
    pub const fn saturating(amount: Cents) -> Self {
        if amount.get() > Self::MAX.0.get() { Self::MAX } else { Self(amount) }
    }

    /// How much it is.
    pub const fn cents(self) -> Cents {
        self.0
    }
}

impl TryFrom<i64> for Tip {
    type Error = InvalidTip;

    fn try_from(cents: i64) -> Result<Self, InvalidTip> {
        Cents::try_from(cents)
            .ok()
            .filter(|amount| *amount <= Self::MAX.0)
            .map(Self)
            .ok_or(InvalidTip(cents))
    }
}

impl From<Tip> for i64 {
    fn from(tip: Tip) -> Self {
        tip.0.into()
    }
}

impl fmt::Display for Tip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tip_out_of_bounds_is_refused_in_words_wherever_it_comes_from() {
        assert_eq!(Tip::try_from(0), Ok(Tip::NONE));
        assert_eq!(Tip::try_from(100_00), Ok(Tip::MAX));
        for cents in [-1, 100_01, i64::MAX] {
            assert_eq!(Tip::try_from(cents), Err(InvalidTip(cents)));
            assert!(serde_json::from_value::<Tip>(cents.into()).is_err());
        }
        assert_eq!(
            InvalidTip(-1).to_string(),
            "a tip is from $0.00 to $100.00, so from 0 to 10000 cents, not -1"
        );
    }

    #[test]
    fn too_much_counts_as_the_largest_tip_where_that_is_asked_for() {
        assert_eq!(Tip::saturating(Cents::MAX), Tip::MAX);
        assert_eq!(Tip::saturating(Cents::saturating(50)).cents(), Cents::saturating(50));
    }
}
