//! How long to wait before asking again: exponential backoff with full jitter, so that clients that
//! failed together do not come back together. Step 3 of an order's way.

use std::time::Duration;

use crate::clock::{Now, whole_millis};

/// The longest wait after a first failure: short enough that a hiccup goes unnoticed.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait after any number of failures: a server that is back is noticed within it.
const LONGEST: Duration = Duration::from_secs(30);

/// The wait before the next attempt, drawn from the moment's luck: from one millisecond to
/// `FIRST × 2^(failures - 1)`, at most [`LONGEST`]. `salt` sets those apart that fail in one step.
pub(crate) fn backoff(failures: u32, now: Now, salt: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let drawn = scrambled(now.jitter ^ scrambled(salt)) % whole_millis(ceiling).max(1);
    Duration::from_millis(drawn.saturating_add(1))
}

/// A bijection of 64-bit numbers that leaves no pattern of its input (as `SplitMix64` ends).
const fn scrambled(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Monotonic;

    proptest! {
        #[test]
        fn a_wait_is_never_nothing_and_never_longer_than_the_bound(failures: u32, jitter: u64, salt: u64) {
            let now = Now { monotonic: Monotonic::default(), wall: Timestamp::UNIX_EPOCH, jitter };
            let wait = backoff(failures, now, salt);
            prop_assert!(wait >= Duration::from_millis(1) && wait <= LONGEST);
            prop_assert!(failures > 1 || wait <= FIRST);
        }
    }

    #[test]
    fn those_that_fail_together_do_not_come_back_together() {
        let now = Now { monotonic: Monotonic::default(), wall: Timestamp::UNIX_EPOCH, jitter: 7 };
        let waits: std::collections::BTreeSet<_> =
            (0..100).map(|salt| backoff(7, now, salt)).collect();
        assert!(waits.len() > 90, "{} different waits", waits.len());
        let longest = waits.last().copied().unwrap_or_default();
        assert!(longest > LONGEST / 2, "the whole range is used, not {longest:?} at most");
    }
}
