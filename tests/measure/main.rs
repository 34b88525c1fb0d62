//! What Tiffin costs: how soon there is something to see, what it does when nobody does anything, how
//! many orders become durable and how fast, how precise timers are, how one event reaches thousands of
//! subscribers, and what a long log costs.
//!
//! `cargo run --release --example measure`, after `cargo build --release`, measures everything in a few
//! minutes; with names behind it (`cargo run --release --example measure -- orders`) only those parts.
//! The figures are of real processes, taken as ratios within one run where a machine's own speed would
//! decide otherwise. They are for reading, not for judging: no test depends on how fast a machine is.

mod start;
mod idle;
mod orders;
mod writer;
mod delivered;
mod drain;
mod timers;
mod tail;
mod log;
mod figure;
mod samples;
mod bare;
mod load;
mod house;
mod connection;
mod books;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use figure::say;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Start,
    Idle,
    Writer,
    Orders,
    Drain,
    Timers,
    Tail,
    Log,
}

/// The programs that are measured.
struct Binaries {
    tiffin: PathBuf,
    backend: PathBuf,
}

fn main() -> Result<()> {
    if std::env::args().nth(1).is_some_and(|argument| argument == tail::COMMAND) {
        return tail::broadcast();
    }
    let binaries = Binaries::beside_us()?;
    for part in asked(std::env::args().skip(1))? {
        say(&format!("── {} {}", part.name(), "─".repeat(70)));
        part.measure(&binaries)?;
    }
    Ok(())
}

/// The parts of these names, all of them where there are none.
fn asked(names: impl Iterator<Item = String>) -> Result<Vec<Part>> {
    let parts = names.map(|name| {
        let part = Part::ALL.into_iter().find(|part| part.name() == name);
        let Some(part) = part else {
            bail!("no part is called `{name}`; there are {}", Part::ALL.map(Part::name).join(", "));
        };
        Ok(part)
    });
    let parts: Vec<_> = parts.collect::<Result<_>>()?;
    Ok(if parts.is_empty() { Part::ALL.to_vec() } else { parts })
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Start,
        Self::Idle,
        Self::Writer,
        Self::Orders,
        Self::Drain,
        Self::Timers,
        Self::Tail,
        Self::Log,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Idle => "idle",
            Self::Writer => "writer",
            Self::Orders => "orders",
            Self::Drain => "drain",
            Self::Timers => "timers",
            Self::Tail => "tail",
            Self::Log => "log",
        }
    }

    fn measure(self, binaries: &Binaries) -> Result<()> {
        match self {
            Self::Start => start::measure(binaries),
            Self::Idle => idle::measure(binaries),
            Self::Writer => writer::measure(),
            Self::Orders => orders::measure(&binaries.backend),
            Self::Drain => drain::measure(&binaries.backend),
            Self::Timers => timers::measure(&binaries.backend),
            Self::Tail => tail::measure(&binaries.backend),
            Self::Log => log::measure(&binaries.backend),
        }
    }
}

impl Binaries {
    /// Those that were built with this example: in its parent's folder.
    fn beside_us() -> Result<Self> {
        let example = std::env::current_exe()?;
        let folder = example.parent().and_then(Path::parent);
        let folder = folder.context("this example has no folder")?;
        Ok(Self { tiffin: folder.join("tiffin"), backend: folder.join("tiffin-backend") })
    }
}
