//! A real pseudo-terminal with a program in it: a test types, reads the screen as a person would
//! see it, and asks afterwards whether everything was put back. The program is the leader of its
//! session, as in a terminal window that was opened for it.
//!
//! A thread reads all that the program writes, at once, into an emulator; nothing answers the
//! program's questions to the terminal (colours, cursor position), as the plainest terminals do.

mod emulator;
mod key;
mod line;
mod screen;
mod session;

use std::ffi::OsString;
use std::io::Write;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal};

use crate::process::{Directory, clean_environment};
use crate::wait::{Attempt, eventually, stays};
use emulator::Emulator;
use line::Line;
use session::Session;

pub use key::Key;
pub use line::LineSettings;
pub use screen::{Position, Screen, Style};
pub use session::{Exit, SessionProcess};
pub use vt100::Color;

/// What the terminal claims to be.
const TERM: &str = "xterm-256color";

/// The size of a terminal in cells; neither may be 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Cells in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// How a program is started in a terminal. `TerminalOptions::default()` is what most tests want.
#[derive(Clone, Debug)]
pub struct TerminalOptions {
    /// 80×24 unless told otherwise.
    pub size: Size,
    /// The home directory, in which all that the program keeps ends up, and its working directory;
    /// without one it gets a directory that is thrown away with the terminal.
    pub home: Option<PathBuf>,
    /// Variables beside the clean environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// A program in a terminal. Its whole session is killed when this value is dropped.
pub struct Terminal {
    session: Session,
    line: Line,
    settings_at_start: LineSettings,
    emulator: Emulator,
    /// None after the hang-up.
    connection: Option<Connection>,
    /// The last field, so that it goes after the program that writes into it.
    home: Directory,
}

/// The terminal's end of the line. The line is up as long as either exists.
struct Connection {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self { size: Size { columns: 80, rows: 24 }, home: None, environment: Vec::new() }
    }
}

impl Terminal {
    /// Starts `binary`, an absolute path, in a terminal of its own.
    pub fn start(binary: &Path, arguments: &[&str], options: &TerminalOptions) -> Result<Self> {
        let home = Directory::given_or_temporary(options.home.as_deref())?;
        let mut command = CommandBuilder::new(binary);
        command.args(arguments);
        command.cwd(home.path());
        command.env_clear();
        for (name, value) in clean_environment(home.path()) {
            command.env(name, value);
        }
        command.env("SHELL", "/bin/sh");
        command.env("TERM", TERM);
        for (name, value) in &options.environment {
            command.env(name, value);
        }

        let pair = native_pty_system().openpty(options.size.of_line()?)?;
        let line = Line::of(pair.master.as_ref())?;
        let settings_at_start = line.settings()?;
        let emulator = Emulator::reading(pair.master.try_clone_reader()?, options.size)?;
        let keyboard = pair.master.take_writer()?;
        // Last, so that nothing can fail while the program runs and nobody would end it.
        let child = pair
            .slave
            .spawn_command(command)
            .with_context(|| format!("starting {} in a terminal", binary.display()))?;
        // While we hold the program's end ourselves, the output never ends.
        drop(pair.slave);
        Ok(Self {
            session: Session::led_by(child)?,
            line,
            settings_at_start,
            emulator,
            connection: Some(Connection { master: pair.master, keyboard }),
            home,
        })
    }

    /// The program's process, which also names its session and its process group.
    pub fn pid(&self) -> Pid {
        self.session.leader()
    }

    /// Its home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What is on the screen now.
    pub fn screen(&self) -> Screen {
        self.emulator.screen()
    }

    /// Waits until `text` is on the screen, within one row.
    pub fn wait_for(&self, text: &str, deadline: Duration) -> Result<Screen> {
        self.wait_until(deadline, format!("{text:?} on the screen"), |screen| screen.contains(text))
    }

    /// Waits until `text` is nowhere on the screen.
    pub fn wait_gone(&self, text: &str, deadline: Duration) -> Result<Screen> {
        self.wait_until(deadline, format!("a screen without {text:?}"), |screen| {
            !screen.contains(text)
        })
    }

    /// Waits until the screen is as awaited, and gives it. Ends at once when nothing more can
    /// come. The error shows the screen as it was last.
    pub fn wait_until(
        &self,
        deadline: Duration,
        what: impl std::fmt::Display,
        mut awaited: impl FnMut(&Screen) -> bool,
    ) -> Result<Screen> {
        eventually(deadline, what, || {
            // Asked before looking: what was written before the end is then all on the screen.
            let complete = self.emulator.is_complete();
            let screen = self.screen();
            if awaited(&screen) {
                Attempt::Done(screen)
            } else if complete {
                Attempt::Hopeless(format!("the program writes no more; the screen:\n{screen}"))
            } else {
                Attempt::NotYet(format!("the screen:\n{screen}"))
            }
        })
    }

    /// Types these characters, one key press each. Blocks if the program stops reading.
    pub fn keys(&mut self, characters: &str) -> Result<()> {
        self.send(characters.as_bytes())
    }

