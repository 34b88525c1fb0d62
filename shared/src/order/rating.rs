//! The rating: what the customer thought of a delivered order.
//!
//! Steps 1 and 4 of an order's way. Whether an order may be rated is
//! [`decide`](super::decide::decide)'s question; here is only what a rating can be.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A rating, from 1 (bad) to 5 (excellent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Rating(u8);

/// The number is no rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a rating is from {worst} to {best}, not {0}",
    worst = Rating::WORST, best = Rating::BEST)]
pub struct InvalidRating(pub i64);

impl Rating {
    /// The worst.
    pub const WORST: Self = Self(1);
    /// The best.
    pub const BEST: Self = Self(5);

    /// The number, from 1 to 5.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Rating {
    type Error = InvalidRating;

    fn try_from(number: i64) -> Result<Self, InvalidRating> {
        u8::try_from(number)
            .ok()
            .map(Self)
            .filter(|rating| (Self::WORST..=Self::BEST).contains(rating))
            .ok_or(InvalidRating(number))
    }
}

impl From<Rating> for i64 {
    fn from(rating: Rating) -> Self {
        rating.0.into()
    }
}

impl fmt::Display for Rating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_from_one_to_five_wherever_it_comes_from() {
        for number in 1..=5_u8 {
            assert_eq!(Rating::try_from(i64::from(number)).map(Rating::get), Ok(number));
        }
        for number in [i64::MIN, -1, 0, 6, 257] {
            assert_eq!(Rating::try_from(number), Err(InvalidRating(number)));
            assert!(serde_json::from_value::<Rating>(number.into()).is_err());
        }
        assert_eq!(InvalidRating(6).to_string(), "a rating is from 1 to 5, not 6");
    }
}
