//! Single stories with their ends: what is taken, what is denied, and what a deadline does.

use std::time::Duration;

use uuid::Uuid;

use super::{CUSTOMER, Story, denial, draft, place};
use crate::catalog::house;
use crate::cursor::Version;
use crate::function::Function;
use crate::money::Cents;
use crate::order::Waiter;
use crate::order::command::{Command, InvalidOrder, OrderDraft, PlaceOrder, Quantity};
use crate::order::payment::{Charge, PaymentStatus};
use crate::order::refusal::{DenialCode, Refusal};
use crate::order::status::OrderStatus;

#[test]
fn an_order_goes_from_key_press_to_door() {
    let mut story = Story::at(OrderStatus::Delivered);
    story.tell(&Command::RecordTipCapture { amount: Cents::saturating(200) }).unwrap();
    let order = story.order();
    let way: Vec<_> = order.timeline.iter().map(|change| change.status).collect();
    assert_eq!(way, OrderStatus::WAY);
    assert_eq!(order.total(), Cents::saturating(31_00));
    assert_eq!(order.payment_status(), PaymentStatus::Captured);
    assert_eq!(order.waiting_for(), None);
    assert_eq!(order.version, Version::new(10));
}

#[test]
fn while_a_cancellation_is_undecided_the_kitchen_does_not_begin() {
    let mut story = Story::at(OrderStatus::Accepted);
    story.tell(&Command::RequestCancellation { customer_id: CUSTOMER }).unwrap();
    assert!(matches!(story.tell(&Command::BeginCooking), Err(Refusal::Early { .. })));
}

#[test]
fn a_charge_that_comes_after_the_cancellation_is_recorded_and_owed_back() {
    let mut story = Story::at(OrderStatus::Validated);
    let amount = Cents::saturating(29_00);
    story.tell(&Command::RequestCancellation { customer_id: CUSTOMER }).unwrap();
    story.tell(&Command::Cancel).unwrap();
    assert_eq!(story.order().payment_status(), PaymentStatus::None);
    story.tell(&Command::RecordCapture { amount }).unwrap();
    assert_eq!(story.order().payment_status(), PaymentStatus::Refunding);
    assert_eq!(story.order().status, OrderStatus::Cancelled);
    story.tell(&Command::RecordRefund { captured: amount, refunded: amount }).unwrap();
    assert_eq!(story.order().payment_status(), PaymentStatus::Refunded);
    assert_eq!(story.order().waiting_for(), None);
}

#[test]
fn each_wait_ends_by_its_deadline() {
    let ends = [
        (OrderStatus::Placed, OrderStatus::Cancelled),
        (OrderStatus::Validated, OrderStatus::Cancelled),
        (OrderStatus::Paid, OrderStatus::Rejected),
        (OrderStatus::Accepted, OrderStatus::Cancelled),
        (OrderStatus::Preparing, OrderStatus::Cancelled),
        (OrderStatus::Ready, OrderStatus::Cancelled),
        (OrderStatus::PickedUp, OrderStatus::Cancelled),
        (OrderStatus::Delivered, OrderStatus::Delivered),
    ];
    for (status, end) in ends {
        let mut story = Story::at(status);
        assert!(matches!(story.tell(&Command::EndWait), Err(Refusal::Early { .. })), "{status}");
        story.pass(Duration::from_hours(48));
        story.tell(&Command::EndWait).unwrap();
        assert_eq!(story.order().status, end);
        assert_eq!(story.order().reason.is_some(), end != OrderStatus::Delivered);
        assert!(matches!(story.tell(&Command::EndWait), Err(Refusal::Late { .. })), "{status}");
    }
}

#[test]
fn a_tip_that_the_bank_took_is_recorded_even_after_it_was_waived_and_only_once() {
    let amount = Cents::saturating(2_00);
    let capture = Command::RecordTipCapture { amount };
    let mut story = Story::at(OrderStatus::Delivered);
    story.pass(Duration::from_hours(25));
    story.tell(&Command::EndWait).unwrap();
    assert_eq!((story.order().tip, story.order().money.tip), (Cents::ZERO, Charge::Declined));
    story.tell(&capture).unwrap();
    assert_eq!((story.order().tip, story.order().money.tip), (amount, Charge::Captured(amount)));
    assert!(matches!(story.tell(&capture), Err(Refusal::Late { .. })));
    assert!(matches!(story.tell(&Command::RecordTipDecline), Err(Refusal::Late { .. })));
    assert_eq!(story.order().waiting_for(), None);
}

#[test]
fn a_dead_letter_leaves_the_wait_to_an_operator_and_its_deadline_alone() {
    let mut story = Story::at(OrderStatus::Paid);
    let until = story.order().waiting_for().unwrap().until;
    let dead = Command::RecordDeadLetter { function: Function::Kitchen, error: "boom".to_owned() };
    story.tell(&dead).unwrap();
    let wait = story.order().waiting_for().unwrap();
    assert_eq!((&wait.who, wait.until), (&Waiter::Operator, until));
}

