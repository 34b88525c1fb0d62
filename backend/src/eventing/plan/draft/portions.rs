//! What orders mean for the portions of their restaurant, in the plan of a batch. Steps 4 and 7 of an
//! order's way.
//!
//! It hangs on the one door through which events come to an order, so that whichever way an order takes
//! its end, what it had taken is given back: once, in the same transaction.

use shared::id::{OrderId, RestaurantId};
use shared::order::Order;
use shared::order::decide::Context;
use shared::stock::event::StockEvent;
use shared::stock::{Stock, follow, reset};

use super::{Cause, Draft};
use crate::eventing::log::{Body, LogEvent, StreamName};
use crate::eventing::plan::World;
use crate::safeguard::Safeguard;

impl Draft<'_> {
    /// What a decision on this order may look at.
    pub(super) fn context(&self, order: Option<&Order>) -> Context<'_> {
        let World { catalog, policy, .. } = self.world;
        let restaurant = order.and_then(Order::portions_from);
        let restaurant = restaurant.filter(|_| !Safeguard::Portions.is_gone());
        let stock = restaurant.and_then(|id| self.stock(id));
        Context { now: self.now, catalog, policy, stock }
    }

    /// What is left at a restaurant, as it stands in this plan.
    fn stock(&self, id: RestaurantId) -> Option<&Stock> {
        self.stream(StreamName::Restaurant(id)).and_then(|stream| stream.state.stock())
    }

    /// What an order's event means for portions is caused by it, whoever appended it.
    pub(super) fn follow_up(&mut self, id: OrderId, caused_by: &LogEvent) {
        let (Some(order), Body::Order(data)) = (self.order(id), &caused_by.body) else { return };
        let Some(restaurant) = order.portions_from() else { return };
        let context = Context { stock: self.stock(restaurant), ..self.context(Some(order)) };
        if let Some(event) = follow(order, data, &context) {
            let source = caused_by.source;
            let cause = Cause { source, mutation: None, causation_id: Some(caused_by.id) };
            self.append_to_restaurant(restaurant, event, cause);
        }
    }

    /// Fills the shelves of all restaurants that have limited dishes, for another day: an event each.
    pub(super) fn reset_portions(&mut self, cause: &Cause) {
        let catalog = self.world.catalog;
        for restaurant in &catalog.restaurants {
            if let Some(event) = reset(restaurant) {
                self.append_to_restaurant(restaurant.id, event, cause.clone());
            }
        }
    }

    /// Appends an event to a restaurant, whose stream must have been loaded; no function consumes any.
    fn append_to_restaurant(&mut self, id: RestaurantId, event: StockEvent, cause: Cause) {
        self.append(StreamName::Restaurant(id), None, Body::Restaurant(event), cause);
    }
}
