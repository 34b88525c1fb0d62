//! Makes one write of one frame, between the marks of a synchronized update.
//!
//! So no terminal shows half a frame, not even over a slow line. What the frame shows is drawn by
//! whoever calls; where the bytes go is anything that can be written to.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use crossterm::{
    queue,
    terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate},
};
use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect,
};

/// Frames on their way to `W`.
#[derive(Debug)]
pub struct Canvas<W> {
    terminal: Terminal<CrosstermBackend<FrameBytes>>,
    viewport: Viewport,
    on_screen: OnScreen,
    bytes: FrameBytes,
    output: W,
}

/// What a frame finds on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnScreen {
    /// The frame before; nothing before the first one.
    AsDrawn,
    /// Nobody knows what.
    Anything,
}

impl<W: Write> Canvas<W> {
    /// A canvas as large as the terminal, always, on a screen that is empty now.
    ///
    /// # Errors
    /// The terminal's size cannot be read.
    pub fn new(output: W) -> io::Result<Self> {
        Self::with_viewport(output, Viewport::Fullscreen)
    }

    /// A canvas of one size, for which no terminal is needed.
    ///
    /// # Errors
    /// None is known; the type is that of [`Canvas::new`].
    pub fn with_size(output: W, size: Rect) -> io::Result<Self> {
        Self::with_viewport(output, Viewport::Fixed(size))
    }

    fn with_viewport(output: W, viewport: Viewport) -> io::Result<Self> {
        let bytes = FrameBytes::default();
        let terminal = empty(&bytes, &viewport)?;
        Ok(Self { terminal, viewport, on_screen: OnScreen::AsDrawn, bytes, output })
    }

    /// Something else than a frame has changed what the terminal shows (another size, say, even one
    /// that came and went): the next frame draws every cell.
    pub fn forget(&mut self) {
        self.on_screen = OnScreen::Anything;
    }

    /// Draws one frame. Where that fails the end mark goes out all the same, so that no terminal
    /// stays frozen.
    ///
    /// # Errors
    /// Whatever the output answers to the write.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        if self.on_screen == OnScreen::Anything {
            queue!(self.bytes, Clear(ClearType::All))?;
            self.terminal = empty(&self.bytes, &self.viewport)?;
            self.on_screen = OnScreen::AsDrawn;
        }
        let drawn = self.terminal.draw(render).map(|_| ());
        let ended = queue!(self.bytes, EndSynchronizedUpdate);
        let written = self.output.write_all(&self.bytes.take()).and_then(|()| self.output.flush());
        drawn.and(ended).and(written)
    }

    /// Where the frames went.
    pub fn output(&self) -> &W {
        &self.output
    }
}

/// A terminal that believes the screen empty. Clearing one that has drawn would ask for the cursor and
/// wait for an answer that the stream of keys has already taken.
fn empty(
    bytes: &FrameBytes,
    viewport: &Viewport,
) -> io::Result<Terminal<CrosstermBackend<FrameBytes>>> {
    let options = TerminalOptions { viewport: viewport.clone() };
    Terminal::with_options(CrosstermBackend::new(bytes.clone()), options)
}

/// Collects a frame's bytes, since ratatui flushes several times while it draws one. Shared by the
/// backend, which owns its writer for itself, and the canvas; both are used by one thread at a time.
#[derive(Debug, Default, Clone)]
struct FrameBytes(Arc<Mutex<Vec<u8>>>);

impl FrameBytes {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for FrameBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Does nothing: only a whole frame goes out.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "\u{1b}[?2026h";
    const END: &str = "\u{1b}[?2026l";
    const SIZE: Rect = Rect::new(0, 0, 20, 2);

    /// Keeps each write apart, and fails them where it is told to.
    #[derive(Default)]
    struct Recorder {
        writes: Vec<String>,
        broken: bool,
    }

    impl Write for Recorder {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.writes.push(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn draw_dinner(canvas: &mut Canvas<Recorder>) -> io::Result<()> {
        canvas.draw(|frame| frame.render_widget("dinner", frame.area()))
    }

    #[test]
    fn a_frame_is_one_write_between_the_marks_of_a_synchronized_update() {
        let mut canvas = Canvas::with_size(Recorder::default(), SIZE).unwrap();
        draw_dinner(&mut canvas).unwrap();
        let [frame] = canvas.output().writes.as_slice() else {
            panic!("not one write: {:?}", canvas.output().writes)
        };
        assert!(
            frame.starts_with(BEGIN) && frame.ends_with(END) && frame.contains("dinner"),
            "{frame:?}"
        );
    }

    #[test]
    fn an_unchanged_frame_draws_no_cell_again() {
        let mut canvas = Canvas::with_size(Recorder::default(), SIZE).unwrap();
        draw_dinner(&mut canvas).unwrap();
        draw_dinner(&mut canvas).unwrap();
        assert!(!canvas.output().writes[1].contains("dinner"));
    }

    #[test]
    fn a_frame_over_who_knows_what_clears_it_and_draws_every_cell() {
        let mut canvas = Canvas::with_size(Recorder::default(), SIZE).unwrap();
        draw_dinner(&mut canvas).unwrap();
        canvas.forget();
        draw_dinner(&mut canvas).unwrap();
        draw_dinner(&mut canvas).unwrap();
        let [_, anew, unchanged] = canvas.output().writes.as_slice() else {
            panic!("not three writes: {:?}", canvas.output().writes)
        };
        let (before, after) = anew.split_once("\u{1b}[2J").unwrap();
        assert!(before == BEGIN && after.contains("dinner"), "{anew:?}");
        assert!(!unchanged.contains("dinner"), "{unchanged:?}");
    }

    #[test]
    fn a_terminal_that_is_gone_is_an_error_and_leaves_no_old_frame_behind() {
        let mut canvas =
            Canvas::with_size(Recorder { broken: true, ..Recorder::default() }, SIZE).unwrap();
        assert_eq!(draw_dinner(&mut canvas).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(canvas.bytes.take().is_empty());
    }
}
