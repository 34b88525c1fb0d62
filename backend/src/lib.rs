//! The backend of Tiffin: the three factors of 3factor, each a folder.
//!
//! ```text
//!  FACTOR 1  api        realtime GraphQL     parses, authorises, hands a command over, answers
//!  FACTOR 2  eventing   reliable eventing    decides, appends, delivers; state is the fold of the log
//!  FACTOR 3  functions  async serverless     small stateless functions that handle the events
//! ```
//!
//! Beside them stand the `store` (one `SQLite` file), the `gateway` (the simulated bank) and the `lab`
//! (faults on purpose). The library has one entry, [`run`] (and a workbench for the tool that measures);
//! what serves is put together in `serve`, and `operate` has the commands that look into the file or make
//! another of it.

#![warn(missing_docs)]

mod cli;
mod serve;
mod api;
mod eventing;
mod functions;
mod operate;
mod operator;
mod store;
mod gateway;
mod lab;
mod lock;
mod operator_token;
mod secret;
mod safeguard;
mod clock;
#[doc(hidden)]
pub mod workbench;

use std::ffi::OsString;
use std::io::{BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Runs `tiffin-backend` with these arguments, the program's name first.
///
/// Ends with 0 after an orderly stop, with 1 after an error (which it explains on standard error), and
/// with 2 where the arguments make no sense.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match cli::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            // Help goes to standard output and mistakes to standard error; a closed pipe is no reason
            // to complain.
            drop(usage.print());
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let log = start_logging(cli.log_format);
    let end = match cli.command {
        cli::Command::Serve(options) => start(options).map(|()| ExitCode::SUCCESS),
        cli::Command::Verify(options) => operate::verify(&options),
        cli::Command::Replay(options) => operate::replay(&options),
        cli::Command::Events(options) => operate::events(&options),
        cli::Command::Prove(options) => operate::prove(&options),
        cli::Command::Backup(options) => operate::backup(&options),
        cli::Command::Restore(options) => operate::restore(&options),
        cli::Command::Deliveries(options) => well(operator::deliveries(&options)),
        cli::Command::Redeliver(options) => well(operator::redeliver(&options)),
        cli::Command::Pause(options) => well(operator::pause(&options)),
        cli::Command::Resume(options) => well(operator::resume(&options)),
        cli::Command::Stats(options) => well(operator::stats(&options)),
        cli::Command::Schedules(options) => well(operator::schedules(&options)),
        cli::Command::Faults(options) => well(operator::faults(&options)),
        cli::Command::Customers(options) => well(operator::customers(&options)),
        cli::Command::Revoke(options) => well(operator::revoke(&options)),
    };
    // The last lines, before anything else is said.
    drop(log);
    end.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

/// The exit status of what has gone well.
fn well(end: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    end.map(|()| ExitCode::SUCCESS)
}

fn start(options: cli::Serve) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("backend")
        .build()
        .context("the run time could not be started")?;
    runtime.block_on(serve::serve(options))
}

/// How many lines may wait to be written.
const LINES_MAX: usize = 2048;

/// Logs on standard error; `TIFFIN_LOG` says how much (`warn`, `info`, `debug`, or by module).
///
/// Lines are written by a thread of their own, many at a time: no order waits for its line. Where nobody
/// takes them and [`LINES_MAX`] wait already, a line is lost. What it gives writes the last ones at its end.
fn start_logging(format: cli::LogFormat) -> WorkerGuard {
    let (lines, writes_them) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_MAX)
        .thread_name("log-lines")
        .finish(BufWriter::new(std::io::stderr()));
    let filter = EnvFilter::try_from_env("TIFFIN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines);
    // A line that cannot be written, on a full disk say, is lost. To complain about that on standard error
    // would fail as well, as a panic: the server would end for want of a line.
    let logs = logs.log_internal_errors(false);
    let started = match format {
        cli::LogFormat::Text => logs.with_ansi(colours).with_target(false).try_init(),
        cli::LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("somebody else logs already");
    }
    writes_them
}

/// The one place where an error reaches the person.
fn complain(error: &anyhow::Error) {
    // Where not even that can be written, the exit status is all that is left to say.
    drop(writeln!(std::io::stderr(), "tiffin-backend: {error:#}"));
}
