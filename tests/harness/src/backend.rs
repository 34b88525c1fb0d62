//! A backend as a customer's machine runs it: the real binary, started with `serve` on a free
//! loopback port and a database of its own, which a test can kill, stop, freeze and start again
//! at any instant of an order's way.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal};

use crate::port::Reservation;
use crate::process::{Directory, Process, command};
use crate::wait::{Attempt, eventually};

/// How long a start may take: a debug build on a machine that is busy with other tests.
const START_DEADLINE: Duration = Duration::from_secs(20);
/// How long draining after SIGTERM may take.
const STOP_DEADLINE: Duration = Duration::from_secs(20);
/// What `serve` prints on standard output, followed by its address, once it answers.
const READY: &str = "listening on http://";

/// How a backend is started. `BackendOptions::default()` is what most tests want.
#[derive(Clone, Debug, Default)]
pub struct BackendOptions {
    /// Multiplies the simulated durations; 0 (the default) leaves them out.
    pub pace: f64,
    /// Where the database lies, as `tiffin.db`; without one the backend gets a directory that is
    /// thrown away with it.
    pub data_directory: Option<PathBuf>,
    /// Further arguments of `serve`.
    pub arguments: Vec<OsString>,
    /// Variables beside the clean environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// Where a backend that is started again listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Where it listened before, so that its clients find it again. While it was down nobody else
    /// could get the port (so the binary must bind with `SO_REUSEADDR`, as std and tokio do).
    Same,
    /// On another one.
    Free,
}

/// A backend under test. It is killed when this value is dropped.
#[derive(Debug)]
pub struct Backend {
    binary: PathBuf,
    options: BackendOptions,
    address: SocketAddr,
    state: State,
    /// Standard error of the runs before this one.
    former_log: String,
    /// The last field, so that it goes after the process that writes into it.
    data_directory: Directory,
}

#[derive(Debug)]
enum State {
    Running(Process),
    /// Nobody else may get the port meanwhile.
    Down(#[expect(dead_code, reason = "held for what it holds")] Reservation),
}

impl Backend {
    /// Starts `binary serve` and waits until it says that it listens. The error shows what it
    /// printed.
    pub fn start(binary: &Path, options: BackendOptions) -> Result<Self> {
        let data_directory = Directory::given_or_temporary(options.data_directory.as_deref())?;
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (process, address) = serve(binary, &options, data_directory.path(), any_port)?;
        Ok(Self {
            binary: binary.to_path_buf(),
            options,
            address,
            state: State::Running(process),
            former_log: String::new(),
            data_directory,
        })
    }

    /// `http://ADDRESS`, without a path; of the last start, where it is down.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens; where it listened last, if it is down.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory that holds its database.
    pub fn data_directory(&self) -> &Path {
        self.data_directory.path()
    }

    /// Its database file.
    pub fn database(&self) -> PathBuf {
        database(self.data_directory())
    }

    /// Its process; an error if it is down.
    pub fn pid(&self) -> Result<Pid> {
        Ok(self.running()?.pid())
    }

    /// What it wrote to standard error in all its runs: of each the last megabyte. While it runs,
    /// its last words may still be on their way.
    pub fn log(&self) -> String {
        match &self.state {
            State::Running(process) => self.former_log.clone() + &process.standard_error.text(),
            State::Down(_) => self.former_log.clone(),
        }
    }

    /// Its exit status, if it has ended without being told to by this value.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        match &mut self.state {
            State::Running(process) => process.ended(),
            State::Down(_) => Ok(None),
        }
    }

    /// SIGKILL: it is gone in the middle of whatever it did. It is reaped when this returns.
    pub fn kill(&mut self) -> Result<()> {
        self.running_mut()?.kill()?;
        self.mark_down()
    }

    /// SIGTERM: it drains and ends by itself; returns how it ended. Not for one that is paused.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        let process = self.running_mut()?;
        process.signal(Signal::TERM)?;
        let status = process
            .wait_for_end(STOP_DEADLINE)
            .with_context(|| format!("after SIGTERM; its log:\n{}", self.log()))?;
        self.mark_down()?;
        Ok(status)
    }

    /// SIGSTOP: it stands still, its connections stay open. Lasts until `resume`.
    pub fn pause(&mut self) -> Result<()> {
        self.running_mut()?.signal(Signal::STOP)
    }

    /// SIGCONT: it goes on after a `pause`.
    pub fn resume(&mut self) -> Result<()> {
        self.running_mut()?.signal(Signal::CONT)
    }

    /// Has the next start get these further arguments of `serve` in place of the former ones.
    pub fn change_arguments(&mut self, arguments: Vec<OsString>) {
        self.options.arguments = arguments;
    }

    /// Starts it again on the same data; one that still runs is killed first.
    pub fn restart(&mut self, port: Port) -> Result<()> {
        if matches!(self.state, State::Running(_)) {
            self.kill()?;
        }
        let address = match port {
            Port::Same => self.address,
            Port::Free => SocketAddr::new(self.address.ip(), 0),
        };
        let (process, address) =
            serve(&self.binary, &self.options, self.data_directory(), address)?;
        self.address = address;
        self.state = State::Running(process);
        Ok(())
    }

    fn running(&self) -> Result<&Process> {
        match &self.state {
            State::Running(process) => Ok(process),
            State::Down(_) => bail!("the backend is down: the test stopped or killed it before"),
        }
    }

    fn running_mut(&mut self) -> Result<&mut Process> {
        match &mut self.state {
            State::Running(process) => Ok(process),
            State::Down(_) => bail!("the backend is down: the test stopped or killed it before"),
        }
    }

    fn mark_down(&mut self) -> Result<()> {
        if let State::Running(process) = &self.state {
            process.wait_for_output(STOP_DEADLINE)?;
        }
        self.former_log = self.log();
        self.state = State::Down(Reservation::of(self.address)?);
        Ok(())
    }
}

fn database(data_directory: &Path) -> PathBuf {
    data_directory.join("tiffin.db")
}

/// One start: the process and the address that it says it listens on.
fn serve(
    binary: &Path,
    options: &BackendOptions,
    data_directory: &Path,
    listen: SocketAddr,
) -> Result<(Process, SocketAddr)> {
    let mut serve = command(binary, data_directory);
    serve
        .arg("serve")
        .args(["--listen", &listen.to_string()])
        .arg("--database")
        .arg(database(data_directory))
        .args(["--pace", &options.pace.to_string()])
        .args(&options.arguments)
        .envs(options.environment.iter().cloned())
        .current_dir(data_directory);
    let mut process = Process::start(serve)?;
    let address = eventually(START_DEADLINE, "the backend's line `listening on …`", || {
        // Asked before looking: what it printed before it ended is then all there.
        let complete = process.output_is_complete();
        let printed = process.standard_output.text();
        match (announced(&printed), process.ended()) {
            (Some(address), _) => Attempt::Done(address),
            (None, Ok(Some(status))) if complete => {
                Attempt::Hopeless(format!("it ended: {status}"))
            }
            (None, Ok(_)) => Attempt::NotYet(printed),
            (None, Err(error)) => Attempt::Hopeless(format!("{error:#}")),
        }
    })
    .with_context(|| {
        let log = process.standard_error.text();
        format!("starting {}; its log:\n{log}", binary.display())
    })?;
    Ok((process, address))
}

/// The address in the line that says that it listens, once the line is complete.
fn announced(printed: &str) -> Option<SocketAddr> {
    printed
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .find_map(|line| line.strip_prefix(READY)?.parse().ok())
}

#[cfg(test)]
mod tests;
