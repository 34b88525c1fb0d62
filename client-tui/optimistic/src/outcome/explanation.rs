//! A conflict in words: what was asked when, and what stood in the way since when.
//!
//! All moments are the server's: those of an order's timeline by nature, and those of asking because
//! the store reads them from the server's clock. How a moment is written, the screen says.

use jiff::Timestamp;
use shared::order::StatusChange;
use shared::order::status::OrderStatus;

use super::Outcome;
use crate::intent::IntentKind;
use crate::record::Settlement;

impl Outcome {
    /// What was asked, what became of it and why: "Not cancelled: the kitchen began at 12:04; you asked
    /// at 12:05." `clock` writes a moment as people read it.
    pub fn explanation(&self, clock: impl Fn(Timestamp) -> String) -> String {
        let asked = clock(self.asked_at);
        let undone = undone(self.asked);
        match (&self.settlement, self.beaten_by) {
            (Settlement::Confirmed, _) => {
                let settled = clock(self.settled_at);
                format!("{}: on record since {settled}; you asked at {asked}.", done(self.asked))
            }
            (Settlement::Refused(_), Some(StatusChange { status, at })) => {
                format!("{undone}: {} {}; you asked at {asked}.", what_happened(status), clock(at))
            }
            (Settlement::Refused(refused), None) => {
                format!("{undone}: {} You asked at {asked}.", refused.message)
            }
            (Settlement::Withdrawn, _) => {
                format!("{undone}: you took it back before it was sent; you had asked at {asked}.")
            }
            (Settlement::OrderNotPlaced, _) => {
                format!("{undone}: the order itself was not placed; you asked at {asked}.")
            }
            (Settlement::Vanished, _) => {
                format!("{undone}: the server has lost this order; you asked at {asked}.")
            }
            (Settlement::Abandoned, _) => {
                let settled = clock(self.settled_at);
                format!(
                    "{undone}, as far as is known: given up at {settled}; you asked at {asked}."
                )
            }
        }
    }
}

/// What has happened when the server has taken it.
const fn done(asked: IntentKind) -> &'static str {
    match asked {
        IntentKind::Place => "Ordered",
        IntentKind::Cancel => "Cancellation asked for",
        IntentKind::SetTip => "Tip changed",
        IntentKind::Rate => "Rated",
        IntentKind::Unknown => "Done",
    }
}

const fn undone(asked: IntentKind) -> &'static str {
    match asked {
        IntentKind::Place => "Not ordered",
        IntentKind::Cancel => "Not cancelled",
        IntentKind::SetTip => "Tip not changed",
        IntentKind::Rate => "Not rated",
        IntentKind::Unknown => "Not done",
    }
}

/// What reaching this status means for whoever was beaten by it; a moment follows.
const fn what_happened(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Placed => "the order was placed at",
        OrderStatus::Validated => "the order was found in order at",
        OrderStatus::Paid => "the order was paid at",
        OrderStatus::Accepted => "the restaurant accepted the order at",
        OrderStatus::Preparing => "the kitchen began at",
        OrderStatus::Ready => "the food was ready at",
        OrderStatus::PickedUp => "the courier set off at",
        OrderStatus::Delivered => "the order was at the door at",
        OrderStatus::Rejected => "the restaurant turned the order down at",
        OrderStatus::PaymentDeclined => "the payment was declined at",
        OrderStatus::Cancelled => "the order was cancelled at",
    }
}

#[cfg(test)]
mod tests {
    use shared::id::{MutationId, OrderId};
    use uuid::Uuid;

    use super::*;
    use crate::record::Refused;

