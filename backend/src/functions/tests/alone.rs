//! One function, one call.

use std::sync::Arc;

use jiff::Timestamp;
use shared::catalog::house::of_the_house;
use shared::cursor::Version;
use shared::function::Function;
use shared::money::Cents;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::{EndedBy, Event, OrderEvent};
use shared::order::evolve::evolve;
use shared::order::rating::Rating;

use super::super::{Call, Functions, Handlers, Outcome, done_without_effect, then, too_late};
use crate::eventing::fixture::{self, CUSTOMER, NOW, draft, order_id, portions};
use crate::eventing::retry::NOT_YET;
use crate::eventing::routes::routes;
use crate::gateway::{ChargeKind, Line};

const AMOUNT: Cents = Cents::saturating(29_00);
const TIP: Cents = Cents::saturating(2_00);
const LATER: Timestamp = Timestamp::constant(1_800_090_000, 0);

fn functions() -> Functions {
    fixture::functions(&fixture::house(1.0))
}

fn placed(draft: &shared::order::command::OrderDraft) -> OrderEvent {
    let catalog = of_the_house();
    let restaurant = catalog.restaurant(draft.restaurant_id).unwrap();
    let line = |line: &shared::order::command::LineRequest| shared::order::OrderLine {
        menu_item_id: line.menu_item_id,
        name: "dish".to_owned(),
        quantity: line.quantity,
        unit_price: restaurant.dish(line.menu_item_id).unwrap().price,
    };
    OrderEvent::OrderPlaced {
        customer_id: CUSTOMER,
        restaurant_id: draft.restaurant_id,
        lines: draft.lines.iter().map(line).collect(),
        tip: draft.tip.cents(),
        note: None,
        deliver_to: None,
        placed_at: NOW,
        decided_from: None,
        scheduled_for: None,
        wait_until: LATER,
    }
}

fn validated() -> OrderEvent {
    OrderEvent::OrderValidated { amount: AMOUNT, wait_until: LATER }
}

fn captured() -> OrderEvent {
    OrderEvent::PaymentCaptured { amount: AMOUNT, ask_at: None, wait_until: Some(LATER) }
}

fn cancelled() -> OrderEvent {
    OrderEvent::OrderCancelled { reason: "it rained.".to_owned(), by: EndedBy::Deadline }
}

fn delivered() -> OrderEvent {
    OrderEvent::OrderDelivered { tip: TIP, wait_until: Some(LATER) }
}

fn asked_to_cancel() -> OrderEvent {
    OrderEvent::CancellationRequested { wait_until: LATER }
}

/// One event of each kind, and of each shape that is routed differently.
fn every_event() -> Vec<OrderEvent> {
    let reason = || "no".to_owned();
    vec![
        placed(&draft(1)),
        validated(),
        OrderEvent::OrderRejected { reason: reason() },
        captured(),
        OrderEvent::PaymentCaptured { amount: AMOUNT, ask_at: None, wait_until: None },
        OrderEvent::PaymentDeclined { reason: reason() },
        OrderEvent::OrderAccepted { expected_at: LATER, wait_until: LATER },
        OrderEvent::PreparationStarted { wait_until: LATER },
        OrderEvent::CourierAssigned { courier: "Ada".to_owned() },
        OrderEvent::OrderReady { expected_at: LATER, wait_until: LATER },
        OrderEvent::OrderPickedUp { expected_at: LATER, wait_until: LATER },
        delivered(),
        OrderEvent::OrderDelivered { tip: Cents::ZERO, wait_until: None },
        OrderEvent::TipSet { tip: TIP },
        OrderEvent::OrderRated { rating: Rating::BEST },
        OrderEvent::TipCaptured { amount: TIP },
        OrderEvent::TipWaived { reason: reason() },
        asked_to_cancel(),
        cancelled(),
        OrderEvent::PaymentRefunded { captured: AMOUNT, refunded: AMOUNT },
        OrderEvent::DeliveryDied { function: Function::Kitchen, error: reason() },
    ]
}

