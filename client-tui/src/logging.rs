//! The program's log: a file, never the screen, and never a reason to wait.
//!
//! Lines go through a bounded queue to a thread of their own; when the disk does not keep up, lines
//! are left out. What the log must not hold (tokens, notes) is kept out where it is logged.

mod bounded_file;

use std::{
    io,
    path::{Path, PathBuf},
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt};

pub use bounded_file::{LIMIT_BYTES, append_to, keep_within};

use bounded_file::BoundedFile;

/// Which environment variable says how much is logged, in the words of `tracing`'s filters.
pub const FILTER_VARIABLE: &str = "TIFFIN_LOG";
/// How much is logged where nobody says.
const DEFAULT_FILTER: &str = "info";
/// What the WebSocket library would log below this holds tokens and orders, whoever asks for it.
const QUIET: [&str; 2] = ["tungstenite=info", "tokio_tungstenite=info"];
/// How many lines may wait to be written: some seconds of a busy program, in about 100 KiB.
const LINES_LIMIT: usize = 1_000;

/// Writes what still waits when it is dropped; keep it until the end of `main`.
#[derive(Debug)]
#[must_use]
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// There will be no log.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error(
        "the log {path} cannot be written: {source}; make it writable, or name another directory with --data-dir"
    )]
    Open { path: PathBuf, source: io::Error },
    #[error("{FILTER_VARIABLE} is no filter: {0}; write it like `info` or `client_tui=debug`")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("something else in this process logs already")]
    Twice,
}

/// From now on everything that is traced goes to the file. `filter` is the value of
/// [`FILTER_VARIABLE`].
///
/// # Errors
/// The file or the filter cannot be used, or this has been called before.
pub fn start(path: &Path, filter: Option<&str>) -> Result<LogGuard, LoggingError> {
    let mut filter = EnvFilter::builder().parse(filter.unwrap_or(DEFAULT_FILTER))?;
    for directive in QUIET {
        filter = filter.add_directive(directive.parse()?);
    }
    let file = BoundedFile::open(path)
        .map_err(|source| LoggingError::Open { path: path.to_owned(), source })?;
    let (writer, worker) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_LIMIT)
        .lossy(true)
        .thread_name("log")
        .finish(file);
    fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer)
        .try_init()
        .map_err(|_| LoggingError::Twice)?;
    Ok(LogGuard { _worker: worker })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_traced_is_in_the_file_once_the_guard_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tiffin.log");
        let guard = start(&path, Some("trace,client_tui=info")).unwrap();
        tracing::info!(dish = "dal", "cooked");
        tracing::debug!("not worth a line");
        tracing::trace!(target: "tungstenite::protocol", "a token");
        drop(guard);
        let log = std::fs::read_to_string(&path).unwrap();
        assert!(log.contains("cooked dish=\"dal\""), "{log}");
        for unwanted in ["not worth a line", "a token", "\u{1b}"] {
            assert!(!log.contains(unwanted), "{log}");
        }
    }

    #[test]
    fn a_filter_that_is_none_is_refused_with_an_example() {
        let directory = tempfile::tempdir().unwrap();
        let error =
            start(&directory.path().join("tiffin.log"), Some("client_tui=loud")).unwrap_err();
        assert!(
            matches!(error, LoggingError::Filter(_)) && error.to_string().contains("like `info`"),
            "{error}"
        );
    }

    #[test]
    fn a_log_that_cannot_be_opened_is_named() {
        let error = start(Path::new("/nowhere/at/all/tiffin.log"), None).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all/tiffin.log"), "{error}");
    }
}
