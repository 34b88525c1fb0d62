//! What holds for every order, whatever is asked of it and in whatever sequence.

mod customer;
mod later;
mod stories;

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::Order;
use super::command::{Command, LineRequest, OrderDraft, Quantity};
use super::decide::{Context, decide};
use super::event::Event;
use super::evolve::evolve;
use super::payment::{Charge, Refund};
use super::refusal::{DenialCode, Refusal};
use super::status::OrderStatus;
use super::tip::Tip;
use crate::catalog::{Catalog, house};
use crate::function::Function;
use crate::id::{CustomerId, MutationId, OrderId};
use crate::money::Cents;
use crate::policy::Policy;

const CUSTOMER: CustomerId = CustomerId::new(Uuid::from_u128(7));
const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn tip(cents: u32) -> Tip {
    Tip::saturating(Cents::saturating(cents))
}

fn draft(catalog: &Catalog) -> OrderDraft {
    let restaurant = &catalog.restaurants[0];
    OrderDraft {
        order_id: OrderId::new(Uuid::from_u128(1)),
        restaurant_id: restaurant.id,
        lines: vec![LineRequest {
            menu_item_id: restaurant.menu[0].id,
            quantity: Quantity::try_from(2).unwrap(),
        }],
        tip: tip(2_00),
        note: None,
        deliver_to: None,
        expected_subtotal: Some(Cents::saturating(29_00)),
        placed_at: None,
        scheduled_for: None,
    }
}

fn place(catalog: &Catalog) -> Command {
    Command::Place { customer_id: CUSTOMER, order: draft(catalog).try_into().unwrap() }
}

/// Carries commands out one after the other, a second apart, and keeps what happened.
struct Story {
    catalog: Catalog,
    policy: Policy,
    now: Timestamp,
    order: Option<Order>,
    events: Vec<Event>,
}

impl Story {
    fn new() -> Self {
        let (catalog, policy) = (house::of_the_house(), Policy::default());
        Self { catalog, policy, now: NOW, order: None, events: Vec::new() }
    }

    /// A story that has come so far on the normal way, its courier assigned as soon as one can be.
    fn at(status: OrderStatus) -> Self {
        let mut story = Self::new();
        while story.order.as_ref().is_none_or(|order| {
            order.status != status || status == OrderStatus::Preparing && order.courier.is_none()
        }) {
            story.tell(&next_step(story.order.as_ref(), &story.catalog)).unwrap();
        }
        story
    }

    fn tell(&mut self, command: &Command) -> Result<(), Refusal> {
        self.now = self.now.checked_add(Duration::from_secs(1)).unwrap();
        let (catalog, policy) = (&self.catalog, &self.policy);
        let context = Context { now: self.now, catalog, policy, stock: None };
        let data = decide(self.order.as_ref(), command, &context)?;
        let mutation = u128::try_from(self.events.len()).unwrap();
        let event = Event {
            order_id: OrderId::new(Uuid::from_u128(1)),
            recorded_at: self.now,
            mutation_id: is_customers(command).then(|| MutationId::new(Uuid::from_u128(mutation))),
            data,
        };
        self.order = evolve(self.order.take(), &event);
        self.events.push(event);
        Ok(())
    }

    fn command(&self, asked: Asked) -> Command {
        match asked {
            Asked::NextStep => next_step(self.order.as_ref(), &self.catalog),
            Asked::Anything(command) => command,
        }
    }

    fn order(&self) -> &Order {
        self.order.as_ref().unwrap()
    }

    fn pass(&mut self, duration: Duration) {
        self.now = self.now.checked_add(duration).unwrap();
    }
}

fn denial(result: Result<(), Refusal>) -> DenialCode {
    match result {
        Err(Refusal::Denied(denial)) => denial.code,
        other => panic!("expected a denial, not {other:?}"),
    }
}

/// What brings an order on from where it stands; of one that has ended, what settles its money.
fn next_step(order: Option<&Order>, catalog: &Catalog) -> Command {
    let Some(order) = order else { return place(catalog) };
    match order.status {
        OrderStatus::Placed => Command::Validate,
        OrderStatus::Validated => Command::RecordCapture { amount: order.subtotal() },
        OrderStatus::Paid => Command::Accept,
        OrderStatus::Accepted => Command::BeginCooking,
        OrderStatus::Preparing if order.courier.is_none() => {
            Command::AssignCourier { courier: "Ada".to_owned() }
        }
        OrderStatus::Preparing => Command::FinishCooking,
        OrderStatus::Ready => Command::PickUp,
        OrderStatus::PickedUp => Command::Deliver,
        OrderStatus::Delivered => Command::RecordTipCapture { amount: order.tip },
        OrderStatus::Rejected | OrderStatus::PaymentDeclined | OrderStatus::Cancelled => {
            let captured = match order.money.charge {
                Charge::Captured(amount) => amount,
                Charge::Open | Charge::Declined => Cents::ZERO,
            };
            Command::RecordRefund { captured, refunded: captured }
        }
    }
}

fn is_customers(command: &Command) -> bool {
    matches!(
        command,
        Command::Place { .. }
            | Command::RequestCancellation { .. }
            | Command::SetTip { .. }
            | Command::Rate { .. }
    )
}

