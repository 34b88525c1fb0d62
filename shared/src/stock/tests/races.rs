//! Who gets the last portions: who placed first, within the window; who came first, beyond it.

use super::*;

/// When an order was placed by its customer's clock, how long it took to arrive, and how many it is of.
#[derive(Clone, Copy, Debug)]
struct Racer {
    placed_at: Timestamp,
    arrives_at: Timestamp,
    quantity: i64,
}

fn any_race() -> impl Strategy<Value = Vec<Racer>> {
    // Up to the window itself, and many at the very same moment.
    let racer = (0..20_u64, 0..=6_u64, 1..4_i64).prop_map(|(placed, takes, quantity)| {
        let placed_at = NOW.checked_add(milliseconds(placed * 250)).unwrap();
        let arrives_at = placed_at.checked_add(milliseconds(takes * 500)).unwrap();
        Racer { placed_at, arrives_at, quantity }
    });
    proptest::collection::vec(racer, 1..9)
}

proptest! {
    /// Whatever arrives when, and whoever looks at whom first: it is decided in the order of precedence.
    #[test]
    fn within_the_window_who_placed_first_is_served_first(
        race in any_race(),
        looks in proptest::collection::vec(any::<prop::sample::Index>(), 400),
    ) {
        let mut evening = Evening::new();
        let mut arriving: Vec<(u128, Racer)> = (0..).zip(race.clone()).collect();
        arriving.sort_by_key(|(_, racer)| racer.arrives_at);
        let mut looks = looks.into_iter();
        let mut end = NOW;
        while evening.orders.len() < race.len()
            || evening.orders.values().any(|order| order.status == OrderStatus::Placed)
        {
            while let Some((number, racer)) = arriving.first().copied() {
                if racer.arrives_at > evening.now {
                    break;
                }
                arriving.remove(0);
                evening.place(number, racer.quantity, racer.placed_at);
            }
            // Some of those who wait are looked at, in any order; within a second all are.
            for look in looks.by_ref().take(3) {
                let waiting: Vec<u128> = waiting(&evening);
                if !waiting.is_empty() {
                    let _early = evening.validate(*look.get(&waiting));
                }
            }
            for number in waiting(&evening) {
                let _early = evening.validate(number);
            }
            evening.pass(milliseconds(250));
            end = evening.now;
        }
        prop_assert!(end < NOW + Duration::from_secs(5 + 3 + 3 + 1), "nobody waits for ever");

        let mut in_precedence: Vec<(Timestamp, u128, i64)> =
            (0..).zip(&race).map(|(number, it)| (it.placed_at, number, it.quantity)).collect();
        in_precedence.sort_unstable();
        let mut left = 5;
        for (_, number, quantity) in in_precedence {
            let enough = quantity <= left;
            left -= if enough { quantity } else { 0 };
            let expected = if enough { OrderStatus::Validated } else { OrderStatus::Rejected };
            prop_assert_eq!(evening.orders[&number].status, expected, "{} of {:?}", number, race);
        }
    }
}

fn waiting(evening: &Evening) -> Vec<u128> {
    let placed = evening.orders.iter().filter(|(_, it)| it.status == OrderStatus::Placed);
    placed.map(|(number, _)| *number).collect()
}

/// Two want all five; one placed a second before the other, and arrives so long after it was placed.
fn race_of_two(takes: Duration) -> (OrderStatus, OrderStatus) {
    let mut evening = Evening::new();
    let (earlier, later) = (NOW, NOW.checked_add(Duration::from_secs(1)).unwrap());
    evening.now = later;
    evening.place(2, 5, later);
    evening.now = earlier.checked_add(takes).unwrap();
    evening.place(1, 5, earlier);
    let due = |number: u128| evening.orders[&number].decided_from.unwrap();
    let (due_1, due_2) = (due(1), due(2));
    let mut decide_at = |number, at: Timestamp| {
        evening.now = evening.now.max(at);
        evening.validate(number).unwrap()
    };
    if due_1 < due_2 {
        let first = decide_at(1, due_1);
        (first, decide_at(2, due_2))
    } else {
        let second = decide_at(2, due_2);
        (decide_at(1, due_1), second)
    }
}

#[test]
fn an_earlier_order_that_arrives_later_wins_within_the_window_and_not_beyond() {
    let (served, not) = (OrderStatus::Validated, OrderStatus::Rejected);
    assert_eq!(race_of_two(Duration::from_secs(2)), (served, not));
    assert_eq!(race_of_two(WINDOW), (served, not), "to the last moment");
    assert_eq!(race_of_two(Duration::from_secs(5)), (not, served), "believed for three only");
}

#[test]
fn whoever_is_overdue_holds_nobody_back_and_whoever_is_not_does() {
    let mut evening = Evening::new();
    evening.place(1, 5, NOW);
    evening.pass(milliseconds(1));
    evening.place(2, 5, evening.now);
    evening.pass(WINDOW);
    assert!(
        matches!(evening.validate(2), Err(Refusal::Early { .. })),
        "1 may be decided any moment"
    );
    evening.now = NOW.checked_add(WINDOW * 2).unwrap();
    assert_eq!(evening.validate(2), Ok(OrderStatus::Validated), "1 is dead, or paused");
    assert_eq!(evening.validate(1), Ok(OrderStatus::Rejected));
    let reason = evening.orders[&1].reason.clone().unwrap();
    assert!(reason.contains("could not be looked at"), "{reason}");
}

#[test]
fn nobody_is_decided_before_everybody_who_goes_before_has_had_the_time_to_arrive() {
    let mut evening = Evening::new();
    evening.place(1, 1, NOW);
    evening.pass(milliseconds(2_999));
    assert!(matches!(evening.validate(1), Err(Refusal::Early { .. })));
    evening.pass(milliseconds(1));
    assert_eq!(evening.validate(1), Ok(OrderStatus::Validated));
}

#[test]
fn whoever_ends_before_the_decision_holds_nobody_back_any_more() {
    let mut evening = Evening::new();
    evening.place(1, 5, NOW);
    evening.place(2, 5, NOW);
    evening.pass(WINDOW);
    assert!(matches!(evening.validate(2), Err(Refusal::Early { .. })));
    evening.tell(1, &Command::RequestCancellation { customer_id: CUSTOMER }).unwrap();
    evening.tell(1, &Command::Cancel).unwrap();
    assert_eq!(evening.events.last().unwrap().0.type_name(), "ClaimDropped");
    assert_eq!(evening.validate(2), Ok(OrderStatus::Validated));
}
