//! What each key and each fact does to the model.

mod anything;
mod tip_and_rating;
mod when;
mod what_is_left;

use std::time::Duration;

use optimistic::Input;
use optimistic::view::{PendingState, Standing};
use shared::order::command::Command as OrderCommand;
use shared::order::status::OrderStatus;

use super::*;
use crate::app::cart::{CartRow, TextField, Written};
use crate::app::fixture::{Disk, World};
use crate::app::model::Picture;
use crate::own_backend::OwnBackendEvent;

fn toasts(world: &World) -> Vec<&str> {
    world.model.toasts.shown().iter().map(|toast| toast.text.as_str()).collect()
}

#[test]
fn three_keys_order_a_meal_and_lead_to_where_it_can_be_watched() {
    let mut world = World::live();
    world.press("Enter Enter p");
    let view = world.model.timeless_view();
    let [row] = view.rows.as_slice() else { panic!("not one order: {:?}", view.rows) };
    assert_eq!((row.standing, row.order.lines.len()), (Standing::Placeholder, 1));
    assert_eq!(world.model.focus, Pane::Orders);
    assert_eq!(world.model.selected.order, Some(row.order.id));
    assert!(world.model.cart.is_empty());
}

#[test]
fn the_placeholder_waits_for_neither_disk_nor_network() {
    let mut world = World::with_a_menu();
    world.disk = Disk::Hangs;
    let order = world.place();
    assert_eq!(world.state_of(order), Some(PendingState::Queued));
}

#[test]
fn tab_and_the_arrows_go_through_all_panes_and_numbers_go_to_places() {
    let mut world = World::live();
    for expected in [Pane::Menu, Pane::Cart, Pane::Orders, Pane::UnderTheHood, Pane::Restaurants] {
        world.press("Tab");
        assert_eq!(world.model.focus, expected);
    }
    for (key, expected) in [
        ("l", Pane::Menu),
        ("Right", Pane::Cart),
        ("h", Pane::Menu),
        ("Left", Pane::Restaurants),
        ("BackTab", Pane::UnderTheHood),
        ("2", Pane::Cart),
        ("3", Pane::Orders),
        ("4", Pane::UnderTheHood),
        ("1", Pane::Restaurants),
    ] {
        world.press(key);
        assert_eq!(world.model.focus, expected, "{key}");
    }
}

#[test]
fn arrows_and_letters_move_the_selection_in_the_same_way() {
    let names = |keys: &str| {
        let mut world = World::live();
        world.press(keys);
        world.model.restaurant().map(|restaurant| restaurant.name.clone())
    };
    assert_eq!(names("Down Down Up"), names("j j k"));
    assert_eq!(names("End"), names("G"));
    assert_eq!(names("End Home"), names("G g"));
    assert_eq!(names("PgDn"), names("j j j j j j"));
}

#[test]
fn esc_leads_back_to_the_first_screen_and_never_out() {
    let mut world = World::live();
    world.press("Enter Enter Tab Esc Esc Esc Esc Esc");
    assert_eq!(world.model.focus, Pane::Restaurants);
    assert!(!world.effects.contains(&Effect::Quit));
    world.press("q");
    assert_eq!(world.effects.last(), Some(&Effect::Quit));
}

#[test]
fn ctrl_c_leaves_from_a_text_a_question_and_the_help() {
    for keys in ["Enter Enter 2 n", "?", "Enter Enter 1 j Enter Enter"] {
        let mut world = World::live();
        world.press(keys);
        assert!(world.model.overlay.is_some(), "{keys}");
        world.press("Ctrl-C");
        assert_eq!(world.effects.last(), Some(&Effect::Quit), "{keys}");
    }
}

#[test]
fn a_key_that_does_not_apply_says_why_and_one_that_means_nothing_is_ignored() {
    let mut world = World::live();
    world.press("Z");
    assert_eq!(toasts(&world), [""; 0]);
    world.press("p");
    assert_eq!(toasts(&world), ["The cart is empty: choose a dish on a menu and press Enter."]);
}

#[test]
fn a_text_is_written_kept_or_left_as_it_was() {
    let mut world = World::live();
    world.press("Enter Enter 2 n");
    world.write("no onions?");
    world.press("Backspace Enter");
    assert_eq!(world.model.cart.text(TextField::Note), "no onions");
    world.press("n");
    world.write(" at all");
    world.press("Esc");
    assert_eq!(world.model.cart.text(TextField::Note), "no onions");
    assert_eq!(world.model.cart_row(), Some(CartRow::Written(Written::Text(TextField::Note))));
}

