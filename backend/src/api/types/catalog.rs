//! Restaurants and their menus, as the contract shows them.

use async_graphql::Object;
use shared::catalog::{self, Catalog, Opening};
use shared::id::RestaurantId;

use crate::api::scalars::UuidScalar;

/// A restaurant.
pub(crate) struct Restaurant(catalog::Restaurant);

/// A dish.
pub(crate) struct MenuItem(catalog::MenuItem);

impl Restaurant {
    /// As the contract shows it.
    pub(crate) fn new(restaurant: catalog::Restaurant) -> Self {
        Self(restaurant)
    }

    /// The restaurant of an order; also where it has left the catalogue since.
    pub(crate) fn of_order(catalog: &Catalog, id: RestaurantId) -> Self {
        let known = catalog.restaurant(id).cloned();
        Self(known.unwrap_or_else(|| catalog::Restaurant {
            id,
            name: "A restaurant that has left".to_owned(),
            cuisine: String::new(),
            opening: Opening::Closed,
            kitchen_limit: None,
            menu: Vec::new(),
        }))
    }
}

#[Object]
impl Restaurant {
    async fn id(&self) -> UuidScalar {
        UuidScalar(self.0.id.uuid())
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn cuisine(&self) -> &str {
        &self.0.cuisine
    }

    async fn open(&self) -> bool {
        self.0.opening == Opening::Open
    }

    async fn menu(&self) -> Vec<MenuItem> {
        self.0.menu.iter().cloned().map(MenuItem).collect()
    }
}

/// `available` counts portions left today; null means unlimited.
#[Object]
impl MenuItem {
    async fn id(&self) -> UuidScalar {
        UuidScalar(self.0.id.uuid())
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn description(&self) -> &str {
        &self.0.description
    }

    async fn price_cents(&self) -> i32 {
        self.0.price.as_int()
    }
}
