//! What to do about the backend next, given what has become of it. Pure: luck is passed in.

use std::time::Duration;

use crate::link::{Endpoint, backoff::Backoff};

/// A backend that ran this long was a success; one that ends sooner counts as one more failure, so
/// that one which cannot run is not started without a pause.
pub(super) const STEADY_AFTER: Duration = Duration::from_secs(10);

/// How the last thing that we did has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Our backend ended, or was given up, before it listened.
    NotStarted {
        why: String,
        /// Where a backend of another program answers, on the same data.
        other: Option<Endpoint>,
    },
    /// Our backend ran for so long and has ended.
    Died { why: String, lived: Duration },
    /// The other program's backend does not answer any more.
    OtherGone,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    Start,
    StartAfter { why: String, delay: Duration },
    Use(Endpoint),
}

/// Decides; `random` is from 0 to 1.
pub(super) fn next(backoff: &mut Backoff, outcome: Outcome, random: f64) -> Next {
    match outcome {
        Outcome::NotStarted { other: Some(endpoint), .. } => {
            backoff.reset();
            Next::Use(endpoint)
        }
        Outcome::NotStarted { why, other: None } => {
            Next::StartAfter { why, delay: backoff.next_delay(random) }
        }
        Outcome::Died { why, lived } => {
            if lived >= STEADY_AFTER {
                backoff.reset();
            }
            Next::StartAfter { why, delay: backoff.next_delay(random) }
        }
        // Others may have used it too: the jitter decides who starts the next one, and the rest
        // finds it.
        Outcome::OtherGone => Next::StartAfter {
            why: "the backend of another tiffin has ended".to_owned(),
            delay: backoff.next_delay(random),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::backoff::BASE;

    fn not_started(other: Option<&str>) -> Outcome {
        Outcome::NotStarted {
            why: "locked".to_owned(),
            other: other.map(|url| url.parse().unwrap()),
        }
    }

    fn died(lived: Duration) -> Outcome {
        Outcome::Died { why: "killed".to_owned(), lived }
    }

    fn delay(next: &Next) -> Duration {
        let Next::StartAfter { delay, .. } = next else { panic!("no wait: {next:?}") };
        *delay
    }

    #[test]
    fn a_backend_of_another_program_is_used_in_place_of_our_own() {
        let next = next(&mut Backoff::default(), not_started(Some("http://127.0.0.1:4000")), 1.0);
        assert_eq!(next, Next::Use("http://127.0.0.1:4000".parse().unwrap()));
    }

    #[test]
    fn one_that_cannot_start_is_started_less_and_less_often() {
        let mut backoff = Backoff::default();
        let waits = [(); 3].map(|()| delay(&next(&mut backoff, not_started(None), 1.0)));
        assert_eq!(waits, [BASE, BASE * 2, BASE * 4]);
    }

    #[test]
    fn one_that_dies_soon_after_its_start_is_no_better() {
        let mut backoff = Backoff::default();
        let soon = STEADY_AFTER.saturating_sub(Duration::from_millis(1));
        let waits = [(); 2].map(|()| delay(&next(&mut backoff, died(soon), 1.0)));
        assert_eq!(waits, [BASE, BASE * 2]);
    }

    #[test]
    fn one_that_ran_for_a_while_is_started_again_soon() {
        let mut backoff = Backoff::default();
        next(&mut backoff, not_started(None), 1.0);
        assert_eq!(delay(&next(&mut backoff, died(STEADY_AFTER), 1.0)), BASE);
    }

    #[test]
    fn when_the_other_is_gone_we_start_one_after_a_wait_of_our_own() {
        assert_eq!(delay(&next(&mut Backoff::default(), Outcome::OtherGone, 0.5)), BASE / 2);
    }

    #[test]
    fn the_reason_is_passed_on() {
        let next = next(&mut Backoff::default(), died(STEADY_AFTER), 0.0);
        assert_eq!(next, Next::StartAfter { why: "killed".to_owned(), delay: Duration::ZERO });
    }
}
