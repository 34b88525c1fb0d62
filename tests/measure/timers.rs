//! How precise timers are at the pace of a person who watches: from the moment at which something is due
//! until its effect is decided. Step 6 of an order's way.
//!
//! Nobody is asked but the log: each event says when it was recorded and which event it follows, and how
//! long lies between them is known. So a figure holds all that comes between *due* and *effect*: the
//! timer, the claim and its commit, the call of the function, and the queue before the writer. Beside it
//! stands how late a sleeping thread wakes on the same machine in the same run: no timer is better.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use harness::BackendOptions;
use harness::wait::{Stopwatch, eventually, let_pass};
use rusqlite::{Connection as Database, OpenFlags};
use tokio::time::interval;

use crate::connection::Connection;
use crate::figure::{Bound, Figure, Quantity};
use crate::house::House;
use crate::samples::Samples;

/// What follows from a timer, and after how many milliseconds at pace 1. What the bank does is left out:
/// its books are a file of its own, which takes time of its own.
const STEPS: [(&str, u32); 6] = [
    ("OrderAccepted", 3_000),
    ("PreparationStarted", 4_000),
    ("CourierAssigned", 3_000),
    ("OrderReady", 12_000),
    ("OrderPickedUp", 2_000),
    ("OrderDelivered", 12_000),
];
/// A deadline shorter than the grace before the charge (5 s): it ends every order.
const DEADLINE_MS: u32 = 3_000;
/// The promise.
const PRECISION: Duration = Duration::from_millis(50);
/// How long the thread sleeps that does nothing else.
const NAP: Duration = Duration::from_millis(20);
/// An order takes some 40 s, and this is much longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many come, and how often.
#[derive(Clone, Copy)]
struct Rush {
    name: &'static str,
    orders: u32,
    every: Duration,
}

/// Few enough that no two timers meet but by chance.
const IDLE: Rush = Rush { name: "idle", orders: 40, every: Duration::from_millis(100) };
/// Fifty orders a second: some four hundred events a second when all are on their way.
const LOADED: Rush =
    Rush { name: "50 orders a second", orders: 500, every: Duration::from_millis(20) };

/// Measures all of it.
pub(crate) fn measure(backend: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for rush in [IDLE, LOADED] {
        let house = House::open(backend, 1.0)?;
        let (log, naps) = beside_naps(|| {
            runtime.block_on(order(&house, rush))?;
            until(&house, "OrderDelivered", rush)
        })?;
        print("a delivery's due time to its effect", rush, &late_steps(&log)?, &naps);
    }
    for rush in [IDLE, LOADED] {
        let arguments = vec!["--deadline-ms".into(), DEADLINE_MS.to_string().into()];
        let options = BackendOptions { pace: 1.0, arguments, ..BackendOptions::default() };
        let house = House::open_with(backend, options)?;
        let (log, naps) = beside_naps(|| {
            runtime.block_on(order(&house, rush))?;
            until(&house, "OrderCancelled", rush)
        })?;
        print("a deadline to the event that it brings", rush, &late_deadlines(&log)?, &naps);
    }
    Ok(())
}

/// Does some work, and gives how late a thread woke meanwhile that did nothing but sleep.
fn beside_naps<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Samples)> {
    let over = AtomicBool::new(false);
    let nap = || {
        let mut late = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let watch = Stopwatch::start();
            let_pass(NAP);
            late.push(watch.elapsed().saturating_sub(NAP));
        }
        Samples::new(late)
    };
    std::thread::scope(|scope| {
        let napping = scope.spawn(nap);
        let done = work();
        over.store(true, Ordering::Relaxed);
        let naps = napping.join().map_err(|_| anyhow!("the thread that naps has panicked"))?;
        Ok((done?, naps))
    })
}

async fn order(house: &House, rush: Rush) -> Result<()> {
    let mut connection = Connection::open(house.backend.address()).await?;
    let mut turn = interval(rush.every);
    for _ in 0..rush.orders {
        turn.tick().await;
        connection.ask(&house.order()).await?;
    }
    Ok(())
}

/// Waits until this has happened to all of them, and gives the log.
fn until(house: &House, event_type: &str, rush: Rush) -> Result<Database> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let log = Database::open_with_flags(house.backend.database(), read_only)?;
    let sql = "SELECT count(*) FROM event WHERE type = ?1";
    eventually(PATIENCE, event_type, || {
        let so_far: u32 = log.query_row(sql, [event_type], |row| row.get(0))?;
        ensure!(so_far == rush.orders, "{so_far} of {}", rush.orders);
        Ok(())
    })?;
    Ok(log)
}

/// How long after its due time each step was on record.
fn late_steps(log: &Database) -> Result<Samples> {
    let sql = "SELECT effect.recorded_at - cause.recorded_at - ?2 FROM event AS effect
               JOIN event AS cause ON cause.id = effect.causation_id WHERE effect.type = ?1";
    let mut statement = log.prepare(sql)?;
    let mut late = Vec::new();
    for step in STEPS {
        let rows = statement.query_map(step, |row| row.get(0))?;
        late.extend(rows.map(|row| Ok(Duration::from_millis(row?))).collect::<Result<Vec<_>>>()?);
    }
    Ok(Samples::new(late))
}

/// How long after its deadline each order's end was on record.
fn late_deadlines(log: &Database) -> Result<Samples> {
    let sql = "SELECT struck.recorded_at - began.recorded_at - ?1 FROM event AS struck
               JOIN event AS began ON began.stream = struck.stream AND began.type = 'OrderValidated'
               WHERE struck.source = 'deadline'";
    let mut statement = log.prepare(sql)?;
    let rows = statement.query_map([DEADLINE_MS], |row| row.get(0))?;
    let late = rows.map(|row| Ok(Duration::from_millis(row?))).collect::<Result<_>>()?;
    Ok(Samples::new(late))
}

fn print(what: &str, rush: Rush, late: &Samples, naps: &Samples) {
    let figure = Figure {
        what: format!("from {what}, {}: p99", rush.name),
        measured: Quantity::Time(late.percentile(99)),
        bound: Bound::AtMost(Quantity::Time(PRECISION)),
        anchor: format!(
            "median {}, longest {}, of {} timers; a sleeping thread woke late by {}, p99 {}",
            Quantity::Time(late.median()),
            Quantity::Time(late.percentile(100)),
            late.count(),
            Quantity::Time(naps.median()),
            Quantity::Time(naps.percentile(99)),
        ),
    };
    figure.print();
}