/// The order that has seen these events.
fn after(events: &[OrderEvent]) -> Order {
    let event = |data: &OrderEvent| Event {
        order_id: order_id(1),
        recorded_at: NOW,
        mutation_id: None,
        data: data.clone(),
    };
    let order = events.iter().map(event).fold(None, |order, event| evolve(order, &event));
    order.unwrap()
}

async fn call(
    functions: &Functions,
    function: Function,
    event: &OrderEvent,
    order: &Order,
) -> Outcome {
    let call =
        Call { event: Some(event.clone()), order: Arc::new(order.clone()), line: Line::Sound };
    functions.handle(function, call).await
}

/// How often the bank was asked anything about the order.
fn asked(functions: &Functions) -> u32 {
    functions.gateway.entries(order_id(1)).iter().map(|entry| entry.requests).sum()
}

#[tokio::test]
async fn each_function_minds_only_the_events_that_are_routed_to_it() {
    let orders = [
        after(&[placed(&draft(1)), validated()]),
        after(&[placed(&draft(1)), validated(), cancelled()]),
        after(&[placed(&draft(1)), validated(), captured(), delivered()]),
    ];
    for event in every_event() {
        let routed: Vec<_> = routes(&event).iter().map(|route| route.function).collect();
        for function in Function::ALL.into_iter().filter(|it| !routed.contains(it)) {
            let functions = functions();
            for order in &orders {
                let outcome = call(&functions, function, &event, order).await;
                assert_eq!(outcome, done_without_effect(), "{function}: {}", event.type_name());
            }
            assert_eq!(asked(&functions), 0, "{function}: {}", event.type_name());
        }
    }
}

#[tokio::test]
async fn a_call_without_an_order_event_is_nobodys_business() {
    let order = after(&[placed(&draft(1)), cancelled()]);
    for function in Function::ALL {
        let call = Call { event: None, order: Arc::new(order.clone()), line: Line::Sound };
        assert_eq!(functions().handle(function, call).await, done_without_effect());
    }
}

#[tokio::test]
async fn what_is_ordered_in_time_and_within_limits_is_validated() {
    let (closed, large) = (portions(1, 3, 0, 1), portions(20, 0, 4, 1));
    for (draft, valid) in [(draft(1), true), (closed, false), (large, false)] {
        let event = placed(&draft);
        let outcome = call(
            &functions(),
            Function::ValidateOrder,
            &event,
            &after(std::slice::from_ref(&event)),
        )
        .await;
        let Outcome::Done(commands) = outcome else { panic!("{outcome:?}") };
        assert_eq!(commands == [Command::Validate], valid, "{commands:?}");
        assert_eq!(matches!(commands[..], [Command::Reject { .. }]), !valid, "{commands:?}");
    }
}

#[tokio::test]
async fn the_bank_is_asked_for_what_the_event_says() {
    let functions = functions();
    let order = after(&[placed(&draft(1)), validated()]);
    let amount = Cents::saturating(7_00);
    let event = OrderEvent::OrderValidated { amount, wait_until: LATER };
    let outcome = call(&functions, Function::ChargePayment, &event, &order).await;
    assert_eq!(outcome, then(Command::RecordCapture { amount }));
    assert_eq!(functions.gateway.entries(order_id(1))[0].taken, 7_00);
    // Called again, it gets the first answer.
    assert_eq!(call(&functions, Function::ChargePayment, &event, &order).await, outcome);
    assert_eq!(functions.gateway.entries(order_id(1)).len(), 1);
}

#[tokio::test]
async fn a_declined_charge_is_on_record() {
    let event = OrderEvent::OrderValidated { amount: Cents::saturating(13_13), wait_until: LATER };
    let order = after(&[placed(&portions(1, 2, 0, 1)), event.clone()]);
    let outcome = call(&functions(), Function::ChargePayment, &event, &order).await;
    let Outcome::Done(commands) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(commands[..], [Command::RecordDecline { .. }]));
}

#[tokio::test]
async fn the_bank_is_not_asked_to_charge_an_order_that_has_ended() {
    let functions = functions();
    let order = after(&[placed(&draft(1)), validated(), cancelled()]);
    let outcome = call(&functions, Function::ChargePayment, &validated(), &order).await;
    assert_eq!(outcome, too_late("the order is CANCELLED already"));
    assert_eq!(asked(&functions), 0);
}

