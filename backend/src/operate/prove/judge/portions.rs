//! No portion was sold twice, and none is lost: what the log says of each restaurant's portions, counted
//! by hand, between two nights.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::MenuItemId;
use shared::stock::event::{Made, Portions, StockEvent};
use uuid::Uuid;

use super::super::evidence::Evidence;
use crate::operate::verify::{Check, Findings};
use crate::operate::words::counted;

#[cfg(test)]
mod tests;

/// What was taken and not given back is no more than was made; who was validated has taken what it
/// asked for, and who ended unfulfilled has given it back.
pub(super) fn check(evidence: &Evidence) -> Check {
    let mut restaurants: BTreeMap<&str, Shelf> = BTreeMap::new();
    let mut orders = Orders::default();
    let mut findings = Findings::default();
    for event in &evidence.log {
        if let Some(order) = event.order {
            orders.see(order, &event.kind);
        }
        if let Some(event_of_shelf) = &event.portions {
            let shelf = restaurants.entry(&event.stream).or_default();
            shelf.see(event_of_shelf, &orders, &mut findings);
        }
    }
    for shelf in restaurants.values() {
        shelf.everybody_has_given_back(&orders, &mut findings);
        for order in shelf.claims.intersection(&orders.validated) {
            findings.add(format!("order {order} was validated, and given no portions"));
        }
    }
    let taken = counted(restaurants.values().map(|it| it.orders).sum(), "order");
    Check::new("portions", format!("{taken} took limited dishes, none sold twice"), findings)
}

/// What became of the orders, as far as the log has been read.
#[derive(Default)]
struct Orders {
    validated: BTreeSet<Uuid>,
    unfulfilled: BTreeSet<Uuid>,
}

impl Orders {
    fn see(&mut self, order: Uuid, kind: &str) {
        match kind {
            "OrderValidated" => self.validated.insert(order),
            "OrderRejected" | "PaymentDeclined" | "OrderCancelled" => {
                self.unfulfilled.insert(order)
            }
            _ => return,
        };
    }
}

/// The limited dishes of a restaurant.
#[derive(Default)]
struct Shelf {
    made: BTreeMap<MenuItemId, u32>,
    /// Who has portions since the shelf was filled.
    taken: BTreeMap<Uuid, Vec<Portions>>,
    /// Who has asked for some, and was given none so far.
    claims: BTreeSet<Uuid>,
    /// How many orders have ever taken some.
    orders: u64,
}

impl Shelf {
    fn see(&mut self, event: &StockEvent, orders: &Orders, findings: &mut Findings) {
        match event {
            StockEvent::PortionsReset { shelf } => {
                self.everybody_has_given_back(orders, findings);
                self.taken.clear();
                self.made = shelf.iter().map(|it| (it.menu_item_id, it.portions)).collect();
            }
            StockEvent::PortionsClaimed { order_id, shelf, .. } => {
                for Made { menu_item_id, portions, .. } in shelf {
                    self.made.entry(*menu_item_id).or_insert(*portions);
                }
                self.claims.insert(order_id.uuid());
            }
            StockEvent::PortionsTaken { order_id, portions, .. } => {
                self.claims.remove(&order_id.uuid());
                self.orders += 1;
                if self.taken.insert(order_id.uuid(), portions.clone()).is_some() {
                    findings.add(format!("order {order_id} took its portions twice"));
                }
                for it in portions {
                    self.is_not_oversold(it, findings);
                }
            }
            StockEvent::ClaimDropped { order_id } => {
                self.claims.remove(&order_id.uuid());
            }
            StockEvent::PortionsGivenBack { order_id, portions } => {
                if self.taken.remove(&order_id.uuid()).as_ref() != Some(portions) {
                    findings.add(format!("order {order_id} gave back what it did not have"));
                }
            }
        }
    }

    fn is_not_oversold(&self, of: &Portions, findings: &mut Findings) {
        let all = self.taken.values().flatten().filter(|it| it.menu_item_id == of.menu_item_id);
        let taken: u64 = all.map(|it| u64::from(it.number())).sum();
        let made = self.made.get(&of.menu_item_id).copied().unwrap_or_default();
        if taken > made.into() {
            findings.add(format!("of {} there were {made}, and {taken} are sold", of.name));
        }
    }

    fn everybody_has_given_back(&self, orders: &Orders, findings: &mut Findings) {
        for order in self.taken.keys().filter(|order| orders.unfulfilled.contains(order)) {
            findings.add(format!("order {order} ended unfulfilled and kept its portions"));
        }
    }
}
