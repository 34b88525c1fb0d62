//! An order for later: paid at once, cooked so that it arrives not before its time, and cancelled as
//! long as any other.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{CUSTOMER, NOW, Story, denial, draft, next_step};
use crate::order::Order;
use crate::order::command::{AHEAD_MAX, Command, InvalidOrder, OrderDraft, PlaceOrder};
use crate::order::payment::PaymentStatus;
use crate::order::refusal::{DenialCode, Refusal};
use crate::order::status::OrderStatus;

const HOUR: Duration = Duration::from_hours(1);

fn after(from: Timestamp, duration: Duration) -> Timestamp {
    from.checked_add(duration).unwrap()
}

fn wish(story: &Story, scheduled_for: Timestamp) -> PlaceOrder {
    let draft = OrderDraft { scheduled_for: Some(scheduled_for), ..draft(&story.catalog) };
    draft.try_into().unwrap()
}

fn place(story: &mut Story, scheduled_for: Timestamp) -> Result<(), Refusal> {
    let order = wish(story, scheduled_for);
    story.tell(&Command::Place { customer_id: CUSTOMER, order })
}

/// A story whose order is for then, and paid.
fn paid(scheduled_for: Timestamp) -> Story {
    let mut story = Story::new();
    place(&mut story, scheduled_for).unwrap();
    while story.order().status != OrderStatus::Paid {
        story.tell(&next_step(story.order.as_ref(), &story.catalog)).unwrap();
    }
    story
}

#[test]
fn the_restaurant_is_asked_so_long_before_as_the_way_takes_and_its_deadline_counts_from_there() {
    let scheduled_for = after(NOW, HOUR);
    let story = paid(scheduled_for);
    let wait = story.order().waiting_for().unwrap();
    let way = story.policy.durations.from_ticket_to_door();
    assert_eq!(after(wait.since, way), scheduled_for);
    assert_eq!(wait.until, Some(after(wait.since, story.policy.deadlines.restaurant)));
    assert_eq!(story.order().expected_at, None);
    assert_eq!(story.order().scheduled_for, Some(scheduled_for));
}

#[test]
fn a_time_that_is_nearer_than_the_way_is_long_puts_nothing_off() {
    let story = paid(after(NOW, Duration::from_secs(10)));
    let wait = story.order().waiting_for().unwrap();
    assert_eq!(wait.since, story.now);
    assert_eq!(wait.until, Some(after(story.now, story.policy.deadlines.restaurant)));
}

#[test]
fn while_it_waits_for_its_time_it_is_cancelled_and_given_back_like_any_other() {
    let mut story = paid(after(NOW, HOUR));
    story.pass(HOUR / 2);
    assert!(matches!(story.tell(&Command::EndWait), Err(Refusal::Early { .. })));
    story.tell(&Command::RequestCancellation { customer_id: CUSTOMER }).unwrap();
    story.tell(&Command::Cancel).unwrap();
    assert_eq!(story.order().payment_status(), PaymentStatus::Refunding);
}

#[test]
fn a_restaurant_that_does_not_answer_when_it_is_asked_ends_the_order() {
    let scheduled_for = after(NOW, HOUR);
    let mut story = paid(scheduled_for);
    story.now = after(scheduled_for, story.policy.deadlines.restaurant);
    story.tell(&Command::EndWait).unwrap();
    assert_eq!(story.order().status, OrderStatus::Rejected);
}

#[test]
fn a_time_that_has_just_passed_is_now_and_one_that_passed_long_ago_is_asked_about() {
    let grace = Story::new().policy.limits.scheduled_grace;
    let ago = |passed: Duration| {
        let mut story = Story::new();
        // The story's clock moves on by a second with each command.
        let then = after(story.now, Duration::from_secs(1)).checked_sub(passed).unwrap();
        place(&mut story, then).map(|()| story)
    };
    let mut story = ago(grace).unwrap();
    story.tell(&Command::Validate).unwrap();
    story.tell(&next_step(story.order.as_ref(), &story.catalog)).unwrap();
    assert_eq!(story.order().waiting_for().unwrap().since, story.now);
    let refused = ago(grace + Duration::from_secs(1)).map(drop);
    assert_eq!(denial(refused), DenialCode::ScheduledTimePassed);
}

#[test]
fn no_order_is_for_more_than_a_week_ahead_and_the_bound_is_named() {
    let story = Story::new();
    let edge = wish(&story, after(NOW, AHEAD_MAX));
    assert_eq!(edge.check_ahead(NOW), Ok(()));
    let beyond = wish(&story, after(NOW, AHEAD_MAX + Duration::from_nanos(1)));
    assert_eq!(beyond.check_ahead(NOW), Err(InvalidOrder::TooFarAhead));
    assert!(InvalidOrder::TooFarAhead.to_string().contains("at most 7 days ahead"));
    // Sent again later, it is only nearer.
    assert_eq!(beyond.check_ahead(after(NOW, HOUR)), Ok(()));
}

#[test]
fn an_order_written_down_before_there_were_orders_for_later_is_read_as_one_for_now() {
    let before = Story::at(OrderStatus::Paid);
    let mut written = serde_json::to_value(before.order()).unwrap();
    written.as_object_mut().unwrap().remove("scheduled_for").unwrap();
    assert_eq!(&serde_json::from_value::<Order>(written).unwrap(), before.order());
    // And neither the events nor what is sent and hashed has any trace of it.
    let events = serde_json::to_string(&before.events).unwrap();
    assert!(!events.contains("scheduledFor") && !events.contains("askAt"), "{events}");
    let sent = serde_json::to_string(&draft(&before.catalog)).unwrap();
    assert!(!sent.contains("scheduledFor"), "{sent}");
}

proptest! {
    #[test]
    fn whatever_delays_it_the_food_is_expected_and_arrives_not_before_its_time(
        ahead in 0..7_200_u64,
        delays in proptest::collection::vec(0..3_000_u64, 8),
    ) {
        let scheduled_for = after(NOW, Duration::from_secs(ahead));
        let mut story = Story::new();
        place(&mut story, scheduled_for).unwrap();
        for delay in delays {
            story.pass(Duration::from_secs(delay));
            let step = next_step(story.order.as_ref(), &story.catalog);
            if let Err(refusal) = story.tell(&step) {
                prop_assert!(matches!(refusal, Refusal::Early { .. }), "{:?}", refusal);
                prop_assert!(step == Command::Deliver && story.now < scheduled_for);
                story.now = scheduled_for;
                story.tell(&step).unwrap();
            }
            prop_assert!(story.order().expected_at.is_none_or(|at| at >= scheduled_for));
        }
        prop_assert!(story.order().status == OrderStatus::Delivered);
        prop_assert!(story.order().updated_at >= scheduled_for);
    }
}
