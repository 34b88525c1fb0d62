//! A key as the table names it and as the screen writes it. Step 1 of an order's way.

use std::fmt;

use super::{KeyCode, KeyEvent, KeyModifiers};

/// A key with Ctrl or without; Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    control: Control,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Down,
    Up,
}

impl Key {
    /// A character as it is typed.
    pub const fn char(character: char) -> Self {
        Self::code(KeyCode::Char(character))
    }

    /// A character together with Ctrl.
    pub const fn ctrl(character: char) -> Self {
        Self { code: KeyCode::Char(character), control: Control::Down }
    }

    /// A key that is no character.
    pub const fn code(code: KeyCode) -> Self {
        Self { code, control: Control::Up }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let control = if event.modifiers.contains(KeyModifiers::CONTROL) {
            Control::Down
        } else {
            Control::Up
        };
        // Terminals disagree on whether Ctrl-C with Caps Lock is `c` or `C`.
        let code = match (event.code, control) {
            (KeyCode::Char(character), Control::Down) => {
                KeyCode::Char(character.to_ascii_lowercase())
            }
            (code, _) => code,
        };
        // Alt makes another key of it: Alt-q must not quit.
        let known = !event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::META);
        Self { code: if known { code } else { KeyCode::Null }, control }
    }
}

impl fmt::Display for Key {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other keys have a good name already")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (KeyCode::Char(character), Control::Down) = (self.code, self.control) {
            return write!(f, "Ctrl-{}", character.to_ascii_uppercase());
        }
        let name = match self.code {
            KeyCode::PageUp => "PgUp",
            KeyCode::PageDown => "PgDn",
            KeyCode::BackTab => "Shift-Tab",
            KeyCode::Delete => "Del",
            KeyCode::Esc => "Esc",
            KeyCode::Enter => "Enter",
            code => return write!(f, "{code}"),
        };
        write!(f, "{name}")
    }
}
