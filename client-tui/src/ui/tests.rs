//! What the screens look like, and what holds of them at every size.

mod screens;
mod properties;
mod picture;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::app::fixture::World;
use crate::terminal::ColourDepth;
use crate::ui::theme::Theme;

/// The frame of this size, in sixteen colours.
fn frame(world: &World, (columns, rows): (u16, u16)) -> Buffer {
    frame_in(world, (columns, rows), ColourDepth::Sixteen)
}

fn frame_in(world: &World, (columns, rows): (u16, u16), depth: ColourDepth) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let theme = Theme::new(depth);
    terminal.draw(|frame| super::draw(&world.model, world.now(), theme, frame)).unwrap();
    terminal.backend().buffer().clone()
}
