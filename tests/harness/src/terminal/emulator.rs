//! The thread that reads what the program writes, and the emulator that it feeds.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result, bail};

use super::line::Line;
use super::{Screen, Size};
use crate::process::{OUTPUT_LIMIT, append};

/// How much is read at once, in bytes: what the kernel hands over at most.
const PIECE: usize = 4096;

pub(super) struct Emulator {
    shown: Arc<Mutex<Shown>>,
    leaving: Arc<AtomicBool>,
    /// None after `stop_reading`.
    reader: Option<JoinHandle<()>>,
}

struct Shown {
    parser: vt100::Parser,
    written: u64,
    output: VecDeque<u8>,
}

impl Emulator {
    pub(super) fn reading(mut line: Box<dyn Read + Send>, size: Size) -> Result<Self> {
        let (rows, columns) = size.of_screen()?;
        let shown = Arc::new(Mutex::new(Shown {
            parser: vt100::Parser::new(rows, columns, 0),
            written: 0,
            output: VecDeque::new(),
        }));
        let leaving = Arc::new(AtomicBool::new(false));
        let (filled, told_to_leave) = (Arc::clone(&shown), Arc::clone(&leaving));
        let reader = thread::Builder::new().name("terminal".into());
        let reader = reader.spawn(move || {
            let mut piece = [0; PIECE];
            while let Some(length) = read(line.as_mut(), &mut piece) {
                if told_to_leave.load(Ordering::Acquire) {
                    break;
                }
                show(&mut lock(&filled), piece.get(..length).unwrap_or_default());
            }
        })?;
        Ok(Self { shown, leaving, reader: Some(reader) })
    }

    pub(super) fn screen(&self) -> Screen {
        Screen::of(lock(&self.shown).parser.screen().clone())
    }

    pub(super) fn resize(&self, size: Size) -> Result<()> {
        let (rows, columns) = size.of_screen()?;
        lock(&self.shown).parser.set_size(rows, columns);
        Ok(())
    }

    pub(super) fn bytes_written(&self) -> u64 {
        lock(&self.shown).written
    }

    pub(super) fn output(&self) -> Vec<u8> {
        lock(&self.shown).output.iter().copied().collect()
    }

    /// Whether all that will ever come is on the screen: nobody has the line open any more.
    pub(super) fn is_complete(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends the thread, so that it no longer keeps the line up.
    pub(super) fn stop_reading(&mut self, line: &Line) -> Result<()> {
        let Some(reader) = self.reader.take() else {
            return Ok(());
        };
        self.leaving.store(true, Ordering::Release);
        line.wake_reader(|| reader.is_finished())
            .context("waking the thread that reads the terminal")?;
        if reader.join().is_err() {
            bail!("the emulator panicked: what the program wrote was too much for it");
        }
        Ok(())
    }
}

/// Reads the next piece; None when nothing can come any more. An end is believed when it is told
/// twice: Linux looks for bytes first and for the program's end second, so that what was written
/// between the two looks is announced as the end, and handed over at the next reading.
fn read(line: &mut dyn Read, piece: &mut [u8]) -> Option<usize> {
    let mut ends = 0;
    while ends < 2 {
        match line.read(piece) {
            Ok(length @ 1..) => return Some(length),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => ends += 1,
        }
    }
    None
}

fn show(shown: &mut Shown, piece: &[u8]) {
    shown.parser.process(piece);
    shown.written += piece.len() as u64;
    append(&mut shown.output, piece.iter(), OUTPUT_LIMIT);
}

/// After a panic of the emulator the screen stays as it was last, which is what a report wants.
fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// What each reading gives, in turn; afterwards the end.
    struct Script(VecDeque<io::Result<&'static str>>);

    impl Read for Script {
        fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
            let text = self.0.pop_front().unwrap_or(Ok(""))?;
            piece[..text.len()].copy_from_slice(text.as_bytes());
            Ok(text.len())
        }
    }

    fn read_to_the_end(script: impl IntoIterator<Item = io::Result<&'static str>>) -> String {
        let mut line = Script(script.into_iter().collect());
        let mut piece = [0; PIECE];
        let mut text = String::new();
        while let Some(length) = read(&mut line, &mut piece) {
            text.push_str(std::str::from_utf8(&piece[..length]).expect("ASCII"));
        }
        text
    }

    #[test]
    fn last_words_that_come_with_the_end_are_read() {
        assert_eq!(read_to_the_end([Ok("Ada"), Ok(""), Ok(" said"), Ok(""), Ok("")]), "Ada said");
        let hung_up = io::Error::from(ErrorKind::Other);
        assert_eq!(read_to_the_end([Err(hung_up), Ok("Ada"), Ok("")]), "Ada");
    }

    #[test]
    fn a_signal_is_no_end() {
        let interrupted = || Err(io::Error::from(ErrorKind::Interrupted));
        assert_eq!(read_to_the_end([interrupted(), interrupted(), Ok("Ada")]), "Ada");
    }
}
