//! What can be ordered, and whom the backend takes us for.

use serde_json::Value;
use shared::{
    catalog::{Catalog, MenuItem, Opening, Restaurant},
    id::{CustomerId, MenuItemId, RestaurantId},
    money::{Cents, NotAnAmount},
};

use super::{AnswerError, body, data, documents};

/// The restaurants, and the viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    pub catalog: Catalog,
    /// `None` where the backend knows nobody by our token.
    pub viewer: Option<CustomerId>,
}

/// Asks for restaurants and viewer.
pub fn menu() -> Value {
    body::<documents::Menu>(documents::menu::Variables {})
}

/// # Errors
/// See [`AnswerError`].
pub fn read_menu(payload: Value) -> Result<Menu, AnswerError> {
    let menu = data::<documents::Menu>(payload, "a menu")?;
    let restaurants = menu.restaurants.into_iter().map(restaurant).collect::<Result<_, _>>();
    Ok(Menu {
        catalog: Catalog {
            restaurants: restaurants
                .map_err(|error| AnswerError::not_understood("a menu", error))?,
        },
        viewer: menu.viewer.map(|viewer| CustomerId::new(viewer.id)),
    })
}

fn restaurant(restaurant: documents::menu::MenuRestaurants) -> Result<Restaurant, NotAnAmount> {
    Ok(Restaurant {
        id: RestaurantId::new(restaurant.id),
        name: restaurant.name,
        cuisine: restaurant.cuisine,
        opening: if restaurant.open { Opening::Open } else { Opening::Closed },
        // Known to the kitchen alone.
        kitchen_limit: None,
        menu: restaurant.menu.into_iter().map(dish).collect::<Result<_, _>>()?,
    })
}

fn dish(dish: documents::menu::MenuRestaurantsMenu) -> Result<MenuItem, NotAnAmount> {
    Ok(MenuItem {
        id: MenuItemId::new(dish.id),
        name: dish.name,
        description: dish.description,
        price: Cents::try_from(dish.price_cents)?,
        // Fewer than none there cannot be, whatever somebody says.
        portions: dish.available.map(|left| u32::try_from(left).unwrap_or_default()),
    })
}
