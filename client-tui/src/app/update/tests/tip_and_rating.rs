//! Changing the tip, rating, and what is closed because its order has outrun it.

use super::*;

#[test]
fn a_tip_is_counted_or_typed_and_is_in_the_next_view() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.press("t + + Enter");
    let tip = |world: &World| world.shown(order).unwrap().tip.to_string();
    assert_eq!(
        (tip(&world).as_str(), world.state_of(order)),
        ("$1.00", Some(PendingState::Sending))
    );
    world.press("t 2 . 7 5 - Esc");
    assert_eq!(tip(&world), "$1.00", "Esc leaves it as it was");
    world.press("t 2 , 7 5 Enter");
    assert_eq!(tip(&world), "$2.75");
    let pending = world.pending_count(order);
    world.press("t Enter");
    assert_eq!(world.pending_count(order), pending, "what stands is not asked for again");
}

#[test]
fn a_tip_of_a_placeholder_waits_for_its_order() {
    let mut world = World::with_a_menu();
    let order = world.place();
    world.press("t 3 Enter");
    assert_eq!(world.shown(order).unwrap().total().to_string(), "$17.50");
    world.press("x");
    assert_eq!(world.shown(order).unwrap().total().to_string(), "$14.50", "the newest goes first");
    world.press("x");
    assert_eq!(world.shown(order), None);
}

#[test]
fn only_what_is_at_the_door_is_rated_and_its_tip_is_charged() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.press("s");
    assert_eq!(toasts(&world), ["Not delivered yet: rate it once it is at your door."]);
    world.bring_to_the_kitchen(order);
    world.bring_home(order);
    world.press("t");
    assert_eq!(
        toasts(&world).last(),
        Some(&"The tip is charged on delivery: it can no longer be changed.")
    );
    world.press("s Enter");
    assert_eq!(toasts(&world).last(), Some(&"Choose 1 to 5 stars first."));
    world.press("3 + 9 Enter");
    let rating = world.shown(order).unwrap().rating.map(i64::from);
    assert_eq!((rating, world.state_of(order)), (Some(4), Some(PendingState::Sending)));
}

#[test]
fn a_question_that_its_order_has_outrun_is_closed_and_says_why() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.bring_to_the_kitchen(order);
    world.press("x");
    assert!(matches!(world.model.overlay, Some(Overlay::Question(_))));
    world.happen(order, &OrderCommand::BeginCooking);
    assert!(world.model.overlay.is_none());
    assert_eq!(toasts(&world), ["The kitchen has begun, so it is too late to cancel."]);
    world.press("y");
    assert_eq!(world.state_of(order), None);
}

#[test]
fn an_entry_that_its_order_has_outrun_is_closed_and_says_why() {
    let mut world = World::live();
    let order = world.placed_and_confirmed();
    world.press("t 4");
    let reason = "We are out of rice.".to_owned();
    world.happen(order, &OrderCommand::Reject { reason });
    assert!(world.model.overlay.is_none());
    let words = "This order has ended: there is nobody to tip, and no tip is charged.";
    assert_eq!(toasts(&world).last(), Some(&words));
}
