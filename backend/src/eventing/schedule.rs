//! Schedules: what is appended by the clock, at times that a cron expression names.
//!
//! Pure: which times those are, and what becomes of a run whose time has come while nobody was there.
//! The zone is UTC, whatever the machine's: no night is ever an hour longer or lacks its hour, and a
//! backend that moves to another machine keeps its times. The writer strikes what is due, in the
//! transaction that also says when the next time is.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cronexpr::{Crontab, parse_crontab};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shared::id::EventId;
use thiserror::Error;
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// Names the runs of schedules: an id of a run is the same on every machine.
const RUNS: Uuid = Uuid::from_u128(0x7469_6666_696e_0000_0000_7363_6865_6475);

/// Something that happens by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Schedule {
    /// The shelves of limited dishes are filled for another day.
    ResetPortions,
}

/// No schedule of this build has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no schedule called `{0}`")]
pub(crate) struct UnknownSchedule(pub String);

/// A cron expression cannot be read, or names no time in years.
#[derive(Debug, Error)]
#[error("the cron expression `{cron}` names no next time: {why}")]
pub(crate) struct NoNextTime {
    cron: String,
    why: String,
}

/// A schedule and its next time, as a store keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Which.
    pub schedule: Schedule,
    /// When it is due.
    pub next_at: Timestamp,
}

/// What becomes of a schedule at a moment, and when its next time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    /// Its time has not come.
    NotYet,
    /// It runs; once, however many of its times were missed.
    Run {
        /// For which of its times.
        due_at: Timestamp,
        /// When it is due next.
        next_at: Timestamp,
    },
    /// All of its times were missed by more than is tolerated: it does not run for them any more.
    Skip {
        /// When it is due next.
        next_at: Timestamp,
    },
}

impl Schedule {
    /// All of them.
    pub(crate) const ALL: [Self; 1] = [Self::ResetPortions];

    /// Its name, the same everywhere.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ResetPortions => "reset-portions",
        }
    }

    /// When it is due: minute, hour, day of month, month, day of week, and the zone.
    pub(crate) const fn cron(self) -> &'static str {
        match self {
            // Between the last dinner and the first breakfast.
            Self::ResetPortions => "0 4 * * * UTC",
        }
    }

    /// How late a run may still come.
    pub(crate) const fn tolerance(self) -> Duration {
        match self {
            // Whoever starts a server in the evening finds that morning's shelves filled.
            Self::ResetPortions => Duration::from_hours(24),
        }
    }

    /// The id of its run at a time, and so of the event that tells of it: two servers that strike the
    /// same time can append it only once.
    pub(crate) fn run_id(self, at: Timestamp) -> EventId {
        let run = format!("{} {}", self.name(), at.as_millisecond());
        EventId::new(Uuid::new_v5(&RUNS, run.as_bytes()))
    }

    /// Its first time after `after`.
    ///
    /// # Errors
    /// See [`NoNextTime`]; a test sees to it that none of ours has none.
    pub(crate) fn next_after(self, after: Timestamp) -> Result<Timestamp, NoNextTime> {
        Times::of(self.cron())?.next_after(after)
    }
}

impl Planned {
    /// What becomes of it now.
    ///
    /// # Errors
    /// See [`NoNextTime`].
    pub(crate) fn strike(self, now: Timestamp) -> Result<Strike, NoNextTime> {
        strike(&Times::of(self.schedule.cron())?, self.schedule.tolerance(), self.next_at, now)
    }
}

/// The times that a cron expression names.
struct Times {
    cron: String,
    table: Crontab,
}

impl Times {
    fn of(cron: &str) -> Result<Self, NoNextTime> {
        let cron = cron.to_owned();
        match parse_crontab(&cron) {
            Ok(table) => Ok(Self { cron, table }),
            Err(why) => Err(NoNextTime { cron, why: why.to_string() }),
        }
    }

    fn next_after(&self, after: Timestamp) -> Result<Timestamp, NoNextTime> {
        let none =
            |why: cronexpr::Error| NoNextTime { cron: self.cron.clone(), why: why.to_string() };
        Ok(self.table.find_next(cronexpr::MakeTimestamp(after)).map_err(none)?.timestamp())
    }
}

/// It runs where any of its times since `next_at` is late by no more than the tolerance: a server that
/// was down for a week fills this morning's shelves, once.
fn strike(
    times: &Times,
    tolerance: Duration,
    next_at: Timestamp,
    now: Timestamp,
) -> Result<Strike, NoNextTime> {
    if now < next_at {
        return Ok(Strike::NotYet);
    }
    let tolerated = now.saturating_sub(tolerance).unwrap_or(Timestamp::MIN);
    let next = times.next_after(now)?;
    let due_at = if next_at >= tolerated {
        next_at
    } else {
        let just_before = tolerated.saturating_sub(SignedDuration::from_nanos(1));
        times.next_after(just_before.unwrap_or(Timestamp::MIN))?
    };
    Ok(if due_at <= now {
        Strike::Run { due_at, next_at: next }
    } else {
        Strike::Skip { next_at: next }
    })
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Schedule {
    type Err = UnknownSchedule;

    fn from_str(name: &str) -> Result<Self, UnknownSchedule> {
        Self::ALL
            .into_iter()
            .find(|schedule| schedule.name() == name)
            .ok_or_else(|| UnknownSchedule(name.to_owned()))
    }
}

impl TryFrom<String> for Schedule {
    type Error = UnknownSchedule;

    fn try_from(name: String) -> Result<Self, UnknownSchedule> {
        name.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.name().to_owned()
    }
}
