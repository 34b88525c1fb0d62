//! The process of our own backend: its birth, its last words, its end.

use std::{
    io::{self, Read, Seek, SeekFrom},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{ChildStdin, ChildStdout, Command},
    time::{interval, timeout},
};

use super::Launch;
use crate::{
    link::Endpoint,
    logging::{LIMIT_BYTES, append_to, keep_within},
};

/// How much a backend may print before it says where it listens.
const GREETING_LIMIT: u64 = 4 * 1024;
/// How much of the end of its log is read for its last words, in bytes.
const LAST_WORDS_BYTES: u64 = 2 * 1024;
/// How much of its last words is shown, in characters: two lines of a terminal.
const LAST_WORDS_LIMIT: usize = 160;

/// A backend that runs.
pub(super) struct Child {
    process: tokio::process::Child,
    /// Held open: the backend ends when it is closed, also by our own death.
    standard_input: Option<ChildStdin>,
    standard_output: BufReader<ChildStdout>,
}

/// There is no backend, and why.
pub(super) struct NotStarted {
    pub(super) why: String,
}

/// Starts a backend and waits until it says where it listens.
pub(super) async fn start(
    launch: &Launch,
    deadline: Duration,
) -> Result<(Child, Endpoint), NotStarted> {
    let mut child = spawn(launch).map_err(|error| NotStarted {
        why: format!("the backend could not be started: {error}"),
    })?;
    match timeout(deadline, child.greeting()).await {
        Ok(Some(endpoint)) => Ok((child, endpoint)),
        Ok(None) => {
            let why = child.gone(&launch.log).await;
            Err(NotStarted { why })
        }
        Err(_) => {
            child.kill().await;
            Err(NotStarted {
                why: format!("the backend did not say within {deadline:?} where it listens"),
            })
        }
    }
}

fn spawn(launch: &Launch) -> io::Result<Child> {
    keep_within(&launch.log, LIMIT_BYTES)?;
    let mut process = Command::new(&launch.program)
        .args(&launch.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(append_to(&launch.log)?)
        // Signals from the keyboard are for us: the backend must neither stop nor end by them.
        .process_group(0)
        .spawn()?;
    let standard_input = process.stdin.take();
    let standard_output = process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    Ok(Child { process, standard_input, standard_output: BufReader::new(standard_output) })
}

impl Child {
    /// The line that says where it listens; `None` if its output ends without one.
    async fn greeting(&mut self) -> Option<Endpoint> {
        let mut lines = (&mut self.standard_output).take(GREETING_LIMIT).lines();
        loop {
            let line = lines.next_line().await.ok()??;
            if let Some(endpoint) = listening_on(&line) {
                return Some(endpoint);
            }
        }
    }

    /// Waits for its end and says why it came, looking after the length of its log meanwhile.
    pub(super) async fn ended(&mut self, log: &Path, look: Duration) -> String {
        let mut look = interval(look);
        let mut output = [0; 256];
        loop {
            tokio::select! {
                // Whatever else it prints is of no interest, but must not block it.
                read = self.standard_output.read(&mut output) => if !matches!(read, Ok(1..)) {
                    return self.gone(log).await;
                },
                _ = look.tick() => if let Err(error) = keep_within(log, LIMIT_BYTES) {
                    tracing::warn!(%error, "the backend's log cannot be kept short");
                },
            }
        }
    }

    /// Ends it: SIGTERM, a while, SIGKILL. Its standard input stays open, so that it does not take
    /// our leaving for our death.
    pub(super) async fn end(&mut self, patience: Duration) {
        self.signal(Signal::TERM);
        if timeout(patience, self.process.wait()).await.is_err() {
            tracing::warn!(?patience, "the backend did not end and is killed");
            self.kill().await;
        }
    }

    async fn kill(&mut self) {
        if let Err(error) = self.process.kill().await {
            tracing::warn!(%error, "the backend could not be killed");
        }
    }

    /// Its output has ended, so it has ended, or is about to.
    async fn gone(&mut self, log: &Path) -> String {
        drop(self.standard_input.take());
        match self.process.wait().await {
            Ok(status) => described(status, || last_words(log)),
            Err(error) => format!("the backend cannot be watched: {error}"),
        }
    }

    fn signal(&self, signal: Signal) {
        // Without a number it has ended already.
        let Some(pid) = self.process.id().and_then(|id| Pid::from_raw(id.cast_signed())) else {
            return;
        };
        if let Err(error) = kill_process(pid, signal) {
            tracing::warn!(%error, "the backend could not be told to end");
        }
    }
}

/// The endpoint in `listening on http://127.0.0.1:4000`.
fn listening_on(line: &str) -> Option<Endpoint> {
    line.trim_end().strip_prefix("listening on ")?.parse().ok()
}

/// `last_words` is asked only of a backend that ended with an error, and so said which one; whatever a
/// killed one logged last has nothing to do with its end.
fn described(status: ExitStatus, last_words: impl FnOnce() -> Option<String>) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "the backend ended by itself".to_owned(),
        (Some(code), _) => match last_words() {
            Some(words) => format!("the backend ended with exit code {code}: {words}"),
            None => format!("the backend ended with exit code {code}"),
        },
        (None, Some(signal)) => format!("the backend was ended by signal {signal}"),
        (None, None) => "the backend ended".to_owned(),
    }
}

/// The last line of a log that has any.
fn last_words(log: &Path) -> Option<String> {
    let mut file = append_to(log).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS_BYTES))).ok()?;
    let mut end = Vec::new();
    file.take(LAST_WORDS_BYTES).read_to_end(&mut end).ok()?;
    let end = String::from_utf8_lossy(&end);
    let line = end.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().filter(|character| !character.is_control()).take(LAST_WORDS_LIMIT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_greeting_is_recognised_and_nothing_else() {
        assert_eq!(
            listening_on("listening on http://127.0.0.1:4000\n"),
            "http://127.0.0.1:4000".parse().ok()
        );
        for line in
            ["", "listening on", "listening on port 4000", "not listening on http://127.0.0.1:4000"]
        {
            assert_eq!(listening_on(line), None, "{line:?}");
        }
    }

    #[test]
    fn an_end_is_described_by_code_or_signal_and_an_error_by_its_words() {
        let words = || Some("no space left".to_owned());
        let exit = |code: i32| ExitStatus::from_raw(code << 8);
        assert_eq!(described(exit(1), words), "the backend ended with exit code 1: no space left");
        assert_eq!(described(exit(1), || None), "the backend ended with exit code 1");
        assert_eq!(described(exit(0), words), "the backend ended by itself");
        assert_eq!(described(ExitStatus::from_raw(9), words), "the backend was ended by signal 9");
    }

    #[test]
    fn the_last_words_are_the_last_line_within_a_bound() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("backend.log");
        assert_eq!(last_words(&log), None, "it never said anything");
        fs::write(&log, "x\n".repeat(10_000) + "error: \u{1b}[31mno space\n\n").unwrap();
        assert_eq!(last_words(&log).as_deref(), Some("error: [31mno space"));
        fs::write(&log, "y".repeat(10_000)).unwrap();
        assert_eq!(last_words(&log).map(|words| words.len()), Some(LAST_WORDS_LIMIT));
    }
}
