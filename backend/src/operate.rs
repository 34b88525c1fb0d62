//! The operator's commands on the file itself: is it true, what happened, make another of it.
//!
//! ```text
//!  verify    does the file keep all that was promised?
//!  replay    a second environment from the log alone
//! ```
//!
//! They need no server, and work beside one: they only read the file that is served. What changes
//! something in it is asked of its server, over the API.

mod scan;
mod fold;
mod verify;
mod partial;
mod replay;
mod words;
#[cfg(test)]
mod fixture;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;

use crate::cli;
use crate::store::fresh_log_id;

/// The exit status of a check that could not be made.
const UNREADABLE: u8 = 2;

/// Prints a verdict on the file.
pub(crate) fn verify(options: &cli::Verify) -> anyhow::Result<ExitCode> {
    match verify::verify(&options.log.database) {
        Ok(verdict) => {
            print(&verdict.to_string())?;
            Ok(if verdict.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error) => {
            crate::complain(&error.into());
            Ok(ExitCode::from(UNREADABLE))
        }
    }
}

/// Builds a second environment, and says what it is.
pub(crate) fn replay(options: &cli::Replay) -> anyhow::Result<ExitCode> {
    let replayed = replay::replay(&options.log.database, &options.to, fresh_log_id())?;
    print(&replayed.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints to standard output. Whoever reads it may have seen enough: that is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output cannot be written"),
    }
}
