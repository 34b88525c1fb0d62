//! Orders: what group commit is worth, how long a receipt takes, how soon an order is at its door, and
//! whether functions at work keep customers waiting. Steps 3 to 8 of an order's way.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::bare;
use crate::books::Books;
use crate::connection::Connection;
use crate::delivered;
use crate::figure::{Bound, Figure, Quantity};
use crate::house::{Consumers, House};
use crate::load::{self, Load, Until};

/// Customers who order at once.
const MANY: usize = 64;
/// How long one load lasts: some ten thousand orders.
const TIME: Duration = Duration::from_secs(3);
/// Before anything is measured: caches fill, connections open.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measures all of it.
pub(crate) fn measure(backend: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let house = Arc::new(House::open(backend, 1.0)?);
    house.set(Consumers::Paused)?;
    runtime.block_on(load::orders(&house, MANY, Until::Passed(WARM_UP)))?;
    let one = runtime.block_on(load::orders(&house, 1, Until::Passed(TIME)))?;
    let bare_commit = bare::commits()?.median();
    let bare_trip = runtime.block_on(async {
        let mut http = Connection::open(house.backend.address()).await?;
        bare::round_trips(&mut http).await
    })?;
    let bare_trip = bare_trip.median();
    let many = runtime.block_on(load::orders(&house, MANY, Until::Passed(TIME)))?;
    one_client(&one, bare_commit, bare_trip);
    group_commit(&one, &many);
    drop(house);
    beside_functions(backend, &runtime, &many)?;
    delivered::measure(backend)
}

fn one_client(one: &Load, commit: Duration, trip: Duration) {
    let receipt = one.answers.median();
    Figure {
        what: "one client's receipt, median, over a bare commit and a bare round trip".to_owned(),
        measured: Quantity::ratio(receipt, commit + trip),
        bound: Bound::AtMost(Quantity::Times(2.0)),
        anchor: format!(
            "{} / ({} commit + {} round trip); p99 {}",
            Quantity::Time(receipt),
            Quantity::Time(commit),
            Quantity::Time(trip),
            Quantity::Time(one.answers.percentile(99)),
        ),
    }
    .print();
}

fn group_commit(one: &Load, many: &Load) {
    Figure {
        what: format!("durable orders over HTTP and GraphQL, {MANY} clients over one"),
        measured: Quantity::Times(many.per_second() / one.per_second()),
        bound: Bound::AtLeast(Quantity::Times(12.0)),
        anchor: format!(
            "{} / {}; receipts' p99 {}",
            Quantity::PerSecond(many.per_second()),
            Quantity::PerSecond(one.per_second()),
            Quantity::Time(many.answers.percentile(99)),
        ),
    }
    .print();
}

/// The same load on a server whose functions bring each order to its door meanwhile.
fn beside_functions(
    backend: &Path,
    runtime: &tokio::runtime::Runtime,
    paused: &Load,
) -> Result<()> {
    let house = Arc::new(House::open(backend, 0.0)?);
    runtime.block_on(load::orders(&house, MANY, Until::Passed(WARM_UP)))?;
    let resident = || Ok::<_, anyhow::Error>(Books::of(house.backend.pid()?)?.resident_kib);
    let running = runtime.block_on(load::orders(&house, MANY, Until::Passed(TIME)))?;
    let once = resident()?;
    let more = runtime.block_on(load::orders(&house, MANY, Until::Passed(TIME * 2)))?;
    let thrice = resident()?;
    let (with, without) = (running.answers.percentile(99), paused.answers.percentile(99));
    Figure {
        what: format!("receipts' p99 of {MANY} clients, functions running over paused"),
        measured: Quantity::ratio(with, without),
        bound: Bound::AtMost(Quantity::Times(5.0)),
        anchor: format!(
            "{} / {}; {} with functions running",
            Quantity::Time(with),
            Quantity::Time(without),
            Quantity::PerSecond(running.per_second()),
        ),
    }
    .print();
    Figure {
        what: "resident memory of the server after three such loads over that after one".to_owned(),
        measured: Quantity::of_memory(thrice, once),
        bound: Bound::AtMost(Quantity::Times(1.25)),
        anchor: format!(
            "{} / {}; {} orders and {} more",
            Quantity::Kibibytes(thrice),
            Quantity::Kibibytes(once),
            running.answers.count(),
            more.answers.count(),
        ),
    }
    .print();
    Ok(())
}
