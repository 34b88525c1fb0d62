//! What is drawn on: the terminal, or in tests something that remembers its frames.
//! Steps 2 and 9 of an order's way.

use std::io;

use ratatui::Frame;

use crate::terminal::Screen;

/// Shows frames. Whoever drops it puts back what was there before.
pub(super) trait Display {
    /// Shows one frame.
    ///
    /// # Errors
    /// There is nothing to draw on any more.
    fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()>;

    /// What is shown is not the last frame any more: the next one is drawn as a whole.
    fn forget(&mut self);

    /// Gives the terminal to the shell, and returns when it is ours again, with nothing on it.
    ///
    /// # Errors
    /// It could not be given, or not taken back.
    fn suspend(&mut self) -> io::Result<()>;

    /// Somebody else has stopped and continued us: takes the terminal over again, with nothing on it.
    ///
    /// # Errors
    /// It could not be taken over.
    fn resume(&mut self) -> io::Result<()>;
}

impl Display for Screen {
    fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        Self::draw(self, render)
    }

    fn forget(&mut self) {
        Self::forget(self);
    }

    fn suspend(&mut self) -> io::Result<()> {
        Self::suspend(self)
    }

    fn resume(&mut self) -> io::Result<()> {
        Self::resume(self)
    }
}
