//! The log writer alone, in this process: what group commit is worth where nothing stands before it, and
//! how soon a handler begins after the commit. Steps 4 to 6 of an order's way.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use backend::workbench::{Customer, Work, Workbench};
use harness::wait::Stopwatch;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::figure::{Bound, Figure, Quantity};
use crate::load::{Load, Pace, Until};
use crate::samples::Samples;

/// Customers who order at once.
const MANY: usize = 64;
/// How long one load lasts.
const TIME: Duration = Duration::from_secs(2);
/// How many orders are handed to a handler, one after the other.
const HANDED_OUT: usize = 300;

/// Measures all of it.
pub(crate) fn measure() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        group_commit().await?;
        handler_start().await
    })
}

async fn group_commit() -> Result<()> {
    let folder = TempDir::new()?;
    let bench = Workbench::open(&folder.path().join("writer.db"), Work::Held).await?;
    let customer = bench.customer()?;
    let one = orders(&customer, 1).await?;
    let many = orders(&customer, MANY).await?;
    drop(customer);
    bench.close().await?;
    Figure {
        what: format!("durable orders at the writer, {MANY} clients over one"),
        measured: Quantity::Times(many.per_second() / one.per_second()),
        bound: Bound::AtLeast(Quantity::Times(8.0)),
        anchor: format!(
            "{} / {}",
            Quantity::PerSecond(many.per_second()),
            Quantity::PerSecond(one.per_second()),
        ),
    }
    .print();
    Ok(())
}

async fn orders(customer: &Customer, clients: usize) -> Result<Load> {
    let pace = Pace::begin(Until::Passed(TIME));
    let mut running = JoinSet::new();
    for _ in 0..clients {
        running.spawn(one(customer.clone(), Arc::clone(&pace)));
    }
    Load::of(running, &pace).await
}

async fn one(customer: Customer, pace: Arc<Pace>) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while pace.one_more() {
        let watch = Stopwatch::start();
        customer.order().await?;
        times.push(watch.elapsed());
    }
    Ok(times)
}

async fn handler_start() -> Result<()> {
    let folder = TempDir::new()?;
    let (begun_in, mut begun) = mpsc::channel(1);
    let work = Work::HandedOut(begun_in);
    let bench = Workbench::open(&folder.path().join("handlers.db"), work).await?;
    let customer = bench.customer()?;
    let (mut receipts, mut starts, mut between) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..HANDED_OUT {
        let watch = Stopwatch::start();
        let receipt = async { customer.order().await.map(|_| watch.elapsed()) };
        let start = async { begun.recv().await.map(|_| watch.elapsed()) };
        let (receipt, start) = tokio::join!(receipt, start);
        let (receipt, start) = (receipt?, start.context("the dispatcher has ended")?);
        receipts.push(receipt);
        starts.push(start);
        // Either may come first: both follow the commit, on different threads.
        between.push(start.saturating_sub(receipt));
    }
    drop(customer);
    bench.close().await?;
    Figure {
        what: "from the receipt of a commit to the start of its handler, median".to_owned(),
        measured: Quantity::Time(Samples::new(between).median()),
        bound: Bound::AtMost(Quantity::Time(Duration::from_millis(1))),
        anchor: format!(
            "{} from asking to the handler's start, {} to the receipt, medians of {HANDED_OUT}",
            Quantity::Time(Samples::new(starts).median()),
            Quantity::Time(Samples::new(receipts).median()),
        ),
    }
    .print();
    Ok(())
}
