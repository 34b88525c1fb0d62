//! A cancellation that races the charge, and then the kitchen, again and again: whoever wins, an
//! order ends either cancelled with nothing left on the books, or at the door and paid once.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use harness::{PlaceOrder, Stopwatch, eventually};

use crate::house::{Customer, House, PATIENCE, TIFFIN, text};

/// The grace lasts 100 ms, and the kitchen begins 140 ms after it.
const PACE: f64 = 0.02;
/// Cancellations are spread over this time after the order: from before the end of the grace until
/// after the kitchen has begun.
const SPREAD: Duration = Duration::from_millis(320);
/// How many orders each of the clients places.
const ROUNDS: u32 = 16;
const CLIENTS: u32 = 4;

/// How a race ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Winner {
    Cancellation,
    Kitchen,
}

/// Places an order and cancels it so long afterwards.
fn race(customer: &Customer, order: &PlaceOrder, after: Duration) -> Result<Winner> {
    customer.place(order)?;
    let since = Stopwatch::start();
    eventually(PATIENCE, "the moment", || (since.elapsed() >= after).then_some(()))?;
    let receipt = customer.client.cancel_order(order.order_id)?;
    match text(&receipt, "/refusal/code") {
        "" => Ok(Winner::Cancellation),
        code => {
            ensure!(["TOO_LATE_TO_CANCEL", "ORDER_CLOSED"].contains(&code), "{receipt:#}");
            Ok(Winner::Kitchen)
        }
    }
}

#[test]
fn whoever_wins_the_money_is_right() -> Result<()> {
    let house = House::open(PACE)?;
    let ada = house.customer("Ada")?;
    let place_and_cancel = |client: u32| {
        let race_once = |round: u32| {
            let order = house.order(TIFFIN, 1)?.with("tipCents", 2_00);
            let after = SPREAD * (round * CLIENTS + client) / (ROUNDS * CLIENTS);
            let winner = race(&ada, &order, after)?;
            Ok((order, winner))
        };
        (0..ROUNDS).map(race_once).collect::<Result<Vec<_>>>()
    };
    let races = thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS).map(|client| scope.spawn(move || place_and_cancel(client))).collect();
        let races = clients.into_iter().map(|client| client.join().expect("no panic"));
        races.collect::<Result<Vec<_>>>()
    })?;

    let books = house.books()?;
    for (order, winner) in races.into_iter().flatten() {
        let ended = ada.settled(order.order_id)?;
        let kept = books.of(order.order_id)?.kept();
        let (status, payment) = (text(&ended, "/status"), text(&ended, "/payment"));
        match winner {
            Winner::Cancellation => {
                assert_eq!((status, kept), ("CANCELLED", 0), "{ended:#}");
                assert!(["NONE", "REFUNDED"].contains(&payment), "{ended:#}");
            }
            Winner::Kitchen => {
                assert_eq!((status, payment, kept), ("DELIVERED", "CAPTURED", 16_50), "{ended:#}");
            }
        }
    }
    let log = house.log_file()?;
    log.check()?;
    eventually(PATIENCE, "the last delivery", || log.check_all_done())
}
