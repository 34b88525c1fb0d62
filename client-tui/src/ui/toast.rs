//! Short messages in the lower right corner, over the panes and never over the keys; one at a time, the
//! latest. Steps 2 and 9 of an order's way.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph};

use super::scene::Scene;
use super::text::{cut, width, wrap};
use super::theme::Role;
use crate::app::toasts::{Toast, Tone};

/// The widest a message gets: a comfortable line to read.
const CELLS_MAX: usize = 60;
/// The longest; what is behind it must not be covered for a novel.
const ROWS_MAX: usize = 5;

pub(super) fn draw(scene: &Scene, body: Rect, frame: &mut Frame) {
    let Some((toast, older)) = scene.model.toasts.shown().split_last() else { return };
    let room = usize::from(body.width.saturating_sub(4)).min(CELLS_MAX);
    let mut lines = wrap(&toast.text, room);
    if lines.len() > ROWS_MAX {
        lines.truncate(ROWS_MAX);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} .."), room);
        }
    }
    let title = title(toast.tone, older.len());
    let cells = lines.iter().map(|line| width(line)).max().unwrap_or(0).max(width(&title));
    let columns = u16::try_from(cells + 4).unwrap_or(u16::MAX).min(body.width);
    let rows = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(body.height);
    let area = Rect {
        x: body.right().saturating_sub(columns),
        y: body.bottom().saturating_sub(rows),
        width: columns,
        height: rows,
    };
    draw_at(scene, toast, title, lines, area, frame);
}

/// How to get rid of it, and how many are behind it.
fn title(tone: Tone, older: usize) -> String {
    match (tone, older) {
        (Tone::Bad, 0) => " Esc dismisses ".to_owned(),
        (Tone::Bad, older) => format!(" Esc dismisses, {older} more "),
        (Tone::Hint | Tone::Good, _) => String::new(),
    }
}

fn draw_at(
    scene: &Scene,
    toast: &Toast,
    title: String,
    lines: Vec<String>,
    area: Rect,
    frame: &mut Frame,
) {
    let role = match toast.tone {
        Tone::Hint => Role::Accent,
        Tone::Good => Role::Good,
        Tone::Bad => Role::Bad,
    };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(scene.style(role))
        .padding(Padding::horizontal(1))
        .title_bottom(Line::raw(title).right_aligned());
    let lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
