//! Every check finds what it is there for: sound evidence is spoilt in one way, and that check says so.

use std::time::Duration;

use jiff::Timestamp;

use super::super::evidence::{Book, Message, Seen};
use super::*;

const ORDER: Uuid = Uuid::from_u128(7);
const PLACE: Uuid = Uuid::from_u128(70);
const CANCEL: Uuid = Uuid::from_u128(71);

fn logged(position: u64, kind: &str, mutation: Option<Uuid>) -> Logged {
    Logged {
        position,
        kind: kind.to_owned(),
        stream: format!("order:{ORDER}"),
        stream_version: u32::try_from(position).unwrap(),
        order: Some(ORDER),
        mutation,
        recorded_at: at(position * 100),
        portions: None,
    }
}

fn at(milliseconds: u64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds.try_into().unwrap()).unwrap()
}

fn receipt(mutation: Uuid, position: u64) -> Receipt {
    Receipt { mutation, order: ORDER, position, refusal: None, replayed: false }
}

fn change(position: u64, previous: u64, status: OrderStatus) -> Message {
    let version = u32::try_from(position).unwrap();
    let order = Some(Seen { id: ORDER, version, status });
    Message { position, previous: Some(previous), order }
}

/// An order that was placed, charged, cancelled and given back, seen over two connections.
fn sound() -> Evidence {
    let mark = |position| Message { position, previous: None, order: None };
    let refused = Receipt { refusal: Some("ORDER_CLOSED".to_owned()), ..receipt(CANCEL, 4) };
    Evidence {
        receipts: vec![receipt(PLACE, 1), Receipt { replayed: true, ..receipt(PLACE, 1) }, refused],
        histories: vec![History {
            orders: vec![ORDER],
            connections: vec![
                Followed {
                    after: 0,
                    messages: vec![
                        mark(0),
                        change(1, 0, OrderStatus::Placed),
                        change(2, 1, OrderStatus::Validated),
                    ],
                },
                Followed {
                    after: 2,
                    messages: vec![
                        mark(2),
                        change(3, 2, OrderStatus::Paid),
                        change(4, 3, OrderStatus::Cancelled),
                    ],
                },
            ],
        }],
        log: vec![
            logged(1, "OrderPlaced", Some(PLACE)),
            logged(2, "OrderValidated", None),
            logged(3, "PaymentCaptured", None),
            logged(4, "OrderCancelled", None),
        ],
        books: [(
            ORDER,
            Book {
                captured_cents: 14_50,
                refunded_cents: 14_50,
                captures: 1,
                refunds: 1,
                requests: 3,
            },
        )]
        .into(),
        orders: [(
            ORDER,
            Ended {
                version: 4,
                status: OrderStatus::Cancelled,
                waits_for: None,
                total_cents: 14_50,
                tip_cents: 0,
                timeline: vec![
                    OrderStatus::Placed,
                    OrderStatus::Validated,
                    OrderStatus::Paid,
                    OrderStatus::Cancelled,
                ],
            },
        )]
        .into(),
        unanswered: 1,
        misuses: vec![Misuse::Refused],
        forgotten: 0,
        not_yet: 1,
        grace: Duration::from_millis(50),
    }
}

fn broken(spoil: impl FnOnce(&mut Evidence)) -> Vec<&'static str> {
    let mut evidence = sound();
    spoil(&mut evidence);
    judge(&evidence).broken()
}

fn order(evidence: &mut Evidence) -> &mut Ended {
    evidence.orders.get_mut(&ORDER).unwrap()
}

fn book(evidence: &mut Evidence) -> &mut Book {
    evidence.books.get_mut(&ORDER).unwrap()
}

#[test]
fn sound_evidence_holds_and_says_so() {
    let judgement = judge(&sound());
    assert!(judgement.holds(), "{judgement}");
    assert_eq!(judgement.to_string().lines().filter(|it| it.starts_with('✓')).count(), 7);
}

#[test]
fn a_second_completion_that_was_not_refused_is_found() {
    let fenced = |zombies, kills| {
        let happened = Happened { kills, zombies, twins: 5, ..Happened::default() };
        judge(&sound()).with_server(&happened).broken()
    };
    assert_eq!(fenced(5, 0), [""; 0]);
    assert_eq!(fenced(4, 0), ["fenced"]);
    assert_eq!(fenced(0, 1), [""; 0], "a death hides what was on its way");
}