    const KINDS: [IntentKind; 5] = [
        IntentKind::Place,
        IntentKind::Cancel,
        IntentKind::SetTip,
        IntentKind::Rate,
        IntentKind::Unknown,
    ];

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::from_second(12 * 3_600 + minutes * 60).unwrap()
    }

    fn explained(
        asked: IntentKind,
        settlement: &Settlement,
        beaten_by: Option<OrderStatus>,
    ) -> String {
        let outcome = Outcome {
            mutation_id: MutationId::new(Uuid::nil()),
            order_id: OrderId::new(Uuid::nil()),
            asked,
            asked_at: minutes(5),
            seen: None,
            settled_at: minutes(6),
            attempts: 1,
            decided_on: None,
            beaten_by: beaten_by.map(|status| StatusChange { status, at: minutes(4) }),
            settlement: settlement.clone(),
        };
        outcome.explanation(|at| at.strftime("%H:%M").to_string())
    }

    /// Of each kind and each ending, in this order.
    const EXPLANATIONS: &str = "\
Ordered: on record since 12:06; you asked at 12:05.
Not ordered: It costs more now. You asked at 12:05.
Not ordered: you took it back before it was sent; you had asked at 12:05.
Not ordered: the order itself was not placed; you asked at 12:05.
Not ordered: the server has lost this order; you asked at 12:05.
Not ordered, as far as is known: given up at 12:06; you asked at 12:05.
Cancellation asked for: on record since 12:06; you asked at 12:05.
Not cancelled: It costs more now. You asked at 12:05.
Not cancelled: you took it back before it was sent; you had asked at 12:05.
Not cancelled: the order itself was not placed; you asked at 12:05.
Not cancelled: the server has lost this order; you asked at 12:05.
Not cancelled, as far as is known: given up at 12:06; you asked at 12:05.
Tip changed: on record since 12:06; you asked at 12:05.
Tip not changed: It costs more now. You asked at 12:05.
Tip not changed: you took it back before it was sent; you had asked at 12:05.
Tip not changed: the order itself was not placed; you asked at 12:05.
Tip not changed: the server has lost this order; you asked at 12:05.
Tip not changed, as far as is known: given up at 12:06; you asked at 12:05.
Rated: on record since 12:06; you asked at 12:05.
Not rated: It costs more now. You asked at 12:05.
Not rated: you took it back before it was sent; you had asked at 12:05.
Not rated: the order itself was not placed; you asked at 12:05.
Not rated: the server has lost this order; you asked at 12:05.
Not rated, as far as is known: given up at 12:06; you asked at 12:05.
Done: on record since 12:06; you asked at 12:05.
Not done: It costs more now. You asked at 12:05.
Not done: you took it back before it was sent; you had asked at 12:05.
Not done: the order itself was not placed; you asked at 12:05.
Not done: the server has lost this order; you asked at 12:05.
Not done, as far as is known: given up at 12:06; you asked at 12:05.
";

    #[test]
    fn each_kind_has_words_for_each_ending() {
        let refused = Refused {
            code: "PRICE_CHANGED".to_owned(),
            message: "It costs more now.".to_owned(),
            order_version: None,
        };
        let endings = [
            Settlement::Confirmed,
            Settlement::Refused(refused),
            Settlement::Withdrawn,
            Settlement::OrderNotPlaced,
            Settlement::Vanished,
            Settlement::Abandoned,
        ];
        let all = KINDS.iter().flat_map(|kind| endings.iter().map(|end| (*kind, end)));
        let words: String = all.map(|(kind, end)| explained(kind, end, None) + "\n").collect();
        assert_eq!(words, EXPLANATIONS);
    }

    #[test]
    fn what_stood_in_the_way_is_named_with_its_moment() {
        let refused = Refused { code: String::new(), message: String::new(), order_version: None };
        let refused = Settlement::Refused(refused);
        for (kind, status, words) in [
            (
                IntentKind::Cancel,
                OrderStatus::Preparing,
                "Not cancelled: the kitchen began at 12:04; you asked at 12:05.",
            ),
            (
                IntentKind::SetTip,
                OrderStatus::Delivered,
                "Tip not changed: the order was at the door at 12:04; you asked at 12:05.",
            ),
            (
                IntentKind::Rate,
                OrderStatus::Cancelled,
                "Not rated: the order was cancelled at 12:04; you asked at 12:05.",
            ),
        ] {
            assert_eq!(explained(kind, &refused, Some(status)), words);
        }
    }
}
