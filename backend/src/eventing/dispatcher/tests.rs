//! The engine as a server runs it: orders come home by themselves, whatever becomes of a handler or of
//! the process.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use shared::cursor::Version;
use shared::function::Function;
use shared::order::Order;
use shared::order::payment::Charge;
use shared::order::status::OrderStatus;
use tempfile::TempDir;

use super::*;

mod faults;
mod deadlines;

use crate::eventing::fixture::engine::{Engine, PATIENCE, file};
use crate::eventing::fixture::{
    Room, cancel, completed, functions, house, order_id, place, place_draft, portions, receipt,
};
use crate::eventing::request::Answer;
use crate::eventing::writer::House;
use crate::eventing::writer::queue::queue;
use crate::functions::Functions;

/// A house in which everything takes no time, failures included.
fn hasty() -> House {
    let mut house = house(0.0);
    house.timing.backoff_base = Duration::from_millis(1);
    house.timing.not_yet = Duration::from_millis(1);
    house
}

fn settled(order: &Order) -> bool {
    order.status.is_final() && order.waiting_for().is_none()
}

/// How many deliveries stand so in the file that an engine has left.
fn count(folder: &TempDir, condition: &str) -> u32 {
    let sql = format!("SELECT count(*) FROM delivery WHERE {condition}");
    let file = Connection::open(file(folder)).unwrap();
    file.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_comes_home_by_itself() {
    let house = hasty();
    let functions = functions(&house);
    let bank = functions.gateway.clone();
    let engine = Engine::start(house, functions).await;
    let answer = engine.door.ask(place(1, 10)).await.unwrap();
    let placed = receipt(&answer).order.clone().unwrap();
    assert_eq!(placed.status, OrderStatus::Placed, "the receipt comes before any of it");
    let order = engine.until(1, settled).await;
    let way: Vec<_> = order.timeline.iter().map(|change| change.status).collect();
    assert_eq!(way, OrderStatus::WAY);
    assert!(matches!(order.money.tip, Charge::Captured(_)));
    let taken: u32 = bank.entries(order_id(1)).iter().map(|entry| entry.taken).sum();
    assert_eq!(taken, order.total().get());
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_early_end_comes_by_itself() {
    let house = hasty();
    let functions = functions(&house);
    let engine = Engine::start(house, functions).await;
    let asked = [
        (portions(1, 2, 0, 1), OrderStatus::PaymentDeclined),
        (portions(1, 3, 0, 2), OrderStatus::Rejected),
        (portions(4, 1, 5, 3), OrderStatus::Rejected),
    ];
    for (mutation, (draft, end)) in (10..).zip(asked) {
        let number = draft.order_id.uuid().as_u128();
        engine.door.ask(place_draft(draft, mutation)).await.unwrap();
        let order = engine.until(number, settled).await;
        assert_eq!(order.status, end);
        assert!(order.reason.is_some());
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_within_the_grace_moves_no_money() {
    let house = house(1.0);
    let functions = functions(&house);
    let bank = functions.gateway.clone();
    let engine = Engine::start(house, functions).await;
    engine.door.ask(place(1, 10)).await.unwrap();
    engine.until(1, |order| order.status == OrderStatus::Validated).await;
    engine.door.ask(cancel(1, 11)).await.unwrap();
    let order = engine.until(1, settled).await;
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert!(bank.entries(order_id(1)).iter().all(|entry| entry.taken == 0));
    engine.stop().await;
}

/// Functions of which each fails in some way when it is called with an order for the first time.
#[derive(Clone)]
struct Clumsy {
    functions: Functions,
    seen: Arc<Mutex<BTreeSet<(Function, Version)>>>,
    fails: Fails,
}

#[derive(Clone, Copy)]
enum Fails {
    Panics,
    Hangs,
}

impl Handlers for Clumsy {
    async fn handle(&self, function: Function, call: Call) -> Outcome {
        let first = self.seen.lock().unwrap().insert((function, call.order.version));
        match self.fails {
            Fails::Panics => assert!(!first, "{function} trips, as this test wants it to"),
            Fails::Hangs if first => std::future::pending().await,
            Fails::Hangs => {}
        }
        self.functions.handle(function, call).await
    }
}

async fn comes_home_in_spite_of(house: House, fails: Fails, why: &str) {
    let clumsy = Clumsy { functions: functions(&house), seen: Arc::default(), fails };
    let engine = Engine::start(house, clumsy.clone()).await;
    engine.door.ask(place(1, 10)).await.unwrap();
    let order = engine.until(1, settled).await;
    assert_eq!(order.status, OrderStatus::Delivered);
    let folder = engine.stop().await;
    let failed = u32::try_from(clumsy.seen.lock().unwrap().len()).unwrap();
    assert!(failed >= 8, "{failed}");
    assert!(count(&folder, &format!("last_error LIKE '{why}%' AND tries > 1")) >= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_panics_is_tried_again() {
    comes_home_in_spite_of(hasty(), Fails::Panics, "the function panicked").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_hangs_is_cut_off_and_tried_again() {
    let mut house = hasty();
    house.timing.lease = Duration::from_millis(300);
    comes_home_in_spite_of(house, Fails::Hangs, "the function did not end within 0.1 s").await;
}

/// Functions that wait at a gate until it is opened.
#[derive(Clone)]
struct Gated {
    functions: Functions,
    entered: watch::Sender<u32>,
    open: CancellationToken,
}

impl Gated {
    fn new(house: &House) -> Self {
        let (functions, entered) = (functions(house), watch::Sender::new(0));
        Self { functions, entered, open: CancellationToken::new() }
    }

    async fn until_entered(&self, number: u32) {
        let mut entered = self.entered.subscribe();
        let waiting = entered.wait_for(|it| *it >= number);
        tokio::time::timeout(PATIENCE, waiting).await.expect("nobody came").unwrap();
    }
}

impl Handlers for Gated {
    async fn handle(&self, function: Function, call: Call) -> Outcome {
        self.entered.send_modify(|it| *it += 1);
        self.open.cancelled().await;
        self.functions.handle(function, call).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_running_handlers_finish_and_leaves_no_lease() {
    let house = hasty();
    let gated = Gated::new(&house);
    let engine = Engine::start(house.clone(), gated.clone()).await;
    engine.door.ask(place(1, 1)).await.unwrap();
    gated.until_entered(1).await;
    engine.shutdown.cancel();
    for number in 2..=9 {
        engine.door.ask(place(number, number)).await.unwrap();
    }
    gated.open.cancel();
    // A connection that lingers does not keep the writer from ending.
    let lingering = engine.door.clone();
    let folder = engine.stop().await;
    drop(lingering);
    assert_eq!(count(&folder, "status = 'leased'"), 0);
    assert_eq!(count(&folder, "status = 'done' AND seq = 1"), 1, "what ran was finished");
    assert_eq!(count(&folder, "status = 'pending' AND tries > 0"), 0, "tries were given back");
    // The next process goes on where this one stopped.
    let functions = functions(&house);
    let engine = Engine::start_in(folder, house, functions, CancellationToken::new()).await;
    for number in 1..=9 {
        assert_eq!(engine.until(number, settled).await.status, OrderStatus::Delivered);
    }
    engine.stop().await;
}

#[tokio::test]
async fn what_is_leased_while_it_stops_is_given_back_at_once() {
    let (_customers, door, mut queue) = queue();
    let (claims_in, claims) = mpsc::channel(1);
    let (_due_in, next_due) = watch::channel(None);
    let (house, clock, stopped) = (hasty(), Clock::start(), CancellationToken::new());
    let (functions, timing) = (functions(&house), house.timing);
    stopped.cancel();
    let dispatcher =
        Dispatcher { claims, next_due, door, functions, timing, clock, lab: Lab::closed() };
    // The test is the writer: it leases once more before it answers that it leases no more.
    let claim = Room::new(0.0).claim(place(1, 1));
    let writer = async {
        let mut waiting = queue.next_batch().await.unwrap();
        while waiting.last().is_none_or(|it| it.request != Request::StopClaiming) {
            waiting.extend(queue.next_batch().await.unwrap());
        }
        claims_in.send(claim.clone()).await.unwrap();
        for it in waiting {
            it.answer(Ok(Answer::Done));
        }
        queue.next_batch().await.unwrap().remove(0).request
    };
    let given_back = tokio::join!(dispatcher.run(stopped), writer).1;
    let why = "the server ended before it began".to_owned();
    let release = Outcome::NotYet { after: Duration::ZERO, why };
    assert_eq!(given_back, completed(&claim, release));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_killed_in_the_middle_is_taken_over_at_once() {
    let house = hasty();
    let gated = Gated::new(&house);
    let engine = Engine::start(house.clone(), gated.clone()).await;
    for number in 1..=9 {
        engine.door.ask(place(number, number)).await.unwrap();
    }
    gated.until_entered(8).await;
    let folder = engine.kill().await;
    assert_eq!(count(&folder, "status = 'leased'"), 8);
    let functions = functions(&house);
    let bank = functions.gateway.clone();
    let engine = Engine::start_in(folder, house, functions, CancellationToken::new()).await;
    for number in 1..=9 {
        let order = engine.until(number, settled).await;
        let taken: u32 = bank.entries(order_id(number)).iter().map(|entry| entry.taken).sum();
        assert_eq!((order.status, taken), (OrderStatus::Delivered, order.total().get()));
    }
    engine.stop().await;
}
