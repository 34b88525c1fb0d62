//! The last part of what a process writes to a pipe, read by a thread of its own as fast as it
//! comes. At the bound the oldest bytes go: a process under test is never held up by a test that
//! does not read, and a talkative one does not eat the memory.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

/// How much is read at once, in bytes: what a pipe holds.
const PIECE: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Tail {
    kept: Arc<Mutex<VecDeque<u8>>>,
    /// Ends at the end of the stream, thus at the latest with the last process that can write to it.
    reader: JoinHandle<()>,
}

impl Tail {
    /// Reads `stream` to its end and keeps the last `limit` bytes.
    pub(crate) fn of(mut stream: impl Read + Send + 'static, limit: usize) -> Result<Self> {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let filled = Arc::clone(&kept);
        let reader = thread::Builder::new()
            .name("output".into())
            .spawn(move || {
                let mut piece = vec![0; PIECE];
                loop {
                    match stream.read(&mut piece) {
                        Ok(0) => break,
                        Ok(length) => {
                            append(&mut lock(&filled), piece.iter().take(length), limit);
                        }
                        Err(error) if error.kind() == ErrorKind::Interrupted => {}
                        Err(_) => break, // a pipe that cannot be read is as good as ended
                    }
                }
            })
            .context("starting a thread that reads a process's output")?;
        Ok(Self { kept, reader })
    }

    /// What is kept by now.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        lock(&self.kept).iter().copied().collect()
    }

    /// What is kept by now, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Whether the stream has ended, so that nothing will be added.
    pub(crate) fn is_complete(&self) -> bool {
        self.reader.is_finished()
    }
}

/// Adds `bytes` and lets the oldest go that are more than `limit`.
pub(crate) fn append<'a>(
    kept: &mut VecDeque<u8>,
    bytes: impl Iterator<Item = &'a u8>,
    limit: usize,
) {
    kept.extend(bytes);
    let surplus = kept.len().saturating_sub(limit);
    kept.drain(..surplus);
}

/// A reader that panicked leaves bytes that are still worth reading.
fn lock(kept: &Mutex<VecDeque<u8>>) -> MutexGuard<'_, VecDeque<u8>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
