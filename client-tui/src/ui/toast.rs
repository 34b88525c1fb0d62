//! Short messages in the lower right corner, over the panes and never over the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph};

use super::scene::Scene;
use super::text::{width, wrap};
use super::theme::Role;
use crate::app::toasts::{Toast, Tone};

/// The widest a message gets: a comfortable line to read.
const CELLS_MAX: usize = 60;

pub(super) fn draw(scene: &Scene, body: Rect, frame: &mut Frame) {
    let mut free = body;
    // The latest one is nearest to the corner; what does not fit above it is not shown yet.
    for toast in scene.model.toasts.shown().iter().rev() {
        let room = usize::from(free.width.saturating_sub(4)).min(CELLS_MAX);
        let lines = wrap(&toast.text, room);
        let cells = lines.iter().map(|line| width(line)).max().unwrap_or(0).max(TITLE_CELLS);
        let columns = u16::try_from(cells + 4).unwrap_or(u16::MAX);
        let rows = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
        if room == 0 || rows > free.height || columns > free.width {
            return;
        }
        let area = Rect {
            x: free.right().saturating_sub(columns),
            y: free.bottom().saturating_sub(rows),
            width: columns,
            height: rows,
        };
        free.height = free.height.saturating_sub(rows);
        draw_one(scene, toast, lines, area, frame);
    }
}

/// The longest title with its spaces and a corner on either side.
const TITLE_CELLS: usize = 17;

fn draw_one(scene: &Scene, toast: &Toast, lines: Vec<String>, area: Rect, frame: &mut Frame) {
    let (role, title) = match toast.tone {
        Tone::Hint => (Role::Accent, None),
        Tone::Good => (Role::Good, None),
        Tone::Bad => (Role::Bad, Some(" Esc dismisses ")),
    };
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(scene.style(role))
        .padding(Padding::horizontal(1));
    if let Some(title) = title {
        block = block.title_bottom(Line::raw(title).right_aligned());
    }
    let lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
