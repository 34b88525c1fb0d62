//! Things in words: statuses, waits, payments, times and ages, said the same way on every pane.
//! Steps 2 and 9 of an order's way.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::function::Function;
use shared::order::payment::{Charge, PaymentStatus, Refund};
use shared::order::rating::Rating;
use shared::order::status::OrderStatus;
use shared::order::{Order, Waiter};

use super::symbols;

/// The contract's word as a person writes it.
pub(crate) const fn status(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Placed => "Placed",
        OrderStatus::Validated => "Validated",
        OrderStatus::Paid => "Paid",
        OrderStatus::Accepted => "Accepted",
        OrderStatus::Preparing => "Preparing",
        OrderStatus::Ready => "Ready",
        OrderStatus::PickedUp => "Picked up",
        OrderStatus::Delivered => "Delivered",
        OrderStatus::Rejected => "Rejected",
        OrderStatus::PaymentDeclined => "Payment declined",
        OrderStatus::Cancelled => "Cancelled",
    }
}

/// What happens to the order now, in a sentence without its full stop; `None` where nothing is
/// awaited.
pub(crate) fn wait(order: &Order) -> Option<String> {
    let words = match &order.waiting_for()?.who {
        Waiter::Function(function) => match function {
            Function::ValidateOrder => "it is being looked at",
            Function::ChargePayment => "the card is charged in a moment",
            Function::Kitchen => match order.status {
                OrderStatus::Accepted => "the kitchen begins soon",
                OrderStatus::Preparing => "the kitchen is cooking",
                OrderStatus::Placed
                | OrderStatus::Validated
                | OrderStatus::Paid
                | OrderStatus::Ready
                | OrderStatus::PickedUp
                | OrderStatus::Delivered
                | OrderStatus::Rejected
                | OrderStatus::PaymentDeclined
                | OrderStatus::Cancelled => "the restaurant is thinking about it",
            },
            Function::Courier => {
                return Some(match (&order.courier, order.status) {
                    (Some(courier), OrderStatus::PickedUp) => format!("{courier} is riding to you"),
                    (Some(courier), _) => format!("{courier} is coming for it"),
                    (None, _) => "it waits for a courier".to_owned(),
                });
            }
            Function::SettleTip => "the tip is on its way to the courier",
            Function::Refund => "the gateway is giving back what was paid",
            Function::Cancellation => "your cancellation is being decided",
        },
        Waiter::Operator => "it waits for somebody who looks after the system",
        Waiter::Other(name) => return Some(format!("it waits for {name}")),
    };
    Some(words.to_owned())
}

/// When the restaurant is asked, of a paid order for later whose wait for it is still to begin. Of all
/// others it has been asked, also where this clock is behind the backend's.
pub(crate) fn asked_later(order: &Order, now: Timestamp) -> Option<Timestamp> {
    order.scheduled_for.filter(|_| order.status == OrderStatus::Paid)?;
    let wait = order.waiting_for()?;
    let asked_later = wait.who == Waiter::Function(Function::Kitchen) && wait.since > now;
    asked_later.then_some(wait.since)
}

/// What has become of the money, in a word or two.
pub(crate) fn payment(order: &Order) -> &'static str {
    match order.payment_status() {
        PaymentStatus::None if order.status.ended_unfulfilled() => "nothing charged",
        PaymentStatus::None => "not charged yet",
        PaymentStatus::Captured => match order.money.tip {
            Charge::Captured(_) => "paid, tip too",
            Charge::Open if order.tip.is_zero() || order.status.ended_unfulfilled() => "paid",
            Charge::Open => "dishes paid, the tip is charged on delivery",
            Charge::Declined => "dishes paid, the bank declined the tip",
        },
        PaymentStatus::Declined => "declined by the bank",
        PaymentStatus::Refunding => match order.money.refund {
            Refund::Owed | Refund::NotOwed => "on its way back to the card",
            Refund::Settled { .. } => "back on the card",
        },
        PaymentStatus::Refunded => "back on the card",
    }
}

/// `4 of 5, good`.
pub(crate) fn rating(rating: Rating) -> String {
    let word = match rating.get() {
        1 => "bad",
        2 => "poor",
        3 => "all right",
        4 => "good",
        _ => "excellent",
    };
    format!("{rating} of {}, {word}", Rating::BEST)
}

