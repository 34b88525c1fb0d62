//! The portions of a restaurant: what is left of its limited dishes, who waits for some, who took some.
//! Steps 4 and 9 of an order's way.
//!
//! Decided and folded like an order, in a stream of its restaurant. Whoever orders a limited dish
//! *claims* portions; validation *serves* the claims in the order in which the customers placed them,
//! whichever arrived first; what an order took it gives back if it ends unfulfilled. An order of dishes
//! that are not limited has nothing to do with all this.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::Restaurant;
use crate::id::{MenuItemId, OrderId};
use crate::order::Order;
use crate::order::decide::Context;
use crate::order::event::OrderEvent;

pub mod event;
mod sold_out;
#[cfg(test)]
mod tests;

use event::{Made, Portions, StockEvent};

/// How many undecided claims of a restaurant are remembered; each holds others back for seconds at most.
/// Whoever comes beyond is served as well, and holds nobody back.
pub const CLAIMS_MAX: usize = 256;

/// What is left of a restaurant's limited dishes; the fold of its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// How many portions of each limited dish are left.
    left: BTreeMap<MenuItemId, u32>,
    /// Who waits for portions, in the order in which they are served; at most [`CLAIMS_MAX`].
    claims: Vec<Claim>,
    /// Who has taken portions since the shelf was filled; never more than there were portions.
    taken: BTreeMap<OrderId, Taken>,
}

/// Whose claim is served before whose: who placed first goes first, and of two at the same moment the
/// smaller id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Precedence {
    /// When the customer ordered, by the customer's clock within the server's bounds.
    pub placed_at: Timestamp,
    /// Which order.
    pub order_id: OrderId,
}

/// Portions that an order has asked for and that are not decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    /// Streams that were stored before have the field under this name.
    #[serde(rename = "turn")]
    precedence: Precedence,
    /// From then on it is overdue, and holds nobody back any more.
    holds_back_until: Timestamp,
    portions: Vec<Portions>,
}

/// Portions that an order has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    placed_at: Timestamp,
    portions: Vec<Portions>,
}

/// What validation finds where portions are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// There is enough of everything; of what is not limited there always is.
    Served,
    /// Another claim may have precedence.
    Waits {
        /// For what.
        why: &'static str,
    },
    /// There is not enough.
    SoldOut {
        /// Why, for the customer.
        reason: String,
    },
}

impl Precedence {
    /// The precedence of this order.
    pub fn of(order: &Order) -> Self {
        Self { placed_at: order.placed_at, order_id: order.id }
    }
}

impl Stock {
    /// How many portions of a dish are left; `None` where nobody has asked for any yet.
    pub fn left(&self, dish: MenuItemId) -> Option<u32> {
        self.left.get(&dish).copied()
    }

    /// What this order asks for of what is limited.
    fn wanted(&self, order: &Order) -> Vec<Portions> {
        let limited = order.lines.iter().filter(|line| self.left.contains_key(&line.menu_item_id));
        limited.map(Portions::of).collect()
    }

    /// Whether a claim has precedence over this one, for one of these dishes, and is not overdue.
    fn holds_back(&self, precedence: Precedence, portions: &[Portions], now: Timestamp) -> bool {
        let earlier = self.claims.iter().take_while(|claim| claim.precedence < precedence);
        let same_dish = |claim: &Claim| {
            claim
                .portions
                .iter()
                .any(|it| portions.iter().any(|wanted| wanted.is_of(it.menu_item_id)))
        };
        earlier.filter(|claim| claim.holds_back_until > now).any(same_dish)
    }

    /// What an order has taken since the shelf was filled, and not given back.
    pub fn taken_by(&self, order_id: OrderId) -> Option<&Vec<Portions>> {
        self.taken.get(&order_id).map(|taken| &taken.portions)
    }

    /// Who has taken portions since the shelf was filled, and not given them back.
    pub fn takers(&self) -> impl Iterator<Item = OrderId> {
        self.taken.keys().copied()
    }

    /// Whether there is enough of all this.
    pub fn has(&self, portions: &[Portions]) -> bool {
        portions.iter().all(|it| self.left(it.menu_item_id).unwrap_or_default() >= it.number())
    }
}

/// Whether an order gets its portions now.
pub fn serve(order: &Order, context: &Context<'_>) -> Service {
    let (Some(from), Some(stock)) = (order.decided_from, context.stock) else {
        return Service::Served;
    };
    let (precedence, wanted) = (Precedence::of(order), stock.wanted(order));
    if context.now < from {
        return Service::Waits { why: "whoever ordered the same dish before may be on the way" };
    }
    if stock.holds_back(precedence, &wanted, context.now) {
        return Service::Waits { why: "whoever ordered the same dish before is undecided" };
    }
    let short = wanted.iter().find(|it| !stock.has(std::slice::from_ref(it)));
    short.map_or(Service::Served, |it| Service::SoldOut { reason: stock.why_not(precedence, it) })
}

