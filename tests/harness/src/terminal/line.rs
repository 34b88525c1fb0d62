//! The line between terminal and program, seen from the program's end by its name in `/dev`: how
//! it is set (what `stty -a` prints), and what hanging up needs.
//!
//! The settings live as long as the terminal's end is open, also after the program has ended; so
//! they can be read then, without a shell in between that would tidy up itself.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use portable_pty::MasterPty;
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, write};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios,
    tcgetattr, tcsetattr,
};

use crate::wait::{Attempt, eventually};

/// The longest that a turn to write to a terminal may be in coming: programs write in milliseconds.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// How a line is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineSettings {
    input: InputModes,
    output: OutputModes,
    control: ControlModes,
    local: LocalModes,
}

impl LineSettings {
    /// Whether typed characters are shown by the line itself.
    pub fn echo(&self) -> bool {
        self.local.contains(LocalModes::ECHO)
    }

    /// Whether the program gets whole lines, which the line lets a person edit.
    pub fn canonical(&self) -> bool {
        self.local.contains(LocalModes::ICANON)
    }

    /// Whether Ctrl-C is a signal and no key.
    pub fn signals(&self) -> bool {
        self.local.contains(LocalModes::ISIG)
    }
}

pub(super) struct Line {
    name: PathBuf,
}

impl Line {
    pub(super) fn of(master: &dyn MasterPty) -> Result<Self> {
        let name = master.tty_name().context("the terminal has no name")?;
        Ok(Self { name })
    }

    pub(super) fn settings(&self) -> Result<LineSettings> {
        let termios = self.termios(&self.open()?)?;
        Ok(LineSettings {
            input: termios.input_modes,
            output: termios.output_modes,
            control: termios.control_modes,
            local: termios.local_modes,
        })
    }

    /// Gives whoever reads at the terminal's end one byte to wake up by (which means nothing to
    /// a terminal): a blocked read cannot be ended otherwise. Where the program is writing just then,
    /// or has filled the line, it waits for its turn, unless the reader is `gone` meanwhile.
    pub(super) fn wake_reader(&self, gone: impl Fn() -> bool) -> Result<()> {
        let line = self.open()?;
        eventually(TURN_WITHIN, "a turn to write to the terminal", || match write(&line, b"\0") {
            Ok(_) => Attempt::Done(()),
            Err(_) if gone() => Attempt::Done(()),
            Err(Errno::AGAIN) => Attempt::NotYet("it is taken".to_owned()),
            Err(error) => Attempt::Hopeless(format!("writing to the terminal: {error}")),
        })
    }

    /// Keeps `portable-pty` from typing Enter and the end-of-file character when its writer is
    /// dropped: a hang-up presses no keys. It types none where that character is switched off.
    pub(super) fn silence_farewell(&self) -> Result<()> {
        let line = self.open()?;
        let mut termios = self.termios(&line)?;
        termios.special_codes[SpecialCodeIndex::VEOF] = 0;
        tcsetattr(&line, OptionalActions::Now, &termios).context("setting the terminal")
    }

    fn termios(&self, line: &OwnedFd) -> Result<Termios> {
        tcgetattr(line).with_context(|| format!("reading the settings of {}", self.name.display()))
    }

    /// Never as our own controlling terminal, and never waiting.
    fn open(&self) -> Result<OwnedFd> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        rustix::fs::open(&self.name, flags, Mode::empty())
            .with_context(|| format!("opening {}", self.name.display()))
    }
}
