//! Promise 14: no portion is sold twice, none gets lost, and whoever placed first is served first. Counted
//! by hand from the log, as somebody would who has never heard of a stock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use shared::cursor::Position;
use shared::id::{MenuItemId, OrderId};
use shared::order::status::OrderStatus;
use shared::stock::Precedence;
use shared::stock::event::{Made, Portions, StockEvent};

use super::{events, orders};
use crate::eventing::log::{Body, LogEvent, StreamName, StreamState};
use crate::eventing::simulation::seen::Happening;
use crate::eventing::simulation::town::Town;

/// The shelf of one restaurant.
#[derive(Default)]
struct Shelf {
    made: BTreeMap<MenuItemId, u32>,
    taken: BTreeMap<OrderId, Vec<Portions>>,
    /// Who took portions that were made before the last night.
    of_yesterday: BTreeSet<OrderId>,
    nights: u32,
    waiting: BTreeMap<Precedence, (Position, Timestamp)>,
}

pub(super) fn p14_no_portion_is_sold_twice_and_precedence_is_kept(town: &mut Town) {
    let mut shelves: BTreeMap<StreamName, Shelf> = BTreeMap::new();
    let mut seen = Vec::new();
    for event in events(town) {
        let Body::Restaurant(data) = &event.body else { continue };
        let shelf = shelves.entry(event.stream).or_default();
        seen.extend(shelf.take_in(event, data));
        for (dish, made) in &shelf.made {
            assert!(shelf.taken(*dish) <= *made, "14: {dish} was sold twice at {event:?}");
        }
    }
    for happening in seen {
        town.note(happening);
    }
    for (name, shelf) in &shelves {
        let stored = town.room.log.streams[name].state.stock();
        for (dish, made) in &shelf.made {
            let left = stored.and_then(|stock| stock.left(*dish)).unwrap();
            assert_eq!(left + shelf.taken(*dish), *made, "14: portions of {dish} got lost");
        }
    }
    for order in orders(town) {
        let Some(restaurant) = order.portions_from() else { continue };
        let shelf = &shelves[&StreamName::Restaurant(restaurant)];
        let validated = order.timeline.iter().any(|it| it.status == OrderStatus::Validated);
        let of_yesterday = shelf.of_yesterday.contains(&order.id);
        let keeps = validated && !order.status.ended_unfulfilled() && !of_yesterday;
        assert_eq!(
            shelf.taken.contains_key(&order.id),
            keeps,
            "14: whether portions are kept for {order:?}"
        );
    }
    let stocks = town.room.log.streams.values().map(|stream| &stream.state);
    let of_restaurants = stocks.filter(|state| matches!(state, StreamState::Restaurant(_)));
    assert_eq!(of_restaurants.count(), shelves.len());
}

impl Shelf {
    fn take_in(&mut self, event: &LogEvent, data: &StockEvent) -> Option<Happening> {
        match data {
            StockEvent::PortionsReset { shelf } => {
                self.made = shelf.iter().map(|it| (it.menu_item_id, it.portions)).collect();
                self.nights += 1;
                let taken = std::mem::take(&mut self.taken);
                let sold = !taken.is_empty();
                self.of_yesterday.extend(taken.into_keys());
                sold.then_some(Happening::NightWhileSomeWereTaken)
            }
            StockEvent::PortionsClaimed {
                order_id, placed_at, holds_back_until, shelf, ..
            } => {
                for Made { menu_item_id, portions, .. } in shelf {
                    self.made.entry(*menu_item_id).or_insert(*portions);
                }
                let precedence = Precedence { placed_at: *placed_at, order_id: *order_id };
                self.waiting.insert(precedence, (event.position, *holds_back_until));
                None
            }
            StockEvent::PortionsTaken { order_id, placed_at, portions } => {
                let precedence = Precedence { placed_at: *placed_at, order_id: *order_id };
                let (claimed, _) =
                    self.waiting.remove(&precedence).expect("14: nothing without a claim");
                let mut earlier = self.waiting.range(..precedence).map(|(_, (_, until))| until);
                let overdue = |until: &Timestamp| *until <= event.recorded_at;
                let kept = earlier.all(overdue);
                assert!(kept, "14: {order_id} was served before a claim that has precedence");
                let before = self.taken.insert(*order_id, portions.clone());
                assert_eq!(before, None, "14: taken twice");
                let overtaken = self.waiting.values().any(|(position, _)| *position < claimed);
                if overtaken {
                    Some(Happening::ServedBeforeWhoCameFirst)
                } else {
                    (self.nights > 0).then_some(Happening::PortionsTakenAfterTheNight)
                }
            }
            StockEvent::ClaimDropped { order_id } => {
                self.waiting.retain(|precedence, _| precedence.order_id != *order_id);
                None
            }
            StockEvent::PortionsGivenBack { order_id, portions } => {
                let had = self.taken.remove(order_id);
                assert_eq!(had.as_ref(), Some(portions), "14: given back once, as it was taken");
                Some(Happening::PortionsGivenBack)
            }
        }
    }

    fn taken(&self, dish: MenuItemId) -> u32 {
        let of_dish = self.taken.values().flatten().filter(|it| it.menu_item_id == dish);
        of_dish.map(Portions::number).sum()
    }
}
