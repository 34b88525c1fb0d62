//! An evening and the next at a restaurant that makes five of a dish a day, spoilt in one way at a time.

use jiff::Timestamp;
use shared::id::OrderId;
use shared::order::command::Quantity;

use super::super::super::evidence::Logged;
use super::*;

const DISH: MenuItemId = MenuItemId::new(Uuid::from_u128(50));

fn order_id(number: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(number))
}

fn portions(number: i64) -> Vec<Portions> {
    let quantity = Quantity::try_from(number).unwrap();
    vec![Portions { menu_item_id: DISH, name: "Mole Negro".to_owned(), quantity }]
}

fn shelf() -> Vec<Made> {
    vec![Made { menu_item_id: DISH, name: "Mole Negro".to_owned(), portions: 5 }]
}

fn logged(stream: String, kind: &str, portions: Option<StockEvent>, order: Option<u128>) -> Logged {
    Logged {
        position: 0,
        kind: kind.to_owned(),
        stream,
        stream_version: 0,
        order: order.map(Uuid::from_u128),
        mutation: None,
        recorded_at: Timestamp::UNIX_EPOCH,
        portions,
    }
}

fn of_shelf(event: StockEvent) -> Logged {
    logged("restaurant:1".to_owned(), event.type_name(), Some(event), None)
}

fn of_order(number: u128, kind: &str) -> Logged {
    logged(format!("order:{number}"), kind, None, Some(number))
}

fn claims(number: u128, of: i64) -> Logged {
    let (order_id, portions, shelf) = (order_id(number), portions(of), shelf());
    let placed_at = Timestamp::UNIX_EPOCH;
    let holds_back_until = placed_at;
    of_shelf(StockEvent::PortionsClaimed { order_id, placed_at, holds_back_until, shelf, portions })
}

fn takes(number: u128, of: i64) -> Logged {
    let (order_id, portions) = (order_id(number), portions(of));
    let placed_at = Timestamp::UNIX_EPOCH;
    of_shelf(StockEvent::PortionsTaken { order_id, placed_at, portions })
}

fn gives_back(number: u128, of: i64) -> Logged {
    let (order_id, portions) = (order_id(number), portions(of));
    of_shelf(StockEvent::PortionsGivenBack { order_id, portions })
}

fn drops(number: u128) -> Logged {
    of_shelf(StockEvent::ClaimDropped { order_id: order_id(number) })
}

/// 1 eats three; 2 takes two and gives them back, 3 takes those. 4 gets none. After the night 3 ends
/// as well, and gives back nothing; 5 takes all.
fn sound() -> Vec<Logged> {
    vec![
        claims(1, 3),
        claims(2, 2),
        claims(3, 2),
        claims(4, 1),
        of_order(1, "OrderValidated"),
        takes(1, 3),
        of_order(2, "OrderValidated"),
        takes(2, 2),
        of_order(2, "OrderCancelled"),
        gives_back(2, 2),
        of_order(3, "OrderValidated"),
        takes(3, 2),
        of_order(4, "OrderRejected"),
        drops(4),
        of_shelf(StockEvent::PortionsReset { shelf: shelf() }),
        of_order(3, "PaymentDeclined"),
        claims(5, 5),
        of_order(5, "OrderValidated"),
        takes(5, 5),
    ]
}

fn told(spoil: impl FnOnce(&mut Vec<Logged>)) -> String {
    let mut log = sound();
    spoil(&mut log);
    check(&Evidence { log, ..Evidence::default() }).to_string()
}

#[test]
fn two_sound_days_hold_and_are_counted() {
    let told = told(|_| {});
    assert!(told.contains("4 orders took limited dishes, none sold twice"), "{told}");
}

#[test]
fn what_is_sold_beyond_what_was_made_is_found() {
    let told = told(|log| log.insert(8, takes(6, 1)));
    assert!(told.contains("of Mole Negro there were 5, and 6 are sold"), "{told}");
}

#[test]
fn what_was_taken_before_the_night_is_sold_again_after_it_only() {
    let told = told(|log| drop(log.remove(14)));
    assert!(told.contains("there were 5, and 10 are sold"), "{told}");
}

#[test]
fn whoever_ends_unfulfilled_and_keeps_something_is_found_before_the_night_and_in_the_end() {
    let kept = "ended unfulfilled and kept its portions";
    let before_the_night = told(|log| drop(log.remove(9)));
    assert!(before_the_night.contains(&format!("order {} {kept}", order_id(2))));
    let in_the_end = told(|log| log.push(of_order(5, "OrderCancelled")));
    assert!(in_the_end.contains(&format!("order {} {kept}", order_id(5))), "{in_the_end}");
}

#[test]
fn whoever_gives_back_what_others_have_or_takes_twice_is_found() {
    let more = told(|log| log[9] = gives_back(2, 3));
    assert!(more.contains("gave back what it did not have"), "{more}");
    let twice = told(|log| log.insert(10, gives_back(2, 2)));
    assert!(twice.contains("gave back what it did not have"), "{twice}");
    let taken_twice = told(|log| log.insert(6, takes(1, 1)));
    assert!(taken_twice.contains("took its portions twice"), "{taken_twice}");
}

#[test]
fn whoever_is_validated_without_any_portions_is_found() {
    let told = told(|log| drop(log.pop()));
    assert!(told.contains("was validated, and given no portions"), "{told}");
    let dropped = self::told(|log| *log.last_mut().unwrap() = drops(5));
    assert!(!dropped.contains("was validated"), "the dish is limited no more: {dropped}");
}
