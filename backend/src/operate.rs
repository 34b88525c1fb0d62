//! The operator's commands on the file itself: is it true, what happened, make another of it.
//!
//! ```text
//!  verify    does the file keep all that was promised?
//! ```
//!
//! They need no server, and work beside one: they only read the file that is served. What changes
//! something in it is asked of its server, over the API.

mod scan;
mod fold;
mod verify;
mod words;
#[cfg(test)]
mod fixture;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;

use crate::cli;

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

/// Prints to standard output. Whoever reads it may have seen enough: that is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output cannot be written"),
    }
}
