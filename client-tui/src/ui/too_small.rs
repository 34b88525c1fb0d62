//! One sentence where nothing else fits: how large the terminal is, and how large it has to be.

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::layout::MINIMUM;
use super::text::wrap;

pub(super) fn draw(frame: &mut Frame) {
    let area = frame.area();
    let words = format!(
        "This terminal is {}x{}; tiffin needs {}x{}. Make it larger, or press q to leave.",
        area.width, area.height, MINIMUM.0, MINIMUM.1
    );
    let lines: Vec<Line> =
        wrap(&words, usize::from(area.width)).into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
