//! A server without a network: a log, its fold, and receipts that repeat themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::catalog::{Catalog, house};
use shared::cursor::{Cursor, Position};
use shared::id::{CustomerId, LogId, MutationId, OrderId};
use shared::money::Cents;
use shared::order::Order;
use shared::order::command::{Command, LineRequest, OrderDraft, PlaceOrder, Quantity};
use shared::order::decide::{Context, decide};
use shared::order::event::Event;
use shared::order::evolve::evolve;
use shared::order::refusal::Refusal;
use shared::order::tip::Tip;
use shared::policy::Policy;
use uuid::Uuid;

use crate::account::Account;
use crate::input::{Answer, Change, OrderChanged, Page, PageToken, Receipt};
use crate::intent::Intent;
use crate::record::Refused;

/// Orders on a page: few, so that there are several pages.
pub(in crate::tests) const PAGE: usize = 3;

pub(in crate::tests) fn order_id(number: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(0x1000 + number))
}

pub(in crate::tests) fn mutation(number: u128) -> MutationId {
    MutationId::new(Uuid::from_u128(0x2000 + number))
}

pub(in crate::tests) fn customer(number: u128) -> CustomerId {
    CustomerId::new(Uuid::from_u128(0x3000 + number))
}

/// Two dishes at the first restaurant, $29.00 and a tip of $2.00.
pub(in crate::tests) fn wish(number: u128) -> PlaceOrder {
    let catalog = house::of_the_house();
    let restaurant = &catalog.restaurants[0];
    let draft = OrderDraft {
        order_id: order_id(number),
        restaurant_id: restaurant.id,
        lines: vec![LineRequest {
            menu_item_id: restaurant.menu[0].id,
            quantity: Quantity::try_from(2).unwrap(),
        }],
        tip: Tip::saturating(Cents::saturating(2_00)),
        note: None,
        deliver_to: None,
        expected_subtotal: Some(Cents::saturating(29_00)),
        placed_at: None,
    };
    draft.try_into().unwrap()
}

/// The truth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::tests) struct Server {
    pub(in crate::tests) log_id: LogId,
    pub(in crate::tests) now: Timestamp,
    pub(in crate::tests) catalog: Catalog,
    /// `None` is an event of somebody else.
    pub(in crate::tests) log: Vec<Option<(Event, Order)>>,
    pub(in crate::tests) orders: BTreeMap<OrderId, Order>,
    pub(in crate::tests) receipts: BTreeMap<MutationId, (Intent, Receipt)>,
    customer_id: CustomerId,
}

/// What a subscriber has had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::tests) struct Subscription {
    pub(in crate::tests) last: Position,
}

impl Server {
    pub(in crate::tests) fn new(log: u128) -> Self {
        Self {
            log_id: LogId::new(Uuid::from_u128(log)),
            now: Timestamp::constant(1_800_000_000, 0),
            catalog: house::of_the_house(),
            log: Vec::new(),
            orders: BTreeMap::new(),
            receipts: BTreeMap::new(),
            customer_id: customer(1),
        }
    }

    pub(in crate::tests) fn account(&self) -> Account {
        Account { log_id: self.log_id, customer_id: self.customer_id }
    }

    pub(in crate::tests) fn head(&self) -> Cursor {
        self.at(self.log.len())
    }

    fn at(&self, position: usize) -> Cursor {
        let position = Position::new(u64::try_from(position).unwrap());
        Cursor { log_id: self.log_id, position }
    }

    /// A customer's mutation. The same id gets the same answer, for ever.
    pub(in crate::tests) fn receive(
        &mut self,
        mutation_id: MutationId,
        intent: &Intent,
    ) -> Receipt {
        if let Some((known, receipt)) = self.receipts.get(&mutation_id) {
            assert_eq!(known, intent, "the same id with another content");
            return receipt.clone();
        }
        let command = match intent {
            Intent::Place { order, .. } => {
                Command::Place { customer_id: self.customer_id, order: order.clone() }
            }
            Intent::Cancel { .. } => Command::RequestCancellation { customer_id: self.customer_id },
        };
        let order_id = intent.order_id();
        let answer = match self.decide(order_id, &command, Some(mutation_id)) {
            Ok(()) => Answer::Accepted,
            Err(Refusal::Denied(denial)) => {
                let order = self.orders.get(&order_id);
                Answer::Refused {
                    refused: Refused {
                        code: denial.code.word().to_owned(),
                        message: denial.message,
                        order_version: order.map(|order| order.version),
                    },
                    order: order.cloned().map(Box::new),
                }
            }
            Err(other) => panic!("a customer is told {other:?}"),
        };
        let receipt = Receipt { mutation_id, cursor: self.head(), answer };
        self.receipts.insert(mutation_id, (intent.clone(), receipt.clone()));
        receipt
    }

