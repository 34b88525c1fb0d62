//! Promise 15: each night fills the shelves once, whenever the server died in it: all shelves of limited
//! dishes, with what the catalogue says, and with nothing else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::catalog::Restaurant;
use shared::id::{EventId, MenuItemId};
use shared::stock::event::StockEvent;

use super::events;
use crate::eventing::log::{Body, StreamName, SystemEvent};
use crate::eventing::schedule::Schedule;
use crate::eventing::simulation::night;
use crate::eventing::simulation::seen::Happening;
use crate::eventing::simulation::town::Town;

/// How many portions there are of each limited dish of a restaurant.
type Shelf = BTreeMap<MenuItemId, u32>;

pub(super) fn p15_each_night_fills_the_shelves_once(town: &mut Town) {
    let now = town.somebody_looks_at_the_clock();
    let runs = runs(town);
    let nights: Vec<Timestamp> = runs.iter().map(|(_, due_at)| *due_at).collect();
    assert_eq!(nights, night::until(now), "15: each night once, in their order");
    let restaurants = town.room.house.catalog.restaurants.iter().filter(|it| it.has_limits());
    let full: BTreeMap<StreamName, Shelf> =
        restaurants.map(|it| (StreamName::Restaurant(it.id), full(it))).collect();
    let expected = runs.iter().map(|(run, _)| (Some(*run), full.clone())).collect();
    assert_eq!(filled(town), expected, "15: at night all shelves are filled, and never otherwise");
    for _ in nights {
        town.note(Happening::NightPassed);
    }
}

fn runs(town: &Town) -> Vec<(EventId, Timestamp)> {
    let mut runs = Vec::new();
    for event in events(town) {
        if let Body::System(SystemEvent::ScheduleRan { schedule, due_at }) = &event.body {
            assert_eq!(*schedule, Schedule::ResetPortions);
            assert!(*due_at <= event.recorded_at, "15: {event:?} came before its time");
            runs.push((event.id, *due_at));
        }
    }
    runs
}

/// All shelves that were ever filled, by what caused it.
fn filled(town: &Town) -> BTreeMap<Option<EventId>, BTreeMap<StreamName, Shelf>> {
    let mut filled: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for event in events(town) {
        if let Body::Restaurant(StockEvent::PortionsReset { shelf }) = &event.body {
            let shelf = shelf.iter().map(|it| (it.menu_item_id, it.portions)).collect();
            let of_cause = filled.entry(event.causation_id).or_default();
            assert_eq!(of_cause.insert(event.stream, shelf), None, "15: twice, by {event:?}");
        }
    }
    filled
}

fn full(restaurant: &Restaurant) -> Shelf {
    let dishes = restaurant.menu.iter();
    dishes.filter_map(|dish| Some((dish.id, dish.portions?))).collect()
}
