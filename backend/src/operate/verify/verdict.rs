//! What was found: check by check, in words for a person.

use std::fmt;
use std::path::PathBuf;

use crate::eventing::plan::Head;
use crate::operate::fold::StateHash;
use crate::operate::words::grouped;

/// How many findings of a check are told in words; the others are counted.
const TOLD_MAX: usize = 12;

/// What came of all checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Which file.
    pub database: PathBuf,
    /// Which log, and where it ended when it was read.
    pub head: Head,
    /// What was checked.
    pub checks: Vec<Check>,
    /// What the log comes to.
    pub state: StateHash,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    subject: &'static str,
    result: CheckResult,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum CheckResult {
    /// This holds.
    Holds(String),
    /// This does not.
    Broken(Findings),
    /// It could not be looked at, for this reason.
    NotCompared(String),
}

/// What does not hold: the first few in words, all by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    told: Vec<String>,
    others: u64,
}

impl Verdict {
    /// Whether everything holds.
    pub(crate) fn holds(&self) -> bool {
        self.checks.iter().all(Check::holds)
    }

    /// What a check found, in words.
    #[cfg(test)]
    pub(crate) fn told(&self, subject: &str) -> &[String] {
        let check = self.checks.iter().find(|check| check.subject == subject);
        match check.map(|check| &check.result) {
            Some(CheckResult::Broken(findings)) => &findings.told,
            Some(CheckResult::Holds(_) | CheckResult::NotCompared(_)) | None => &[],
        }
    }
}

impl Check {
    /// A check of this subject; the summary says what holds, where nothing was found.
    pub(crate) fn new(
        subject: &'static str,
        summary: impl Into<String>,
        findings: Findings,
    ) -> Self {
        let nothing_found = findings.told.is_empty();
        let result = if nothing_found {
            CheckResult::Holds(summary.into())
        } else {
            CheckResult::Broken(findings)
        };
        Self { subject, result }
    }

    /// A check that could not be made, and why that is nothing bad.
    pub(super) fn not_compared(subject: &'static str, why: String) -> Self {
        Self { subject, result: CheckResult::NotCompared(why) }
    }

    /// What it is about.
    #[cfg(test)]
    pub(crate) const fn subject(&self) -> &'static str {
        self.subject
    }

    /// Whether nothing was found.
    pub(crate) fn holds(&self) -> bool {
        match self.result {
            CheckResult::Holds(_) | CheckResult::NotCompared(_) => true,
            CheckResult::Broken(_) => false,
        }
    }
}

impl Findings {
    /// Adds what does not hold.
    pub(crate) fn add(&mut self, finding: String) {
        if self.told.len() < TOLD_MAX {
            self.told.push(finding);
        } else {
            self.count();
        }
    }

    /// Counts one more, of a kind that is told already.
    pub(super) fn count(&mut self) {
        self.others += 1;
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database, head, checks, state } = self;
        writeln!(f, "{}, log {}\n", database.display(), head.log_id)?;
        for check in checks {
            write!(f, "{check}")?;
        }
        let position = grouped(head.position.get());
        writeln!(f, "\nstate {state} (SHA-256 of all folded streams) at position {position}")?;
        match checks.iter().filter(|check| !check.holds()).count() {
            0 => writeln!(f, "Everything holds."),
            _ => writeln!(f, "NOT everything holds. Nothing was changed; keep a copy of the file."),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject;
        let Findings { told, others } = match &self.result {
            CheckResult::Holds(summary) => return writeln!(f, "✓ {subject:<12}{summary}"),
            CheckResult::NotCompared(why) => {
                return writeln!(f, "· {subject:<12}not compared: {why}");
            }
            CheckResult::Broken(findings) => findings,
        };
        let (first, further) = told.split_first().map_or(("", &[][..]), |(it, more)| (it, more));
        writeln!(f, "✗ {subject:<12}{first}")?;
        for finding in further {
            writeln!(f, "  {:<12}{finding}", "")?;
        }
        match others {
            0 => Ok(()),
            others => writeln!(f, "  {:<12}and {} more", "", grouped(*others)),
        }
    }
}
