//! What a customer may ask of an order that is placed, when, and what is answered otherwise.

use uuid::Uuid;

use super::{CUSTOMER, Story, denial, tip};
use crate::id::CustomerId;
use crate::money::Cents;
use crate::order::command::Command;
use crate::order::event::OrderEvent;
use crate::order::rating::Rating;
use crate::order::refusal::{DenialCode, Refusal};
use crate::order::status::OrderStatus;

const STRANGER: CustomerId = CustomerId::new(Uuid::from_u128(8));

fn set_tip(cents: u32) -> Command {
    Command::SetTip { customer_id: CUSTOMER, tip: tip(cents) }
}

fn rate(number: i64) -> Command {
    Command::Rate { customer_id: CUSTOMER, rating: number.try_into().unwrap() }
}

/// A story whose order has ended without food: by the customer, by the restaurant, by the bank.
fn unfulfilled() -> [Story; 3] {
    let mut cancelled = Story::at(OrderStatus::Placed);
    cancelled.tell(&Command::RequestCancellation { customer_id: CUSTOMER }).unwrap();
    cancelled.tell(&Command::Cancel).unwrap();
    let mut rejected = Story::at(OrderStatus::Paid);
    rejected.tell(&Command::Refuse { reason: "no".to_owned() }).unwrap();
    let mut declined = Story::at(OrderStatus::Validated);
    declined.tell(&Command::RecordDecline { reason: "no".to_owned() }).unwrap();
    [cancelled, rejected, declined]
}

#[test]
fn a_cancellation_is_taken_until_the_kitchen_has_begun() {
    let ask = Command::RequestCancellation { customer_id: CUSTOMER };
    for status in OrderStatus::WAY {
        let mut story = Story::at(status);
        match status {
            OrderStatus::Preparing | OrderStatus::Ready | OrderStatus::PickedUp => {
                assert_eq!(denial(story.tell(&ask)), DenialCode::TooLateToCancel);
            }
            OrderStatus::Delivered => {
                assert_eq!(denial(story.tell(&ask)), DenialCode::OrderClosed);
            }
            OrderStatus::Placed
            | OrderStatus::Validated
            | OrderStatus::Paid
            | OrderStatus::Accepted
            | OrderStatus::Rejected
            | OrderStatus::PaymentDeclined
            | OrderStatus::Cancelled => {
                story.tell(&ask).unwrap();
                assert!(story.order().cancel_requested());
                story.tell(&Command::Cancel).unwrap();
                assert_eq!(story.order().status, OrderStatus::Cancelled);
                assert_eq!(denial(story.tell(&ask)), DenialCode::OrderClosed);
            }
        }
    }
}

#[test]
fn nobody_asks_anything_of_somebody_elses_order() {
    for status in [OrderStatus::Placed, OrderStatus::Delivered] {
        for command in [
            Command::RequestCancellation { customer_id: STRANGER },
            Command::SetTip { customer_id: STRANGER, tip: tip(5_00) },
            Command::Rate { customer_id: STRANGER, rating: 1.try_into().unwrap() },
        ] {
            assert_eq!(denial(Story::at(status).tell(&command)), DenialCode::OrderNotFound);
        }
    }
}

#[test]
fn an_order_takes_so_many_mutations_of_all_kinds_together_and_no_more() {
    let mut story = Story::at(OrderStatus::Placed);
    let ask = Command::RequestCancellation { customer_id: CUSTOMER };
    let change = set_tip(1_00);
    for number in 1..story.policy.limits.mutations_per_order {
        story.tell(if number % 2 == 0 { &ask } else { &change }).unwrap();
    }
    assert_eq!(denial(story.tell(&ask)), DenialCode::TooManyChanges);
    assert_eq!(denial(story.tell(&change)), DenialCode::TooManyChanges);

    let mut story = Story::at(OrderStatus::Delivered);
    for _ in 1..story.policy.limits.mutations_per_order {
        story.tell(&rate(5)).unwrap();
    }
    assert_eq!(denial(story.tell(&rate(5))), DenialCode::TooManyChanges);
}

#[test]
fn the_tip_may_change_until_the_door_and_the_last_one_is_what_is_charged() {
    for status in OrderStatus::WAY.into_iter().filter(|it| *it != OrderStatus::Delivered) {
        let mut story = Story::at(status);
        let waited_for = story.order().waiting_for().cloned();
        story.tell(&set_tip(1_00)).unwrap();
        story.tell(&set_tip(5_00)).unwrap();
        assert_eq!(story.order().tip, Cents::saturating(5_00));
        assert_eq!(story.order().total(), Cents::saturating(34_00));
        assert_eq!(story.order().waiting_for(), waited_for.as_ref());
    }
    let mut story = Story::at(OrderStatus::PickedUp);
    story.tell(&set_tip(5_00)).unwrap();
    story.tell(&Command::Deliver).unwrap();
    let Some(OrderEvent::OrderDelivered { tip, .. }) = story.events.last().map(|it| &it.data)
    else {
        panic!("not delivered");
    };
    assert_eq!(*tip, Cents::saturating(5_00));
}

#[test]
fn a_tip_taken_back_before_the_door_leaves_nothing_to_settle() {
    let mut story = Story::at(OrderStatus::PickedUp);
    story.tell(&set_tip(0)).unwrap();
    story.tell(&Command::Deliver).unwrap();
    assert_eq!(story.order().waiting_for(), None);
}

#[test]
fn from_the_door_on_and_after_any_other_end_the_tip_stands() {
    let mut story = Story::at(OrderStatus::Delivered);
    let refused = story.tell(&set_tip(5_00));
    let Err(Refusal::Denied(told)) = &refused else { panic!("{refused:?}") };
    assert_eq!(told.code, DenialCode::OrderClosed);
    assert!(told.message.contains("charged on delivery"), "{}", told.message);
    for mut story in unfulfilled() {
        assert_eq!(denial(story.tell(&set_tip(5_00))), DenialCode::OrderClosed);
    }
}

#[test]
fn the_tip_may_change_while_a_cancellation_is_undecided() {
    let mut story = Story::at(OrderStatus::Accepted);
    story.tell(&Command::RequestCancellation { customer_id: CUSTOMER }).unwrap();
    story.tell(&set_tip(5_00)).unwrap();
    assert!(story.order().cancel_requested());
    story.tell(&Command::Cancel).unwrap();
}

#[test]
fn only_a_delivered_order_is_rated_and_the_last_rating_stands() {
    for status in OrderStatus::WAY.into_iter().filter(|it| *it != OrderStatus::Delivered) {
        assert_eq!(denial(Story::at(status).tell(&rate(5))), DenialCode::NotDeliveredYet);
    }
    for mut story in unfulfilled() {
        assert_eq!(denial(story.tell(&rate(1))), DenialCode::OrderClosed);
    }
    let mut story = Story::at(OrderStatus::Delivered);
    assert_eq!(story.order().rating, None);
    story.tell(&rate(2)).unwrap();
    story.tell(&rate(5)).unwrap();
    assert_eq!(story.order().rating, Some(Rating::BEST));
    assert_eq!(story.order().status, OrderStatus::Delivered);
}

#[test]
fn an_order_written_down_before_there_were_ratings_is_read_as_unrated() {
    let mut written = serde_json::to_value(Story::at(OrderStatus::Placed).order()).unwrap();
    written.as_object_mut().unwrap().remove("rating").unwrap();
    let read: crate::order::Order = serde_json::from_value(written).unwrap();
    assert_eq!(&read, Story::at(OrderStatus::Placed).order());
}
