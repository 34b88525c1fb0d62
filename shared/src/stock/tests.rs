//! What holds for portions, whoever asks for them, in whatever sequence.

mod races;
mod single;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::event::{Portions, StockEvent};
use super::{Stock, evolve, follow, reset};
use crate::catalog::{Catalog, Restaurant, house};
use crate::id::{CustomerId, OrderId};
use crate::money::Cents;
use crate::order::Order;
use crate::order::command::{Command, LineRequest, OrderDraft, Quantity};
use crate::order::decide::{Context, decide};
use crate::order::event::{Event, OrderEvent};
use crate::order::refusal::Refusal;
use crate::order::status::OrderStatus;
use crate::order::tip::Tip;
use crate::policy::Policy;

const CUSTOMER: CustomerId = CustomerId::new(Uuid::from_u128(7));
const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// How far the customer's clock is believed.
const WINDOW: Duration = Duration::from_secs(3);

/// One evening at the one restaurant with *Mole Negro*, of which there are five.
struct Evening {
    catalog: Catalog,
    policy: Policy,
    now: Timestamp,
    orders: BTreeMap<u128, Order>,
    stock: Option<Stock>,
    /// What happened to the portions, and when.
    events: Vec<(StockEvent, Timestamp)>,
}

fn order_id(number: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(number))
}

impl Evening {
    fn new() -> Self {
        let (catalog, policy) = (house::of_the_house(), Policy::default());
        let (orders, events) = (BTreeMap::new(), Vec::new());
        Self { catalog, policy, now: NOW, orders, stock: None, events }
    }

    fn restaurant(&self) -> &Restaurant {
        self.catalog.restaurants.iter().find(|it| it.name == "Casa Oaxaca").unwrap()
    }

    /// So much *Mole Negro*, and always a *Horchata*, of which there is no end.
    fn place(&mut self, number: u128, quantity: i64, placed_at: Timestamp) {
        self.place_for(None, number, quantity, placed_at);
    }

    /// The same, to be delivered not before a time.
    fn place_for(
        &mut self,
        scheduled_for: Option<Timestamp>,
        number: u128,
        quantity: i64,
        placed_at: Timestamp,
    ) {
        let restaurant = self.restaurant();
        let line = |name: &str, quantity: i64| LineRequest {
            menu_item_id: restaurant.menu.iter().find(|it| it.name == name).unwrap().id,
            quantity: Quantity::try_from(quantity).unwrap(),
        };
        let draft = OrderDraft {
            order_id: order_id(number),
            restaurant_id: restaurant.id,
            lines: vec![line("Horchata", 2), line("Mole Negro", quantity)],
            tip: Tip::saturating(Cents::ZERO),
            note: None,
            deliver_to: None,
            expected_subtotal: None,
            placed_at: Some(placed_at),
            scheduled_for,
        };
        let order = draft.try_into().unwrap();
        self.tell(number, &Command::Place { customer_id: CUSTOMER, order }).unwrap();
    }

    fn tell(&mut self, number: u128, command: &Command) -> Result<OrderEvent, Refusal> {
        let (catalog, policy, now) = (&self.catalog, &self.policy, self.now);
        let context = Context { now, catalog, policy, stock: self.stock.as_ref() };
        let order = self.orders.remove(&number);
        let data = decide(order.as_ref(), command, &context);
        let Ok(data) = data else {
            self.orders.extend(order.map(|order| (number, order)));
            return data;
        };
        let event = Event {
            order_id: order_id(number),
            recorded_at: now,
            mutation_id: None,
            data: data.clone(),
        };
        let order = evolve_order(order, &event);
        let follows = follow(&order, &data, &context);
        self.orders.insert(number, order);
        if let Some(event) = follows {
            self.append(event);
        }
        Ok(data)
    }

    fn append(&mut self, event: StockEvent) {
        self.stock = Some(evolve(self.stock.take(), &event, self.now));
        self.events.push((event, self.now));
    }

    fn validate(&mut self, number: u128) -> Result<OrderStatus, Refusal> {
        self.tell(number, &Command::Validate)?;
        Ok(self.orders[&number].status)
    }

    fn left(&self) -> u32 {
        let dish = self.restaurant().menu.iter().find(|it| it.name == "Mole Negro").unwrap();
        let untouched = dish.portions.unwrap();
        self.stock.as_ref().and_then(|stock| stock.left(dish.id)).unwrap_or(untouched)
    }

