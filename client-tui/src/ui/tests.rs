use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::snapshot;
use crate::app::fixture::World;
use crate::terminal::ColourDepth;
use crate::ui::theme::Theme;

pub(super) fn buffer(world: &World, columns: u16, rows: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let theme = Theme::new(ColourDepth::Sixteen);
    terminal.draw(|frame| super::draw(&world.model, world.now(), theme, frame)).unwrap();
    terminal.backend().buffer().clone()
}

#[test]
fn look() {
    let mut world = World::with_a_menu();
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.connect();
    world.press("Enter Enter");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("j Enter Enter 2 j");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    let order = world.place();
    println!("{}", snapshot::text_and_styles(&buffer(&world, 80, 24)));
}
