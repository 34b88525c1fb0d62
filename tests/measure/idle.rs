//! What the terminal program and its backend hold and do while nobody touches a key.

use std::time::Duration;

use anyhow::Result;
use harness::Pid;
use harness::terminal::{Key, Terminal, TerminalOptions};
use harness::wait::stays;

use crate::Binaries;
use crate::PATIENCE;
use crate::books::Books;
use crate::figure::{Bound, Figure, Quantity};

/// How long "idle" is watched.
const IDLE: Duration = Duration::from_secs(10);
/// The most memory of the terminal program, and of its backend.
const TIFFIN_KIB_MAX: u64 = 20 * 1024;
const BACKEND_KIB_MAX: u64 = 18 * 1024;

/// Measures all of it.
pub(crate) fn measure(binaries: &Binaries) -> Result<()> {
    let mut terminal = Terminal::start(&binaries.tiffin, &[], &TerminalOptions::default())?;
    terminal.wait_for("Live", PATIENCE)?;
    terminal.wait_until_quiet(Duration::from_secs(1), PATIENCE)?;
    let processes = processes(&terminal);
    let books = |(_, pid, _): &(&str, Pid, u64)| Books::of(*pid);
    let before = processes.iter().map(books).collect::<Result<Vec<_>>>()?;
    stays(IDLE, "the program that is watched", || Ok(terminal.ended()?.is_none()))?;
    let after = processes.iter().map(books).collect::<Result<Vec<_>>>()?;
    for ((name, _, most), (was, is)) in processes.iter().zip(before.iter().zip(&after)) {
        report(name, *most, was, is);
    }
    terminal.key(Key::Character('q'))?;
    terminal.exit_code(PATIENCE)?;
    Ok(())
}

/// Both programs: name, process, and the most memory that it may hold.
fn processes(terminal: &Terminal) -> Vec<(&'static str, Pid, u64)> {
    let own = terminal.pid();
    let others = terminal.processes().into_iter().map(|process| process.pid);
    let others = others.filter(|pid| *pid != own).map(|pid| ("its backend", pid, BACKEND_KIB_MAX));
    std::iter::once(("tiffin", own, TIFFIN_KIB_MAX)).chain(others).collect()
}

fn report(name: &str, most_kib: u64, was: &Books, is: &Books) {
    Figure {
        what: format!("{name}, idle: resident memory"),
        measured: Quantity::Kibibytes(is.resident_kib),
        bound: Bound::AtMost(Quantity::Kibibytes(most_kib)),
        anchor: String::new(),
    }
    .print();
    Figure {
        what: format!("{name}, idle for {IDLE:?}: processor time"),
        measured: Quantity::Time(is.processor_time().saturating_sub(was.processor_time())),
        // A tick of ten milliseconds is the least that can be told from nothing.
        bound: Bound::AtMost(Quantity::Time(Duration::from_millis(10))),
        anchor: format!("woken {} times of its own accord", is.switches - was.switches),
    }
    .print();
}
