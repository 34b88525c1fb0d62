//! A log of a million events: how soon a server on it answers, what receipts and pages cost there,
//! held against a server whose log has just begun, in the same run; and how long it takes to verify and
//! to replay.

mod multiply;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::{Attempt, Backend, BackendOptions, Client, Stopwatch, eventually};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::PATIENCE;
use crate::figure::{Bound, Figure, Quantity, say};
use crate::house::{Consumers, House};
use crate::load::{self, Until};
use crate::samples::Samples;
use multiply::multiply;

/// How many events the log is to have.
const EVENTS: u64 = 1_000_000;
/// How long a start may take.
const START_BOUND: Duration = Duration::from_secs(2);
/// How many times as long a receipt may take as on an empty log.
const RECEIPT_BOUND: f64 = 1.2;
/// How many times as long a page may take as on a short log; a scan would take thousands.
const PAGE_BOUND: f64 = 2.0;
/// Orders that are multiplied: long enough to place some hundred.
const SEED_TIME: Duration = Duration::from_millis(400);
/// How long receipts are measured at a time, and how often on either log.
const RECEIPTS: (Duration, usize) = (Duration::from_millis(700), 3);
/// How often each page is asked for.
const PAGES: usize = 40;
/// Longer than reading a million events may take.
const LONG: Duration = Duration::from_mins(3);

/// The customer's pages.
const NEWEST_ORDERS: &str = "{ orders(first: 50) { nodes { id status totalCents } } }";
const ONE_ORDERS_EVENTS: &str =
    "query($order: UUID) { events(orderId: $order) { nodes { id type data } } }";
/// The operator's pages.
const EVENTS_FROM: &str =
    "query($after: Cursor) { events(after: $after, first: 100) { nodes { id type data } } }";
const NEWEST_DELIVERIES: &str = "{ deliveries(first: 100) { nodes { id status } } }";
const DEAD_LETTERS: &str = "{ deliveries(status: [DEAD]) { nodes { id } } }";

/// Measures all of it.
pub(crate) fn measure(backend: &Path) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let folder = TempDir::new()?;
    let (short, long) = (folder.path().join("short"), folder.path().join("long"));
    for folder in [&short, &long] {
        fs::create_dir(folder)?;
    }
    let customer = seed(backend, &runtime, &short)?;
    let watch = Stopwatch::start();
    let events = multiply(&short, &long, EVENTS)?;
    say(&format!("         {events} events were made of some thousand in {:?}", watch.elapsed()));
    let long_house = start(backend, &long)?;
    receipts(backend, &runtime, &long_house)?;
    pages(&long_house, &House::open_with(backend, in_folder(&short, 1.0))?, &customer, events)?;
    drop(long_house);
    tools(backend, &long, folder.path())
}

fn in_folder(folder: &Path, pace: f64) -> BackendOptions {
    let data_directory = Some(folder.to_owned());
    BackendOptions { pace, data_directory, ..BackendOptions::default() }
}

/// A short log in which each order has come home, by a server that has ended; its customer's token.
fn seed(backend: &Path, runtime: &Runtime, folder: &Path) -> Result<String> {
    let house = Arc::new(House::open_with(backend, in_folder(folder, 0.0))?);
    runtime.block_on(load::orders(&house, 8, Until::Passed(SEED_TIME)))?;
    eventually(PATIENCE, "all orders to come home", || match undone(&house) {
        Ok(0) => Attempt::Done(()),
        Ok(undone) => Attempt::NotYet(format!("{undone} to go")),
        Err(error) => Attempt::Hopeless(format!("{error:#}")),
    })?;
    let mut house = Arc::into_inner(house).context("somebody still orders")?;
    ensure!(house.backend.stop()?.success(), "the server did not end well");
    Ok(house.token)
}

/// Deliveries that are not done, and events that a follower has not taken in.
fn undone(house: &House) -> Result<u64> {
    let database = Connection::open(house.backend.database())?;
    let sql = "SELECT (SELECT count(*) FROM delivery WHERE status <> 'done')
        + (SELECT sum(log_head.seq - cursor) FROM consumer, log_head WHERE cursor > 0)";
    Ok(database.query_row(sql, [], |row| row.get(0))?)
}

/// A server on the long log.
fn start(backend: &Path, folder: &Path) -> Result<Arc<House>> {
    let watch = Stopwatch::start();
    let backend = Backend::start(backend, in_folder(folder, 1.0))?;
    Figure {
        what: "start on the long log to the first answer".to_owned(),
        measured: Quantity::Time(watch.elapsed()),
        bound: Bound::AtMost(Quantity::Time(START_BOUND)),
        anchor: String::new(),
    }
    .print();
    Ok(Arc::new(House::of(backend)?))
}

