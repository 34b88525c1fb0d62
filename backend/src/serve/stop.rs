//! When to stop: Ctrl-C, SIGTERM, or the end of standard input where that was asked for.

use std::fmt;
use std::time::Duration;

use tokio::io::AsyncReadExt;

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

/// Ends when somebody asks us to stop.
pub(super) async fn asked(end_with_stdin: bool) -> Why {
    tokio::select! {
        () = interrupt() => Why::Interrupted,
        () = terminate() => Why::Terminated,
        () = end_of_input(), if end_with_stdin => Why::OwnerGone,
    }
}

/// Waits for that, but not for ever: a peer that does not finish is left behind.
pub(super) async fn within_grace(finishing: impl Future<Output = ()>) {
    if tokio::time::timeout(GRACE, finishing).await.is_err() {
        tracing::warn!("some connections did not finish; they can resume by their cursors");
    }
}

async fn interrupt() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::error!(%error, "Ctrl-C cannot be watched");
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be watched");
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn terminate() {
    std::future::pending().await
}

async fn end_of_input() {
    let mut stdin = tokio::io::stdin();
    let mut byte = [0_u8; 64];
    // What is written to us means nothing; that nobody can write any more does.
    while matches!(stdin.read(&mut byte).await, Ok(read) if read > 0) {}
}
