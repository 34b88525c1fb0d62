//! Keys, pastes and resizes as they arrive: where step 1 of an order's way begins.
//!
//! Key releases are dropped (terminals that report them would double each key), and a paste is
//! made plain text here, once for every field. What a key means is decided elsewhere.

use std::io;

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind};
use futures_util::StreamExt;

/// How many characters of one paste are kept. The longest field is a note of a few lines; what is
/// longer was pasted by mistake.
pub const PASTE_LIMIT: usize = 2_000;

/// What the person at the terminal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalEvent {
    /// A key went down, or repeats while it is held.
    Key(KeyEvent),
    /// Pasted text: one line, without control characters, at most [`PASTE_LIMIT`] characters.
    Paste(String),
    /// The terminal has another size now; the next frame takes it into account by itself.
    Resized { columns: u16, rows: u16 },
    /// Somebody looks at this terminal again (only from terminals that say so).
    FocusGained,
    /// Nobody looks at this terminal now (only from terminals that say so).
    FocusLost,
}

/// The stream of events. At most one may exist, since two would share out the keys between them:
/// drop it before an editor takes the terminal and make a new one afterwards.
#[derive(Debug)]
pub struct TerminalInput {
    events: EventStream,
}

impl TerminalInput {
    /// Begins to read; call it in raw mode, in a task that owns it until the end.
    #[expect(
        clippy::new_without_default,
        reason = "a default value that starts a reading thread would surprise"
    )]
    pub fn new() -> Self {
        Self { events: EventStream::new() }
    }

    /// Waits for the next event. `None` means that there will never be another one.
    /// Dropping the future loses nothing.
    ///
    /// # Errors
    /// The terminal cannot be read any more; the program should end.
    pub async fn next(&mut self) -> Option<io::Result<TerminalEvent>> {
        loop {
            match self.events.next().await? {
                Ok(event) => {
                    if let Some(event) = recognise(event) {
                        return Some(Ok(event));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn recognise(event: Event) -> Option<TerminalEvent> {
    match event {
        Event::Key(key) => match key.kind {
            KeyEventKind::Press | KeyEventKind::Repeat => Some(TerminalEvent::Key(key)),
            KeyEventKind::Release => None,
        },
        Event::Paste(text) => Some(TerminalEvent::Paste(as_one_line(&text))),
        Event::Resize(columns, rows) => Some(TerminalEvent::Resized { columns, rows }),
        Event::FocusGained => Some(TerminalEvent::FocusGained),
        Event::FocusLost => Some(TerminalEvent::FocusLost),
        // The mouse is never captured, so that selecting text works as everywhere.
        Event::Mouse(_) => None,
    }
}

/// Line ends and tabs become spaces (CR LF one of them), other control characters go.
fn as_one_line(pasted: &str) -> String {
    pasted
        .replace("\r\n", "\n")
        .chars()
        .map(|character| if matches!(character, '\n' | '\r' | '\t') { ' ' } else { character })
        .filter(|character| !character.is_control())
        .take(PASTE_LIMIT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    fn key(kind: KeyEventKind) -> Event {
        Event::Key(KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, kind))
    }

    #[test]
    fn a_key_counts_when_it_goes_down_and_not_when_it_comes_up() {
        assert!(matches!(recognise(key(KeyEventKind::Press)), Some(TerminalEvent::Key(_))));
        assert!(matches!(recognise(key(KeyEventKind::Repeat)), Some(TerminalEvent::Key(_))));
        assert_eq!(recognise(key(KeyEventKind::Release)), None);
    }

    #[test]
    fn a_paste_is_one_line_of_text_and_never_a_command() {
        let pasted = Event::Paste("ring\r\ntwice\tplease\u{1b}[2J\u{7}".to_owned());
        assert_eq!(
            recognise(pasted),
            Some(TerminalEvent::Paste("ring twice please[2J".to_owned()))
        );
    }

    #[test]
    fn a_paste_has_a_bound() {
        let Some(TerminalEvent::Paste(text)) = recognise(Event::Paste("é".repeat(PASTE_LIMIT + 1)))
        else {
            panic!("a paste is an event");
        };
        assert_eq!(text.chars().count(), PASTE_LIMIT);
    }
}
