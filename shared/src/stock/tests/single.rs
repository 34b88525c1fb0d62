//! Single stories: what a customer is told, what comes back, and where the bounds are.

use super::super::CLAIMS_MAX;
use super::*;

impl Evening {
    /// Places an order, waits until it can be decided, and validates it.
    fn orders(&mut self, number: u128, quantity: i64) -> OrderStatus {
        self.place(number, quantity, self.now);
        self.pass(WINDOW);
        self.validate(number).unwrap()
    }

    fn reason(&self, number: u128) -> &str {
        self.orders[&number].reason.as_deref().unwrap()
    }
}

#[test]
fn who_gets_none_is_told_the_truth_and_what_to_do_instead() {
    let mut evening = Evening::new();
    assert_eq!(evening.orders(1, 3), OrderStatus::Validated);
    assert_eq!(evening.orders(2, 3), OrderStatus::Rejected);
    assert_eq!(
        evening.reason(2),
        "only 2 x Mole Negro are left today. Order 2, or choose another dish."
    );
    assert_eq!(evening.orders(3, 1), OrderStatus::Validated);
    assert_eq!(evening.orders(4, 2), OrderStatus::Rejected);
    let only_one = "only one Mole Negro is left today. Order one, or choose another dish.";
    assert_eq!(evening.reason(4), only_one);
    // The last one: to whoever placed it two seconds before.
    let placed_at = evening.now;
    evening.place(5, 1, placed_at);
    evening.pass(Duration::from_secs(2));
    evening.place(6, 1, evening.now);
    evening.pass(WINDOW);
    assert_eq!(evening.validate(5), Ok(OrderStatus::Validated));
    assert_eq!(evening.validate(6), Ok(OrderStatus::Rejected));
    let who = "the last Mole Negro went to an order that was placed 2 s before yours. \
               Choose another dish.";
    assert_eq!(evening.reason(6), who);
    evening.pass(Duration::from_mins(1));
    assert_eq!(evening.orders(7, 1), OrderStatus::Rejected);
    assert_eq!(evening.reason(7), "Mole Negro is sold out for today. Choose another dish.");
}

#[test]
fn what_an_unfulfilled_order_took_is_for_the_next_one() {
    let declined = || Command::RecordDecline { reason: "no".to_owned() };
    let ways: [&[Command]; 3] = [
        &[declined()],
        &[Command::RequestCancellation { customer_id: CUSTOMER }, Command::Cancel],
        &[
            Command::RecordCapture { amount: Cents::saturating(1) },
            Command::Refuse { reason: "no".to_owned() },
            Command::RecordRefund {
                captured: Cents::saturating(1),
                refunded: Cents::saturating(1),
            },
        ],
    ];
    for way in ways {
        let mut evening = Evening::new();
        assert_eq!(evening.orders(1, 5), OrderStatus::Validated);
        assert_eq!(evening.left(), 0);
        for command in way {
            evening.tell(1, command).unwrap();
        }
        assert_eq!(evening.left(), 5, "{way:?}");
        // What comes late comes for nothing.
        let _late = evening.tell(1, &declined());
        assert_eq!(evening.left(), 5, "{way:?}");
        assert_eq!(evening.orders(2, 5), OrderStatus::Validated);
    }
}

#[test]
fn after_the_night_nothing_of_yesterday_comes_back() {
    let mut evening = Evening::new();
    assert_eq!(evening.orders(1, 4), OrderStatus::Validated);
    evening.append(reset(evening.restaurant()).unwrap());
    assert_eq!(evening.left(), 5);
    evening.tell(1, &Command::RecordDecline { reason: "no".to_owned() }).unwrap();
    assert_eq!(evening.left(), 5, "more than the kitchen makes is never there");
    let restaurants = house::of_the_house().restaurants;
    assert_eq!(restaurants.iter().filter_map(reset).count(), 2, "the others have no shelf");
}

