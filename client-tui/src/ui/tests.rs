use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::snapshot;
use crate::app::fixture::World;
use crate::terminal::ColourDepth;
use crate::ui::theme::Theme;
use shared::order::command::Command;

pub(super) fn buffer(world: &World, columns: u16, rows: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let theme = Theme::new(ColourDepth::Sixteen);
    terminal.draw(|frame| super::draw(&world.model, world.now(), theme, frame)).unwrap();
    terminal.backend().buffer().clone()
}

#[test]
fn look() {
    let mut world = World::live();
    world.press("Enter Enter j Enter 2 j j");
    world.press("d");
    world.write("3 Rue des Écoles");
    world.press("Enter + + ");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("p");
    let first = world.model.selected.order.unwrap();
    world.send(first);
    world.pass(300);
    world.confirm(first);
    world.bring_to_the_kitchen(first);
    world.happen(first, &Command::BeginCooking);
    world.pass(500);
    let second = world.place_at(5);
    world.send(second);
    world.lose_the_answer(second);
    world.pass(3000);
    let third = world.place_at(3);
    world.send(third);
    world.confirm(third);
    world.pass(200);
    world.happen(third, &Command::Reject { reason: "Moonlight Ramen is closed just now. Its menu says when it opens, or try another restaurant.".into() });
    world.pass(200);
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("Esc j j");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("x");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("n 4");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("?");
    println!("{}", snapshot::text(&buffer(&world, 80, 24)));
    world.press("? 3");
    println!("{}", snapshot::text(&buffer(&world, 160, 50)));
    println!("{}", snapshot::text(&buffer(&world, 40, 12)));
    println!("{}", snapshot::text(&buffer(&world, 39, 12)));
}
