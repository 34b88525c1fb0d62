//! The terminal while it is ours: raw mode and the alternate screen, suspended and taken back.
//!
//! Step 2 of an order's way ends here, on the `canvas`. Nothing is drawn unless the main loop asks
//! for it; how the way back looks stands in `restore`.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd,
};

use crossterm::{
    cursor,
    event::{EnableBracketedPaste, EnableFocusChange},
    queue,
    style::force_color_output,
    terminal::{Clear, ClearType, EnterAlternateScreen, enable_raw_mode},
};
use ratatui::Frame;
use rustix::process::{Signal, kill_current_process_group};

use super::{canvas::Canvas, restore};

/// The terminal in raw mode on its alternate screen, for as long as this value lives.
#[derive(Debug)]
pub struct Screen {
    canvas: Canvas<File>,
}

impl Screen {
    /// Takes the terminal over. On an error it is already as it was before.
    ///
    /// # Errors
    /// The terminal does not let itself be set up, or its size cannot be read.
    pub fn enter() -> io::Result<Self> {
        // Colour is decided by our theme (see `colour`); crossterm must not decide a second time.
        force_color_output(true);
        match take_over() {
            Ok(canvas) => Ok(Self { canvas }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// The terminal cannot be written to any more; the program should end.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.canvas.draw(render)
    }

    /// The terminal has changed by itself what it shows: the next frame draws all of it.
    pub fn forget(&mut self) {
        self.canvas.forget();
    }

    /// Ctrl-Z: gives the terminal back, stops this process group until somebody continues it, and
    /// takes the terminal over again. Draw a frame afterwards; nothing of the old one is left.
    ///
    /// # Errors
    /// The process could not be stopped, or the terminal could not be taken over again.
    pub fn suspend(&mut self) -> io::Result<()> {
        restore();
        // SIGSTOP, because a SIGTSTP that one sends to oneself is dropped in an orphaned group.
        kill_current_process_group(Signal::STOP)?;
        self.canvas = take_over()?;
        Ok(())
    }

    /// After somebody else stopped and continued the process: the shell has changed the terminal's
    /// mode meanwhile, so it is set up anew. Draw a frame afterwards.
    ///
    /// # Errors
    /// The terminal could not be taken over again.
    pub fn resume(&mut self) -> io::Result<()> {
        restore();
        self.canvas = take_over()?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn take_over() -> io::Result<Canvas<File>> {
    restore::arm();
    enable_raw_mode()?;
    let mut output = standard_output()?;
    output.write_all(&way_in()?)?;
    // Always a new canvas, which believes the screen empty, as it is now.
    Canvas::new(output)
}

/// The bytes that begin what [`restore()`] ends.
fn way_in() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(
        bytes,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide,
        Clear(ClearType::All)
    )?;
    Ok(bytes)
}

/// A handle of our own on standard output: unbuffered and without the lock of `io::stdout`, so that
/// restoring from a panic never waits for a frame.
pub(super) fn standard_output() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_screen_switches_on_the_way_back_switches_off() {
        let way_in = String::from_utf8(way_in().unwrap()).unwrap();
        let way_back = String::from_utf8(restore::way_back().unwrap()).unwrap();
        let switched_on: Vec<&str> = way_in
            .split("\u{1b}[?")
            .filter_map(|sequence| sequence.split_once('h'))
            .map(|(mode, _)| mode)
            .collect();
        assert_eq!(
            switched_on,
            ["1049", "2004", "1004"],
            "alternate screen, bracketed paste, focus reports"
        );
        for mode in switched_on {
            assert!(way_back.contains(&format!("\u{1b}[?{mode}l")), "mode {mode} stays on");
        }
        assert!(
            way_in.contains("\u{1b}[?25l") && way_back.contains("\u{1b}[?25h"),
            "the cursor stays hidden"
        );
    }
}
