//! Death at a named point: the process is gone, as by SIGKILL, the n-th time that it comes by.
//!
//! A kill from outside strikes wherever the process happens to be; these points are where it hurts most,
//! on an order's way (steps 4 to 7), and each can be struck for certain. They are passed in the writer's
//! store, in the dispatcher and in the bank; a server without `--lab --die-at` passes them unharmed.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

/// How this process is to die, once it is known; a death is the whole process's, and so is this.
static DEATH: OnceLock<Death> = OnceLock::new();
/// How often its point was passed.
static PASSED: AtomicU64 = AtomicU64::new(0);

/// Where a process can die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultPoint {
    /// A batch is planned, and nothing of it is written.
    BatchPlanned,
    /// All of a batch is written, and nothing of it committed.
    BeforeCommit,
    /// A batch is committed, and nobody has heard of it.
    AfterCommit,
    /// A batch is committed, and everybody in it has their receipt or their completion.
    AfterAnswer,
    /// A delivery is leased and committed, and its function has not begun.
    AfterClaim,
    /// A function is in the middle of what it does outside: the bank has heard it and not written it down.
    DuringEffect,
    /// A function has done what it does outside, and has not said so.
    AfterEffect,
}

/// Where a process is to die, and at which time that it comes by, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) at: FaultPoint,
    pub(crate) passing: NonZeroU64,
}

/// There is no such death.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum InvalidDeath {
    /// There is no such point.
    #[error("there is no point `{0}`; there are {points}", points = FaultPoint::names())]
    Point(String),
    /// It is no number from 1.
    #[error("`{0}` does not say at which time: `after-commit:3` is the third")]
    Passing(String),
}

impl FaultPoint {
    /// All of them, in the order in which an order comes by.
    pub(crate) const ALL: [Self; 7] = [
        Self::BatchPlanned,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterAnswer,
        Self::AfterClaim,
        Self::DuringEffect,
        Self::AfterEffect,
    ];

    /// As the command line calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::BatchPlanned => "batch-planned",
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::AfterAnswer => "after-answer",
            Self::AfterClaim => "after-claim",
            Self::DuringEffect => "during-effect",
            Self::AfterEffect => "after-effect",
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The process is here. It ends here, where it was told to.
    pub(crate) fn passed(self) {
        if let Some(death) = DEATH.get()
            && death.at == self
            && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == death.passing.get()
        {
            tracing::warn!(%death, "dies on purpose");
            die();
        }
    }
}

impl Death {
    /// From now on each passing of its point counts.
    pub(crate) fn await_it(self) {
        tracing::warn!(death = %self, "this process will die on purpose");
        if DEATH.set(self).is_err() {
            tracing::error!("this process has another death before it already");
        }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.at.name(), self.passing)
    }
}

impl FromStr for Death {
    type Err = InvalidDeath;

    /// `after-commit:3`: the third time that the process comes by; `after-commit` is the first.
    fn from_str(text: &str) -> Result<Self, InvalidDeath> {
        let (point, passing) = text.split_once(':').unwrap_or((text, "1"));
        let at = FaultPoint::ALL.into_iter().find(|it| it.name() == point);
        let at = at.ok_or_else(|| InvalidDeath::Point(point.to_owned()))?;
        let passing = passing.parse().map_err(|_| InvalidDeath::Passing(text.to_owned()))?;
        Ok(Self { at, passing })
    }
}

/// Nothing is tidied up, nobody is told, no other thread gets to its end.
fn die() -> ! {
    #[cfg(unix)]
    if let Err(error) = rustix::process::kill_process(rustix::process::getpid(), SIGKILL) {
        tracing::error!(%error, "SIGKILL is refused; aborts, which is the same but for the signal");
    }
    std::process::abort()
}

#[cfg(unix)]
const SIGKILL: rustix::process::Signal = rustix::process::Signal::KILL;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_is_a_point_and_a_number_and_reads_as_it_is_written() {
        for at in FaultPoint::ALL {
            let twelfth = Death { at, passing: NonZeroU64::new(12).unwrap() };
            assert_eq!(twelfth.to_string().parse(), Ok(twelfth));
            assert_eq!(at.name().parse(), Ok(Death { at, passing: NonZeroU64::MIN }));
        }
    }

    #[test]
    fn what_is_no_death_is_told_what_is() {
        let said = |text: &str| text.parse::<Death>().unwrap_err().to_string();
        assert!(said("in-bed").contains("after-commit, after-answer"), "{}", said("in-bed"));
        for text in ["after-commit:0", "after-commit:soon", "after-commit:", "after-commit:-1"] {
            assert!(said(text).contains(text), "{}", said(text));
        }
    }

    #[test]
    fn without_a_death_before_it_a_process_lives_on() {
        FaultPoint::ALL.into_iter().for_each(FaultPoint::passed);
    }
}
