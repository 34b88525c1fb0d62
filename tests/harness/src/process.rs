//! What all processes under test have in common: an environment of their own, output that is
//! read at once (so that they never block on a full pipe) and kept within a bound, and commands
//! that must come to an end by themselves.

mod tail;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::wait::{Attempt, eventually};
pub(crate) use tail::{Tail, append};

/// How much of each output stream is kept, in bytes: the last megabyte, more than any test prints.
pub(crate) const OUTPUT_LIMIT: usize = 1024 * 1024;

/// The name under which the processes under test believe to be logged in.
pub const LOGIN_NAME: &str = "tester";

/// Runs a command that must end by itself within `deadline`, in a clean environment with a home
/// directory that is thrown away afterwards, and returns its status and its output (the last
/// megabyte of each stream). One that does not end is killed, and the error shows what it printed.
pub fn run(
    binary: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    deadline: Duration,
) -> Result<Output> {
    let home = Directory::given_or_temporary(None)?;
    let mut command = command(binary, home.path());
    command.args(arguments).envs(environment.iter().copied()).current_dir(home.path());
    let mut process = Process::start(command)?;
    let outcome = process.wait_for_end(deadline).and_then(|status| {
        process.wait_for_output(deadline)?;
        Ok(status)
    });
    let (stdout, stderr) = (process.standard_output.bytes(), process.standard_error.bytes());
    let status = outcome.with_context(|| {
        format!(
            "running {} {arguments:?}; it printed {:?} and on standard error {:?}",
            binary.display(),
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr),
        )
    })?;
    Ok(Output { status, stdout, stderr })
}

/// A number that the system has written down about a process (Linux keeps it in `/proc/PID/status`), such
/// as `VmRSS`, its resident memory in KiB.
pub fn status_number(pid: Pid, name: &str) -> Result<u64> {
    let path = format!("/proc/{}/status", pid.as_raw_nonzero());
    let status = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let mut fields = status.lines().filter_map(|line| line.split_once(':'));
    let value = fields.find_map(|(field, value)| (field == name).then_some(value));
    let number = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
    number.with_context(|| format!("no {name} in {path}"))
}

/// Nothing of the environment of whoever runs the tests gets through (no `TIFFIN_…`, no
/// `NO_COLOR`, no locale), but for the search path; every directory that a program may look up
/// lies under `home`.
pub(crate) fn clean_environment(home: &Path) -> Vec<(OsString, OsString)> {
    let mut environment: Vec<(OsString, OsString)> = vec![("HOME".into(), home.into())];
    let directories = [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ]
    .map(|(name, below)| (name.into(), home.join(below).into_os_string()));
    environment.extend(directories);
    environment.extend(
        [("LANG", "C.UTF-8"), ("LOGNAME", LOGIN_NAME), ("USER", LOGIN_NAME)]
            .map(|(name, value)| (name.into(), value.into())),
    );
    if let Some(path) = std::env::var_os("PATH") {
        environment.push(("PATH".into(), path));
    }
    environment
}

/// A command in a clean environment.
pub(crate) fn command(binary: &Path, home: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().envs(clean_environment(home));
    command
}

/// A directory for the files of a process.
#[derive(Debug)]
pub(crate) enum Directory {
    /// The test's own: it outlives the process, so that another one can go on with its files.
    Given(PathBuf),
    /// Thrown away with this value.
    Temporary(TempDir),
}

impl Directory {
    pub(crate) fn given_or_temporary(given: Option<&Path>) -> Result<Self> {
        given.map_or_else(
            || {
                let temporary = tempfile::tempdir().context("making a temporary directory")?;
                Ok(Self::Temporary(temporary))
            },
            |path| Ok(Self::Given(path.to_path_buf())),
        )
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Temporary(directory) => directory.path(),
        }
    }
}

/// A child process whose output is read all the time and kept within a bound. It is killed and
/// reaped when this value is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) standard_output: Tail,
    pub(crate) standard_error: Tail,
}

