use crossterm::event::KeyModifiers;

use super::*;
use crate::app::fixture::World;
use crate::app::model::Overlay;

fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

#[test]
fn no_key_means_two_things_in_one_layer() {
    for (index, binding) in BINDINGS.iter().enumerate() {
        for other in &BINDINGS[..index] {
            let same_layer = other.layer == binding.layer;
            let clash = binding.keys.iter().find(|key| other.keys.contains(key));
            assert!(
                !same_layer || clash.is_none(),
                "{clash:?} is both {:?} and {:?}",
                binding.command,
                other.command
            );
        }
    }
}

#[test]
fn a_pane_may_give_a_key_a_meaning_of_its_own_but_takes_away_no_way_out() {
    for binding in BINDINGS.iter().filter(|binding| matches!(binding.layer, Layer::In(_))) {
        for taken in ["q", "?", "Esc", "Tab", "Up", "Down", "1", "2", "3", "4"] {
            assert!(binding.keys.iter().all(|key| key.to_string() != taken), "{taken}");
        }
    }
}

#[test]
fn every_binding_is_explained_and_every_key_of_the_footer_has_a_name() {
    for binding in BINDINGS {
        assert!(!binding.label.is_empty() && !binding.help.is_empty() && !binding.keys.is_empty());
    }
    let listed: usize = help(Pane::Cart).iter().map(|(_, bindings)| bindings.len()).sum();
    assert_eq!(listed, BINDINGS.len(), "the help lists every binding once");
}

#[test]
fn ctrl_c_leaves_from_everywhere_and_alt_makes_another_key_of_it() {
    let mut world = World::new();
    let ctrl_c = press(KeyCode::Char('C'), KeyModifiers::CONTROL);
    let overlays = [None, Some(Overlay::Help { row: 0 })];
    for overlay in overlays {
        world.model.overlay = overlay;
        assert_eq!(resolve(&world.model, ctrl_c).map(|it| it.command), Some(Command::Quit));
    }
    world.model.overlay = None;
    let alt_q = press(KeyCode::Char('q'), KeyModifiers::ALT);
    assert!(resolve(&world.model, alt_q).is_none());
}

#[test]
fn while_a_text_is_written_letters_are_letters() {
    let mut world = World::with_a_menu();
    world.press("Enter Enter 2 n");
    assert!(matches!(world.model.overlay, Some(Overlay::Editing { .. })));
    for letter in ['q', '?', 'x', 'p', '1'] {
        let letter = press(KeyCode::Char(letter), KeyModifiers::NONE);
        assert!(resolve(&world.model, letter).is_none());
    }
}

#[test]
fn the_footer_hints_only_at_what_works_here_and_now() {
    let mut world = World::with_a_menu();
    let labels =
        |world: &World| hints(&world.model).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
    assert!(!labels(&world).contains(&"place the order"));
    world.press("Enter Enter");
    assert!(labels(&world).contains(&"place the order"));
    assert_eq!(labels(&world).last(), Some(&"help"));
}
