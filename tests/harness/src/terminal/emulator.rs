//! The thread that reads what the program writes, and the emulator that it feeds.

use std::collections::VecDeque;
use std::io::Read;
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
            // An error is the end of the line: nothing can come over it any more.
            while let Ok(length @ 1..) = line.read(&mut piece) {
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
        if !reader.is_finished() {
            line.wake_reader().context("waking the thread that reads the terminal")?;
        }
        if reader.join().is_err() {
            bail!("the emulator panicked: what the program wrote was too much for it");
        }
        Ok(())
    }
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
