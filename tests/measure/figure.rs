//! One figure: what was measured, what it must not exceed or fall short of, and what it was held
//! against in the same run. Everything that this tool says goes through here.
//!
//! A ratio taken within one run means the same on a fast machine and on a slow one; the times beside it
//! do not.

use std::fmt;
use std::time::Duration;

/// A figure and how it is judged.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What was measured, as a noun.
    pub what: String,
    /// How much that is.
    pub measured: Quantity,
    /// What it must be; of the same kind as what was measured.
    pub bound: Bound,
    /// What it was held against, with this run's numbers; empty where it stands for itself.
    pub anchor: String,
}

/// A number with its unit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Quantity {
    /// So many times something else.
    Times(f64),
    /// Anything that takes time.
    Time(Duration),
    /// How often in a second.
    PerSecond(f64),
    /// Memory.
    Kibibytes(u64),
}

/// What a figure must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    /// No more than this.
    AtMost(Quantity),
    /// No less than this.
    AtLeast(Quantity),
    /// Anything: it is there to be read.
    None,
}

impl Figure {
    /// Says it in one line, and what it was held against in a second one.
    pub(crate) fn print(&self) {
        let Self { what, measured, bound, anchor } = self;
        let verdict = match bound {
            Bound::AtMost(most) if measured.number() <= most.number() => "met",
            Bound::AtLeast(least) if measured.number() >= least.number() => "met",
            Bound::AtMost(_) | Bound::AtLeast(_) => "NOT MET",
            Bound::None => "",
        };
        say(&format!("{verdict:7}  {what}: {measured}{bound}"));
        if !anchor.is_empty() {
            say(&format!("{:7}  = {anchor}", ""));
        }
    }
}

impl Quantity {
    /// A ratio of two times.
    pub(crate) fn ratio(of: Duration, to: Duration) -> Self {
        Self::Times(of.as_secs_f64() / to.as_secs_f64().max(f64::MIN_POSITIVE))
    }

    /// A ratio of two amounts of memory, in KiB.
    pub(crate) fn of_memory(of: u64, to: u64) -> Self {
        Self::Times(Self::Kibibytes(of).number() / Self::Kibibytes(to).number().max(1.0))
    }

    fn number(self) -> f64 {
        match self {
            Self::Times(number) | Self::PerSecond(number) => number,
            Self::Time(time) => time.as_secs_f64(),
            Self::Kibibytes(number) => f64::from(u32::try_from(number).unwrap_or(u32::MAX)),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(formatter, "{times:.2} ×"),
            Self::Time(time) if time.as_millis() >= 10 => {
                write!(formatter, "{:.0} ms", time.as_secs_f64() * 1e3)
            }
            Self::Time(time) => write!(formatter, "{:.2} ms", time.as_secs_f64() * 1e3),
            Self::PerSecond(number) => write!(formatter, "{number:.0} a second"),
            Self::Kibibytes(number) => write!(formatter, "{number} KiB"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(formatter, " (at most {most})"),
            Self::AtLeast(least) => write!(formatter, " (at least {least})"),
            Self::None => Ok(()),
        }
    }
}

/// Says a line of the report.
#[expect(clippy::print_stdout, reason = "a command whose figures are its output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