impl Process {
    /// Starts `command` without standard input.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let standard_output = child.stdout.take().context("it has no standard output")?;
        let standard_error = child.stderr.take().context("it has no standard error")?;
        Ok(Self {
            child,
            standard_output: Tail::of(standard_output, OUTPUT_LIMIT)?,
            standard_error: Tail::of(standard_error, OUTPUT_LIMIT)?,
        })
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal; an error if it has ended, for then its number may be a stranger's.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<()> {
        let pid = self.pid();
        if let Some(status) = self.ended()? {
            bail!("no {signal:?} for process {pid}: it has ended by itself ({status})");
        }
        rustix::process::kill_process(pid, signal)
            .with_context(|| format!("sending {signal:?} to process {pid}"))
    }

    /// Its exit status, once it has ended.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("asking whether it has ended")
    }

    pub(crate) fn wait_for_end(&mut self, deadline: Duration) -> Result<ExitStatus> {
        let what = format!("the end of process {}", self.pid());
        eventually(deadline, what, || match self.ended() {
            Ok(Some(status)) => Attempt::Done(status),
            Ok(None) => Attempt::NotYet("still running".into()),
            Err(error) => Attempt::Hopeless(format!("{error:#}")),
        })
    }

    /// Kills it outright (SIGKILL: it cannot tidy up) and reaps it.
    pub(crate) fn kill(&mut self) -> Result<ExitStatus> {
        self.child.kill().context("killing it")?;
        self.child.wait().context("reaping it")
    }

    /// Waits until all that it and its descendants wrote has been read; for one that has ended.
    pub(crate) fn wait_for_output(&self, deadline: Duration) -> Result<()> {
        eventually(deadline, "the end of its output", || self.output_is_complete().then_some(()))
    }

    /// Whether all that was written has been read, and nobody is left who could write more.
    pub(crate) fn output_is_complete(&self) -> bool {
        self.standard_output.is_complete() && self.standard_error.is_complete()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing can be done about an error here; one that has ended already gives none.
        let _ = self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    fn sh(script: &str, environment: &[(&str, &str)], deadline: Duration) -> Result<Output> {
        run(Path::new("/bin/sh"), &["-c", script], environment, deadline)
    }

    #[test]
    fn a_command_gives_its_status_and_both_of_its_outputs() -> Result<()> {
        let output = sh("echo out; echo err >&2; exit 3", &[], LONG)?;
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(output.stdout, b"out\n");
        assert_eq!(output.stderr, b"err\n");
        Ok(())
    }

    #[test]
    fn a_command_that_does_not_end_is_killed_and_the_error_shows_its_output() {
        let deadline = Duration::from_millis(300);
        let error = sh("echo so far; exec sleep 1000", &[], deadline).expect_err("it never ends");
        let sentence = format!("{error:#}");
        assert!(sentence.contains("so far"), "{sentence}");
        assert!(sentence.contains("still running"), "{sentence}");
    }

    #[test]
    fn more_output_than_a_pipe_holds_does_not_block_the_command() -> Result<()> {
        let output = sh("head -c 3000000 /dev/zero; echo end", &[], LONG)?;
        assert!(output.status.success());
        assert_eq!(output.stdout.len(), OUTPUT_LIMIT);
        assert!(output.stdout.ends_with(b"end\n"));
        Ok(())
    }

    #[test]
    fn the_environment_holds_what_was_given_and_nothing_of_ours() -> Result<()> {
        let output = sh("env; pwd", &[("TIFFIN_PACE", "2")], LONG)?;
        let printed = String::from_utf8(output.stdout)?;
        assert!(printed.contains("TIFFIN_PACE=2\n"), "{printed}");
        assert!(!printed.contains("CARGO"), "{printed}");
        let home =
            printed.lines().find_map(|line| line.strip_prefix("HOME=")).context("it has a home")?;
        assert_ne!(Some(home.into()), std::env::var_os("HOME"));
        assert!(printed.contains(&format!("XDG_DATA_HOME={home}/.local/share\n")));
        Ok(())
    }

    #[test]
    fn a_process_that_has_ended_gets_no_signal() -> Result<()> {
        let mut command = command(Path::new("/bin/sh"), Path::new("/"));
        command.args(["-c", "exit 6"]);
        let mut process = Process::start(command)?;
        assert_eq!(process.wait_for_end(LONG)?.code(), Some(6));
        let error = process.signal(Signal::TERM).expect_err("it is gone");
        assert!(error.to_string().contains("exit status: 6"), "{error}");
        Ok(())
    }

    #[test]
    fn a_process_is_gone_when_its_owner_is() -> Result<()> {
        let mut command = command(Path::new("/bin/sh"), Path::new("/"));
        command.args(["-c", "exec sleep 1000"]);
        let process = Process::start(command)?;
        let pid = process.pid();
        rustix::process::test_kill_process(pid)?;
        drop(process);
        assert!(rustix::process::test_kill_process(pid).is_err());
        Ok(())
    }
}