#[test]
fn a_receipt_whose_event_is_gone_is_found() {
    assert_eq!(broken(|it| it.receipts[0].position = 2), ["durable", "once"]);
    assert_eq!(broken(|it| it.log[0].mutation = Some(CANCEL)), ["durable", "once"]);
    assert_eq!(broken(|it| it.log[0].order = None), ["durable", "changes"]);
    assert_eq!(broken(|it| it.forgotten = 1), ["durable"]);
}

#[test]
fn an_order_that_never_ends_is_found() {
    assert_eq!(broken(|it| order(it).waits_for = Some("refund".to_owned())), ["durable"]);
    let spoil = |it: &mut Evidence| order(it).status = OrderStatus::Paid;
    assert_eq!(broken(spoil), ["durable"]);
}

#[test]
fn a_second_effect_or_another_answer_is_found() {
    assert_eq!(broken(|it| it.log[2].mutation = Some(PLACE)), ["once"]);
    assert_eq!(broken(|it| it.log[2].mutation = Some(CANCEL)), ["once"], "a refusal has none");
    assert_eq!(broken(|it| it.receipts[1].replayed = false), ["once"]);
    let other = |it: &mut Evidence| it.receipts[1].refusal = Some("ORDER_CLOSED".to_owned());
    assert_eq!(broken(other), ["once"]);
    assert_eq!(broken(|it| it.misuses.push(Misuse::Taken(PLACE))), ["once"]);
}

#[test]
fn a_charge_of_what_was_taken_back_within_its_grace_is_found() {
    // Validated at 200 ms, so the card is spared until 250 ms.
    let taken_back = |milliseconds| {
        broken(|it| {
            it.log[2].kind = "CancellationRequested".to_owned();
            it.log[2].recorded_at = at(milliseconds);
        })
    };
    assert_eq!(taken_back(249), ["money"]);
    assert_eq!(taken_back(250), [""; 0], "the charge was due");
    let before_the_validation = broken(|it| it.log[1].kind = "CancellationRequested".to_owned());
    assert_eq!(before_the_validation, ["money"]);
}

#[test]
fn money_that_was_taken_twice_or_kept_is_found() {
    assert_eq!(broken(|it| book(it).captures = 2), ["money"]);
    assert_eq!(broken(|it| book(it).refunds = 2), ["money"]);
    assert_eq!(broken(|it| book(it).refunded_cents = 0), ["money"]);
    assert_eq!(broken(|it| book(it).refunded_cents = 20_00), ["money"]);
    let nobodys = |it: &mut Evidence| {
        let book = *book(it);
        it.books.insert(PLACE, book);
    };
    assert_eq!(broken(nobodys), ["money"]);
}

#[test]
fn a_gap_in_the_log_is_found() {
    assert!(broken(|it| drop(it.log.remove(2))).contains(&"log"));
    assert_eq!(broken(|it| it.log[3].stream_version = 5), ["log"]);
}

#[test]
fn an_order_that_goes_backward_is_found() {
    assert_eq!(broken(|it| order(it).timeline.swap(1, 2)), ["order"]);
    let backward = |it: &mut Evidence| {
        it.histories[0].connections[1].messages[1] = change(3, 2, OrderStatus::Placed);
    };
    assert_eq!(broken(backward), ["order"]);
    let version = |it: &mut Evidence| {
        let seen = it.histories[0].connections[1].messages[1].order.as_mut();
        seen.unwrap().version = 2;
    };
    assert_eq!(broken(version), ["order"]);
}

#[test]
fn a_change_that_was_skipped_repeated_or_out_of_line_is_found() {
    let skipped = |it: &mut Evidence| it.histories[0].connections[0].messages.truncate(2);
    assert_eq!(broken(skipped), ["order", "changes"]);
    let elsewhere = |it: &mut Evidence| it.histories[0].connections[1].after = 1;
    assert_eq!(broken(elsewhere), ["changes"]);
    let previous =
        |it: &mut Evidence| it.histories[0].connections[1].messages[2].previous = Some(2);
    assert_eq!(broken(previous), ["changes"]);
    let repeated = |it: &mut Evidence| {
        let messages = &mut it.histories[0].connections[1].messages;
        messages.push(change(4, 4, OrderStatus::Cancelled));
    };
    assert_eq!(broken(repeated), ["order", "changes"]);
}