#[test]
fn an_order_for_another_day_takes_portions_of_the_day_on_which_it_is_placed() {
    let mut evening = Evening::new();
    let in_two_days = NOW.checked_add(Duration::from_hours(48)).unwrap();
    evening.place_for(Some(in_two_days), 1, 4, NOW);
    evening.pass(WINDOW);
    assert_eq!(evening.validate(1), Ok(OrderStatus::Validated));
    assert_eq!(evening.left(), 1, "one for tonight");
    evening.append(reset(evening.restaurant()).unwrap());
    assert_eq!(evening.left(), 5, "and all of them in two days");
}

#[test]
fn what_the_kitchen_makes_without_end_since_is_no_longer_counted() {
    let mut evening = Evening::new();
    evening.place(1, 5, NOW);
    evening.append(StockEvent::PortionsReset { shelf: Vec::new() });
    evening.pass(WINDOW);
    assert_eq!(evening.validate(1), Ok(OrderStatus::Validated));
    assert_eq!(evening.events.last().unwrap().0.type_name(), "ClaimDropped");
}

#[test]
fn who_comes_beyond_the_bound_is_served_and_holds_nobody_back() {
    let mut evening = Evening::new();
    let crowd = u128::try_from(CLAIMS_MAX).unwrap();
    for number in 0..=crowd {
        evening.place(number, 1, NOW);
    }
    evening.place(crowd + 1, 1, NOW);
    evening.pass(WINDOW);
    let stock = evening.stock.as_ref().unwrap();
    assert_eq!(stock.claims.len(), CLAIMS_MAX);
    for number in 0..5 {
        assert_eq!(evening.validate(number), Ok(OrderStatus::Validated));
    }
    for number in 5..crowd {
        assert_eq!(evening.validate(number), Ok(OrderStatus::Rejected));
    }
    // The one before it is undecided, but was not remembered.
    assert_eq!(evening.validate(crowd + 1), Ok(OrderStatus::Rejected));
    assert_eq!(evening.validate(crowd), Ok(OrderStatus::Rejected));
}

#[test]
fn what_is_overdue_takes_nobodys_place_among_the_claims() {
    let mut evening = Evening::new();
    let crowd = u128::try_from(CLAIMS_MAX).unwrap();
    for number in 0..crowd {
        evening.place(number, 1, NOW);
    }
    // Nobody has looked at any of them for the window, and one more.
    evening.pass(WINDOW * 2);
    evening.place(crowd, 5, evening.now);
    evening.pass(milliseconds(1));
    evening.place(crowd + 1, 5, evening.now);
    assert_eq!(evening.stock.as_ref().unwrap().claims.len(), 2);
    evening.pass(WINDOW);
    let early = evening.validate(crowd + 1);
    assert!(matches!(early, Err(Refusal::Early { .. })), "the one before it is remembered");
    assert_eq!(evening.validate(crowd), Ok(OrderStatus::Validated));
    assert_eq!(evening.validate(crowd + 1), Ok(OrderStatus::Rejected));
}

#[test]
fn what_is_not_limited_has_nothing_to_do_with_portions() {
    let mut evening = Evening::new();
    evening.place(1, 1, NOW);
    let order = &evening.orders[&1];
    let claimed = &evening.events.last().unwrap().0;
    let StockEvent::PortionsClaimed { portions, .. } = claimed else { panic!("{claimed:?}") };
    assert_eq!(portions.len(), 1, "the Horchata is not asked for");
    assert_eq!(order.portions_from(), Some(order.restaurant_id));
    let sentences = evening.events.iter().map(|(event, _)| event.message()).collect::<Vec<_>>();
    assert_eq!(sentences, ["An order asks for 1 x Mole Negro."]);
}

#[test]
fn a_claim_is_stored_as_it_always_was() {
    let mut evening = Evening::new();
    evening.place(1, 1, NOW);
    let stored = serde_json::to_value(evening.stock.as_ref().unwrap()).unwrap();
    assert_eq!(
        stored["claims"][0]["turn"],
        serde_json::json!({
            "placed_at": NOW,
            "order_id": "00000000-0000-0000-0000-000000000001",
        }),
        "streams that are stored in a database have it so"
    );
}
