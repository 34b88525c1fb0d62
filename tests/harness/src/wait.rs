//! Waiting for something to become true, always with a deadline: the only file of the tests that
//! reads the clock or sleeps. A scenario names what it waits for and looks again and again; a
//! failure says what was awaited and what was seen last. It does not judge how fast something
//! came: that is what benchmarks are for.

use std::fmt::{Debug, Display};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// The first pause between two looks: most of what is awaited is there within a millisecond or two.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
/// The longest pause between two looks: short beside what a person notices, long beside one look.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What one look at the awaited thing gave.
#[derive(Debug)]
pub enum Attempt<T> {
    /// It is there.
    Done(T),
    /// Not there; the text says what was seen instead.
    NotYet(String),
    /// It can never come any more (the process is gone, say), and why. The waiting ends at once.
    Hopeless(String),
}

impl<T> From<Option<T>> for Attempt<T> {
    fn from(seen: Option<T>) -> Self {
        seen.map_or_else(|| Self::NotYet("nothing".into()), Self::Done)
    }
}

/// An error is a look that found something else: the next one may succeed.
impl<T> From<Result<T>> for Attempt<T> {
    fn from(seen: Result<T>) -> Self {
        seen.map_or_else(|error| Self::NotYet(format!("{error:#}")), Self::Done)
    }
}

/// Looks until `attempt` is done and returns what it found. It looks at least once, also with a
/// deadline of zero. The error names `what` was awaited and what was seen last.
pub fn eventually<T, A: Into<Attempt<T>>>(
    deadline: Duration,
    what: impl Display,
    mut attempt: impl FnMut() -> A,
) -> Result<T> {
    let waiting = Stopwatch::start();
    let mut pause_length = SHORTEST_PAUSE;
    loop {
        let last_seen = match attempt().into() {
            Attempt::Done(found) => return Ok(found),
            Attempt::Hopeless(reason) => bail!("{what}: cannot come any more: {reason}"),
            Attempt::NotYet(last_seen) => last_seen,
        };
        if waiting.elapsed() >= deadline {
            bail!("{what}: did not come within {deadline:?}; last seen: {last_seen}");
        }
        pause(pause_length);
        pause_length = (pause_length * 2).min(LONGEST_PAUSE);
    }
}

/// Watches for the whole `period` that what `look` returns stays the same, and returns it. For
/// what must *not* happen: a longer period finds more, none proves it.
pub fn stays<T: Debug + PartialEq>(
    period: Duration,
    what: impl Display,
    mut look: impl FnMut() -> Result<T>,
) -> Result<T> {
    let watching = Stopwatch::start();
    let first = look()?;
    while watching.elapsed() < period {
        pause(LONGEST_PAUSE.min(period.saturating_sub(watching.elapsed())));
        let now = look()?;
        if now != first {
            let after = watching.elapsed();
            bail!("{what}: did not stay the same: {first:?} became {now:?} after {after:?}");
        }
    }
    Ok(first)
}

/// Time since a moment.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero, now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests' one clock: deadlines are real time, since real processes are awaited"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was started.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Lets a time pass in which others act, so that what comes next meets them at a random moment.
/// Never to wait for something: what has to come is waited for by [`eventually`].
pub fn let_pass(time: Duration) {
    pause(time);
}

#[expect(clippy::disallowed_methods, reason = "pauses are made here; nobody else sleeps")]
fn pause(length: Duration) {
    thread::sleep(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn what_comes_on_a_later_look_is_found() -> Result<()> {
        let mut looks = 0;
        let found = eventually(LONG, "the third look", || {
            looks += 1;
            (looks == 3).then_some(looks)
        })?;
        assert_eq!(found, 3);
        Ok(())
    }

    #[test]
    fn a_deadline_of_zero_still_looks_once() -> Result<()> {
        eventually(Duration::ZERO, "what is there", || Some(()))
    }

    #[test]
    fn the_failure_says_what_was_awaited_and_what_was_seen_last() {
        let mut looks = 0;
        let error = eventually(SHORT, "the courier", || -> Result<()> {
            looks += 1;
            bail!("look {looks}: an empty street")
        })
        .expect_err("nobody ever comes");
        let sentence = error.to_string();
        assert!(sentence.contains("the courier"), "{sentence}");
        assert!(sentence.contains(&format!("look {looks}: an empty street")), "{sentence}");
    }

    #[test]
    fn what_is_hopeless_is_not_waited_for() {
        let waiting = Stopwatch::start();
        let error = eventually(LONG, "the courier", || {
            Attempt::<()>::Hopeless("the kitchen is closed".into())
        })
        .expect_err("it is hopeless");
        assert!(waiting.elapsed() < LONG);
        assert!(error.to_string().contains("the kitchen is closed"));
    }

    #[test]
    fn what_changes_while_watched_is_reported_with_both_values() {
        let mut looks = 0;
        let error = stays(LONG, "the number", || {
            looks += 1;
            Ok(looks)
        })
        .expect_err("it grows with each look");
        assert!(error.to_string().contains("1 became 2"), "{error}");
    }

    #[test]
    fn what_stays_is_watched_for_the_whole_period() -> Result<()> {
        let watching = Stopwatch::start();
        assert_eq!(stays(SHORT, "seven", || Ok(7))?, 7);
        assert!(watching.elapsed() >= SHORT);
        Ok(())
    }
}