#[test]
fn pasted_text_goes_into_a_text_and_is_nowhere_taken_for_keys() {
    let mut world = World::live();
    let paste = |text: &str| Message::Terminal(TerminalEvent::Paste(text.to_owned()));
    world.take(paste("q"));
    assert!(!world.effects.contains(&Effect::Quit));
    assert!(toasts(&world)[0].contains("note"), "{:?}", toasts(&world));
    world.press("Enter Enter 2 d");
    world.take(paste(&"é\u{7}".repeat(400)));
    world.press("Enter");
    assert_eq!(world.model.cart.text(TextField::DeliverTo), "é".repeat(280));
}

#[test]
fn dishes_of_another_restaurant_begin_another_cart_only_when_asked_to() {
    let mut world = World::live();
    world.press("Enter Enter 1 j Enter Enter");
    let first = world.model.cart.restaurant();
    world.press("n");
    assert_eq!(world.model.cart.restaurant(), first);
    world.press("Enter y");
    assert_ne!(world.model.cart.restaurant(), first);
    assert_eq!(world.model.cart.portions(), 1);
}

#[test]
fn tip_and_portions_go_up_and_down() {
    let mut world = World::live();
    world.press("Enter Enter 2 + + -");
    assert_eq!(world.model.cart.portions(), 2);
    world.press("j + + + -");
    assert_eq!(world.model.cart.tip().to_string(), "$1.00");
    world.press("x");
    assert!(world.model.cart.tip().is_zero());
    world.press("k x");
    assert!(world.model.cart.is_empty());
}

#[test]
fn x_takes_back_what_was_never_sent_without_asking() {
    let mut world = World::with_a_menu();
    let order = world.place();
    world.press("x");
    assert_eq!(world.shown(order), None);
    assert!(world.model.overlay.is_none());
}

#[test]
fn x_asks_before_it_cancels_and_no_means_no() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    for no in ["Esc", "n"] {
        world.press("x");
        world.press(no);
        assert_eq!(world.state_of(order), None);
    }
    world.press("x y");
    assert_eq!(world.state_of(order), Some(PendingState::Sending));
}

#[test]
fn x_dismisses_a_refusal_and_its_neighbour_is_selected() {
    let mut world = World::live();
    let oldest = world.placed_and_confirmed();
    let refused = world.place();
    world.send(refused);
    world.press("1");
    world.refuse(refused, "PRICE_CHANGED", "It costs more now.");
    assert_eq!(world.model.toasts.shown().len(), 1, "nobody looked at the order");
    world.press("3 x");
    assert_eq!(world.shown(refused), None);
    assert_eq!(world.model.selected.order, Some(oldest));
    assert_eq!(toasts(&world), ["Dismissed: it is decided, and needs you no more."]);
}

#[test]
fn x_says_which_of_the_three_it_has_done() {
    let mut world = World::with_a_menu();
    world.place();
    world.press("x");
    assert_eq!(toasts(&world), ["Taken back: your order was never sent."]);

    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.press("x y");
    assert_eq!(toasts(&world), ["Cancellation asked for: within the grace period no money moves."]);
    world.send(order);
    world.refuse(order, "TOO_MANY_CHANGES", "Too many changes.");
    world.press("x");
    assert_eq!(toasts(&world).last(), Some(&"Dismissed: it is decided, and needs you no more."));
}

