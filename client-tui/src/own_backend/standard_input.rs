//! The other side of the hidden command: a backend that ends with whoever has started it.

use std::{
    io::{self},
    thread,
};

use rustix::process::{Signal, getpid, kill_process};

/// From now on the end of standard input is a SIGTERM to this process, upon which a backend drains
/// and ends. Called by the hidden command only; a backend that somebody starts by hand may well have
/// no standard input.
///
/// # Errors
/// The thread that waits for the end could not be started.
pub fn end_with_standard_input() -> io::Result<()> {
    // It ends with the process: a blocking read cannot be taken back.
    thread::Builder::new().name("standard input".to_owned()).spawn(|| {
        // An error is an end as well.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = kill_process(getpid(), Signal::TERM);
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        env,
        os::unix::process::ExitStatusExt,
        process::{Command, Stdio},
    };

    const CHILD: &str = "TIFFIN_TEST_STANDARD_INPUT";

    /// Not a test by itself: the process that the test below starts.
    #[test]
    fn waits_for_its_end_when_asked_to() {
        if env::var_os(CHILD).is_some() {
            end_with_standard_input().unwrap();
            thread::park();
        }
    }

    #[test]
    fn the_end_of_standard_input_ends_the_process() {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "own_backend::standard_input::tests::waits_for_its_end_when_asked_to",
            ])
            .env(CHILD, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        assert_eq!(child.try_wait().unwrap(), None);
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }
}
