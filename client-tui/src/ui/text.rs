//! Text in columns: cut, padded, wrapped and set on two sides, measured as the terminal measures it.
//!
//! Names come from outside and have diacritics; nothing here counts bytes or characters. Control
//! characters never get through: ratatui's graphemes leave them out.

use ratatui::buffer::CellWidth;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Stands where text was cut. Two dots, because the one-character ellipsis is two cells wide in some
/// terminals.
const CUT: &str = "..";

/// How many cells the text takes.
pub(crate) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text in at most so many cells, its end replaced by two dots where it is longer.
pub(crate) fn cut(text: &str, cells: usize) -> String {
    // Spaces at its end are no loss.
    if width(text.trim_end()) <= cells {
        return graphemes(text, cells);
    }
    match cells.checked_sub(width(CUT)) {
        Some(room) => format!("{}{CUT}", graphemes(text, room).trim_end()),
        None => graphemes(text, cells),
    }
}

/// The text in exactly so many cells: cut, or filled with spaces on its right.
pub(crate) fn column(text: &str, cells: usize) -> String {
    let mut text = cut(text, cells);
    let missing = cells.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// The text in exactly so many cells, on their right side.
pub(crate) fn column_right(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    let missing = cells.saturating_sub(width(&text));
    format!("{}{text}", " ".repeat(missing))
}

/// As many graphemes as fit into so many cells.
fn graphemes(text: &str, cells: usize) -> String {
    let mut used = 0;
    Span::raw(text)
        .styled_graphemes(Style::new())
        .map(|grapheme| grapheme.symbol)
        .take_while(|symbol| {
            used += usize::from(symbol.cell_width());
            used <= cells
        })
        .collect()
}

/// The text in lines of at most so many cells, broken between words; a word that is longer than a
/// line is broken anywhere.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word = graphemes(word, usize::MAX);
        if !line.is_empty() && width(&line) + 1 + width(&word) > cells {
            lines.push(std::mem::take(&mut line));
        }
        while width(&word) > cells {
            let head = graphemes(&word, cells);
            let rest = word.strip_prefix(&head).filter(|_| !head.is_empty());
            // A grapheme that is wider than the line: nothing more of the word can be shown.
            let rest = rest.map(str::to_owned).unwrap_or_default();
            lines.push(head);
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Spans in lines of at most so many cells, broken between words. The first span keeps its style (if
/// it fits on the first line), the others become plain.
pub(crate) fn wrap_spans(spans: &[Span<'static>], cells: usize) -> Vec<Line<'static>> {
    let text: String = spans.iter().map(|span| span.content.as_ref()).collect();
    let mut lines: Vec<Line> = wrap(&text, cells).into_iter().map(Line::from).collect();
    if let (Some(line), Some(first)) = (lines.first_mut(), spans.first())
        && let Some(rest) = line.to_string().strip_prefix(first.content.as_ref())
    {
        *line = Line::from(vec![first.clone(), Span::raw(rest.to_owned())]);
    }
    lines
}

/// One line with something on either side: the right side is shown whole, the left one cut to fit.
pub(crate) fn two_sides<'a>(left: Vec<Span<'a>>, right: Vec<Span<'a>>, cells: usize) -> Line<'a> {
    let right_width: usize = right.iter().map(Span::width).sum();
    let room = cells.saturating_sub(right_width);
    let mut spans = cut_spans(left, room.saturating_sub(usize::from(right_width > 0)));
    let used: usize = spans.iter().map(Span::width).sum();
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used))));
    spans.extend(right);
    Line::from(spans)
}

/// These spans in at most so many cells.
pub(crate) fn cut_spans(spans: Vec<Span<'_>>, cells: usize) -> Vec<Span<'_>> {
    let mut room = cells;
    let mut kept = Vec::with_capacity(spans.len());
    for span in spans {
        let whole = span.width() <= room;
        let span = if whole { span } else { Span::styled(cut(&span.content, room), span.style) };
        room = room.saturating_sub(span.width());
        kept.push(span);
        if !whole {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_with_diacritics_stand_in_straight_columns() {
        for name in ["Phở Bò", "Gỏi Cuốn", "Tagliatelle al Ragù", "你好", "e\u{301}t"] {
            assert_eq!(width(&column(name, 12)), 12, "{name}");
            assert_eq!(width(&column(name, 4)), 4, "{name}");
        }
        assert_eq!(cut("Phở Corner", 6), "Phở..");
    }

    #[test]
    fn the_right_side_is_shown_whole_and_the_left_one_gives_way() {
        let line = two_sides(vec!["Three-tier Tiffin".into()], vec!["$14.50".into()], 16);
        assert_eq!(line.to_string(), "Three-t.. $14.50");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(
            wrap("the kitchen has begun", 11),
            ["the kitchen".to_owned(), "has begun".to_owned()]
        );
        assert_eq!(wrap("unbreakable", 4), ["unbr", "eaka", "ble"]);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_wider_than_its_column(text in ".{0,40}", cells in 0_usize..30) {
            prop_assert!(width(&cut(&text, cells)) <= cells);
            prop_assert_eq!(width(&column_right(&text, cells)), cells);
            let lines = wrap(&text, cells);
            prop_assert!(lines.iter().all(|line| width(line) <= cells.max(1)));
        }
    }
}