#[tokio::test]
async fn the_bank_is_not_asked_to_charge_while_a_cancellation_is_undecided() {
    let functions = functions();
    let order = after(&[placed(&draft(1)), validated(), asked_to_cancel()]);
    let outcome = call(&functions, Function::ChargePayment, &validated(), &order).await;
    assert_eq!(
        outcome,
        Outcome::NotYet { after: NOT_YET, why: "a cancellation is undecided".to_owned() }
    );
    assert_eq!(asked(&functions), 0);
}

#[tokio::test]
async fn a_charge_that_finds_its_order_voided_records_nothing() {
    let functions = functions();
    functions.gateway.void(order_id(1)).await.unwrap();
    let order = after(&[placed(&draft(1)), validated()]);
    let outcome = call(&functions, Function::ChargePayment, &validated(), &order).await;
    assert_eq!(outcome, too_late("the bank has closed its books on the order"));
}

#[tokio::test]
async fn an_order_that_ended_is_voided_whether_or_not_a_charge_is_known() {
    for known in [false, true] {
        let functions = functions();
        functions.gateway.charge(order_id(1), ChargeKind::Dishes, AMOUNT).await.unwrap();
        let mut events = vec![placed(&draft(1)), validated()];
        if known {
            events.push(captured());
        }
        events.push(cancelled());
        let outcome = call(&functions, Function::Refund, &cancelled(), &after(&events)).await;
        let back = Command::RecordRefund { captured: AMOUNT, refunded: AMOUNT };
        assert_eq!(outcome, then(back));
    }
    let functions = functions();
    let order = after(&[placed(&draft(1)), cancelled()]);
    let outcome = call(&functions, Function::Refund, &cancelled(), &order).await;
    let none = Command::RecordRefund { captured: Cents::ZERO, refunded: Cents::ZERO };
    assert_eq!(outcome, then(none));
    assert_eq!(functions.gateway.entries(order_id(1)).len(), 1, "a tombstone stands");
}

#[tokio::test]
async fn the_kitchen_takes_on_what_it_can_and_says_what_it_cannot() {
    for (draft, takes) in [(portions(3, 1, 5, 1), true), (portions(4, 1, 5, 1), false)] {
        let order = after(&[placed(&draft), validated(), captured()]);
        let outcome = call(&functions(), Function::Kitchen, &captured(), &order).await;
        let Outcome::Done(commands) = outcome else { panic!("{outcome:?}") };
        assert_eq!(commands == [Command::Accept], takes, "{commands:?}");
        assert_eq!(matches!(commands[..], [Command::Refuse { .. }]), !takes, "{commands:?}");
    }
}

#[tokio::test]
async fn the_tip_is_charged_while_it_is_open_and_not_again() {
    let functions = functions();
    let open = after(&[placed(&draft(1)), validated(), captured(), delivered()]);
    let outcome = call(&functions, Function::SettleTip, &delivered(), &open).await;
    assert_eq!(outcome, then(Command::RecordTipCapture { amount: TIP }));
    let asked_before = asked(&functions);
    let settled = after(&[
        placed(&draft(1)),
        validated(),
        captured(),
        delivered(),
        OrderEvent::TipCaptured { amount: TIP },
    ]);
    assert_eq!(settled.version, Version::new(5));
    let outcome = call(&functions, Function::SettleTip, &delivered(), &settled).await;
    let late = too_late("the tip is settled already");
    assert_eq!((outcome, asked(&functions)), (late, asked_before));
}

#[tokio::test]
async fn the_same_courier_comes_however_often_one_is_looked_for() {
    let event = OrderEvent::PreparationStarted { wait_until: LATER };
    let order = after(&[placed(&draft(1)), event.clone()]);
    let functions = functions();
    let first = call(&functions, Function::Courier, &event, &order).await;
    assert!(
        matches!(&first, Outcome::Done(it) if matches!(it[..], [Command::AssignCourier { .. }]))
    );
    assert_eq!(call(&functions, Function::Courier, &event, &order).await, first);
}