    fn pass(&mut self, duration: Duration) {
        self.now = self.now.checked_add(duration).unwrap();
    }
}

fn evolve_order(order: Option<Order>, event: &Event) -> Order {
    crate::order::evolve::evolve(order, event).unwrap()
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// One thing that happens in an evening.
#[derive(Clone, Debug)]
enum Step {
    /// An order of so many, placed so many milliseconds ago by its customer's clock.
    Place(i64, u64),
    /// Somebody asks something of the so-manyth order.
    Tell(prop::sample::Index, Command),
    /// The night comes.
    Reset,
    Pass(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let amount = Cents::saturating(1);
    let no = || "no".to_owned();
    let commands = prop_oneof![
        6 => Just(Command::Validate),
        1 => Just(Command::Reject { reason: no() }),
        1 => Just(Command::RecordCapture { amount }),
        1 => Just(Command::RecordDecline { reason: no() }),
        1 => Just(Command::Refuse { reason: no() }),
        1 => Just(Command::RequestCancellation { customer_id: CUSTOMER }),
        1 => Just(Command::Cancel),
        1 => Just(Command::EndWait),
        1 => Just(Command::RecordRefund { captured: amount, refunded: amount }),
    ];
    prop_oneof![
        4 => (1..4_i64, 0..5_000_u64).prop_map(|(number, ago)| Step::Place(number, ago)),
        12 => (any::<prop::sample::Index>(), commands).prop_map(|(at, it)| Step::Tell(at, it)),
        1 => Just(Step::Reset),
        6 => prop_oneof![9 => 0..3_000_u64, 1 => 0..100_000_000_u64].prop_map(Step::Pass),
    ]
}

/// What the events alone say, counted by hand: who holds how many since the shelf was filled.
fn held(events: &[(StockEvent, Timestamp)]) -> BTreeMap<OrderId, u32> {
    let number = |portions: &[Portions]| portions.iter().map(Portions::number).sum();
    let mut held = BTreeMap::new();
    for (event, _) in events {
        match event {
            StockEvent::PortionsReset { .. } => held.clear(),
            StockEvent::PortionsTaken { order_id, portions, .. } => {
                assert_eq!(held.insert(*order_id, number(portions)), None, "taken once");
            }
            StockEvent::PortionsGivenBack { order_id, portions } => {
                assert_eq!(held.remove(order_id), Some(number(portions)), "given back once");
            }
            StockEvent::PortionsClaimed { .. } | StockEvent::ClaimDropped { .. } => {}
        }
    }
    held
}

proptest! {
    #[test]
    fn portions_are_neither_made_nor_lost_nor_sold_twice(
        steps in proptest::collection::vec(any_step(), 0..80),
    ) {
        let mut evening = Evening::new();
        let mut night = NOW;
        for step in steps {
            match step {
                Step::Place(quantity, ago) => {
                    let number = u128::try_from(evening.orders.len()).unwrap();
                    let placed_at = evening.now.checked_sub(milliseconds(ago)).unwrap();
                    evening.place(number, quantity, placed_at);
                }
                Step::Tell(at, command) if !evening.orders.is_empty() => {
                    let number = u128::try_from(at.index(evening.orders.len())).unwrap();
                    let _refused = evening.tell(number, &command);
                }
                Step::Tell(..) => {}
                Step::Reset => {
                    let event = reset(evening.restaurant()).unwrap();
                    evening.append(event);
                    night = evening.now;
                }
                Step::Pass(time) => evening.pass(milliseconds(time)),
            }
            let held = held(&evening.events);
            prop_assert_eq!(evening.left() + held.values().sum::<u32>(), 5);
            for order in evening.orders.values() {
                let needs_them = order.status != OrderStatus::Placed && !order.status.ended_unfulfilled();
                let validated = order.timeline.get(1).map(|change| change.at);
                // What was taken at the very moment of the reset may be of either day.
                if validated.is_some_and(|at| at != night) {
                    let of_today = validated > Some(night);
                    prop_assert_eq!(held.contains_key(&order.id), needs_them && of_today);
                }
            }
            let folded = evening.events.iter().fold(None, |stock, (event, at)| {
                Some(evolve(stock, event, *at))
            });
            prop_assert_eq!(&folded, &evening.stock);
            let written = serde_json::to_string(&folded).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Option<Stock>>(&written).unwrap(), &folded);
        }
    }
}
