//! What the operating system has written down about a process (Linux keeps it in `/proc`): its
//! resident memory, its processor time, how often it went to sleep.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::Pid;
use harness::process::status_number;

/// How long a clock tick of processor time is.
const TICK: Duration = Duration::from_millis(10);

/// A process's books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Books {
    /// Memory that is really there.
    pub resident_kib: u64,
    /// Processor time, in clock ticks.
    pub ticks: u32,
    /// How often it waited of its own accord.
    pub switches: u64,
}

impl Books {
    /// As they stand now.
    pub(crate) fn of(pid: Pid) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
        // After the name in brackets, user and system time are the twelfth and thirteenth fields.
        let (_, fields) = stat.rsplit_once(')').context("a line of another shape")?;
        let times = fields.split_whitespace().skip(11).take(2);
        let ticks = times.map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        Ok(Self {
            resident_kib: status_number(pid, "VmRSS")?,
            ticks,
            switches: status_number(pid, "voluntary_ctxt_switches")?,
        })
    }

    /// Processor time, all of the process's threads together.
    pub(crate) fn processor_time(&self) -> Duration {
        TICK * self.ticks
    }
}