fn any_command() -> impl Strategy<Value = Command> {
    let reason = || "no".to_owned();
    let amount = Cents::saturating(29_00);
    prop_oneof![
        Just(place(&house::of_the_house())),
        Just(Command::RequestCancellation { customer_id: CUSTOMER }),
        (0..=100_00_u32)
            .prop_map(|cents| Command::SetTip { customer_id: CUSTOMER, tip: tip(cents) }),
        (1..=5_i64).prop_map(|number| Command::Rate {
            customer_id: CUSTOMER,
            rating: number.try_into().unwrap(),
        }),
        Just(Command::Validate),
        Just(Command::Reject { reason: reason() }),
        Just(Command::RecordCapture { amount }),
        Just(Command::RecordDecline { reason: reason() }),
        Just(Command::Accept),
        Just(Command::Refuse { reason: reason() }),
        Just(Command::BeginCooking),
        Just(Command::FinishCooking),
        Just(Command::AssignCourier { courier: reason() }),
        Just(Command::PickUp),
        Just(Command::Deliver),
        Just(Command::RecordTipCapture { amount: Cents::saturating(200) }),
        Just(Command::RecordTipDecline),
        Just(Command::Cancel),
        Just(Command::RecordRefund { captured: amount, refunded: amount }),
        Just(Command::RecordRefund { captured: Cents::ZERO, refunded: Cents::ZERO }),
        proptest::sample::select(Function::ALL.to_vec()).prop_map(|function| {
            Command::RecordDeadLetter { function, error: "boom".to_owned() }
        }),
        proptest::sample::select(Function::ALL.to_vec())
            .prop_map(|function| Command::RecordRedelivery { function }),
        Just(Command::Notify { message: "Your order is on its way.".to_owned() }),
        Just(Command::EndWait),
    ]
}

/// What is asked next of an order.
#[derive(Clone, Debug)]
enum Asked {
    /// The next step of the normal way.
    NextStep,
    /// Anything.
    Anything(Command),
}

/// Often the next step of the normal way, so that long lives are told as well as short ones, and how
/// many seconds pass before it.
fn any_life() -> impl Strategy<Value = Vec<(Asked, u64)>> {
    let asked = prop_oneof![Just(Asked::NextStep), any_command().prop_map(Asked::Anything)];
    let seconds = prop_oneof![9 => 0..3_u64, 1 => 0..200_000_u64];
    proptest::collection::vec((asked, seconds), 0..80)
}

proptest! {
    #[test]
    fn any_sequence_of_commands_keeps_the_promises(life in any_life()) {
        let mut story = Story::new();
        for (asked, seconds) in life {
            story.pass(Duration::from_secs(seconds));
            let command = story.command(asked);
            let before = story.order.clone();
            let refused = story.tell(&command).is_err();
            let (Some(after), Some(before)) = (&story.order, &before) else { continue };
            if refused {
                prop_assert_eq!(before, after);
                continue;
            }
            prop_assert_eq!(after.version, before.version.next());
            let moved = after.status != before.status;
            prop_assert!(!moved || before.status.may_become(after.status));
            prop_assert!(!moved || !before.status.is_final());
            prop_assert_eq!(after.total(), after.subtotal().plus(after.tip));
            prop_assert_eq!(after.timeline.last().map(|it| it.status), Some(after.status));
            // What the customer asks for beside a cancellation moves no wait and no money.
            if matches!(command, Command::SetTip { .. } | Command::Rate { .. }) {
                prop_assert_eq!(after.waiting_for(), before.waiting_for());
                prop_assert_eq!(after.money, before.money);
            }
            prop_assert!(after.rating.is_none() || after.status == OrderStatus::Delivered);
            // What is delivered is charged the tip that stands at the door, and no other.
            if before.status == OrderStatus::Delivered && after.tip != before.tip {
                prop_assert_ne!(after.money.tip, Charge::Open);
            }
            // Whatever is said about it moves neither status nor money nor deadline.
            if matches!(command, Command::RecordRedelivery { .. } | Command::Notify { .. }) {
                prop_assert_eq!(after.status, before.status);
                prop_assert_eq!(after.money, before.money);
                let until = |order: &Order| order.waiting_for().map(|wait| wait.until);
                prop_assert_eq!(until(after), until(before));
            }
            // What is not final waits for somebody and until some time; what is final only for money.
            if !after.status.is_final() {
                prop_assert!(after.waiting_for().is_some_and(|wait| wait.until.is_some()));
            } else if let Some(wait) = after.waiting_for() {
                prop_assert!(after.money.refund == Refund::Owed || after.money.tip == Charge::Open);
                prop_assert!(!after.cancel_requested(), "{wait:?}");
            }
            // Whoever got no food and has paid is owed or has been given the money.
            if after.status.ended_unfulfilled() {
                prop_assert!(after.money.refund != Refund::NotOwed);
            }
        }
        let folded = story.events.iter().fold(None, evolve);
        prop_assert_eq!(&folded, &story.order);
    }

    #[test]
    fn an_order_survives_being_written_down(life in any_life()) {
        let mut story = Story::new();
        for (asked, _) in life {
            let command = story.command(asked);
            let _refusals_do_not_matter_here = story.tell(&command);
        }
        let text = serde_json::to_string(&story.order).unwrap();
        prop_assert_eq!(serde_json::from_str::<Option<Order>>(&text).unwrap(), story.order);
        let text = serde_json::to_string(&story.events).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Event>>(&text).unwrap(), story.events);
    }

    #[test]
    fn a_repeated_function_changes_nothing(command in any_command(), status in 0..8_usize) {
        let mut story = Story::at(OrderStatus::WAY[status]);
        let is_remark = matches!(
            command,
            Command::RecordDeadLetter { .. }
                | Command::RecordRedelivery { .. }
                | Command::Notify { .. }
        );
        if !is_remark && !is_customers(&command) && story.tell(&command).is_ok() {
            let once = story.order.clone();
            prop_assert!(story.tell(&command).is_err());
            prop_assert_eq!(story.order, once);
        }
    }
}
