//! How soon there is something to see: from the start of a process to its first answer, and to the
//! first frame with the menu on it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use harness::backend::{Backend, BackendOptions};
use harness::terminal::{Terminal, TerminalOptions};
use harness::wait::Stopwatch;

use crate::Binaries;
use crate::PATIENCE;
use crate::figure::{Bound, Figure, Quantity};
use crate::samples::Samples;

/// How often each start is measured; the median is what counts.
const STARTS: usize = 9;

/// Measures all of it.
pub(crate) fn measure(binaries: &Binaries) -> Result<()> {
    report(
        "backend: start on an empty file to its first answer",
        &starts(|| answer(&binaries.backend))?,
        Duration::from_millis(50),
    );
    report(
        "tiffin: first start to the first frame with the menu",
        &starts(|| frame(&binaries.tiffin))?,
        Duration::from_secs(2),
    );
    Ok(())
}

fn starts(measure: impl Fn() -> Result<Duration>) -> Result<Samples> {
    Ok(Samples::new((0..STARTS).map(|_| measure()).collect::<Result<_>>()?))
}

/// From the start of the process until it has said where it listens, which it does once it answers.
fn answer(binary: &Path) -> Result<Duration> {
    let watch = Stopwatch::start();
    let backend = Backend::start(binary, BackendOptions::default())?;
    let time = watch.elapsed();
    drop(backend);
    Ok(time)
}

/// From the start of the process in an empty home until the menu is on the screen.
fn frame(binary: &Path) -> Result<Duration> {
    let watch = Stopwatch::start();
    let terminal = Terminal::start(binary, &[], &TerminalOptions::default())?;
    terminal.wait_for("Bombay Tiffin Room", PATIENCE)?;
    Ok(watch.elapsed())
}

fn report(what: &str, times: &Samples, most: Duration) {
    let (least, longest) = (times.percentile(0), times.percentile(100));
    Figure {
        what: what.to_owned(),
        measured: Quantity::Time(times.median()),
        bound: Bound::AtMost(Quantity::Time(most)),
        anchor: format!(
            "the median of {}, from {} to {}",
            times.count(),
            Quantity::Time(least),
            Quantity::Time(longest)
        ),
    }
    .print();
}
