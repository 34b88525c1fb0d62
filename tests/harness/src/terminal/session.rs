//! The program in the terminal with all that it has started: how it ended, and that nothing of it
//! outlives the test.

use std::fs;

use anyhow::{Context, Result};
use portable_pty::Child;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By the signal of this number.
    Signal(i32),
}

/// A process that the program in the terminal has started, directly or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionProcess {
    /// Its number.
    pub pid: Pid,
    /// Program and arguments, separated by spaces.
    pub command: String,
}

pub(super) struct Session {
    /// Reaped by `kill` alone: until then nobody else gets its number, which names the session.
    child: Box<dyn Child + Send + Sync>,
    leader: Pid,
}

impl Session {
    pub(super) fn led_by(child: Box<dyn Child + Send + Sync>) -> Result<Self> {
        let number = child.process_id().context("a process without a number")?;
        let leader = i32::try_from(number).ok().and_then(Pid::from_raw);
        Ok(Self { child, leader: leader.context("a process with an impossible number")? })
    }

    pub(super) fn leader(&self) -> Pid {
        self.leader
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.leader, signal)
            .with_context(|| format!("sending {signal:?} to the program in the terminal"))
    }

    /// How the leader ended, if it has.
    pub(super) fn ended(&self) -> Result<Option<Exit>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.leader), options)
            .context("asking whether the program in the terminal has ended")?;
        Ok(status.and_then(|status| {
            let by_itself = status.exit_status().map(Exit::Code);
            by_itself.or(status.terminating_signal().map(Exit::Signal))
        }))
    }

    /// The living processes of the session without its leader. Those that left the leader's
    /// process group are among them; what began a session of its own is not.
    pub(super) fn others(&self) -> Vec<SessionProcess> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(Pid::from_raw)
            .filter(|pid| *pid != self.leader && session_of(*pid) == Some(self.leader))
            .filter_map(|pid| {
                let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
                let command = command.trim_end_matches('\0').replace('\0', " ");
                // One that has ended and is not reaped yet has none.
                (!command.is_empty()).then_some(SessionProcess { pid, command })
            })
            .collect()
    }

    /// Kills all of the session and reaps its leader.
    pub(super) fn kill(&mut self) {
        // What an error means here is that the process is gone already, as it should be.
        let _ = kill_process_group(self.leader, Signal::KILL);
        for process in self.others() {
            let _ = kill_process(process.pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// The session of any process. (Not by `getsid`: a kernel's thread has session 0, on which rustix
/// panics in debug builds.)
fn session_of(pid: Pid) -> Option<Pid> {
    session_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The session that a line of `/proc/…/stat` names. A kernel's thread has 0, and a process that
/// goes away at this very moment -1: neither is a session.
fn session_in(status: &str) -> Option<Pid> {
    // Behind the name in parentheses, which may hold anything: state, parent, group, session.
    let (_, fields) = status.rsplit_once(')')?;
    let session: i32 = fields.split_whitespace().nth(3)?.parse().ok()?;
    Pid::from_raw(session.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_names_its_session_whatever_it_is_called_and_one_that_goes_away_names_none() {
        assert_eq!(session_in("71 (sh) S 1 71 70 34816 71"), Pid::from_raw(70));
        assert_eq!(session_in("71 (a) b (c)) S 1 71 70 34816 71"), Pid::from_raw(70));
        assert_eq!(session_in("2 (kthreadd) S 0 0 0 0 -1"), None);
        assert_eq!(session_in("71 (sh) X -1 -1 -1 0 -1"), None);
        assert_eq!(session_in("71"), None);
    }
}
