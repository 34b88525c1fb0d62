//! What the operating system tells a program in a terminal: end, go on, your terminal is gone.
//!
//! Standard input is watched for its end apart from the keys: crossterm reads a vanished terminal
//! again and again, at full speed, so an orphan must notice and leave (zero wake-ups until then).

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
};

use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
};

/// What a program in a terminal is told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalSignal {
    /// Save and leave now.
    Quit(QuitReason),
    /// The process was stopped and goes on: set the terminal up again, look after the connection.
    Continued,
}

/// Why the program has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuitReason {
    /// SIGTERM, or SIGQUIT.
    Terminated,
    /// SIGINT from another process; Ctrl-C is a key in raw mode.
    Interrupted,
    /// SIGHUP, or the terminal has vanished. There is nothing to draw on any more: save, and end
    /// the process without another frame.
    HungUp,
}

/// The listeners; they stand in for the signals' default actions from when they are made.
#[derive(Debug)]
pub struct Signals {
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    continued: Signal,
    terminal: TerminalWatch,
}

impl Signals {
    /// Begins to listen; call it in a tokio runtime with I/O enabled.
    ///
    /// # Errors
    /// The operating system refuses a handler, or standard input cannot be watched.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            terminal: TerminalWatch::on(io::stdin().as_fd().try_clone_to_owned()?)?,
        })
    }

    /// Waits for the next one. Dropping the future loses nothing.
    pub async fn next(&mut self) -> TerminalSignal {
        // Where several are there at once, the terminal's end is the one that may not wait.
        tokio::select! {
            biased;
            () = self.terminal.vanished() => TerminalSignal::Quit(QuitReason::HungUp),
            _ = self.hang_up.recv() => TerminalSignal::Quit(QuitReason::HungUp),
            _ = self.terminate.recv() => TerminalSignal::Quit(QuitReason::Terminated),
            _ = self.quit.recv() => TerminalSignal::Quit(QuitReason::Terminated),
            _ = self.interrupt.recv() => TerminalSignal::Quit(QuitReason::Interrupted),
            _ = self.continued.recv() => TerminalSignal::Continued,
        }
    }
}

/// Wakes when the other end of a file descriptor is gone, and never for what can be read from it.
#[derive(Debug)]
struct TerminalWatch {
    descriptor: AsyncFd<OwnedFd>,
}

impl TerminalWatch {
    #[expect(
        deprecated,
        reason = "the successor is unsafe for what is not known to stay open; an OwnedFd that nobody else has does"
    )]
    fn on(descriptor: OwnedFd) -> io::Result<Self> {
        Ok(Self { descriptor: AsyncFd::with_interest(descriptor, Interest::ERROR)? })
    }

    async fn vanished(&self) {
        if let Err(error) = self.descriptor.ready(Interest::ERROR).await {
            // Only while the runtime shuts down: the program is at its end in any case.
            tracing::warn!(%error, "standard input cannot be watched any more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::time::Duration;

    /// A pipe's writing end is told of its reader's end just as a terminal's user is of a hang-up.
    #[tokio::test]
    async fn the_end_of_the_other_side_is_noticed_and_only_that() {
        let (reader, writer) = std::io::pipe().unwrap();
        let watch = TerminalWatch::on(writer.into()).unwrap();
        tokio::task::yield_now().await;
        assert_eq!(watch.vanished().now_or_never(), None, "nothing has happened yet");
        drop(reader);
        tokio::time::timeout(Duration::from_secs(5), watch.vanished())
            .await
            .expect("the end goes unnoticed");
    }
}
