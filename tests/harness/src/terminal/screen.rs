//! What is on the screen at one moment, as text, with the look of each cell, and the modes that a
//! program has switched on.

use std::fmt;

use anyhow::{Context, Result};
use vt100::{Cell, Color, MouseProtocolMode};

use super::key::CursorKeyMode;

/// A screen as it was when it was asked for. It prints itself with a frame.
#[derive(Clone, Debug)]
pub struct Screen(vt100::Screen);

/// A cell, counted from 0 at the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From the left. Wide characters take two columns.
    pub column: u16,
    /// From the top.
    pub row: u16,
}

/// The look of a cell. `Style::default()` is that of solid text in the terminal's own colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "attributes of a terminal's cell are independent of each other"
)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Dim (faint).
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underlined: bool,
    /// With foreground and background exchanged.
    pub inverse: bool,
    /// Colour of the text.
    pub foreground: Color,
    /// Colour behind it.
    pub background: Color,
}

impl Screen {
    pub(super) fn of(screen: vt100::Screen) -> Self {
        Self(screen)
    }

    /// All rows from the top, without blanks at their ends and without blank rows at the end.
    pub fn text(&self) -> String {
        let rows: Vec<_> = self.rows().collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// One row without blanks at its end; empty beyond the screen.
    pub fn row(&self, row: u16) -> String {
        self.rows().nth(row.into()).unwrap_or_default()
    }

    /// Whether `text` stands somewhere within one row.
    pub fn contains(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// Where `text` begins: its first place from the top, within one row.
    pub fn find(&self, text: &str) -> Option<Position> {
        let (rows, columns) = self.0.size();
        (0..rows.get()).find_map(|row| {
            let mut line = String::new();
            let mut starts = Vec::new();
            for column in 0..columns.get() {
                let cell = self.0.cell(row, column)?;
                if !cell.is_wide_continuation() {
                    starts.push((line.len(), column));
                    line.push_str(if cell.has_contents() { cell.contents() } else { " " });
                }
            }
            let found = line.find(text)?;
            let (_, column) = starts.into_iter().rfind(|(start, _)| *start <= found)?;
            Some(Position { column, row })
        })
    }

    /// The look of one cell; none beyond the screen.
    pub fn style_at(&self, position: Position) -> Option<Style> {
        let cell = self.0.cell(position.row, position.column)?;
        Some(style(cell))
    }

    /// The look of the first cell of `text`, where it stands first from the top.
    pub fn style_of(&self, text: &str) -> Result<Style> {
        let position = self.find(text);
        let style = position.and_then(|position| self.style_at(position));
        style.with_context(|| format!("{text:?} is not on the screen:\n{self}"))
    }

    /// Where the cursor stands, whether it is visible or not.
    pub fn cursor(&self) -> Position {
        let (row, column) = self.0.cursor_position();
        Position { column, row }
    }

    /// Whether the cursor can be seen.
    pub fn cursor_visible(&self) -> bool {
        !self.0.hide_cursor()
    }

    /// Whether this is the alternate screen, on which full-screen programs draw.
    pub fn alternate_screen(&self) -> bool {
        self.0.alternate_screen()
    }

    /// Whether the program asked for pasted text to be marked.
    pub fn bracketed_paste(&self) -> bool {
        self.0.bracketed_paste()
    }

    /// Whether the program asked for the mouse, which takes selecting text away from a person.
    pub fn mouse_captured(&self) -> bool {
        self.0.mouse_protocol_mode() != MouseProtocolMode::None
    }

    /// What is switched on that a shell does not expect, in words.
    pub(super) fn left_behind(&self) -> Vec<String> {
        let plain = Style {
            bold: self.0.bold(),
            dim: self.0.dim(),
            italic: self.0.italic(),
            underlined: self.0.underline(),
            inverse: self.0.inverse(),
            foreground: self.0.fgcolor(),
            background: self.0.bgcolor(),
        } == Style::default();
        [
            (self.alternate_screen(), "the alternate screen"),
            (!self.cursor_visible(), "a hidden cursor"),
            (self.bracketed_paste(), "bracketed paste"),
            (self.mouse_captured(), "a captured mouse"),
            (self.0.application_cursor(), "cursor keys in application mode"),
            (self.0.application_keypad(), "the keypad in application mode"),
            (!plain, "a style or colour for whatever is written next"),
        ]
        .into_iter()
        .filter(|(left, _)| *left)
        .map(|(_, what)| what.to_owned())
        .collect()
    }

    pub(super) fn cursor_key_mode(&self) -> CursorKeyMode {
        if self.0.application_cursor() { CursorKeyMode::Application } else { CursorKeyMode::Normal }
    }

    fn rows(&self) -> impl Iterator<Item = String> {
        let (_, columns) = self.0.size();
        let rows = self.0.rows(0, columns.get());
        rows.map(|row| row.trim_end().to_owned())
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, columns) = self.0.size();
        let edge = "─".repeat(columns.get().into());
        writeln!(formatter, "┌{edge}")?;
        for row in self.rows() {
            writeln!(formatter, "│{row}")?;
        }
        write!(formatter, "└{edge}")
    }
}

fn style(cell: &Cell) -> Style {
    Style {
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        underlined: cell.underline(),
        inverse: cell.inverse(),
        foreground: cell.fgcolor(),
        background: cell.bgcolor(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    /// A screen of 20×4 after these bytes.
    fn after(bytes: &str) -> Screen {
        let size = |cells| NonZeroU16::new(cells).expect("not zero");
        let mut parser = vt100::Parser::new(size(4), size(20), 0);
        parser.process(bytes.as_bytes());
        Screen::of(parser.screen().clone())
    }

    #[test]
    fn the_text_has_a_line_for_each_row() {
        let screen = after("one\r\n\r\n  three");
        assert_eq!(screen.text(), "one\n\n  three");
        assert_eq!(screen.row(2), "  three");
        assert_eq!(screen.row(9), "");
    }

    #[test]
    fn text_is_found_by_column_also_behind_wide_characters_and_gaps() {
        let screen = after("\r\n你好 ok\x1b[3;11Hfar away");
        assert_eq!(screen.find("ok"), Some(Position { column: 5, row: 1 }));
        assert_eq!(screen.find("好"), Some(Position { column: 2, row: 1 }));
        assert_eq!(screen.find("far a"), Some(Position { column: 10, row: 2 }));
        assert_eq!(screen.find("ok far"), None);
    }

    #[test]
    fn dim_bold_inverse_and_colours_are_told_apart() -> Result<()> {
        let screen = after("\x1b[2mdim\x1b[0m \x1b[1;7mbold\x1b[0m \x1b[31;44mred\x1b[0m solid");
        assert!(screen.style_of("dim")?.dim);
        let bold = screen.style_of("bold")?;
        assert!(bold.bold && bold.inverse && !bold.dim);
        let red = screen.style_of("red")?;
        assert_eq!((red.foreground, red.background), (Color::Idx(1), Color::Idx(4)));
        assert_eq!(screen.style_of("solid")?, Style::default());
        assert!(screen.style_of("missing").is_err());
        Ok(())
    }

    #[test]
    fn whatever_is_left_switched_on_is_named() {
        assert!(after("\x1b[?1049h\x1b[?25l\x1b[?1049l\x1b[?25hbye").left_behind().is_empty());
        let left = after("\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1000h\x1b[?1h\x1b=\x1b[1m");
        assert_eq!(left.left_behind().len(), 7, "{:?}", left.left_behind());
    }

    #[test]
    fn a_printed_screen_shows_its_rows_in_a_frame() {
        assert!(after("hello").to_string().starts_with("┌────"));
        assert!(after("hello").to_string().contains("\n│hello\n│\n"));
    }
}