/// As many stars as were given, and the rest of the five.
pub(crate) fn stars(rating: Option<Rating>) -> String {
    let given = rating.map_or(0, Rating::get);
    (1..=Rating::BEST.get())
        .map(|star| if star <= given { symbols::STAR } else { symbols::NO_STAR })
        .collect()
}

/// The dishes in one line.
pub(crate) fn dishes(order: &Order) -> String {
    let dishes = order.lines.iter().map(|line| format!("{} x {}", line.quantity.get(), line.name));
    dishes.collect::<Vec<_>>().join(", ")
}

/// A time of day, to the second.
pub(crate) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// A time of day, to the minute.
pub(crate) fn short_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// A time of day, or where it was another day, that day.
pub(crate) fn day_or_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (there, here) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if there.date() == here.date() { "%H:%M" } else { "%-d %b" };
    there.strftime(format).to_string()
}

/// A time of day to the minute, and where it is another day, that day before it.
pub(crate) fn day_and_time(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (there, here) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let format = if there.date() == here.date() { "%H:%M" } else { "%-d %b %H:%M" };
    there.strftime(format).to_string()
}

/// An age, coarser as it grows.
pub(crate) fn age(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// How long the words for this age stay true.
pub(crate) fn age_lasts(age: Duration) -> Duration {
    let unit = match age.as_secs() {
        0..60 => Duration::from_secs(1),
        60..3_600 => Duration::from_mins(1),
        _ => Duration::from_hours(1),
    };
    let over = age.as_millis() % unit.as_millis();
    unit.saturating_sub(Duration::from_millis(u64::try_from(over).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use shared::order::Wait;

    use super::*;
    use crate::app::fixture::World;

    #[test]
    fn ages_grow_coarser() {
        let words = [0, 59, 60, 3_599, 3_600, 90_000].map(|it| age(Duration::from_secs(it)));
        assert_eq!(words, ["0 s", "59 s", "1 min", "59 min", "1 h", "25 h"]);
    }

    #[test]
    fn the_words_of_an_age_change_when_they_are_said_to_and_not_before() {
        for milliseconds in [0, 1, 999, 1_000, 59_001, 60_000, 61_234, 3_599_999, 3_600_001] {
            let before = Duration::from_millis(milliseconds);
            let after = before + age_lasts(before);
            assert_ne!(age(after), age(before), "{milliseconds}");
            assert_eq!(age(after.saturating_sub(Duration::from_millis(1))), age(before));
        }
    }

    #[test]
    fn a_time_of_another_day_is_that_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T12:04:09Z");
        assert_eq!(day_or_time(at("2026-11-21T09:30:00Z"), now, &TimeZone::UTC), "09:30");
        assert_eq!(day_or_time(at("2026-11-02T09:30:00Z"), now, &TimeZone::UTC), "2 Nov");
    }

    #[test]
    fn a_time_that_is_wished_for_has_its_day_where_that_is_another() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T12:04:09Z");
        assert_eq!(day_and_time(at("2026-11-21T19:30:00Z"), now, &TimeZone::UTC), "19:30");
        assert_eq!(day_and_time(at("2026-11-22T12:00:00Z"), now, &TimeZone::UTC), "22 Nov 12:00");
    }

    #[test]
    fn a_restaurant_is_asked_later_only_while_that_is_to_come_and_it_is_the_one_to_be_asked() {
        let mut town = World::live();
        let id = town.placed_and_confirmed();
        let mut order = town.shown(id).unwrap();
        let since: Timestamp = "2026-11-21T19:30:00Z".parse().unwrap();
        let minute = Duration::from_mins(1);
        order.scheduled_for = Some(since + minute);
        order.status = OrderStatus::Paid;
        let asked = |who: Waiter, now| {
            let wait = Some(Wait { who, since, until: None });
            asked_later(&Order { wait, ..order.clone() }, now)
        };
        let kitchen = || Waiter::Function(Function::Kitchen);
        assert_eq!(asked(kitchen(), since - minute), Some(since));
        assert_eq!(asked(kitchen(), since + minute), None, "it has been asked");
        assert_eq!(asked(Waiter::Operator, since - minute), None, "a person is awaited");
        let wait = Some(Wait { who: kitchen(), since, until: None });
        let for_now = Order { wait: wait.clone(), scheduled_for: None, ..order.clone() };
        let cooked = Order { wait, status: OrderStatus::Preparing, ..order.clone() };
        for order in [for_now, cooked] {
            assert_eq!(asked_later(&order, since - minute), None, "it was asked long ago");
        }
    }
}
