//! What readers see: pages that fit together, and of nobody but themselves.

use std::sync::atomic::{AtomicU64, Ordering};

use shared::function::Function;
use shared::order::command::Command;
use tempfile::TempDir;

use super::*;
use crate::eventing::fixture::engine::file;
use crate::eventing::fixture::{
    CUSTOMER, LOG, NOW, Room, STRANGER, cancel, done, order_id, place, place_by,
};
use crate::eventing::log::Customer;
use crate::eventing::plan::Plan;
use crate::eventing::request::{Request, SignIn};
use crate::store::sqlite::{Keys, SqliteStore};

mod operators;

const MINE: Scope = Scope::Customer(CUSTOMER);

/// A file that holds what these batches come to.
fn written(room: &mut Room, batches: &[&[Request]]) -> (Reader, TempDir) {
    kept(&batches.iter().map(|batch| room.write(batch)).collect::<Vec<_>>())
}

/// A file that holds what these plans write.
fn kept(plans: &[Plan]) -> (Reader, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&file(&folder), LOG).unwrap();
    for plan in plans {
        store.load(&Keys::default(), NOW).unwrap();
        store.apply(&plan.writes).unwrap();
    }
    (Reader::new(file(&folder)), folder)
}

#[tokio::test]
async fn pages_of_orders_come_newest_first_and_fit_together() {
    let batch: Vec<_> = (1..=7).map(|number| place(number, number)).collect();
    let (reader, _folder) = written(&mut Room::new(0.0), &[&batch, &[place_by(STRANGER, 8, 8)]]);
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = reader.orders(CUSTOMER, Vec::new(), before, 3).await.unwrap();
        assert_eq!(page.head.position, Position::new(8), "of the same log end");
        assert!(page.orders.len() <= 3);
        before = page.orders.last().map(|(position, _)| *position);
        seen.extend(page.orders.into_iter().map(|(_, order)| order.id));
        if page.more == More::Nothing {
            break;
        }
    }
    assert_eq!(seen, (1..=7).rev().map(order_id).collect::<Vec<_>>());
    let full = reader.orders(CUSTOMER, Vec::new(), None, 7).await.unwrap();
    assert_eq!(full.more, More::Nothing, "a full page may be the last one");
}

#[tokio::test]
async fn orders_are_found_by_their_status() {
    // The same requests give the same claims, so the first order's is known before it is written.
    let first = Room::new(0.0).claim(place(1, 1));
    let validate = done(&first, Command::Validate);
    let batches: [&[Request]; 3] = [&[place(1, 1)], &[place(2, 2)], &[validate]];
    let (reader, _folder) = written(&mut Room::new(0.0), &batches);
    let of = async |statuses: &[OrderStatus]| {
        let page = reader.orders(CUSTOMER, statuses.to_vec(), None, 10).await.unwrap();
        page.orders.into_iter().map(|(_, order)| order.id).collect::<Vec<_>>()
    };
    assert_eq!(of(&[OrderStatus::Validated]).await, [order_id(1)]);
    assert_eq!(
        of(&[OrderStatus::Placed, OrderStatus::Validated]).await,
        [order_id(2), order_id(1)]
    );
    assert_eq!(of(&[OrderStatus::Cancelled]).await, []);
}

#[tokio::test]
async fn nobody_sees_what_is_somebody_elses() {
    let batch = [place(1, 1), cancel(1, 2)];
    let (reader, _folder) = written(&mut Room::new(0.0), &[&batch]);
    assert!(reader.order(CUSTOMER, order_id(1)).await.unwrap().is_some());
    assert_eq!(reader.order(STRANGER, order_id(1)).await.unwrap(), None);
    let orders = reader.orders(STRANGER, Vec::new(), None, 10).await.unwrap();
    assert_eq!(orders.orders, []);
    for order in [None, Some(order_id(1))] {
        let events =
            reader.events(Scope::Customer(STRANGER), order, Position::START, 10).await.unwrap();
        assert_eq!(events.events, []);
    }
    assert_eq!(reader.changes(Scope::Customer(STRANGER), Position::START, 10).await.unwrap(), []);
}

#[tokio::test]
async fn pages_of_events_come_oldest_first_and_of_one_order_where_that_is_asked() {
    let batch = [place(1, 1), place(2, 2), cancel(1, 3), cancel(2, 4)];
    let (reader, _folder) = written(&mut Room::new(0.0), &[&batch]);
    let read = async |order, after, first| {
        let page = reader
            .events(Scope::Customer(CUSTOMER), order, Position::new(after), first)
            .await
            .unwrap();
        let positions: Vec<_> = page.events.iter().map(|event| event.position.get()).collect();
        (positions, page.more)
    };
    assert_eq!(read(None, 0, 3).await, (vec![1, 2, 3], More::Follows));
    assert_eq!(read(None, 3, 3).await, (vec![4], More::Nothing));
    assert_eq!(read(Some(order_id(1)), 0, 10).await, (vec![1, 3], More::Nothing));
    assert_eq!(read(Some(order_id(1)), 1, 1).await, (vec![3], More::Nothing));
}

