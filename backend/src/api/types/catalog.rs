//! Restaurants and their menus, as the contract shows them.

use async_graphql::{Context, Object, Result};
use shared::catalog::{self, Catalog, Opening};
use shared::id::RestaurantId;

use crate::api::Backend;
use crate::api::error::ApiError;
use crate::api::scalars::UuidScalar;

/// A restaurant.
pub(crate) struct Restaurant(catalog::Restaurant);

/// A dish.
pub(crate) struct MenuItem {
    dish: catalog::MenuItem,
    /// How many portions are left today; none where there is no end of them.
    left: Option<u32>,
}

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

    async fn menu(&self, context: &Context<'_>) -> Result<Vec<MenuItem>> {
        let is_limited = self.0.menu.iter().any(|dish| dish.portions.is_some());
        let stock = if is_limited {
            let reader = &context.data::<Backend>()?.reader;
            reader.stock(self.0.id).await.map_err(ApiError::from)?
        } else {
            None
        };
        let item = |dish: &catalog::MenuItem| {
            // What the kitchen makes a day is all there while nobody has asked for any.
            let left = dish
                .portions
                .map(|made| stock.as_ref().and_then(|stock| stock.left(dish.id)).unwrap_or(made));
            MenuItem { dish: dish.clone(), left }
        };
        Ok(self.0.menu.iter().map(item).collect())
    }
}

/// `available` counts portions left today; null means unlimited.
#[Object]
impl MenuItem {
    async fn id(&self) -> UuidScalar {
        UuidScalar(self.dish.id.uuid())
    }

    async fn name(&self) -> &str {
        &self.dish.name
    }

    async fn description(&self) -> &str {
        &self.dish.description
    }

    async fn price_cents(&self) -> i32 {
        self.dish.price.as_int()
    }

    async fn available(&self) -> Option<i32> {
        self.left.map(|left| i32::try_from(left).unwrap_or(i32::MAX))
    }
}
