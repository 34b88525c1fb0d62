//! Choosing what to eat: restaurants, dishes, the cart. Step 1 of an order's way.

use shared::id::{MenuItemId, RestaurantId};
use shared::money::Cents;

use super::{editing, orders};
use crate::app::cart::{CartFull, CartRow, TIP_STEP};
use crate::app::command::Step;
use crate::app::effect::Effect;
use crate::app::model::{Model, Overlay, Question};
use crate::app::moment::Moment;
use crate::app::pane::Pane;
use crate::app::toasts::Tone;

pub(super) fn select_restaurant(model: &mut Model, step: Step) {
    let restaurants = model.restaurants();
    let chosen = model.restaurant().map(|restaurant| restaurant.id);
    let here = restaurants.iter().position(|restaurant| Some(restaurant.id) == chosen);
    let there = step.from(here, restaurants.len()).and_then(|index| restaurants.get(index));
    model.selected.restaurant = there.map(|restaurant| restaurant.id);
    if model.selected.restaurant != chosen {
        model.selected.dish = None;
    }
}

pub(super) fn select_dish(model: &mut Model, step: Step) {
    let Some(restaurant) = model.restaurant() else { return };
    let chosen = model.dish().map(|dish| dish.id);
    let here = restaurant.menu.iter().position(|dish| Some(dish.id) == chosen);
    let there = step.from(here, restaurant.menu.len());
    let dish = there.and_then(|index| restaurant.menu.get(index)).map(|dish| dish.id);
    let restaurant = restaurant.id;
    // From now on this menu stays, also where the list of restaurants changes.
    model.selected.restaurant = Some(restaurant);
    model.selected.dish = dish;
}

pub(super) fn select_row(model: &mut Model, step: Step) {
    let rows = model.cart.rows();
    let chosen = model.cart_row();
    let here = rows.iter().position(|row| Some(*row) == chosen);
    model.selected.cart_row = step.from(here, rows.len()).and_then(|row| rows.get(row)).copied();
}

/// One portion of the selected dish more, or a higher tip.
pub(super) fn more(model: &mut Model, moment: Moment) {
    match model.focus {
        Pane::Cart => match model.cart_row() {
            Some(CartRow::Dish(dish)) => {
                if let Some(restaurant) = model.cart.restaurant() {
                    add(model, restaurant, dish, moment);
                }
            }
            Some(CartRow::Tip) => model.cart.set_tip(model.cart.tip().plus(TIP_STEP)),
            Some(CartRow::Written(_) | CartRow::Place) | None => {}
        },
        Pane::Restaurants | Pane::Menu | Pane::Orders | Pane::UnderTheHood => {
            let restaurant = model.restaurant().map(|restaurant| restaurant.id);
            let dish = model.dish().map(|dish| dish.id);
            if let (Some(restaurant), Some(dish)) = (restaurant, dish) {
                add(model, restaurant, dish, moment);
            }
        }
    }
}

/// Puts a portion into the cart, or asks or says why not.
pub(super) fn add(model: &mut Model, restaurant: RestaurantId, dish: MenuItemId, moment: Moment) {
    match model.cart.add(restaurant, dish) {
        Ok(()) => {}
        Err(CartFull::AnotherRestaurant) => {
            model.overlay = Some(Overlay::Question(Question::StartAnew { restaurant, dish }));
        }
        Err(full @ (CartFull::Lines | CartFull::Portions)) => {
            model.toasts.show(Tone::Hint, full.to_string(), None, moment.monotonic());
        }
    }
}

/// One portion of the selected dish less, or a lower tip.
pub(super) fn less(model: &mut Model) {
    match (model.focus, model.cart_row()) {
        (Pane::Cart, Some(CartRow::Dish(dish))) => keeping_the_place(model, |model| {
            model.cart.remove_one(dish);
        }),
        (Pane::Cart, Some(CartRow::Tip)) => {
            let tip = model.cart.tip().get().saturating_sub(TIP_STEP.get());
            model.cart.set_tip(Cents::saturating(tip));
        }
        (Pane::Cart, Some(CartRow::Written(_) | CartRow::Place) | None) => {}
        (Pane::Restaurants | Pane::Menu | Pane::Orders | Pane::UnderTheHood, _) => {
            if let Some(dish) = model.dish().map(|dish| dish.id) {
                keeping_the_place(model, |model| model.cart.remove_one(dish));
            }
        }
    }
}

/// Clears the selected row of the cart.
pub(super) fn remove_row(model: &mut Model) {
    match model.cart_row() {
        Some(CartRow::Dish(dish)) => {
            keeping_the_place(model, |model| model.cart.remove_all(dish));
        }
        Some(CartRow::Tip) => model.cart.set_tip(Cents::ZERO),
        Some(CartRow::Written(written)) => model.cart.clear(written),
        Some(CartRow::Place) | None => {}
    }
}

/// Where the selected row goes, the selection goes to the row that takes its place.
fn keeping_the_place(model: &mut Model, change: impl FnOnce(&mut Model)) {
    let chosen = model.cart_row();
    let place = model.cart.rows().iter().position(|row| Some(*row) == chosen);
    change(model);
    let rows = model.cart.rows();
    if !rows.iter().any(|row| Some(*row) == chosen) {
        model.selected.cart_row = place.and_then(|place| rows.get(place)).copied();
    }
}

/// What the selected row of the cart is for.
pub(super) fn use_row(model: &mut Model, moment: Moment) -> Vec<Effect> {
    match model.cart_row() {
        Some(CartRow::Dish(_) | CartRow::Tip) => more(model, moment),
        Some(CartRow::Written(written)) => editing::begin(model, written, moment),
        Some(CartRow::Place) => return orders::place(model, moment),
        None => {}
    }
    Vec::new()
}
