//! The operator's commands on the file itself: is it true, what happened, make another of it.
//!
//! ```text
//!  verify    does the file keep all that was promised?
//!  replay    a second environment from the log alone
//!  events    what happened, line by line
//!  prove     does all that was promised hold when everything breaks at once?
//!  backup    the file as it is now, in another file;  restore: and back, as another log
//! ```
//!
//! They need no server, and work beside one: they only read the file that is served. What changes
//! something in it is asked of its server, over the API.

mod scan;
mod fold;
mod verify;
mod partial;
mod error;
mod replay;
mod backup;
mod events;
mod prove;
pub(crate) mod words;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod old_log;

use std::io::{ErrorKind, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use anyhow::Context;
use rusqlite::Connection;
use shared::cursor::Position;

use crate::cli;
use crate::store::fresh_log_id;
use crate::store::sqlite::open_to_look;
use events::{Form, Wanted};
pub(crate) use prove::prove;

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
    let replayed = replay::replay(&options.log.database, &options.to, fresh_log_id());
    print(&replayed.context("nothing is replayed")?.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a backup, and says what is in it.
pub(crate) fn backup(options: &cli::Backup) -> anyhow::Result<ExitCode> {
    let made = backup::backup(&options.log.database, &options.to).context("there is no backup")?;
    print(&made.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a database of a backup, and says what it is.
pub(crate) fn restore(options: &cli::Restore) -> anyhow::Result<ExitCode> {
    let restored = backup::restore(&options.from, &options.to, fresh_log_id());
    print(&restored.context("nothing is restored")?.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Shows events, as long as somebody wants to see them.
pub(crate) fn events(options: &cli::Events) -> anyhow::Result<ExitCode> {
    let log = open_to_look(&options.log.database)?;
    let order = options.order.as_deref().map(|end| events::order_ending_in(&log, end));
    let wanted = Wanted {
        stream: order.transpose()?,
        after: Position::new(options.after),
        form: if options.json { Form::Json } else { Form::Words },
    };
    let mut seen = 0;
    let wait = |log: &Connection| {
        if options.follow {
            events::until_written(log, &mut seen)?;
            Ok(ControlFlow::Continue(()))
        } else {
            Ok(ControlFlow::Break(()))
        }
    };
    events::show(&log, &wanted, &mut std::io::stdout().lock(), wait)?;
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
