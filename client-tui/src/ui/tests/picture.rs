//! The picture of the README: an evening with one order at the door, one in the kitchen, and one that
//! nobody has confirmed yet.

use shared::order::command::Command;

use super::frame;
use crate::app::fixture::World;
use crate::ui::snapshot::text;

#[test]
fn the_readme_shows_a_placeholder_among_facts() {
    let mut world = World::live();
    let delivered = world.place_at(1);
    world.confirm(delivered);
    world.bring_to_the_kitchen(delivered);
    world.bring_home(delivered);
    let cooking = world.place_at(0);
    world.confirm(cooking);
    world.bring_to_the_kitchen(cooking);
    world.pass(4_000);
    world.happen(cooking, &Command::BeginCooking);
    world.pass(8_000);
    let placeholder = world.place_at(4);
    world.send(placeholder);
    world.pass(300);
    world.press("j");
    insta::assert_snapshot!("readme", text(&frame(&world, (80, 24))));
}
