//! Keys as an xterm sends them.

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character without Ctrl or Alt.
    Character(char),
    /// Ctrl with a letter.
    Ctrl(char),
    /// Alt with a character.
    Alt(char),
    /// Enter.
    Enter,
    /// Esc.
    Escape,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Del.
    Delete,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// How the program wants arrows, Home and End to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CursorKeyMode {
    Normal,
    Application,
}

impl Key {
    pub(super) fn bytes(self, mode: CursorKeyMode) -> Vec<u8> {
        let cursor_key = |letter| match mode {
            CursorKeyMode::Normal => format!("\x1b[{letter}"),
            CursorKeyMode::Application => format!("\x1bO{letter}"),
        };
        let text = match self {
            Self::Character(character) => character.to_string(),
            // Ctrl clears all but the lower five bits of the letter.
            Self::Ctrl(letter) => char::from(letter as u8 & 0x1f).to_string(),
            Self::Alt(character) => format!("\x1b{character}"),
            Self::Enter => "\r".into(),
            Self::Escape => "\x1b".into(),
            Self::Tab => "\t".into(),
            Self::BackTab => "\x1b[Z".into(),
            Self::Backspace => "\x7f".into(),
            Self::Delete => "\x1b[3~".into(),
            Self::Up => cursor_key('A'),
            Self::Down => cursor_key('B'),
            Self::Right => cursor_key('C'),
            Self::Left => cursor_key('D'),
            Self::Home => cursor_key('H'),
            Self::End => cursor_key('F'),
            Self::PageUp => "\x1b[5~".into(),
            Self::PageDown => "\x1b[6~".into(),
        };
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sent_as_an_xterm_sends_them() {
        let sent = |key: Key| key.bytes(CursorKeyMode::Normal);
        assert_eq!(sent(Key::Ctrl('c')), b"\x03");
        assert_eq!(sent(Key::Ctrl('C')), b"\x03");
        assert_eq!(sent(Key::Character('ü')), "ü".as_bytes());
        assert_eq!(sent(Key::Up), b"\x1b[A");
        assert_eq!(sent(Key::PageDown), b"\x1b[6~");
    }

    #[test]
    fn arrows_follow_the_mode_that_the_program_asked_for() {
        assert_eq!(Key::Left.bytes(CursorKeyMode::Application), b"\x1bOD");
        assert_eq!(Key::Delete.bytes(CursorKeyMode::Application), b"\x1b[3~");
    }
}
