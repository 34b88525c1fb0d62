//! The journal's thread: the disk is waited for here and nowhere else. Step 3 of an order's way.
//!
//! Records come over a bounded queue, what became of them goes back as inputs of the store. What
//! waits in the queue is written together and flushed once. A journal that cannot be opened is tried
//! again with each write, so that a disk which has room again is enough.

use std::{
    io, iter,
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
};

use optimistic::{
    Input,
    effect::{Flush, WriteId},
    record::Record,
};

use super::{Journal, JournalError, Opened};

/// The records that may wait for the disk: as many mutations as may be pending, each with an intent
/// being written. At the bound a record counts as failed, which the person is told.
pub const QUEUE_LIMIT: usize = 1_024;

/// The records that are written together at most; one flush serves them all.
const BATCH_LIMIT: usize = 64;

/// What the journal has to say.
#[derive(Debug)]
pub enum JournalReport {
    /// For the store: what was pending before the start; a record is written, or is not.
    Input(Input),
    /// For a person, in a sentence or two: something odd that was coped with, or why the journal
    /// cannot be kept.
    Notice(String),
}

/// The handle of the journal's thread. Dropping it waits until all records are written.
#[derive(Debug)]
pub struct JournalWriter {
    // Dropped before the thread is waited for, which ends when it has written what is left.
    queue: SyncSender<Request>,
    _thread: EndsBeforeUs,
}

/// A thread that is waited for when its handle goes.
#[derive(Debug)]
struct EndsBeforeUs(Option<JoinHandle<()>>);

#[derive(Debug)]
struct Request {
    write: WriteId,
    record: Record,
    flush: Flush,
}

impl JournalWriter {
    /// Starts the thread, which opens the journal first and reports what was pending. `report` is
    /// called on that thread and may block it.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(
        open: impl FnMut() -> Result<Opened, JournalError> + Send + 'static,
        report: impl FnMut(JournalReport) + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, requests) = sync_channel(QUEUE_LIMIT);
        let mut shell = Shell { open, report, journal: None };
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || shell.run(&requests))?;
        Ok(Self { queue, _thread: EndsBeforeUs(Some(thread)) })
    }

    /// Hands a record over; returns at once.
    ///
    /// # Errors
    /// It was not taken: the store has to be told this input.
    #[expect(clippy::result_large_err, reason = "rare, and passed on to the store as it is")]
    pub fn write(&self, write: WriteId, record: Record, flush: Flush) -> Result<(), Input> {
        let reason = match self.queue.try_send(Request { write, record, flush }) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => {
                format!("the disk is slow: {QUEUE_LIMIT} records wait for it already")
            }
            Err(TrySendError::Disconnected(_)) => {
                "the journal has ended: start Tiffin again".to_owned()
            }
        };
        Err(Input::JournalFailed { write, reason })
    }
}

impl Drop for EndsBeforeUs {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // It only ends otherwise by a panic, which ends the program.
            let _ = thread.join();
        }
    }
}

/// What runs on the thread.
struct Shell<Open, Report> {
    open: Open,
    report: Report,
    journal: Option<Journal>,
}

impl<Open, Report> Shell<Open, Report>
where
    Open: FnMut() -> Result<Opened, JournalError>,
    Report: FnMut(JournalReport),
{
    fn run(&mut self, requests: &Receiver<Request>) {
        match self.taken_or_opened() {
            Ok(journal) => self.journal = Some(journal),
            Err(error) => self.notice(format!(
                "What was pending before is neither shown nor sent until the journal can be \
                 opened. {error}."
            )),
        }
        while let Ok(first) = requests.recv() {
            let batch: Vec<Request> =
                iter::once(first).chain(requests.try_iter().take(BATCH_LIMIT - 1)).collect();
            self.write(batch);
        }
    }

    fn write(&mut self, batch: Vec<Request>) {
        let (writes, records): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|it| (it.write, (it.record, it.flush))).unzip();
        let reason = self.append(&records).err().map(|error| error.to_string());
        for write in writes {
            self.tell(match &reason {
                None => Input::JournalWritten { write },
                Some(reason) => Input::JournalFailed { write, reason: reason.clone() },
            });
        }
        if let Some(Err(error)) = self.journal.as_mut().map(Journal::rewrite_if_long) {
            self.notice(format!("Nothing is lost, but {error}."));
        }
    }

    fn append(&mut self, records: &[(Record, Flush)]) -> Result<(), JournalError> {
        let mut journal = self.taken_or_opened()?;
        let appended = journal.append(records);
        self.journal = Some(journal);
        appended
    }

    fn taken_or_opened(&mut self) -> Result<Journal, JournalError> {
        if let Some(journal) = self.journal.take() {
            return Ok(journal);
        }
        let Opened { journal, mutations, oddities } = (self.open)()?;
        for oddity in oddities {
            self.notice(oddity.to_string());
        }
        self.tell(Input::JournalRestored { mutations });
        Ok(journal)
    }

    fn tell(&mut self, input: Input) {
        (self.report)(JournalReport::Input(input));
    }

    fn notice(&mut self, notice: String) {
        (self.report)(JournalReport::Notice(notice));
    }
}

#[cfg(test)]
mod tests;
