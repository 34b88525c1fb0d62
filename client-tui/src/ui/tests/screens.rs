//! Each screen and each state of an order, as text and styles. `cargo insta review` shows what has
//! changed.

use std::time::Duration;

use optimistic::Input;
use shared::catalog::house::of_the_house;
use shared::order::command::Command;

use super::frame;
use crate::app::Message;
use crate::app::fixture::{Disk, World};
use crate::own_backend::OwnBackendEvent;
use crate::ui::snapshot::{text, text_and_styles};

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (160, 50);
const SMALLEST: (u16, u16) = (40, 12);

/// The characters and the styles of a frame.
macro_rules! styled {
    ($name:literal, $world:expr, $size:expr) => {
        insta::assert_snapshot!($name, text_and_styles(&frame(&$world, $size)))
    };
}

/// The characters alone, for the screens on which no style tells anything.
macro_rules! plain {
    ($name:literal, $world:expr, $size:expr) => {
        insta::assert_snapshot!($name, text(&frame(&$world, $size)))
    };
}

#[test]
fn a_first_start_says_what_it_waits_for_and_how_to_begin() {
    let mut world = World::new();
    plain!("first_start", world, SMALL);
    world.press("3");
    plain!("no_orders", world, SMALL);
    world.press("4");
    plain!("no_events", world, SMALL);
    world.press("2");
    plain!("empty_cart", world, SMALL);
}

#[test]
fn restaurants_and_menus_stand_side_by_side() {
    let mut world = World::live();
    styled!("restaurants", world, SMALL);
    plain!("restaurants_large", world, LARGE);
    plain!("restaurants_smallest", world, SMALLEST);
    world.press("j j j Enter Enter");
    styled!("menu_of_a_closed_restaurant", world, SMALL);
    plain!("menu_smallest", world, SMALLEST);
}

#[test]
fn a_menu_says_what_is_left_of_what_is_limited() {
    let mut world = World::live();
    let mut catalog = of_the_house();
    for (dish, left) in catalog.restaurants[0].menu.iter_mut().zip([None, Some(3), Some(0)]) {
        dish.portions = left;
    }
    world.feed(Input::CatalogLoaded(catalog));
    world.press("Enter j Enter");
    styled!("limited_dishes", world, SMALL);
    plain!("limited_dishes_smallest", world, SMALLEST);
}

#[test]
fn a_cart_shows_what_it_comes_to() {
    let mut world = World::live();
    world.press("Enter Enter + j Enter 2 G k k k k + + + n");
    world.write("no onions, please");
    styled!("cart_while_writing", world, SMALL);
    world.press("Enter G");
    plain!("cart", world, SMALL);
    plain!("cart_smallest", world, SMALLEST);
    world.press("1 j Enter Enter");
    styled!("question_of_another_cart", world, SMALL);
}

#[test]
fn a_cart_says_for_when_it_is_and_what_is_no_time() {
    let mut world = World::live();
    world.press("Enter Enter 2 w");
    world.write("tomorrow noon");
    world.press("Enter");
    styled!("time_that_cannot_be_read", world, SMALL);
    plain!("time_that_cannot_be_read_smallest", world, SMALLEST);
    world.press("Backspace Backspace Backspace Backspace");
    world.write("12:00");
    world.press("Enter");
    plain!("cart_for_later", world, SMALL);
    plain!("cart_for_later_smallest", world, SMALLEST);
}

#[test]
fn offline_orders_are_queued_and_the_header_says_that_one_may_go_on() {
    let mut world = World::live();
    world.disconnect();
    world.pass(2_000);
    world.place();
    world.pass(3_300);
    styled!("queued_while_offline", world, SMALL);
    plain!("queued_while_offline_large", world, LARGE);
    plain!("queued_while_offline_smallest", world, SMALLEST);
}

#[test]
fn each_state_of_a_pending_order_has_its_mark_and_its_word() {
    let mut world = World::live();
    let accepted = world.place_at(4);
    world.send(accepted);
    world.accept(accepted);
    let checking = world.place_at(5);
    world.send(checking);
    world.lose_the_answer(checking);
    let sending = world.place_at(6);
    world.send(sending);
    world.disk = Disk::Hangs;
    let refused = world.place_at(7);
    world.pass(100);
    styled!("pending_states", world, (80, 34));
    world.disk = Disk::Writes;
    world.press("x");
    assert!(world.shown(refused).is_none(), "what was not saved can be taken back");
    plain!("taken_back", world, SMALL);
}

#[test]
fn a_refusal_says_why_and_stays_until_it_is_dismissed() {
    let mut world = World::live();
    world.placed_and_confirmed();
    let order = world.place_at(1);
    world.send(order);
    let message = "This costs $15.00 now, not $14.00. Look at the menu and order again.";
    world.refuse(order, "PRICE_CHANGED", message);
    world.pass(3_600_000);
    styled!("refused", world, SMALL);
    plain!("refused_smallest", world, SMALLEST);
    world.press("1");
    plain!("refused_elsewhere", world, SMALL);
    world.press("3 x");
    plain!("refusal_dismissed", world, SMALL);
}

