//! An order for later: the time is written into the cart and goes out with the order.

use super::*;
use crate::app::cart::Cart;

/// At four past noon, in UTC, with a dish in the cart.
fn with_a_wish(written: &str) -> World {
    let mut world = World::live();
    world.press("Enter Enter 2 w");
    world.write(written);
    world.press("Enter");
    world
}

fn wish(world: &World) -> Option<String> {
    world.model.cart.scheduled_for().map(|at| at.to_string())
}

#[test]
fn the_time_that_was_written_goes_out_with_the_order_and_is_gone_from_the_next_cart() {
    let mut world = with_a_wish("19:30");
    assert_eq!(world.model.cart_row(), Some(CartRow::Written(Written::When)));
    world.press("p");
    let order = world.model.selected.order.and_then(|order| world.shown(order)).unwrap();
    assert_eq!(order.scheduled_for.unwrap().to_string(), "2026-11-21T19:30:00Z");
    assert_eq!(wish(&world), None);
}

#[test]
fn a_time_that_cannot_be_read_is_said_and_stays_as_it_was_typed() {
    let mut world = with_a_wish("19:30");
    world.press("w");
    world.write("h");
    world.press("Enter");
    assert!(toasts(&world)[0].contains("write 19:30"), "{:?}", toasts(&world));
    match &world.model.overlay {
        Some(Overlay::Editing { input, .. }) => assert_eq!(input.value(), "19:30h"),
        other => panic!("no longer written: {other:?}"),
    }
    assert_eq!(wish(&world).as_deref(), Some("2026-11-21T19:30:00Z"), "the wish before it stands");
    world.press("Backspace Enter");
    assert!(world.model.overlay.is_none());
}

#[test]
fn an_empty_text_takes_the_wish_back_and_so_does_the_key_that_clears() {
    for keys in ["w Backspace Backspace Backspace Backspace Backspace Enter", "x"] {
        let mut world = with_a_wish("19:30");
        world.press(keys);
        assert_eq!(wish(&world), None, "{keys}");
        world.press("x");
        assert_eq!(toasts(&world), ["There is nothing written to remove."]);
    }
}

#[test]
fn a_wish_that_has_passed_is_said_and_nothing_is_placed() {
    let mut world = with_a_wish("+1");
    world.pass(61_000);
    world.press("p");
    assert!(toasts(&world)[0].contains("has passed: press w"), "{:?}", toasts(&world));
    assert!(world.model.timeless_view().rows.is_empty());
    assert_eq!(world.model.cart.portions(), 1);
    // It is that time of the next day that is offered then.
    world.press("w Enter p");
    let order = world.model.selected.order.and_then(|order| world.shown(order)).unwrap();
    assert_eq!(order.scheduled_for.unwrap().to_string(), "2026-11-22T12:05:00Z");
}

#[test]
fn minutes_count_from_when_they_were_said_and_not_from_when_the_order_is_placed() {
    let mut world = with_a_wish("+45");
    world.pass(10 * 60_000);
    assert_eq!(wish(&world).as_deref(), Some("2026-11-21T12:49:00Z"));
}

#[test]
fn a_cart_that_was_left_has_its_wish_and_one_of_before_orders_for_later_has_none() {
    let world = with_a_wish("tomorrow 12:00");
    let mut kept = serde_json::to_value(&world.model.cart).unwrap();
    let cart: Cart = serde_json::from_value(kept.clone()).unwrap();
    assert_eq!(cart, world.model.cart);
    kept.as_object_mut().unwrap().remove("scheduled_for").unwrap();
    let cart: Cart = serde_json::from_value(kept).unwrap();
    assert_eq!((cart.scheduled_for(), cart.portions()), (None, 1));
}