    /// Somebody places this order at another terminal.
    pub(in crate::tests) fn place(&mut self, number: u128) {
        let seen = self.catalog.clone();
        let placing = Intent::Place { order: wish(number), seen };
        self.receive(mutation(500_000 + number), &placing);
    }

    /// A function's command; what is refused changes nothing.
    pub(in crate::tests) fn act(&mut self, number: u128, command: &Command) -> bool {
        self.decide(order_id(number), command, None).is_ok()
    }

    /// So many steps of the normal way.
    pub(in crate::tests) fn advance(&mut self, number: u128, steps: usize) {
        let amount = Cents::saturating(29_00);
        let way = [
            Command::Validate,
            Command::RecordCapture { amount },
            Command::Accept,
            Command::BeginCooking,
            Command::FinishCooking,
        ];
        for command in way.iter().take(steps) {
            self.act(number, command);
        }
    }

    /// An event that our customer does not see.
    pub(in crate::tests) fn somebody_else_acts(&mut self) {
        self.log.push(None);
    }

    fn decide(
        &mut self,
        order_id: OrderId,
        command: &Command,
        mutation_id: Option<MutationId>,
    ) -> Result<(), Refusal> {
        self.now = self.now.checked_add(Duration::from_secs(1)).unwrap();
        let policy = Policy::default();
        let context = Context { now: self.now, catalog: &self.catalog, policy: &policy };
        let data = decide(self.orders.get(&order_id), command, &context)?;
        let event = Event { order_id, recorded_at: self.now, mutation_id, data };
        let order = evolve(self.orders.remove(&order_id), &event).unwrap();
        self.orders.insert(order_id, order.clone());
        self.log.push(Some((event, order)));
        Ok(())
    }

    pub(in crate::tests) fn subscribe(&self, after: Cursor) -> Option<Subscription> {
        let is_ours = after.log_id == self.log_id && after.position <= self.head().position;
        is_ours.then_some(Subscription { last: after.position })
    }

    /// The next change of ours for this subscriber.
    pub(in crate::tests) fn next(&self, subscription: &mut Subscription) -> Option<Change> {
        let after = usize::try_from(subscription.last.get()).unwrap();
        let (index, entry) = self
            .log
            .iter()
            .enumerate()
            .skip(after)
            .find_map(|(index, entry)| Some((index, entry.as_ref()?)))?;
        let cursor = self.at(index + 1);
        let previous = Some(Cursor { log_id: self.log_id, position: subscription.last });
        subscription.last = cursor.position;
        let (event, order) = entry;
        let event = OrderChanged {
            event_type: event.data.type_name().to_owned(),
            mutation_id: event.mutation_id,
            order: Box::new(order.clone()),
        };
        Some(Change { cursor, previous, event: Some(event) })
    }

    /// A position mark, if all has been said.
    pub(in crate::tests) fn mark(&self, subscription: &mut Subscription) -> Option<Change> {
        let rest = self.log.iter().skip(usize::try_from(subscription.last.get()).unwrap());
        if rest.flatten().next().is_some() {
            return None;
        }
        let previous = Some(Cursor { log_id: self.log_id, position: subscription.last });
        subscription.last = self.head().position;
        Some(Change { cursor: self.head(), previous, event: None })
    }

    /// All changes so far, from the start.
    pub(in crate::tests) fn changes(&self) -> Vec<Change> {
        let mut subscription = Subscription { last: Position::START };
        std::iter::from_fn(|| self.next(&mut subscription)).collect()
    }

    /// A page of orders as of now, newest first by their first events.
    pub(in crate::tests) fn page(&self, after: Option<PageToken>) -> Page {
        let skip: usize = after.as_ref().map_or(0, |token| token.0.parse().unwrap());
        let mut newest_first: Vec<OrderId> = Vec::new();
        for (event, _) in self.log.iter().flatten() {
            if !newest_first.contains(&event.order_id) {
                newest_first.insert(0, event.order_id);
            }
        }
        // The token counts from the oldest, so that new orders do not move the pages.
        // A token of a past that was set back may stand before all that there is.
        let skip = if skip == 0 { 0 } else { newest_first.len().saturating_sub(skip) };
        let orders: Vec<Order> =
            newest_first.iter().skip(skip).take(PAGE).map(|id| self.orders[id].clone()).collect();
        let left = newest_first.len() - skip - orders.len();
        let next = (left > 0).then(|| PageToken(left.to_string()));
        Page { after, orders, cursor: self.head(), next }
    }
}