#[test]
fn an_order_stands_solid_from_its_first_event_to_the_door() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    styled!("confirmed", world, SMALL);
    world.bring_to_the_kitchen(order);
    world.bring_home(order);
    styled!("delivered", world, SMALL);
    plain!("delivered_large", world, LARGE);
    world.press("Enter k k");
    styled!("under_the_hood", world, SMALL);
    plain!("under_the_hood_smallest", world, SMALLEST);
}

#[test]
fn cancelling_asks_and_then_shows_what_becomes_of_it() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.press("x");
    styled!("question_of_a_cancellation", world, SMALL);
    world.press("y");
    world.pass(1_200);
    styled!("cancellation_on_its_way", world, SMALL);
    world.send(order);
    world.confirm_cancellation(order);
    plain!("cancellation_undecided", world, SMALL);
    world.pass(300);
    world.happen(order, &Command::Cancel);
    styled!("cancelled", world, SMALL);
}

#[test]
fn a_tip_is_entered_over_the_orders_and_pends_like_anything_else() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.press("t + + 2 . 5");
    styled!("tip_entered", world, SMALL);
    plain!("tip_entered_large", world, LARGE);
    plain!("tip_entered_smallest", world, SMALLEST);
    world.press("Enter");
    world.pass(2_000);
    styled!("tip_on_its_way", world, SMALL);
    world.send(order);
    world.confirm_tip(order, 2_50);
    plain!("tip_confirmed", world, SMALL);
}

#[test]
fn stars_are_words_and_shapes_and_pend_like_anything_else() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.bring_home(order);
    world.press("s 4");
    styled!("rating_entered", world, SMALL);
    plain!("rating_entered_smallest", world, SMALLEST);
    world.press("Enter");
    world.pass(1_000);
    styled!("rating_on_its_way", world, SMALL);
    world.send(order);
    world.confirm_rating(order, 4.try_into().unwrap());
    plain!("rated", world, SMALL);
    plain!("rated_large", world, LARGE);
    world.press("4");
    plain!("rated_under_the_hood", world, SMALL);
}

#[test]
fn several_things_pend_on_one_order_and_the_keys_say_which_they_mean() {
    let mut world = World::live();
    world.disconnect();
    world.pass(1_000);
    let order = world.place();
    world.pass(2_000);
    world.press("t 2 Enter");
    world.pass(1_000);
    styled!("several_pending", world, SMALL);
    plain!("several_pending_large", world, LARGE);
    plain!("several_pending_smallest", world, SMALLEST);
    world.connect();
    world.send(order);
    world.lose_the_answer(order);
    world.disconnect();
    world.pass(4_000);
    styled!("checking_while_offline", world, SMALL);
}

#[test]
fn a_cancellation_that_lost_says_what_was_faster_also_after_it_was_read() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.press("x y");
    world.pass(60_000);
    world.happen(order, &Command::BeginCooking);
    world.send(order);
    world.refuse(order, "TOO_LATE_TO_CANCEL", "The kitchen has begun.");
    styled!("cancellation_lost", world, SMALL);
    plain!("cancellation_lost_smallest", world, SMALLEST);
    world.press("x");
    plain!("cancellation_lost_and_read", world, SMALL);
}

#[test]
fn the_help_has_all_keys_and_marks() {
    let mut world = World::live();
    world.press("2 ?");
    plain!("help", world, SMALL);
    world.press("G");
    plain!("help_end", world, SMALL);
    plain!("help_smallest", world, SMALLEST);
}

#[test]
fn a_key_that_does_nothing_says_why() {
    let mut world = World::live();
    world.press("p");
    plain!("why_not", world, SMALL);
}

#[test]
fn a_terminal_that_is_too_small_says_both_sizes() {
    let world = World::live();
    plain!("too_small", world, (39, 12));
    plain!("far_too_small", world, (12, 3));
}

#[test]
fn the_end_of_the_backend_of_another_program_is_not_called_that_of_our_own() {
    let mut world = World::live();
    let endpoint = "http://127.0.0.1:4000".parse().unwrap();
    world.take(Message::Backend(OwnBackendEvent::Shared { endpoint }));
    world.disconnect();
    world.take(Message::Backend(OwnBackendEvent::Died {
        why: "the backend of another tiffin has ended".to_owned(),
        retry_in: Duration::from_millis(250),
    }));
    let screen = text(&frame(&world, SMALL));
    assert!(screen.contains("The backend has ended at 12:04:00"), "{screen}");
    assert!(!screen.to_lowercase().contains("your own backend"), "{screen}");
}
