//! What it takes to work off what has piled up: rows written for each event, and events in a second, held
//! against writing the same rows into the same tables with nothing around it. Steps 6 and 7 of an
//! order's way.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::Port;
use harness::wait::{Stopwatch, eventually};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use tempfile::TempDir;

use crate::PATIENCE;
use crate::figure::{Bound, Figure, Quantity};
use crate::house::{Consumers, House};
use crate::load::{self, Until};

/// Orders that have piled up.
const ORDERS: usize = 1_000;
/// Customers who place them.
const CUSTOMERS: usize = 32;

/// What the writer did, in its own words at its end.
#[derive(Clone, Copy, Debug)]
struct Written {
    rows: u32,
    commits: u32,
}

/// Measures all of it.
pub(crate) fn measure(backend: &Path) -> Result<()> {
    let mut house = House::open(backend, 0.0)?;
    house.set(Consumers::Paused)?;
    house = pile_up(house)?;
    // Started anew, the writer counts from nothing.
    house.backend.stop()?;
    let before = house.backend.log().len();
    let piled_up = position(&database(&house)?)?;
    house.backend.restart(Port::Same)?;
    let (drained, took) = drain(&house)?;
    house.backend.stop()?;
    let log = house.backend.log();
    let written = Written::read(log.get(before..).context("the log got shorter")?)?;
    let database = database(&house)?;
    report_rows(position(&database)? - piled_up, written);
    let bare = bare_rows(&database, piled_up, written)?;
    report_speed(f64::from(drained - piled_up) / took.as_secs_f64(), bare, written);
    Ok(())
}

fn pile_up(house: House) -> Result<House> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let house = Arc::new(house);
    runtime.block_on(load::orders(&house, CUSTOMERS, Until::Done(ORDERS)))?;
    Arc::into_inner(house).context("a customer is still there")
}

/// Lets them go on; gives how far the log has come when nothing was left to do, and how long that took.
fn drain(house: &House) -> Result<(u32, Duration)> {
    let database = database(house)?;
    let watch = Stopwatch::start();
    house.set(Consumers::Running)?;
    let open = "SELECT count(*) FROM delivery WHERE status IN ('pending', 'leased')";
    eventually(PATIENCE * 4, "the end of the work", || {
        let open: u32 = database.query_row(open, [], |row| row.get(0)).ok()?;
        (open == 0).then_some(())
    })?;
    let (took, drained) = (watch.elapsed(), position(&database)?);
    let behind =
        "SELECT count(*) FROM consumer WHERE cursor > 0 AND cursor < (SELECT seq FROM log_head)";
    eventually(PATIENCE, "the followers of the log", || {
        let behind: u32 = database.query_row(behind, [], |row| row.get(0)).ok()?;
        (behind == 0).then_some(())
    })?;
    Ok((drained, took))
}

fn database(house: &House) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(house.backend.database(), flags)?)
}

fn position(database: &Connection) -> Result<u32> {
    Ok(database.query_row("SELECT seq FROM log_head", [], |row| row.get(0))?)
}

impl Written {
    fn read(log: &str) -> Result<Self> {
        let line = log.lines().rev().find(|line| line.contains("the log writer has written"));
        let line = line.context("the log writer did not say what it has written")?;
        let number = |name: &str| {
            let found = line.split_whitespace().find_map(|word| word.strip_prefix(name));
            found.and_then(|it| it.parse().ok()).with_context(|| format!("no {name} in {line}"))
        };
        Ok(Self { rows: number("rows=")?, commits: number("commits=")? })
    }
}

/// Writes the events after this position again, into the same tables of another file: each event, its
/// stream, and its deliveries twice, in transactions as large as the writer's were. Gives rows in a
/// second.
fn bare_rows(drained: &Connection, after: u32, written: Written) -> Result<f64> {
    let folder = TempDir::new()?;
    let mut bare = Connection::open(folder.path().join("bare.db"))?;
    bare.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let tables = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN
        ('event', 'stream', 'delivery') ORDER BY rowid";
    for sql in drained.prepare(tables)?.query_map([], |row| row.get::<_, String>(0))? {
        bare.execute_batch(&sql?)?;
    }
    let rows = rows(drained, after)?;
    let in_each = usize::try_from(written.rows / written.commits.max(1))?.max(1);
    let watch = Stopwatch::start();
    for batch in rows.chunks(in_each) {
        let transaction = bare.transaction()?;
        for Row { table, values } in batch {
            let places = vec!["?"; values.len()].join(", ");
            let sql = format!("INSERT OR REPLACE INTO {table} VALUES ({places})");
            transaction.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        }
        transaction.commit()?;
    }
    Ok(f64::from(u32::try_from(rows.len())?) / watch.elapsed().as_secs_f64())
}

struct Row {
    table: &'static str,
    values: Vec<Value>,
}

/// The rows that the events after this position took, in their order.
fn rows(drained: &Connection, after: u32) -> Result<Vec<Row>> {
    let mut events = drained.prepare("SELECT * FROM event WHERE seq > ?1 ORDER BY seq")?;
    let mut streams = drained
        .prepare("SELECT stream.* FROM stream JOIN event USING (stream) WHERE event.seq = ?1")?;
    let all = "SELECT group_concat(DISTINCT quote(function)) FROM delivery";
    let functions: String = drained.query_row(all, [], |row| row.get(0))?;
    let sql = format!("SELECT * FROM delivery WHERE function IN ({functions}) AND seq = ?1");
    let mut deliveries = drained.prepare(&sql)?;
    let mut rows = Vec::new();
    for event in values(&mut events, "event", after)? {
        let Some(Value::Integer(seq)) = event.values.first() else { continue };
        let seq = u32::try_from(*seq)?;
        rows.push(event);
        rows.extend(values(&mut streams, "stream", seq)?);
        rows.extend(values(&mut deliveries, "delivery", seq)?);
        rows.extend(values(&mut deliveries, "delivery", seq)?);
    }
    Ok(rows)
}

fn values(
    statement: &mut rusqlite::Statement<'_>,
    table: &'static str,
    seq: u32,
) -> Result<Vec<Row>> {
    let columns = statement.column_count();
    let rows = statement.query_map([seq], |row| {
        let values = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
        Ok(Row { table, values })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn report_rows(events: u32, Written { rows, commits }: Written) {
    Figure {
        what: "rows written for each event of a drain".to_owned(),
        measured: Quantity::Times(f64::from(rows) / f64::from(events)),
        bound: Bound::AtMost(Quantity::Times(4.0)),
        anchor: format!("{rows} rows / {events} events, in {commits} commits"),
    }
    .print();
}

fn report_speed(events: f64, rows: f64, written: Written) {
    Figure {
        what: "events drained over bare rows of the same tables, both in a second".to_owned(),
        measured: Quantity::Times(events / rows),
        bound: Bound::AtLeast(Quantity::Times(0.25)),
        anchor: format!(
            "{} / {}, with as many rows a commit as the drain had: {}",
            Quantity::PerSecond(events),
            Quantity::PerSecond(rows),
            written.rows / written.commits.max(1),
        ),
    }
    .print();
}