    /// Presses a key. After `Key::Escape` wait for its effect: with another key right behind it,
    /// programs read the two as one with Alt.
    pub fn key(&mut self, key: Key) -> Result<()> {
        let bytes = key.bytes(self.screen().cursor_key_mode());
        self.send(&bytes)
    }

    /// Pastes: as one marked piece where the program asked for that, else as if typed.
    pub fn paste(&mut self, text: &str) -> Result<()> {
        if self.screen().bracketed_paste() {
            self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes())
        } else {
            self.send(text.as_bytes())
        }
    }

    /// Gives the terminal another size; the program is told by SIGWINCH.
    pub fn resize(&mut self, size: Size) -> Result<()> {
        let of_line = size.of_line()?;
        // First the emulator, so that nothing drawn for the new size meets the old one.
        self.emulator.resize(size)?;
        self.connection()?.master.resize(of_line)
    }

    /// How many bytes the program has written so far.
    pub fn bytes_written(&self) -> u64 {
        self.emulator.bytes_written()
    }

    /// The last megabyte that the program wrote, as it came, escape sequences and all.
    pub fn output(&self) -> Vec<u8> {
        self.emulator.output()
    }

    /// Waits until the program has written nothing for `period`.
    pub fn wait_until_quiet(&self, period: Duration, deadline: Duration) -> Result<()> {
        eventually(deadline, "a quiet terminal", || self.stays_quiet(period))
    }

    /// Fails if the program writes anything during `period`.
    pub fn stays_quiet(&self, period: Duration) -> Result<()> {
        stays(period, "bytes written", || Ok(self.bytes_written()))?;
        Ok(())
    }

    /// How the line is set now: raw while a full-screen program runs.
    pub fn line_settings(&self) -> Result<LineSettings> {
        self.line.settings()
    }

    /// What is not as it was before the program started, one sentence each: a shell would be left
    /// with it. For a program that has ended; before the hang-up.
    pub fn left_behind(&self) -> Result<Vec<String>> {
        let mut left = self.screen().left_behind();
        let settings = self.line_settings()?;
        if settings != self.settings_at_start {
            let before = &self.settings_at_start;
            left.push(format!("line settings {settings:?} instead of {before:?}"));
        }
        Ok(left)
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.session.signal(signal)
    }

    /// The terminal goes away, as when its window is closed: the kernel sends SIGHUP, and reading
    /// and writing fail from now on.
    pub fn hang_up(&mut self) -> Result<()> {
        let Some(connection) = self.connection.take() else {
            bail!("the terminal was hung up before");
        };
        self.emulator.stop_reading(&self.line)?;
        connection.put_down(&self.line)
    }

    /// How the program ended, if it has.
    pub fn ended(&self) -> Result<Option<Exit>> {
        self.session.ended()
    }

    /// Waits for the program's end; afterwards the screen shows its last words.
    pub fn exit(&self, deadline: Duration) -> Result<Exit> {
        let exit = eventually(deadline, "the program's end", || match self.ended() {
            Ok(Some(exit)) => Attempt::Done(exit),
            Ok(None) => Attempt::NotYet(format!("it runs; the screen:\n{}", self.screen())),
            Err(error) => Attempt::Hopeless(format!("{error:#}")),
        })?;
        eventually(deadline, format!("the end of its output ({exit:?})"), || {
            if self.emulator.is_complete() {
                Attempt::Done(())
            } else {
                let holders = self.processes();
                Attempt::NotYet(format!("something still holds the terminal: {holders:?}"))
            }
        })?;
        Ok(exit)
    }

    /// Waits for the program's end and gives its exit code; an end by a signal is an error.
    pub fn exit_code(&self, deadline: Duration) -> Result<i32> {
        match self.exit(deadline)? {
            Exit::Code(code) => Ok(code),
            Exit::Signal(signal) => bail!("it was ended by signal {signal}"),
        }
    }

    /// What the program has started and is still there (a backend of its own, say), without the
    /// program itself. Linux only: elsewhere the list is empty.
    pub fn processes(&self) -> Vec<SessionProcess> {
        self.session.others()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let keyboard = &mut self.connection()?.keyboard;
        keyboard.write_all(bytes).context("typing")
    }

    fn connection(&mut self) -> Result<&mut Connection> {
        let connection = self.connection.as_mut();
        connection.context("the terminal was hung up by the test before")
    }
}

impl Connection {
    /// Closes the terminal's end without typing anything.
    fn put_down(self, line: &Line) -> Result<()> {
        line.silence_farewell()?;
        drop(self.keyboard);
        drop(self.master);
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.session.kill();
        if self.connection.is_some() {
            // With the program dead the thread ends by itself; this only makes sure.
            let _ = self.hang_up();
        }
    }
}

impl Size {
    fn of_line(self) -> Result<PtySize> {
        let (rows, columns) = self.of_screen()?;
        Ok(PtySize { rows: rows.get(), cols: columns.get(), ..PtySize::default() })
    }

    /// Rows and columns.
    fn of_screen(self) -> Result<(NonZeroU16, NonZeroU16)> {
        let rows = NonZeroU16::new(self.rows).context("a terminal without rows")?;
        let columns = NonZeroU16::new(self.columns).context("a terminal without columns")?;
        Ok((rows, columns))
    }
}

#[cfg(test)]
mod tests;
