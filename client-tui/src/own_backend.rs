//! The backend that this program starts for itself: starts it, watches it, starts it again, ends it.
//!
//! Where another program runs a backend on the same data, that one is used, and watched as well. The
//! backend is this executable with a hidden command, in a process group of its own so that Ctrl-C and
//! Ctrl-Z do not reach it, and it ends when its standard input does, so that it never outlives us.
//! What is said to the backend is the link's business.

mod decide;
mod child;
mod other;

use std::{env, ffi::OsString, io, path::PathBuf, time::Duration};

use tokio::{
    sync::mpsc,
    time::{interval, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::now,
    link::{Endpoint, backoff::Backoff},
    paths::Paths,
};

use child::{Child, NotStarted};
use decide::{Next, Outcome};

/// How many events may wait; when nobody takes them the next start waits as well.
const EVENT_LIMIT: usize = 16;

/// How a backend of our own is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The executable; usually this program itself.
    pub program: PathBuf,
    /// The hidden command and what the backend understands.
    pub arguments: Vec<OsString>,
    /// What a running backend holds on this data; its first line is that backend's URL.
    pub lock_file: PathBuf,
    /// Where its standard error goes; kept within a bound.
    pub log: PathBuf,
}

impl Launch {
    /// This executable as the backend of this data, on a free port of this machine.
    ///
    /// # Errors
    /// The operating system does not say where the executable is.
    pub fn of_this_program(paths: &Paths, pace: Option<f64>) -> io::Result<Self> {
        let mut arguments: Vec<OsString> =
            ["backend", "serve", "--end-with-stdin", "--listen", "127.0.0.1:0", "--database"]
                .map(Into::into)
                .into();
        arguments.push(paths.database().into());
        if let Some(pace) = pace {
            arguments.extend(["--pace".into(), pace.to_string().into()]);
        }
        Ok(Self {
            program: env::current_exe()?,
            arguments,
            lock_file: paths.backend_lock(),
            log: paths.backend_log(),
        })
    }
}

/// What there is to know about the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnBackendEvent {
    /// A backend is being started.
    Starting,
    /// Our backend listens there.
    Ready { endpoint: Endpoint },
    /// Another program runs a backend on the same data, there.
    Shared { endpoint: Endpoint },
    /// There is no backend, and after `retry_in` one is started.
    Died {
        /// For a person, without a full stop.
        why: String,
        retry_in: Duration,
    },
}

/// How long things may take.
#[derive(Debug, Clone, Copy)]
struct Timing {
    /// From its start until a backend says where it listens. Upgrading a large database takes some
    /// seconds.
    start: Duration,
    /// From SIGTERM until SIGKILL: a person waits for it, and what the backend has promised is safe.
    end: Duration,
    /// How often we look whether the other program's backend is still there.
    look: Duration,
    /// How often we look at the length of our backend's log. What it writes in this time is far below
    /// the bound of the log.
    log: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(30),
            end: Duration::from_secs(5),
            look: Duration::from_secs(2),
            log: Duration::from_mins(5),
        }
    }
}

/// The task that looks after the backend.
pub struct OwnBackend {
    launch: Launch,
    timing: Timing,
    /// From 0 to 1, for the jitter.
    random: fn() -> f64,
    events: mpsc::Sender<OwnBackendEvent>,
    end: CancellationToken,
}

/// Nobody needs a backend any more.
struct Ended;

impl OwnBackend {
    /// A task that has not begun, and what it will tell. `end` ends it.
    pub fn new(launch: Launch, end: CancellationToken) -> (Self, mpsc::Receiver<OwnBackendEvent>) {
        let (events, receiver) = mpsc::channel(EVENT_LIMIT);
        #[expect(
            clippy::disallowed_methods,
            reason = "the edge: the jitter of the waits is drawn here"
        )]
        let random = rand::random::<f64>;
        (Self { launch, timing: Timing::default(), random, events, end }, receiver)
    }

    /// Keeps a backend running until the token is cancelled; then ends the one that is ours (SIGTERM,
    /// and SIGKILL where that takes too long) and returns.
    pub async fn run(mut self) {
        let mut backoff = Backoff::default();
        let mut next = Next::Start;
        while let Ok(outcome) = self.step(next).await {
            next = decide::next(&mut backoff, outcome, (self.random)());
        }
    }

    /// Does what is next, for as long as it lasts.
    async fn step(&mut self, next: Next) -> Result<Outcome, Ended> {
        match next {
            Next::Start => self.start().await,
            Next::StartAfter { why, delay } => {
                tracing::warn!(why, ?delay, "there is no backend");
                self.tell(OwnBackendEvent::Died { why, retry_in: delay }).await?;
                self.wait(delay).await?;
                self.start().await
            }
            Next::Use(endpoint) => {
                tracing::info!(%endpoint, "another program runs a backend on this data");
                self.tell(OwnBackendEvent::Shared { endpoint: endpoint.clone() }).await?;
                self.watch_other(&endpoint).await
            }
        }
    }

    async fn start(&mut self) -> Result<Outcome, Ended> {
        self.tell(OwnBackendEvent::Starting).await?;
        let started = tokio::select! {
            started = child::start(&self.launch, self.timing.start) => started,
            // The child that is just being started sees its standard input end.
            () = self.end.cancelled() => return Err(Ended),
        };
        match started {
            Ok((child, endpoint)) => self.watch(child, endpoint).await,
            Err(NotStarted { why }) => {
                let other = other::find(&self.launch.lock_file).await;
                Ok(Outcome::NotStarted { why, other })
            }
        }
    }

    async fn watch(&mut self, mut child: Child, endpoint: Endpoint) -> Result<Outcome, Ended> {
        let since = now();
        if self.tell(OwnBackendEvent::Ready { endpoint }).await.is_err() {
            child.end(self.timing.end).await;
            return Err(Ended);
        }
        let why = tokio::select! {
            why = child.ended(&self.launch.log, self.timing.log) => why,
            () = self.end.cancelled() => {
                child.end(self.timing.end).await;
                return Err(Ended);
            }
        };
        Ok(Outcome::Died { why, lived: now() - since })
    }

    async fn watch_other(&mut self, endpoint: &Endpoint) -> Result<Outcome, Ended> {
        let mut look = interval(self.timing.look);
        // The first one is at once.
        look.tick().await;
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = self.end.cancelled() => return Err(Ended),
            }
            if !other::answers(endpoint).await {
                return Ok(Outcome::OtherGone);
            }
        }
    }

    async fn wait(&self, delay: Duration) -> Result<(), Ended> {
        match timeout(delay, self.end.cancelled()).await {
            Ok(()) => Err(Ended),
            Err(_) => Ok(()),
        }
    }

    async fn tell(&self, event: OwnBackendEvent) -> Result<(), Ended> {
        tokio::select! {
            biased;
            () = self.end.cancelled() => Err(Ended),
            told = self.events.send(event) => told.map_err(|_| Ended),
        }
    }
}

#[cfg(test)]
mod tests;
