//! How a number is distributed, in little space: buckets that grow with what they hold.
//!
//! A bucket is at most a 64th of its numbers wide, so a percentile is right to 1.6 %, and all of a
//! 64-bit number's range fits into less than 4,000 buckets, of which only the used ones are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Buckets for each doubling.
const BUCKETS: u64 = 64;

/// How often which number came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Histogram {
    /// How many numbers each bucket has.
    buckets: BTreeMap<u64, u64>,
}

impl Histogram {
    /// Counts a number.
    pub(crate) fn count(&mut self, number: u64) {
        *self.buckets.entry(bucket(number)).or_default() += 1;
    }

    /// The number that so many percent (1 to 100) of all do not exceed; none where there is none.
    pub(crate) fn percentile(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.buckets.values().sum();
        let wanted = all.saturating_mul(percent).div_ceil(100);
        let mut seen = 0;
        self.buckets.iter().find_map(|(bucket, count)| {
            seen += count;
            (seen >= wanted).then(|| middle(*bucket))
        })
    }
}

fn bucket(number: u64) -> u64 {
    let doublings = u64::from(number.checked_ilog2().unwrap_or(0)).saturating_sub(6);
    doublings * BUCKETS + (number >> doublings)
}

/// The number in the middle of a bucket.
fn middle(bucket: u64) -> u64 {
    // The first doublings have a bucket for each number.
    let doublings = (bucket / BUCKETS).saturating_sub(1);
    let first = (bucket - doublings * BUCKETS) << doublings;
    first + (1 << doublings) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_percentile_is_right_to_a_64th(
            mut numbers in prop::collection::vec(prop_oneof![0..200_u64, 0..100_000_000_u64], 1..200),
            percent in 1..=100_u64,
        ) {
            let mut histogram = Histogram::default();
            for number in &numbers {
                histogram.count(*number);
            }
            numbers.sort_unstable();
            let place = (numbers.len() as u64 * percent).div_ceil(100) - 1;
            let exact = numbers[usize::try_from(place).unwrap()];
            let told = histogram.percentile(percent).unwrap();
            prop_assert!(told.abs_diff(exact) <= exact / 64, "{told} for {exact}");
        }
    }

    #[test]
    fn of_nothing_there_is_no_percentile_and_the_largest_number_has_a_bucket() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), None);
        histogram.count(u64::MAX);
        assert!(histogram.percentile(50).unwrap() > u64::MAX / 64 * 63);
    }
}
