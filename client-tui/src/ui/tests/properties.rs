//! What holds of every frame.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use shared::catalog::house::of_the_house;

use super::{frame, frame_in};
use crate::app::Message;
use crate::app::fixture::World;
use crate::terminal::ColourDepth;
use crate::ui;
use crate::ui::motion::Motion;
use crate::ui::snapshot::text;

const SIZE: (u16, u16) = (80, 24);

/// One order of each kind.
fn busy() -> World {
    let mut world = World::live();
    let delivered = world.placed_and_confirmed();
    world.bring_to_the_kitchen(delivered);
    world.bring_home(delivered);
    let refused = world.place_at(1);
    world.send(refused);
    world.refuse(refused, "PRICE_CHANGED", "It costs more now.");
    let cancelled = world.placed_and_confirmed();
    world.press("x y");
    world.send(cancelled);
    world.disconnect();
    world.place_at(5);
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_size_of_any_screen_can_be_drawn(
        columns in 0_u16..300,
        rows in 0_u16..120,
        keys in "[1234?njkGx]{0,4}",
    ) {
        let mut world = busy();
        for key in keys.chars() {
            world.press(&key.to_string());
        }
        frame(&world, (columns, rows));
    }
}

#[test]
fn without_colour_nothing_is_lost_but_the_colour() {
    let mut world = busy();
    for keys in ["1", "2", "3", "4", "?"] {
        world.press(keys);
        let plain = frame_in(&world, SIZE, ColourDepth::Monochrome);
        let coloured = frame_in(&world, SIZE, ColourDepth::TrueColour);
        assert_eq!(text(&plain), text(&coloured));
        for (plain, coloured) in plain.content().iter().zip(coloured.content()) {
            assert_eq!(plain.modifier, coloured.modifier);
            assert_eq!((plain.fg, plain.bg), Default::default());
        }
    }
}

fn dim_cells(buffer: &Buffer) -> usize {
    buffer.content().iter().filter(|cell| cell.modifier.contains(Modifier::DIM)).count()
}

#[test]
fn what_is_pending_is_dim_and_what_is_confirmed_is_not() {
    let mut world = World::live();
    assert_eq!(dim_cells(&frame(&world, SIZE)), 0);
    let order = world.place();
    assert!(dim_cells(&frame(&world, SIZE)) > 40, "the placeholder is dim");
    world.send(order);
    world.confirm(order);
    assert_eq!(dim_cells(&frame(&world, SIZE)), 0, "the fact stands solid");
}

#[test]
fn a_pulse_touches_few_cells_and_nothing_moves_when_nothing_may() {
    let mut world = World::live();
    world.disconnect();
    world.place();
    let changed = |world: &mut World| {
        let before = frame(world, SIZE);
        world.pass(400);
        let after = frame(world, SIZE);
        before
            .content()
            .iter()
            .zip(after.content())
            .filter(|(before, after)| before != after)
            .count()
    };
    let pulsing = changed(&mut world);
    assert!((1..=80).contains(&pulsing), "{pulsing} cells changed");
    world.model.settings.motion = Motion::Reduced;
    assert_eq!(changed(&mut world), 0);
}

/// How long the frame of this size stays as it is, where nothing happens.
fn rests(world: &World, size: (u16, u16)) -> Option<Duration> {
    let now = world.now().monotonic;
    ui::next_change(&world.model, size.into(), now).map(|then| then.since(now))
}

#[test]
fn a_screen_moves_only_while_something_pending_is_in_view() {
    let mut world = World::live();
    world.press("3");
    assert_eq!(rests(&world, SIZE), None);
    let order = world.place();
    assert!(rests(&world, SIZE).is_some());
    world.press("1");
    assert_eq!(rests(&world, SIZE), None, "the placeholder is on another screen");
    assert!(rests(&world, (160, 50)).is_some(), "on a large one it is in view");
    world.press("3");
    world.send(order);
    world.refuse(order, "PRICE_CHANGED", "It costs more now.");
    assert_eq!(rests(&world, SIZE), Some(Duration::from_secs(1)), "a refusal only grows older");
    world.pass(90_000);
    assert_eq!(rests(&world, SIZE), Some(Duration::from_secs(30)), "and ever more slowly");
}

#[test]
fn a_countdown_moves_every_second_until_the_next_try() {
    let mut world = World::live();
    world.disconnect();
    world.pass(300);
    assert_eq!(rests(&world, SIZE), Some(Duration::from_millis(700)));
    world.pass(60_000);
    assert_eq!(rests(&world, SIZE), None, "the try is under way");
}

#[test]
fn a_message_covers_nothing_that_can_be_read_beside_it() {
    for (size, keys) in [(SIZE, "3"), ((40, 12), "3"), ((160, 50), "3"), (SIZE, "1")] {
        let mut world = World::live();
        let order = world.placed_and_confirmed();
        world.bring_to_the_kitchen(order);
        world.press(keys);
        let before = text(&frame(&world, size));
        let words = "What is said here is said on lines of its own, whatever it covers elsewhere.";
        world.take(Message::Trouble(words.to_owned()));
        let after = text(&frame(&world, size));
        assert!(after.contains("! What is said here"), "{after}");
        let of_the_order = ["Three-tier", "$14.50", "Accepted since", "here about"];
        for words in of_the_order.into_iter().filter(|words| before.contains(words)) {
            assert!(after.contains(words), "{words} is covered:\n{after}");
        }
    }
}

/// Of the characters of ours none may be two cells wide anywhere; the names of the dishes are the
/// restaurants' business.
#[test]
fn only_symbols_that_are_one_cell_wide_everywhere_are_drawn() {
    let ours = "◌◔◕▮✓✗◦▸▰▱✭✩";
    let names: BTreeSet<char> = serde_json::to_string(&of_the_house()).unwrap().chars().collect();
    let mut world = busy();
    for keys in ["1", "2", "3", "4", "?"] {
        world.press(keys);
        for size in [SIZE, (160, 50), (40, 12)] {
            for character in text(&frame(&world, size)).chars() {
                let is_line = ('\u{2500}'..='\u{257f}').contains(&character);
                let is_known = character.is_ascii() || ours.contains(character);
                assert!(is_line || is_known || names.contains(&character), "{character:?}");
            }
        }
    }
}

#[test]
fn the_footer_ends_with_the_key_for_all_keys_at_every_width() {
    let mut world = busy();
    for keys in ["1", "2", "3", "4"] {
        world.press(keys);
        for columns in 40..200 {
            let screen = text(&frame(&world, (columns, 24)));
            let footer = screen.lines().last().unwrap();
            assert!(footer.ends_with("? help"), "{footer}");
        }
    }
}