#[test]
fn what_an_operator_hands_back_is_awaited_of_its_function_again_until_the_same_deadline() {
    let mut story = Story::at(OrderStatus::Paid);
    let before = story.order().waiting_for().unwrap().clone();
    let dead = |function| Command::RecordDeadLetter { function, error: "boom".to_owned() };
    story.tell(&dead(Function::Kitchen)).unwrap();
    story.pass(Duration::from_mins(1));
    // Another function's try does not help: the kitchen is what is missing.
    story.tell(&Command::RecordRedelivery { function: Function::Courier }).unwrap();
    assert_eq!(story.order().waiting_for().unwrap().who, Waiter::Operator);
    story.tell(&Command::RecordRedelivery { function: Function::Kitchen }).unwrap();
    let after = story.order().waiting_for().unwrap();
    assert_eq!((&after.who, after.until), (&before.who, before.until));
    assert!(after.since > before.since);

    let cancel = Command::RequestCancellation { customer_id: CUSTOMER };
    story.tell(&cancel).unwrap();
    story.tell(&dead(Function::Cancellation)).unwrap();
    assert_eq!(story.order().waiting_for().unwrap().who, Waiter::Operator);
    story.tell(&Command::RecordRedelivery { function: Function::Cancellation }).unwrap();
    let decision = Waiter::Function(Function::Cancellation);
    assert_eq!(story.order().waiting_for().unwrap().who, decision);
}

#[test]
fn what_is_denied_at_the_door_is_denied_with_its_code() {
    let catalog = house::of_the_house();
    let unknown = Uuid::from_u128(99);
    let wrong = |change: &dyn Fn(&mut OrderDraft)| {
        let mut draft = draft(&catalog);
        change(&mut draft);
        let order = PlaceOrder::try_from(draft).unwrap();
        denial(Story::new().tell(&Command::Place { customer_id: CUSTOMER, order }))
    };
    assert_eq!(
        wrong(&|draft| draft.restaurant_id = crate::id::RestaurantId::new(unknown)),
        DenialCode::RestaurantUnknown
    );
    assert_eq!(
        wrong(&|draft| draft.lines[0].menu_item_id = crate::id::MenuItemId::new(unknown)),
        DenialCode::DishUnknown
    );
    assert_eq!(
        wrong(&|draft| draft.expected_subtotal = Some(Cents::saturating(1))),
        DenialCode::PriceChanged
    );
    let mut story = Story::at(OrderStatus::Placed);
    let again = place(&story.catalog);
    assert_eq!(denial(story.tell(&again)), DenialCode::OrderIdTaken);
}

#[test]
fn the_customers_clock_is_believed_within_the_window() {
    let placed_at = |seconds: i64| {
        let mut story = Story::new();
        let said = story.now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        let order = OrderDraft { placed_at: Some(said), ..draft(&story.catalog) };
        let order = PlaceOrder::try_from(order).unwrap();
        story.tell(&Command::Place { customer_id: CUSTOMER, order }).unwrap();
        story.now.duration_since(story.order().placed_at).as_secs()
    };
    // The story's clock moves on by a second with each command.
    assert_eq!(placed_at(0), 1);
    assert_eq!(placed_at(-3600), 3);
    assert_eq!(placed_at(3600), 0);
}

#[test]
fn a_draft_out_of_bounds_becomes_no_order() {
    let catalog = house::of_the_house();
    let wrong = |change: &dyn Fn(&mut OrderDraft)| {
        let mut draft = draft(&catalog);
        change(&mut draft);
        PlaceOrder::try_from(draft).unwrap_err()
    };
    assert_eq!(wrong(&|draft| draft.lines.clear()), InvalidOrder::NoLines);
    assert!(matches!(wrong(&|draft| draft.lines.push(draft.lines[0])), InvalidOrder::DishTwice(_)));
    assert!(matches!(
        wrong(&|draft| draft.note = Some("x".repeat(281))),
        InvalidOrder::TextTooLong { field: "note", length: 281 }
    ));
    assert_eq!(
        wrong(&|draft| draft.deliver_to = Some("a\u{1b}[2Jb".to_owned())),
        InvalidOrder::ControlCharacter("deliverTo")
    );
    assert_eq!(Quantity::try_from(0), Err(InvalidOrder::Quantity(0)));
    assert_eq!(Quantity::try_from(21), Err(InvalidOrder::Quantity(21)));
}

#[test]
fn a_blank_note_is_no_note() {
    let catalog = house::of_the_house();
    let order = OrderDraft { note: Some("  ".to_owned()), ..draft(&catalog) };
    assert_eq!(PlaceOrder::try_from(order).unwrap().draft().note, None);
}
