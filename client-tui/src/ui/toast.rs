//! The latest short message, on lines of its own: the pane beside it gives way, so that it covers
//! nothing that one may be reading. Steps 2 and 9 of an order's way.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::scene::Scene;
use super::symbols;
use super::text::{cut, wrap};
use super::theme::Role;
use crate::app::model::{Model, Overlay};
use crate::app::toasts::{Toast, Tone};

/// The longest message; what is beside it must not give way to a novel.
const ROWS_MAX: usize = 4;
/// A space, the mark, a space; and a space at the end.
const MARGINS: usize = 4;

/// How many rows the latest message needs in so many columns: none where there is none, or where
/// somebody reads the help or a question and is not to be interrupted.
pub(super) fn height(model: &Model, columns: u16) -> u16 {
    let Some((toast, older)) = latest(model) else { return 0 };
    let rows = lines(toast, older, columns).len().min(ROWS_MAX);
    u16::try_from(rows).unwrap_or(u16::MAX)
}

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let Some((toast, older)) = latest(scene.model) else { return };
    let (mark, role) = match toast.tone {
        Tone::Hint => (symbols::HERE, Role::Accent),
        Tone::Good => (symbols::DONE, Role::Good),
        Tone::Bad => (symbols::REFUSED, Role::Bad),
    };
    let rows = usize::from(area.height);
    let mut lines = lines(toast, older, area.width);
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} .."), cells(area.width));
        }
    }
    let lines: Vec<Line> = lines
        .into_iter()
        .enumerate()
        .map(|(row, line)| {
            let mark = if row == 0 { mark } else { " " };
            let text = scene.span(line, Role::Strong);
            Line::from(vec![Span::raw(" "), scene.span(mark, role), Span::raw(" "), text])
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

/// The latest message, and how many are behind it.
fn latest(model: &Model) -> Option<(&Toast, usize)> {
    match model.overlay {
        Some(Overlay::Help { .. } | Overlay::Question(_)) => return None,
        None | Some(Overlay::Editing { .. } | Overlay::Tip(_) | Overlay::Rating(_)) => {}
    }
    model.toasts.shown().split_last().map(|(latest, older)| (latest, older.len()))
}

fn lines(toast: &Toast, older: usize, columns: u16) -> Vec<String> {
    let rest = match (toast.tone, older) {
        (Tone::Bad, 0) => " (Esc dismisses)".to_owned(),
        (Tone::Bad, older) => format!(" (Esc dismisses, {older} more)"),
        (Tone::Hint | Tone::Good, _) => String::new(),
    };
    wrap(&format!("{}{rest}", toast.text), cells(columns))
}

fn cells(columns: u16) -> usize {
    usize::from(columns).saturating_sub(MARGINS)
}
