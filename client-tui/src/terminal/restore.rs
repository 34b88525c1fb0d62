//! The one way back: puts the terminal as it was, at most once for each time it was taken over.
//!
//! Called by the guard, by the panic hook and before a suspend. A second call does nothing: it would
//! move the cursor over whatever has been printed meanwhile.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    cursor,
    event::{DisableBracketedPaste, DisableFocusChange},
    queue,
    style::{Attribute, SetAttribute},
    terminal::{EndSynchronizedUpdate, LeaveAlternateScreen, disable_raw_mode},
};

use super::screen::standard_output;

/// True from just before the first change to the terminal until it has been put back.
static TAKEN_OVER: AtomicBool = AtomicBool::new(false);

/// Says that the terminal is about to be changed: from now on [`restore`] has something to do.
pub(super) fn arm() {
    TAKEN_OVER.store(true, Ordering::SeqCst);
}

/// Puts the terminal back as it was. Idempotent, callable from any thread and from a panic hook.
pub fn restore() {
    if !TAKEN_OVER.swap(false, Ordering::SeqCst) {
        return;
    }
    let shown = way_back().and_then(|bytes| standard_output()?.write_all(&bytes));
    let cooked = disable_raw_mode();
    if let Err(error) = shown.and(cooked) {
        // The usual reason is a terminal that has been closed: then nothing is left to put back.
        tracing::warn!(%error, "the terminal could not be put back");
    }
}

/// The bytes that undo what entering the screen did, in reverse.
pub(super) fn way_back() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(
        bytes,
        // A panic may have come in the middle of a frame.
        EndSynchronizedUpdate,
        SetAttribute(Attribute::Reset),
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    Ok(bytes)
}