/// What an event of an order means for the portions of its restaurant, where it means anything. It is
/// appended with the order's event, so that both have happened or neither has. `order` is the order as
/// of its event, and `context.stock` what there was before.
pub fn follow(order: &Order, event: &OrderEvent, context: &Context<'_>) -> Option<StockEvent> {
    let order_id = order.id;
    match event {
        OrderEvent::OrderPlaced { decided_from, .. } => claim(order, (*decided_from)?, context),
        OrderEvent::OrderValidated { .. } => {
            order.decided_from?;
            let placed_at = order.placed_at;
            match context.stock?.wanted(order) {
                // The house makes as many as anybody likes since.
                none if none.is_empty() => Some(StockEvent::ClaimDropped { order_id }),
                portions => Some(StockEvent::PortionsTaken { order_id, placed_at, portions }),
            }
        }
        OrderEvent::OrderRejected { .. }
        | OrderEvent::PaymentDeclined { .. }
        | OrderEvent::OrderCancelled { .. } => {
            let stock = context.stock?;
            let waits = || stock.claims.iter().any(|claim| claim.precedence.order_id == order_id);
            match stock.taken_by(order_id).cloned() {
                Some(portions) => Some(StockEvent::PortionsGivenBack { order_id, portions }),
                None => waits().then_some(StockEvent::ClaimDropped { order_id }),
            }
        }
        OrderEvent::PaymentCaptured { .. }
        | OrderEvent::OrderAccepted { .. }
        | OrderEvent::PreparationStarted { .. }
        | OrderEvent::CourierAssigned { .. }
        | OrderEvent::OrderReady { .. }
        | OrderEvent::OrderPickedUp { .. }
        | OrderEvent::OrderDelivered { .. }
        | OrderEvent::TipSet { .. }
        | OrderEvent::TipCaptured { .. }
        | OrderEvent::TipWaived { .. }
        | OrderEvent::OrderRated { .. }
        | OrderEvent::CancellationRequested { .. }
        | OrderEvent::PaymentRefunded { .. }
        | OrderEvent::DeliveryDied { .. }
        | OrderEvent::DeliveryRedelivered { .. }
        | OrderEvent::CustomerNotified { .. } => None,
    }
}

fn claim(order: &Order, decided_from: Timestamp, context: &Context<'_>) -> Option<StockEvent> {
    let restaurant = context.catalog.restaurant(order.restaurant_id)?;
    let made = made(restaurant);
    let limited = |line: &&crate::order::OrderLine| {
        made.iter().any(|it| it.menu_item_id == line.menu_item_id)
    };
    let portions: Vec<_> = order.lines.iter().filter(limited).map(Portions::of).collect();
    let window = context.policy.limits.fairness_window;
    Some(StockEvent::PortionsClaimed {
        order_id: order.id,
        placed_at: order.placed_at,
        // It is decided after one window, and overdue after another.
        holds_back_until: decided_from.saturating_add(window).unwrap_or(Timestamp::MAX),
        shelf: made
            .into_iter()
            .filter(|it| portions.iter().any(|of| of.is_of(it.menu_item_id)))
            .collect(),
        portions,
    })
}

/// The shelf of a restaurant is filled for another day; `None` where nothing of it is limited.
pub fn reset(restaurant: &Restaurant) -> Option<StockEvent> {
    let shelf = made(restaurant);
    (!shelf.is_empty()).then_some(StockEvent::PortionsReset { shelf })
}

/// What a kitchen makes a day of its limited dishes.
fn made(restaurant: &Restaurant) -> Vec<Made> {
    let limited = restaurant.menu.iter().filter_map(|dish| {
        let (menu_item_id, name) = (dish.id, dish.name.clone());
        dish.portions.map(|portions| Made { menu_item_id, name, portions })
    });
    limited.collect()
}

/// The stock after this event. Total and without judgement, like an order's fold.
pub fn evolve(stock: Option<Stock>, event: &StockEvent, recorded_at: Timestamp) -> Stock {
    let mut stock = stock.unwrap_or_default();
    // What is overdue holds nobody back, so nobody needs to know of it.
    stock.claims.retain(|claim| claim.holds_back_until > recorded_at);
    stock.take_in(event);
    stock
}

impl Stock {
    fn take_in(&mut self, event: &StockEvent) {
        match event {
            // What is still cooking is yesterday's: it comes back to nobody.
            StockEvent::PortionsReset { shelf } => {
                self.left = shelf.iter().map(|it| (it.menu_item_id, it.portions)).collect();
                self.taken.clear();
            }
            StockEvent::PortionsClaimed {
                order_id,
                placed_at,
                holds_back_until,
                shelf,
                portions,
            } => {
                for Made { menu_item_id, portions, .. } in shelf {
                    self.left.entry(*menu_item_id).or_insert(*portions);
                }
                if self.claims.len() < CLAIMS_MAX {
                    let precedence = Precedence { placed_at: *placed_at, order_id: *order_id };
                    let at = self.claims.partition_point(|claim| claim.precedence < precedence);
                    let (holds_back_until, portions) = (*holds_back_until, portions.clone());
                    self.claims.insert(at, Claim { precedence, holds_back_until, portions });
                }
            }
            StockEvent::PortionsTaken { order_id, placed_at, portions } => {
                self.end_claim(*order_id);
                self.count(portions, u32::saturating_sub);
                let taken = Taken { placed_at: *placed_at, portions: portions.clone() };
                self.taken.insert(*order_id, taken);
            }
            StockEvent::ClaimDropped { order_id } => self.end_claim(*order_id),
            StockEvent::PortionsGivenBack { order_id, portions } => {
                self.taken.remove(order_id);
                self.count(portions, u32::saturating_add);
            }
        }
    }

    fn end_claim(&mut self, order_id: OrderId) {
        self.claims.retain(|claim| claim.precedence.order_id != order_id);
    }

    fn count(&mut self, portions: &[Portions], count: impl Fn(u32, u32) -> u32) {
        for it in portions {
            if let Some(left) = self.left.get_mut(&it.menu_item_id) {
                *left = count(*left, it.number());
            }
        }
    }
}
