//! What the others are held against: the same machine doing the least that the job asks for, in the
//! same run. One small durable commit; one empty answer over HTTP.

use anyhow::Result;
use harness::wait::Stopwatch;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::connection::Connection as Http;
use crate::samples::Samples;

/// How often each is done: enough for a median that stays, under a second.
const TIMES: usize = 400;

/// One row of 200 bytes, durable as a receipt is: write-ahead log, `synchronous=FULL`.
pub(crate) fn commits() -> Result<Samples> {
    let folder = TempDir::new()?;
    let database = Connection::open(folder.path().join("bare.db"))?;
    database.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE row (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;",
    )?;
    let mut insert = database.prepare("INSERT INTO row (text) VALUES (?1)")?;
    let text = "x".repeat(200);
    let times = (0..TIMES).map(|_| {
        let watch = Stopwatch::start();
        insert.execute([&text])?;
        Ok(watch.elapsed())
    });
    Ok(Samples::new(times.collect::<Result<_>>()?))
}

/// A request that needs nothing, over a connection that stays open, to this server.
pub(crate) async fn round_trips(http: &mut Http) -> Result<Samples> {
    let request = Http::get("/healthz");
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let watch = Stopwatch::start();
        http.ask(&request).await?;
        times.push(watch.elapsed());
    }
    Ok(Samples::new(times))
}
