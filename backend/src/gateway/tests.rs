//! What the bank promises, and a look into its books for whoever checks them against the log.

use std::path::Path;

use super::*;
use crate::eventing::fixture::order_id;

/// One line of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) answer: String,
    pub(crate) taken: u32,
    pub(crate) given: u32,
    pub(crate) requests: u32,
}

impl Gateway {
    /// A bank without a file.
    pub(crate) fn in_memory() -> Self {
        Self::open(Path::new(":memory:")).unwrap()
    }

    /// All that stands on the books of an order, by key.
    pub(crate) fn entries(&self, order: OrderId) -> Vec<Entry> {
        let books = self.books.lock().unwrap();
        let mut statement = books
            .prepare("SELECT key, answer, taken, given, requests FROM entry WHERE order_id = ?1")
            .unwrap();
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(Entry {
                key: row.get(0)?,
                answer: row.get(1)?,
                taken: row.get(2)?,
                given: row.get(3)?,
                requests: row.get(4)?,
            })
        };
        let entries = statement.query_map([order.to_string()], entry).unwrap();
        entries.map(Result::unwrap).collect()
    }
}

const PRICE: Cents = Cents::saturating(29_00);
const NOTHING: Void = Void { captured: Cents::ZERO, refunded: Cents::ZERO };
const ALL_BACK: Void = Void { captured: PRICE, refunded: PRICE };

async fn charge_dishes(bank: &Gateway, order: u128, amount: Cents) -> Answer {
    bank.charge(order_id(order), ChargeKind::Dishes, amount).await.unwrap()
}

