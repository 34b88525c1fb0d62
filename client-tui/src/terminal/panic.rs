//! A panic anywhere in the terminal program ends it: in whichever thread or task it happens.
//!
//! Without this a task's panic would restore nothing, or the main loop would draw on over the
//! shell's screen and end with 0. The order is: terminal back, words on standard error, details in
//! the log, exit. Nothing is saved here; the journal is on disk before anything is sent.

use std::{
    backtrace::Backtrace,
    fs::OpenOptions,
    io::{self, Write},
    panic::{self, PanicHookInfo},
    path::{Path, PathBuf},
    process, thread,
};

use super::restore;

/// The exit code of a panic, the one that Rust's own `main` has.
pub const EXIT_CODE_PANIC: i32 = 101;

/// From now on a panic puts the terminal back, says what happened and where `log` is, and ends the
/// process with [`EXIT_CODE_PANIC`]. For the terminal program only: in the backend a panic of a
/// function is a failed attempt.
pub fn end_process_on_panic(log: PathBuf) {
    panic::set_hook(Box::new(move |panic| {
        restore();
        // Standard error may be closed; the exit code still tells.
        let _ = io::stderr().write_all(words(panic, &log).as_bytes());
        let _ = write_details(panic, &log);
        process::exit(EXIT_CODE_PANIC);
    }));
}

fn words(panic: &PanicHookInfo<'_>, log: &Path) -> String {
    format!(
        "tiffin stopped because of a mistake in it: {}\n\
         Your orders are safe: what was on its way is in the journal, and the next start goes on with it.\n\
         The details are in {}; please report them.\n",
        summary(panic),
        log.display()
    )
}

/// What happened and where in the code.
fn summary(panic: &PanicHookInfo<'_>) -> String {
    let message = panic.payload_as_str().unwrap_or("(a panic without words)");
    match panic.location() {
        Some(location) => format!("{message} ({}:{})", location.file(), location.line()),
        None => message.to_owned(),
    }
}

/// Written past the logging thread, which would not get to it any more.
fn write_details(panic: &PanicHookInfo<'_>, log: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(log)?;
    writeln!(
        file,
        "PANIC in thread {:?}: {}\n{}",
        thread::current().name().unwrap_or("without a name"),
        summary(panic),
        Backtrace::force_capture()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, process::Command};

    const LOG: &str = "TIFFIN_TEST_PANIC_LOG";

    /// Not a test by itself: the process that the test below starts and looks at.
    #[test]
    fn panics_in_a_task_when_asked_to() {
        let Ok(log) = env::var(LOG) else { return };
        end_process_on_panic(log.into());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(async { panic!("the soup is cold") });
            // What a main loop would do: wait for other things, and then end well.
            tasks.join_next().await;
        });
    }

    #[test]
    fn a_panic_in_a_task_ends_the_process_with_101_and_says_where_the_log_is() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("tiffin.log");
        let output = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "terminal::panic::tests::panics_in_a_task_when_asked_to",
                "--nocapture",
            ])
            .env(LOG, &log)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(EXIT_CODE_PANIC), "{words}");
        assert!(words.contains("the soup is cold"), "{words}");
        assert!(words.contains(&*log.to_string_lossy()), "{words}");
        let details = std::fs::read_to_string(&log).unwrap();
        assert!(details.contains("the soup is cold"), "{details}");
    }
}