/// One client's receipts on the long log and on an empty one, in turns, with all functions paused.
fn receipts(backend: &Path, runtime: &Runtime, long: &Arc<House>) -> Result<()> {
    let empty = Arc::new(House::open(backend, 1.0)?);
    empty.set(Consumers::Paused)?;
    long.set(Consumers::Paused)?;
    let (time, turns) = RECEIPTS;
    let (mut of_long, mut of_empty) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        for (house, medians) in [(long, &mut of_long), (&empty, &mut of_empty)] {
            medians.push(
                runtime.block_on(load::orders(house, 1, Until::Passed(time)))?.answers.median(),
            );
        }
    }
    let (of_long, of_empty) = (Samples::new(of_long).median(), Samples::new(of_empty).median());
    Figure {
        what: "one client's receipt on the long log, median, over that on an empty one".to_owned(),
        measured: Quantity::ratio(of_long, of_empty),
        bound: Bound::AtMost(Quantity::Times(RECEIPT_BOUND)),
        anchor: format!("{} / {}", Quantity::Time(of_long), Quantity::Time(of_empty)),
    }
    .print();
    Ok(())
}

/// Pages on the long log and on the short one, whose middle lies a little behind its beginning.
fn pages(long: &House, short: &House, customer: &str, events: u64) -> Result<()> {
    let [of_long, of_short] =
        [long, short].map(|house| Client::new(house.backend.url()).with_token(customer));
    let none = &Value::Null;
    page("the newest 50 orders", NEWEST_ORDERS, (&of_long, none), (&of_short, none))?;
    let (one, other) = (newest_order(&of_long)?, newest_order(&of_short)?);
    page("all events of an order", ONE_ORDERS_EVENTS, (&of_long, &one), (&of_short, &other))?;
    let (of_long, of_short) = (long.operator()?, short.operator()?);
    let (one, other) = (after(&of_long, events / 2)?, after(&of_short, 100)?);
    page("100 events from the middle", EVENTS_FROM, (&of_long, &one), (&of_short, &other))?;
    page("the newest 100 deliveries", NEWEST_DELIVERIES, (&of_long, none), (&of_short, none))?;
    page("all that is dead", DEAD_LETTERS, (&of_long, none), (&of_short, none))
}

fn newest_order(customer: &Client) -> Result<Value> {
    let newest = customer.query("{ orders(first: 1) { nodes { id } } }", &Value::Null)?;
    Ok(json!({ "order": newest.pointer("/orders/nodes/0/id").context("no order")? }))
}

fn after(client: &Client, position: u64) -> Result<Value> {
    let server = client.query("{ server { logId } }", &Value::Null)?;
    let log_id = server.pointer("/server/logId").and_then(Value::as_str).context("no log")?;
    Ok(json!({ "after": format!("{log_id}:{position}") }))
}

/// A page on both logs, in turns.
fn page(
    what: &str,
    document: &str,
    long: (&Client, &Value),
    short: (&Client, &Value),
) -> Result<()> {
    let (mut of_long, mut of_short) = (Vec::new(), Vec::new());
    for _ in 0..PAGES {
        for ((client, variables), times) in [(long, &mut of_long), (short, &mut of_short)] {
            let watch = Stopwatch::start();
            client.query(document, variables)?;
            times.push(watch.elapsed());
        }
    }
    let (of_long, of_short) = (Samples::new(of_long).median(), Samples::new(of_short).median());
    Figure {
        what: format!("{what}, median on the long log over that on a short one"),
        measured: Quantity::ratio(of_long, of_short),
        bound: Bound::AtMost(Quantity::Times(PAGE_BOUND)),
        anchor: format!("{} / {}", Quantity::Time(of_long), Quantity::Time(of_short)),
    }
    .print();
    Ok(())
}

/// What is done to the whole log, by the operator's commands.
fn tools(backend: &Path, long: &Path, folder: &Path) -> Result<()> {
    let (database, copy) = (long.join("tiffin.db"), folder.join("copy.db"));
    let (database, copy) = (database.display().to_string(), copy.display().to_string());
    let commands: [(&str, &[&str]); 2] = [
        ("verify", &["verify", "--database", &database]),
        ("replay", &["replay", "--database", &database, "--to", &copy]),
    ];
    for (name, arguments) in commands {
        let watch = Stopwatch::start();
        let output = harness::process::run(backend, arguments, &[], LONG)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{name} says that something is wrong:\n{said}");
        Figure {
            what: format!("{name} of the long log"),
            measured: Quantity::Time(watch.elapsed()),
            bound: Bound::None,
            anchor: String::new(),
        }
        .print();
    }
    Ok(())
}