/// What the bank holds of an order: taken, less given back.
fn balance(bank: &Gateway, order: u128) -> u32 {
    let entries = bank.entries(order_id(order));
    let taken: u32 = entries.iter().map(|it| it.taken).sum();
    taken - entries.iter().map(|it| it.given).sum::<u32>()
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_however_often_and_takes_nothing_more() {
    let bank = Gateway::in_memory();
    for amount in [PRICE, PRICE, Cents::saturating(99_13), Cents::saturating(1)] {
        assert_eq!(charge_dishes(&bank, 1, amount).await, Answer::Captured);
    }
    assert_eq!(balance(&bank, 1), PRICE.get());
    let entry = &bank.entries(order_id(1))[0];
    assert_eq!(
        (entry.key.as_str(), entry.requests),
        (format!("charge:{}", order_id(1)).as_str(), 4)
    );
}

#[tokio::test]
async fn a_declined_amount_stays_declined() {
    let bank = Gateway::in_memory();
    for cents in [13, 1_13, 26_13] {
        let order = u128::from(cents);
        assert_eq!(charge_dishes(&bank, order, Cents::saturating(cents)).await, Answer::Declined);
        assert_eq!(charge_dishes(&bank, order, PRICE).await, Answer::Declined);
        assert_eq!(balance(&bank, order), 0);
    }
    for cents in [12, 14, 13_00, 1_31, 0] {
        let order = u128::from(cents) + 10_000;
        assert_eq!(charge_dishes(&bank, order, Cents::saturating(cents)).await, Answer::Captured);
    }
}

#[tokio::test]
async fn dishes_and_tip_are_two_charges_and_orders_are_apart() {
    let bank = Gateway::in_memory();
    let tip = Cents::saturating(2_00);
    charge_dishes(&bank, 1, PRICE).await;
    assert_eq!(bank.charge(order_id(1), ChargeKind::Tip, tip).await.unwrap(), Answer::Captured);
    charge_dishes(&bank, 2, PRICE).await;
    assert_eq!((balance(&bank, 1), balance(&bank, 2)), (31_00, 29_00));
}

#[tokio::test]
async fn a_void_gives_back_what_stands_and_says_so_however_often() {
    let bank = Gateway::in_memory();
    charge_dishes(&bank, 1, PRICE).await;
    for _ in 0..3 {
        assert_eq!(bank.void(order_id(1)).await.unwrap(), ALL_BACK);
    }
    assert_eq!(balance(&bank, 1), 0);
    // The charge that was captured is still answered as it was.
    assert_eq!(charge_dishes(&bank, 1, PRICE).await, Answer::Captured);
    assert_eq!(balance(&bank, 1), 0);
}

#[tokio::test]
async fn a_charge_that_comes_after_the_void_takes_nothing() {
    let bank = Gateway::in_memory();
    assert_eq!(bank.void(order_id(1)).await.unwrap(), NOTHING);
    assert_eq!(charge_dishes(&bank, 1, PRICE).await, Answer::Voided);
    let tip = bank.charge(order_id(1), ChargeKind::Tip, PRICE).await.unwrap();
    assert_eq!(tip, Answer::Voided);
    assert_eq!(bank.void(order_id(1)).await.unwrap(), NOTHING);
    assert_eq!(balance(&bank, 1), 0);
}

#[tokio::test]
async fn a_void_after_a_decline_gives_nothing_back() {
    let bank = Gateway::in_memory();
    charge_dishes(&bank, 1, Cents::saturating(26_13)).await;
    assert_eq!(bank.void(order_id(1)).await.unwrap(), NOTHING);
    assert_eq!(balance(&bank, 1), 0);
}

#[tokio::test]
async fn closing_a_charge_says_what_it_took_and_leaves_it() {
    let bank = Gateway::in_memory();
    let tip = Cents::saturating(2_00);
    bank.charge(order_id(1), ChargeKind::Tip, tip).await.unwrap();
    bank.charge(order_id(2), ChargeKind::Tip, Cents::saturating(2_13)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(bank.close(order_id(1), ChargeKind::Tip).await.unwrap(), tip);
        assert_eq!(bank.close(order_id(2), ChargeKind::Tip).await.unwrap(), Cents::ZERO);
    }
    assert_eq!((balance(&bank, 1), balance(&bank, 2)), (2_00, 0));
}

#[tokio::test]
async fn a_charge_that_comes_after_its_closing_takes_nothing_and_the_other_is_free() {
    let bank = Gateway::in_memory();
    for _ in 0..2 {
        assert_eq!(bank.close(order_id(1), ChargeKind::Tip).await.unwrap(), Cents::ZERO);
    }
    let tip = bank.charge(order_id(1), ChargeKind::Tip, PRICE).await.unwrap();
    assert_eq!(tip, Answer::Voided);
    assert_eq!(charge_dishes(&bank, 1, PRICE).await, Answer::Captured);
    assert_eq!(balance(&bank, 1), PRICE.get());
}

#[tokio::test]
async fn the_books_come_in_pages_by_order_and_add_up_what_each_key_says() {
    let bank = Gateway::in_memory();
    for order in 1..=5 {
        charge_dishes(&bank, order, PRICE).await;
    }
    charge_dishes(&bank, 2, PRICE).await;
    bank.charge(order_id(2), ChargeKind::Tip, Cents::saturating(2_00)).await.unwrap();
    for _ in 0..3 {
        bank.void(order_id(3)).await.unwrap();
    }
    let page = async |after| {
        let books = bank.books(None, after, 2).await.unwrap();
        books.iter().map(|book| book.order).collect::<Vec<_>>()
    };
    assert_eq!(page(None).await, [order_id(1), order_id(2)]);
    assert_eq!(page(Some(order_id(2))).await, [order_id(3), order_id(4)]);
    assert_eq!(page(Some(order_id(4))).await, [order_id(5)]);

    let book = |order, captured, captures| Book {
        order: order_id(order),
        captured: Cents::saturating(captured),
        refunded: Cents::ZERO,
        captures,
        refunds: 0,
        requests: 3,
    };
    let with_tip = bank.books(Some(order_id(2)), None, 2).await.unwrap();
    assert_eq!(with_tip, [book(2, 31_00, 2)]);
    let given_back = bank.books(Some(order_id(3)), None, 2).await.unwrap();
    assert_eq!(
        given_back,
        [Book { refunded: PRICE, refunds: 1, requests: 4, ..book(3, 29_00, 1) }]
    );
}

#[tokio::test]
async fn the_books_survive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.db");
    let bank = Gateway::open(&file).unwrap();
    charge_dishes(&bank, 1, PRICE).await;
    charge_dishes(&bank, 2, PRICE).await;
    bank.void(order_id(2)).await.unwrap();
    drop(bank);
    let bank = Gateway::open(&file).unwrap();
    assert_eq!(charge_dishes(&bank, 1, Cents::saturating(26_13)).await, Answer::Captured);
    assert_eq!(bank.void(order_id(2)).await.unwrap(), ALL_BACK);
    assert_eq!((balance(&bank, 1), balance(&bank, 2)), (29_00, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charge_and_void_may_race_and_the_books_are_even() {
    let bank = Gateway::in_memory();
    for order in 1..=50 {
        let (answer, void) =
            tokio::join!(charge_dishes(&bank, order, PRICE), bank.void(order_id(order)));
        let void = void.unwrap();
        match answer {
            Answer::Captured => assert_eq!(void, ALL_BACK),
            Answer::Voided => assert_eq!(void, NOTHING),
            Answer::Declined => panic!("{PRICE} is not declined"),
        }
        assert_eq!(balance(&bank, order), 0);
    }
}
