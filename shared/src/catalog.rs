//! Restaurants, dishes, prices, opening: data. Every decision gets the catalogue as an argument.
//!
//! The server has all of it ([`of_the_house`](house::of_the_house)); a client builds one from what the
//! contract shows, and predicts with what it knows.

use serde::{Deserialize, Serialize};

use crate::id::{MenuItemId, RestaurantId};
use crate::money::Cents;

pub mod house;

/// What can be ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Catalog {
    /// In the order in which they are shown.
    pub restaurants: Vec<Restaurant>,
}

/// A restaurant and its menu.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Restaurant {
    /// Its id.
    pub id: RestaurantId,
    /// Its name.
    pub name: String,
    /// What kind of food, in a word or two.
    pub cuisine: String,
    /// Whether it takes orders now.
    pub opening: Opening,
    /// The largest subtotal that its kitchen takes on, where it has such a limit. Customers learn of it
    /// only by the kitchen's answer: it is something that the server knows and a client does not.
    pub kitchen_limit: Option<Cents>,
    /// Its dishes, in the order in which they are shown.
    pub menu: Vec<MenuItem>,
}

/// Whether a restaurant takes orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Opening {
    /// It does.
    Open,
    /// It does not; validation rejects what is ordered there.
    Closed,
}

/// A dish.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MenuItem {
    /// Its id.
    pub id: MenuItemId,
    /// Its name.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// What one portion costs.
    pub price: Cents,
    /// How many portions there are; `None` where there are as many as are ordered. The house's own
    /// catalogue says what the kitchen makes a day, the menu that a client was shown says what was left then.
    #[serde(default)]
    pub portions: Option<u32>,
}

impl Catalog {
    /// The restaurant with this id.
    pub fn restaurant(&self, id: RestaurantId) -> Option<&Restaurant> {
        self.restaurants.iter().find(|restaurant| restaurant.id == id)
    }
}

impl Restaurant {
    /// The dish with this id, if it is on this menu.
    pub fn dish(&self, id: MenuItemId) -> Option<&MenuItem> {
        self.menu.iter().find(|dish| dish.id == id)
    }

    /// Whether there is only so much of any of its dishes.
    pub fn has_limits(&self) -> bool {
        self.menu.iter().any(|dish| dish.portions.is_some())
    }

    /// Whether there is only so much of this dish.
    pub fn is_limited(&self, id: MenuItemId) -> bool {
        self.dish(id).is_some_and(|dish| dish.portions.is_some())
    }
}