#[test]
fn r_sends_again_under_the_same_id_and_says_so() {
    let mut world = World::live();
    let order = world.place();
    world.send(order);
    world.lose_the_answer(order);
    let sent = |world: &World| {
        let ids = world.effects.iter().filter_map(|effect| {
            let Effect::Link(crate::link::LinkCommand::Execute { body, .. }) = effect else {
                return None;
            };
            let places = body["operationName"] == "PlaceOrder";
            places.then(|| body["variables"]["input"]["mutationId"].clone())
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(sent(&world).len(), 1);
    world.press("r");
    let ids = sent(&world);
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    assert_eq!(toasts(&world), ["Sent now, under the same id as before: it happens once."]);
}

#[test]
fn whoever_looks_elsewhere_is_told_what_stood_in_the_way_and_when() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.disconnect();
    world.pass(60_000);
    world.press("x y 1");
    world.pass(10_000);
    world.connect();
    world.happen(order, &OrderCommand::BeginCooking);
    world.send(order);
    world.refuse(order, "TOO_LATE_TO_CANCEL", "The kitchen has begun.");
    let words = "Not cancelled: the kitchen began at 12:05; you asked at 12:05.";
    assert_eq!(toasts(&world).last(), Some(&words));
}

#[test]
fn what_would_be_one_too_many_is_declined_in_words_and_the_cart_is_kept() {
    let mut world = World::with_a_menu();
    world.press("Enter Enter");
    let placed_at = world.now().wall;
    for _ in 0..optimistic::state::PENDING_MAX {
        let Moment { order_id, mutation_id, .. } = world.moment();
        let catalog = world.model.store.catalog().unwrap();
        let order = world.model.cart.order(order_id, catalog, placed_at).unwrap();
        world.feed(Input::Place { mutation_id, order });
    }
    world.press("p");
    let [words] = toasts(&world)[..] else { panic!("{:?}", toasts(&world)) };
    assert!(words.starts_with("1000 things are pending already."), "{words}");
    assert_eq!(world.model.cart.portions(), 1);
}

#[test]
fn it_is_too_late_to_cancel_what_is_being_cooked_and_the_key_says_so() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.happen(order, &OrderCommand::BeginCooking);
    world.press("x");
    assert_eq!(toasts(&world), ["The kitchen has begun, so it is too late to cancel."]);
}

#[test]
fn the_selection_stays_on_its_order_whatever_arrives() {
    let mut world = World::live();
    let first = world.placed_and_confirmed();
    let second = world.placed_and_confirmed();
    world.model.selected.order = Some(first);
    world.placed_and_confirmed();
    world.model.selected.order = Some(first);
    world.bring_to_the_kitchen(second);
    let view = world.model.timeless_view();
    let index = world.model.order_index(&view.rows).unwrap();
    assert_eq!(view.rows[index].order.id, first);
}

#[test]
fn an_order_that_arrives_is_told_to_whoever_looks_elsewhere() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.press("1");
    world.bring_to_the_kitchen(order);
    world.bring_home(order);
    assert_eq!(world.shown(order).unwrap().status, OrderStatus::Delivered);
    assert_eq!(toasts(&world), ["Your order is at the door. Enjoy!"]);
    world.pass(60_000);
    assert_eq!(toasts(&world), [""; 0]);
}

#[test]
fn events_are_followed_until_an_older_one_is_looked_at() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.press("4");
    let newest = |world: &World| world.model.event().unwrap().position.get();
    assert_eq!(newest(&world), 1);
    world.bring_to_the_kitchen(order);
    assert_eq!(newest(&world), 4);
    world.press("k k");
    let courier = "Mina".to_owned();
    world.happen(order, &OrderCommand::BeginCooking);
    world.happen(order, &OrderCommand::AssignCourier { courier });
    assert_eq!(newest(&world), 2);
    world.press("End");
    assert_eq!(newest(&world), 6);
}

#[test]
fn one_order_s_events_can_be_seen_alone() {
    let mut world = World::live();
    world.placed_and_confirmed();
    let second = world.placed_and_confirmed();
    world.press("3 Enter");
    assert_eq!(
        (world.model.focus, world.model.selected.only_order),
        (Pane::UnderTheHood, Some(second))
    );
    assert_eq!(world.model.events.shown(Some(second)).count(), 1);
    world.press("f");
    assert_eq!(world.model.selected.only_order, None);
}

#[test]
fn the_loss_of_a_backend_that_ran_stays_readable_after_the_next_one_has_come() {
    let mut world = World::live();
    let died = || OwnBackendEvent::Died {
        why: "it was ended by signal 9".to_owned(),
        retry_in: Duration::from_millis(250),
    };
    world.take(Message::Backend(died()));
    world.take(Message::Backend(OwnBackendEvent::Starting));
    world.connect();
    let words =
        "Another backend is being started, and your orders go on: it was ended by signal 9.";
    assert_eq!(toasts(&world), [words]);

    // One that does not even start is the header's business.
    let mut world = World::new();
    world.take(Message::Backend(died()));
    assert_eq!(toasts(&world), [""; 0]);
}

#[test]
fn a_position_mark_and_the_passing_of_time_ask_for_no_frame() {
    let mut world = World::live();
    world.placed_and_confirmed();
    world.pass(100);
    world.model.picture = Picture::Same;
    world.pass(10);
    world.mark();
    world.take(Message::Terminal(TerminalEvent::FocusLost));
    assert_eq!(world.model.picture, Picture::Same);
    world.press("j");
    assert_eq!(world.model.picture, Picture::Changed);
}

#[test]
fn nothing_is_to_be_done_later_once_everything_is_settled() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.bring_home(order);
    world.pass(60_000);
    assert_eq!(next_wakeup(&world.model), None);
}