#[tokio::test]
async fn a_customer_who_signed_in_is_found_and_an_order_is_no_customer() {
    let (name, hash) = ("Ada".to_owned(), "5e884898".to_owned());
    let customer = Customer { id: CUSTOMER, name: name.clone(), token_hash: Some(hash.clone()) };
    let sign_in = [Request::SignIn(SignIn { customer_id: CUSTOMER, name, token_hash: hash })];
    let (reader, _folder) = written(&mut Room::new(0.0), &[&sign_in]);
    assert_eq!(reader.customer(CUSTOMER).await.unwrap(), Some(customer));
    assert_eq!(reader.customer(STRANGER).await.unwrap(), None);
    assert_eq!(reader.head().await.unwrap().position, Position::new(1));
}

#[tokio::test]
async fn more_readers_than_connections_wait_for_their_turn() {
    let (reader, _folder) = written(&mut Room::new(0.0), &[&[place(1, 1)]]);
    let reads = (0..READERS_MAX * 5).map(|_| reader.order(CUSTOMER, order_id(1)));
    for order in futures_util::future::join_all(reads).await {
        assert!(order.unwrap().is_some());
    }
    assert!(reader.idle.lock().unwrap().len() <= READERS_MAX);
}

/// What a read costs: the steps of SQLite's virtual machine, in hundreds.
fn steps(db: &mut Connection, read: impl FnOnce(&Connection)) -> u64 {
    let counted = Arc::new(AtomicU64::new(0));
    let inner = Arc::clone(&counted);
    let count = move || {
        inner.fetch_add(1, Ordering::SeqCst);
        false
    };
    db.progress_handler(100, Some(count)).unwrap();
    read(db);
    db.progress_handler(100, None::<fn() -> bool>).unwrap();
    counted.load(Ordering::SeqCst)
}

/// A log of so many orders, in a file of its own.
fn of_length(orders: u128) -> TempDir {
    let mut room = Room::new(0.0);
    let batches: Vec<_> = (1..=orders)
        .map(|number| [place(number, number), place_by(STRANGER, 5000 + number, 5000 + number)])
        .collect();
    let batches: Vec<_> = batches.iter().map(AsRef::as_ref).collect();
    written(&mut room, &batches).1
}

#[test]
fn what_a_page_costs_does_not_depend_on_how_long_the_log_is() {
    type Read = (&'static str, fn(&Connection));
    let reads: [Read; 12] = [
        ("orders", |db| drop(pages::orders(db, CUSTOMER, &[], None, 5).unwrap())),
        ("older orders", |db| {
            drop(pages::orders(db, CUSTOMER, &[], Some(Position::new(30)), 5).unwrap());
        }),
        ("events of a customer", |db| {
            drop(pages::events(db, MINE, None, Position::new(20), 5).unwrap());
        }),
        ("events of a customer's order", |db| {
            drop(pages::events(db, MINE, Some(order_id(10)), Position::START, 5).unwrap());
        }),
        ("events of the log", |db| {
            drop(pages::events(db, Scope::WholeLog, None, Position::new(20), 5).unwrap());
        }),
        ("events of an order", |db| {
            let all = Scope::WholeLog;
            drop(pages::events(db, all, Some(order_id(10)), Position::START, 5).unwrap());
        }),
        ("changes", |db| drop(pages::changes(db, MINE, Position::new(20), 5).unwrap())),
        ("deliveries", |db| drop(deliveries::page(db, &filter(None, None), None, 5).unwrap())),
        ("deliveries of an order", |db| {
            drop(deliveries::page(db, &filter(Some(10), None), None, 5).unwrap());
        }),
        ("deliveries of a function", |db| {
            let filter =
                DeliveryFilter { function: Some(Function::ValidateOrder), ..filter(None, None) };
            drop(deliveries::page(db, &filter, None, 5).unwrap());
        }),
        ("dead letters", |db| {
            drop(deliveries::page(db, &filter(None, Some(Handling::Dead)), None, 5).unwrap());
        }),
        ("a customer", |db| {
            let name = StreamName::Customer(CUSTOMER);
            drop(crate::store::sqlite::read_streams(db, &[name].into()).unwrap());
        }),
    ];
    let logs = [of_length(50), of_length(500)];
    let [mut short, mut long] = logs.each_ref().map(|folder| open_reader(&file(folder)).unwrap());
    for (what, read) in reads {
        let (of_short, of_long) = (steps(&mut short, read), steps(&mut long, read));
        // Deeper trees take a step or two more; a scan would take ten times as many.
        assert!(of_long <= of_short * 2 + 2, "{what}: {of_short} became {of_long}");
    }
}

fn filter(order: Option<u128>, handling: Option<Handling>) -> DeliveryFilter {
    let (order, handling) = (order.map(order_id), handling.into_iter().collect());
    DeliveryFilter { order, function: None, handling }
}
