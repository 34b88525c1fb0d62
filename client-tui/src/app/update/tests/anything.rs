//! Whatever is pressed and whatever happens, in any order: no panic, and always a way out.

use proptest::prelude::*;

use super::*;
use crate::app::message::Network;
use crate::link::LinkEvent;

const KEYS: [&str; 36] = [
    "Enter",
    "Esc",
    "Tab",
    "BackTab",
    "Up",
    "Down",
    "Left",
    "Right",
    "PgUp",
    "PgDn",
    "Home",
    "End",
    "Backspace",
    "Del",
    "Space",
    "1",
    "2",
    "3",
    "4",
    "j",
    "k",
    "g",
    "G",
    "n",
    "d",
    "w",
    ":",
    "x",
    "y",
    "p",
    "r",
    "f",
    "+",
    "-",
    "?",
    "z",
];

#[derive(Clone, Debug)]
enum Step {
    Press(usize),
    Paste(String),
    Pass(u64),
    /// Something becomes of one of the orders.
    Fate(usize, u8),
    Disconnect,
    Connect,
    DiskHangs,
    DiskWrites,
    Refused,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..KEYS.len()).prop_map(Step::Press),
        1 => ".{0,20}".prop_map(Step::Paste),
        2 => (0_u64..20_000).prop_map(Step::Pass),
        6 => (0_usize..4, 0_u8..8).prop_map(|(order, fate)| Step::Fate(order, fate)),
        1 => Just(Step::Disconnect),
        1 => Just(Step::Connect),
        1 => Just(Step::DiskHangs),
        1 => Just(Step::DiskWrites),
        1 => Just(Step::Refused),
    ]
}

fn play(world: &mut World, step: Step) {
    match step {
        Step::Press(key) => world.press(KEYS[key]),
        Step::Paste(text) => world.take(Message::Terminal(TerminalEvent::Paste(text))),
        Step::Pass(milliseconds) => world.pass(milliseconds),
        Step::Fate(order, fate) => world.fate(order, fate),
        Step::Disconnect => world.disconnect(),
        Step::Connect => world.connect(),
        Step::DiskHangs => world.disk = Disk::Hangs,
        Step::DiskWrites => world.disk = Disk::Writes,
        Step::Refused => {
            let message = "unknown token".to_owned();
            world.take(Message::Network(Network::Event(LinkEvent::Refused { message })));
        }
    }
}

/// From wherever one is: out of what lies over the panes by Esc, back to the first screen by Esc, and
/// out of the program by Ctrl-C.
fn assert_a_way_out(world: &mut World) {
    // At most: an overlay, the toasts, a filter, the panes.
    for _ in 0..8 {
        world.press("Esc");
    }
    assert!(world.model.overlay.is_none());
    assert_eq!(world.model.focus, Pane::Restaurants);
    world.press("Ctrl-C");
    assert_eq!(world.effects.last(), Some(&Effect::Quit));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_happens_there_is_a_way_out(steps in prop::collection::vec(step(), 0..80)) {
        let mut world = World::live();
        for step in steps {
            play(&mut world, step);
            let view = world.model.timeless_view();
            let orders = view.rows.len();
            prop_assert_eq!(world.model.order_index(&view.rows).is_some(), orders > 0);
            prop_assert!(world.model.toasts.shown().len() <= crate::app::toasts::TOASTS_MAX);
        }
        assert_a_way_out(&mut world);
    }
}
