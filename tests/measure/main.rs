//! What Tiffin costs, as a person would notice it: how soon there is something to see, how much memory
//! it holds, and what it does when nobody does anything.
//!
//! `cargo run --release --example measure`, after `cargo build --release`. The figures are of real
//! processes (a terminal program in a pseudo-terminal, the backend that it starts), taken from the
//! operating system's own books; it is Linux that keeps them in `/proc`. They are for reading, not for
//! judging: no test depends on how fast a machine is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use harness::backend::{Backend, BackendOptions};
use harness::terminal::{Key, Terminal, TerminalOptions};
use harness::wait::{Stopwatch, stays};

/// How often each start is measured; the median is what counts.
const STARTS: usize = 9;
/// How long "idle" is watched.
const IDLE: Duration = Duration::from_secs(10);
/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<()> {
    let folder = binaries()?;
    let (tiffin, backend) = (folder.join("tiffin"), folder.join("tiffin-backend"));
    report("backend: start on an empty file to its first answer", &starts(|| answer(&backend))?);
    report("tiffin: first start to the first frame with the menu", &starts(|| frame(&tiffin))?);
    idle(&tiffin)
}

/// The folder that our binaries are built into: this example's parent.
fn binaries() -> Result<PathBuf> {
    let example = std::env::current_exe()?;
    let folder = example.parent().and_then(Path::parent).context("this example has no folder")?;
    Ok(folder.to_owned())
}

fn starts(measure: impl Fn() -> Result<Duration>) -> Result<Vec<Duration>> {
    let mut times = (0..STARTS).map(|_| measure()).collect::<Result<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times)
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

/// What both processes hold and do while nobody touches a key.
fn idle(binary: &Path) -> Result<()> {
    let mut terminal = Terminal::start(binary, &[], &TerminalOptions::default())?;
    terminal.wait_for("Live", PATIENCE)?;
    terminal.wait_until_quiet(Duration::from_secs(1), PATIENCE)?;
    let before = books(&terminal)?;
    stays(IDLE, "the program that is watched", || Ok(terminal.ended()?.is_none()))?;
    for (name, was, is) in books(&terminal)?.iter().zip(&before).map(|(is, was)| (&is.0, was, is)) {
        let (ticks, switches) = (is.1.ticks - was.1.ticks, is.1.switches - was.1.switches);
        let memory = is.1.resident_kib;
        say(&format!(
            "{name}: {memory} KiB resident; idle for {IDLE:?}: {ticks} clock ticks of processor time, \
             {switches} voluntary context switches"
        ));
    }
    terminal.key(Key::Character('q'))?;
    terminal.exit_code(PATIENCE)?;
    Ok(())
}

/// What the operating system has written down about a process.
struct Books {
    resident_kib: u64,
    ticks: u64,
    switches: u64,
}

fn books(terminal: &Terminal) -> Result<Vec<(String, Books)>> {
    let own = terminal.pid().as_raw_nonzero().get();
    let others = terminal.processes().into_iter().map(|process| process.pid.as_raw_nonzero().get());
    let mut all: Vec<_> =
        others.filter(|pid| *pid != own).map(|pid| ("its backend", pid)).collect();
    all.insert(0, ("tiffin", own));
    all.into_iter().map(|(name, pid)| Ok((name.to_owned(), books_of(pid)?))).collect()
}

fn books_of(pid: i32) -> Result<Books> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).with_context(|| format!("no {name} of {pid}"))
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the name in brackets, user and system time are the twelfth and thirteenth fields.
    let (_, fields) = stat.rsplit_once(')').context("a line of another shape")?;
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks = times.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Books {
        resident_kib: field("VmRSS:")?,
        ticks,
        switches: field("voluntary_ctxt_switches:")?,
    })
}

fn report(what: &str, sorted: &[Duration]) {
    let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
    let (least, most) = (milliseconds(sorted.first()), milliseconds(sorted.last()));
    let median = milliseconds(sorted.get(sorted.len() / 2));
    say(&format!("{what}: median {median:.0} ms ({least:.0} to {most:.0}, {STARTS} starts)"));
}

#[expect(clippy::print_stdout, reason = "a command whose figures are its output")]
fn say(line: &str) {
    println!("{line}");
}
