use proptest::prelude::*;
use shared::catalog::house::of_the_house;

use super::*;

fn first_dish() -> (RestaurantId, MenuItemId) {
    let catalog = of_the_house();
    (catalog.restaurants[0].id, catalog.restaurants[0].menu[0].id)
}

#[test]
fn portions_come_and_go_and_the_last_one_takes_the_line_with_it() {
    let (restaurant, dish) = first_dish();
    let mut cart = Cart::default();
    cart.add(restaurant, dish).unwrap();
    cart.add(restaurant, dish).unwrap();
    assert_eq!((cart.portions_of(dish), cart.portions()), (2, 2));
    cart.remove_one(dish);
    cart.remove_one(dish);
    assert!(cart.is_empty() && cart.rows().is_empty());
    cart.remove_one(dish);
}

#[test]
fn an_order_is_cooked_in_one_kitchen_until_the_cart_is_empty_again() {
    let catalog = of_the_house();
    let (restaurant, dish) = first_dish();
    let other = &catalog.restaurants[1];
    let mut cart = Cart::default();
    cart.add(restaurant, dish).unwrap();
    assert_eq!(cart.add(other.id, other.menu[0].id), Err(CartFull::AnotherRestaurant));
    cart.remove_one(dish);
    assert_eq!(cart.add(other.id, other.menu[0].id), Ok(()));
    assert_eq!(cart.restaurant(), Some(other.id));
}

#[test]
fn the_address_outlives_the_order_and_nothing_else_does() {
    let (restaurant, dish) = first_dish();
    let mut cart = Cart::default();
    cart.add(restaurant, dish).unwrap();
    cart.set_tip(Cents::saturating(200));
    cart.set_text(TextField::Note, "no onions".to_owned());
    cart.set_text(TextField::DeliverTo, "Attic".to_owned());
    cart.empty();
    let mut fresh = Cart::default();
    fresh.set_text(TextField::DeliverTo, "Attic".to_owned());
    assert_eq!(cart, fresh);
}

#[test]
fn an_empty_cart_is_no_order() {
    let id = OrderId::new(uuid::Uuid::nil());
    let order = Cart::default().order(id, &of_the_house(), Timestamp::UNIX_EPOCH);
    assert_eq!(order, Err(InvalidOrder::NoLines));
}

proptest! {
    /// Whatever one presses, the cart is empty or an order that passes the checks of both sides.
    #[test]
    fn whatever_is_in_the_cart_can_be_ordered(
        presses in prop::collection::vec((0_usize..8, 0_usize..8, any::<bool>()), 0..300),
        tip in 0_u32..200_00,
    ) {
        let catalog = of_the_house();
        let mut cart = Cart::default();
        cart.set_tip(Cents::saturating(tip));
        for (restaurant, dish, more) in presses {
            let restaurant = &catalog.restaurants[restaurant];
            let dish = restaurant.menu[dish].id;
            if more {
                // A bound that is kept is no failure of this test.
                let _ = cart.add(restaurant.id, dish);
            } else {
                cart.remove_one(dish);
            }
        }
        let id = OrderId::new(uuid::Uuid::nil());
        let order = cart.order(id, &catalog, Timestamp::UNIX_EPOCH);
        prop_assert_eq!(order.is_ok(), !cart.is_empty());
    }
}

#[test]
fn a_cart_that_was_kept_is_believed_as_far_as_it_could_be_ordered() {
    let cart = with_a_note("no onions");
    let kept = serde_json::to_value(&cart).unwrap();
    assert_eq!(serde_json::from_value::<Cart>(kept.clone()).unwrap(), cart);
    for (field, value) in [
        ("note", serde_json::json!("x".repeat(281))),
        ("deliver_to", serde_json::json!("\u{1b}[2J")),
        ("tip", serde_json::json!(100_01)),
        ("lines", serde_json::json!([{ "menuItemId": 1, "quantity": 21 }])),
    ] {
        let mut bad = kept.clone();
        bad[field] = value;
        assert!(serde_json::from_value::<Cart>(bad).is_err(), "{field}");
    }
}

#[test]
fn a_kept_cart_without_a_dish_is_an_address_and_nothing_else() {
    let mut cart = with_a_note("no onions");
    cart.set_text(TextField::DeliverTo, "12 Oak Lane".to_owned());
    let mut kept = serde_json::to_value(&cart).unwrap();
    kept["lines"] = serde_json::json!([]);
    let cart: Cart = serde_json::from_value(kept).unwrap();
    assert_eq!((cart.text(TextField::Note), cart.text(TextField::DeliverTo)), ("", "12 Oak Lane"));
}

fn with_a_note(note: &str) -> Cart {
    let catalog = shared::catalog::house::of_the_house();
    let restaurant = catalog.restaurants.first().unwrap();
    let mut cart = Cart::default();
    cart.add(restaurant.id, restaurant.menu.first().unwrap().id).unwrap();
    cart.set_text(TextField::Note, note.to_owned());
    cart
}
