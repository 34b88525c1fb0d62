//! When to stop: Ctrl-C, SIGTERM, or the end of standard input where that was asked for.

use std::time::Duration;
use std::{fmt, io};

use tokio::io::AsyncReadExt;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long connections may take to finish once we stop.
const GRACE: Duration = Duration::from_secs(5);

/// Why we stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Interrupted,
    Terminated,
    OwnerGone,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "Ctrl-C",
            Self::Terminated => "SIGTERM",
            Self::OwnerGone => "the program that started us is gone",
        })
    }
}

/// Whoever asks us to stop is heard from the moment in which this exists, also where nobody listens
/// yet: a signal would otherwise end the process on the spot, and nothing in order.
pub(super) struct Stop {
    signals: Signals,
    end_with_stdin: bool,
}

impl Stop {
    /// Begins to watch.
    pub(super) fn watch(end_with_stdin: bool) -> io::Result<Self> {
        Ok(Self { signals: Signals::watch()?, end_with_stdin })
    }

    /// Ends when somebody has asked us to stop.
    pub(super) async fn asked(mut self) -> Why {
        tokio::select! {
            why = self.signals.next() => why,
            () = end_of_input(), if self.end_with_stdin => Why::OwnerGone,
        }
    }
}

/// Waits for that, but not for ever: a peer that does not finish is left behind.
pub(super) async fn within_grace(finishing: impl Future<Output = ()>) {
    if tokio::time::timeout(GRACE, finishing).await.is_err() {
        tracing::warn!("some connections did not finish; they can resume by their cursors");
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl Signals {
    fn watch() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Why {
        tokio::select! {
            _ = self.interrupt.recv() => Why::Interrupted,
            _ = self.terminate.recv() => Why::Terminated,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn watch() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Why {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be watched");
            std::future::pending::<()>().await;
        }
        Why::Interrupted
    }
}

async fn end_of_input() {
    let mut stdin = tokio::io::stdin();
    let mut byte = [0_u8; 64];
    // What is written to us means nothing; that nobody can write any more does.
    while matches!(stdin.read(&mut byte).await, Ok(read) if read > 0) {}
}
