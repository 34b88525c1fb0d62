//! The terminal and nothing else: into the alternate screen and back, whatever happens.
//!
//! Steps 1 and 2 of an order's way pass here: keys come in (`input`), frames go out (`screen`).
//! Whatever ends the program (quit, error, panic, signal, hang-up) leaves through one `restore()`.
//! What a key means and what a frame shows is none of this module's business.

pub mod colour;
pub mod input;
pub mod screen;
pub mod canvas;
pub mod restore;
pub mod panic;
pub mod signals;

use std::io::{self, IsTerminal};

pub use canvas::Canvas;
pub use colour::ColourDepth;
pub use input::{TerminalEvent, TerminalInput};
pub use panic::end_process_on_panic;
pub use restore::restore;
pub use screen::Screen;
pub use signals::{QuitReason, Signals, TerminalSignal};

/// The exit code of a program that was started where it cannot work, as for wrong arguments.
pub const EXIT_CODE_NO_TERMINAL: u8 = 2;

/// Standard input or output is a pipe or a file; a full-screen program has nothing to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotATerminal {
    #[error(
        "tiffin reads keys, but its standard input is not a terminal: start it without `<` or `|` before it"
    )]
    Input,
    #[error(
        "tiffin draws a screen, but its standard output is not a terminal: start it without `>` or `|` after it"
    )]
    Output,
}

/// Looks whether there is a terminal to read keys from and to draw on.
///
/// # Errors
/// The one sentence to print on standard error before ending with [`EXIT_CODE_NO_TERMINAL`].
pub fn require_terminal() -> Result<(), NotATerminal> {
    check(io::stdin().is_terminal(), io::stdout().is_terminal())
}

fn check(input_is_terminal: bool, output_is_terminal: bool) -> Result<(), NotATerminal> {
    match (input_is_terminal, output_is_terminal) {
        (true, true) => Ok(()),
        (false, _) => Err(NotATerminal::Input),
        (true, false) => Err(NotATerminal::Output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_on_either_side_is_named_in_one_sentence() {
        assert_eq!(check(true, true), Ok(()));
        for (input, output, word) in
            [(false, true, "input"), (true, false, "output"), (false, false, "input")]
        {
            let sentence = check(input, output).unwrap_err().to_string();
            assert!(sentence.contains(word), "{sentence}");
            assert_eq!(sentence.lines().count(), 1);
        }
    }
}
