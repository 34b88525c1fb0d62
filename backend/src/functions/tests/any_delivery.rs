//! Whatever the order and the number in which deliveries come: the same end, and the same books.

use proptest::prelude::*;
use proptest::sample::Index;
use shared::order::command::OrderDraft;
use shared::order::payment::{Money, Refund};
use shared::order::status::OrderStatus;

use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{Room, cancel, completed, draft, order_id, place_draft, portions};
use crate::eventing::plan::Claim;
use crate::eventing::request::Request;
use crate::gateway::tests::Entry;

/// What becomes of one of the claims that are open.
#[derive(Clone, Debug)]
enum Fate {
    /// Its function is called, and the log hears of it.
    Handled,
    /// Its function is called, but the log hears of it later, perhaps when the lease is over.
    Slow,
    /// Its function is called, the log never hears of it, and the lease ends.
    Lost,
    /// One of the slow ones arrives at last; and arrives again.
    Arrives,
}

/// How an order ended: all of it that does not depend on when.
type End = (OrderStatus, Vec<OrderStatus>, Money, Option<String>, Vec<Entry>);

fn any_fates() -> impl Strategy<Value = Vec<(Fate, Index)>> {
    let fate = prop_oneof![
        3 => Just(Fate::Handled),
        2 => Just(Fate::Slow),
        1 => Just(Fate::Lost),
        2 => Just(Fate::Arrives),
    ];
    // Fewer losses of one delivery than tries, so that none is given up.
    prop::collection::vec((fate, any::<Index>()), 0..50).prop_map(|mut fates| {
        let mut losses = 0;
        fates.retain(|(fate, _)| {
            !matches!(fate, Fate::Lost | Fate::Slow) || {
                losses += 1;
                losses < 10
            }
        });
        fates
    })
}

/// Delivers in that fashion, then lets everything that is left come home.
fn deliver(first: &[Request], fates: Vec<(Fate, Index)>) -> End {
    let mut room = Room::new(0.0);
    let crew = Crew::of(&room);
    let mut open = room.write(first).claims;
    let mut slow: Vec<(Claim, Outcome)> = Vec::new();
    for (fate, index) in fates {
        if open.is_empty() {
            let Some(due) = room.next_due() else { break };
            room.now = room.now.max(due);
            open.extend(room.write(&[Request::LookAtDue]).claims);
        }
        if open.is_empty() {
            continue;
        }
        let claim = open.remove(index.index(open.len()));
        let outcome = crew.handle(&claim);
        match fate {
            Fate::Handled => open.extend(room.write(&[completed(&claim, outcome)]).claims),
            Fate::Slow => slow.push((claim, outcome)),
            Fate::Lost => {}
            Fate::Arrives => {
                open.push(claim);
                if !slow.is_empty() {
                    let (claim, outcome) = slow.remove(index.index(slow.len()));
                    let twice = [completed(&claim, outcome.clone()), completed(&claim, outcome)];
                    open.extend(room.write(&twice).claims);
                }
            }
        }
    }
    crew.finish(&mut room, open);
    let late: Vec<_> =
        slow.into_iter().map(|(claim, outcome)| completed(&claim, outcome)).collect();
    let late = room.write(&late);
    assert!(late.writes.is_empty(), "what comes after the end changes nothing");
    let order = room.order(1);
    crew.check_books(&room, order);
    let mut entries = crew.bank.entries(order_id(1));
    for entry in &mut entries {
        entry.requests = 0;
    }
    let timeline = order.timeline.iter().map(|change| change.status).collect();
    (order.status, timeline, order.money, order.courier.clone(), entries)
}

/// One order for each way in which an order can end by itself.
fn any_order() -> impl Strategy<Value = (OrderDraft, OrderStatus)> {
    prop::sample::select(vec![
        (draft(1), OrderStatus::Delivered),
        (portions(1, 2, 0, 1), OrderStatus::PaymentDeclined),
        (portions(2, 3, 0, 1), OrderStatus::Rejected),
        (portions(4, 1, 5, 1), OrderStatus::Rejected),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_sequence_and_repetition_of_deliveries_comes_to_the_same_end(
        (draft, status) in any_order(),
        fates in any_fates(),
    ) {
        let place = [place_draft(draft, 10)];
        let end = deliver(&place, fates);
        prop_assert_eq!(end.0, status);
        prop_assert_eq!(end, deliver(&place, Vec::new()));
    }

    #[test]
    fn a_cancelled_order_costs_nothing_however_its_deliveries_come(fates in any_fates()) {
        let end = deliver(&[place_draft(draft(1), 10), cancel(1, 11)], fates);
        prop_assert_eq!(end.0, OrderStatus::Cancelled);
        let settled = matches!(end.2.refund, Refund::Settled { .. });
        prop_assert!(settled);
    }
}
