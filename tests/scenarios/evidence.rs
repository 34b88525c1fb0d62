//! What is left on disk: the log, and the gateway's own books. Scenarios read both, and only
//! read, to see that the answers which customers got are not just words.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use uuid::Uuid;

/// What the payment gateway has written down for itself.
pub(crate) struct Books(Connection);

/// What the books hold of one order, in cents; `None` where nobody ever asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Taken for the dishes.
    pub(crate) dishes: Option<i64>,
    /// Taken for the tip.
    pub(crate) tip: Option<i64>,
    /// Given back when the books were closed on the order.
    pub(crate) given_back: Option<i64>,
}

/// The backend's database.
pub(crate) struct LogFile(Connection);

impl Books {
    pub(crate) fn open(data_directory: &Path) -> Result<Self> {
        Ok(Self(open(&data_directory.join("tiffin-gateway.db"))?))
    }

    pub(crate) fn of(&self, order_id: Uuid) -> Result<Account> {
        Ok(Account {
            dishes: self.entry("taken", &format!("charge:{order_id}"))?,
            tip: self.entry("taken", &format!("tip:{order_id}"))?,
            given_back: self.entry("given", &format!("refund:{order_id}"))?,
        })
    }

    /// Checks that a key has been presented so often: what came after the first time got the first
    /// answer.
    pub(crate) fn check_presented(&self, key: &str, times: i64) -> Result<()> {
        let requests = self.entry("requests", key)?;
        ensure!(requests == Some(times), "{key} was presented {requests:?} times, not {times}");
        Ok(())
    }

    /// A column of the entry under this key, where there is one.
    fn entry(&self, column: &str, key: &str) -> Result<Option<i64>> {
        let sql = format!("SELECT {column} FROM entry WHERE key = ?1");
        Ok(self.0.query_row(&sql, [key], |row| row.get(0)).optional()?)
    }
}

impl Account {
    /// What the customer has paid in the end.
    pub(crate) fn kept(self) -> i64 {
        let of = |amount: Option<i64>| amount.unwrap_or_default();
        of(self.dishes) + of(self.tip) - of(self.given_back)
    }
}

impl LogFile {
    pub(crate) fn open(database: &Path) -> Result<Self> {
        Ok(Self(open(database)?))
    }

    /// Checks what must hold of the log at every moment, also right after a crash.
    pub(crate) fn check(&self) -> Result<()> {
        let broken = [
            (
                "positions are dense from 1",
                "SELECT count(*) FROM event WHERE (SELECT count(*) FROM event) <>
                    (SELECT coalesce(max(seq), 0) FROM event) OR seq < 1",
            ),
            (
                "the head is the last position",
                "SELECT count(*) FROM log_head
                 WHERE seq <> (SELECT coalesce(max(seq), 0) FROM event)",
            ),
            (
                "the versions of each stream are dense from 1",
                "SELECT count(*) FROM (SELECT 1 FROM event GROUP BY stream
                    HAVING count(*) <> max(stream_version) OR min(stream_version) <> 1)",
            ),
            (
                "the state of each stream is as of its last event",
                "SELECT count(*) FROM stream WHERE version IS NOT
                    (SELECT max(stream_version) FROM event WHERE event.stream = stream.stream)",
            ),
            (
                "time does not go back along the log",
                "SELECT count(*) FROM event AS later JOIN event AS earlier
                    ON earlier.seq = later.seq - 1 WHERE later.recorded_at < earlier.recorded_at",
            ),
            (
                "no handler has had its effect twice",
                "SELECT count(*) FROM (SELECT 1 FROM event
                    WHERE causation_id IS NOT NULL AND type <> 'DeliveryDied'
                    GROUP BY causation_id, source, stream HAVING count(*) > 1)",
            ),
            (
                "each mutation with an effect has its receipt",
                "SELECT count(*) FROM event WHERE mutation_id IS NOT NULL AND NOT EXISTS
                    (SELECT 1 FROM receipt WHERE owner = customer_id AND refusal IS NULL
                        AND receipt.mutation_id = event.mutation_id AND receipt.seq = event.seq)",
            ),
        ];
        for (promise, violations) in broken {
            let count = self.count(violations)?;
            ensure!(count == 0, "the log breaks a promise ({count} times): {promise}");
        }
        Ok(())
    }

    /// Checks that everything is handled: nothing waits, nothing is given up.
    pub(crate) fn check_all_done(&self) -> Result<()> {
        let left = self.count("SELECT count(*) FROM delivery WHERE status <> 'done'")?;
        ensure!(left == 0, "{left} deliveries are not done");
        Ok(())
    }

    /// Checks that a function is at work on something.
    pub(crate) fn check_leased(&self, function: &str) -> Result<()> {
        let leased = "SELECT count(*) FROM delivery WHERE status = 'leased' AND function";
        ensure!(self.count(&format!("{leased} = '{function}'"))? > 0, "{function} is idle");
        Ok(())
    }

    /// How many events of this type the log has, of all customers.
    pub(crate) fn events(&self, event_type: &str) -> Result<u64> {
        self.count(&format!("SELECT count(*) FROM event WHERE type = '{event_type}'"))
    }

    /// How many events an order has.
    pub(crate) fn events_of(&self, order_id: Uuid) -> Result<u64> {
        self.count(&format!("SELECT count(*) FROM event WHERE stream = 'order:{order_id}'"))
    }

    /// The positions of all events of orders after this one, in log order.
    pub(crate) fn positions_of_orders(&self, after: u64) -> Result<Vec<u64>> {
        let sql = "SELECT seq FROM event WHERE seq > ?1 AND stream LIKE 'order:%' ORDER BY seq";
        let mut statement = self.0.prepare(sql)?;
        let positions = statement.query_map([after], |row| row.get(0))?;
        Ok(positions.collect::<rusqlite::Result<_>>()?)
    }

    /// Checks that the audit trail knows of so many events of this source.
    pub(crate) fn check_audited(&self, source: &str, events: u64) -> Result<()> {
        let known = self.count(&format!(
            "SELECT coalesce(json_extract(state, '$.by_source.\"{source}\"'), 0)
             FROM consumer WHERE function = 'audit'"
        ))?;
        ensure!(
            known == events,
            "the audit trail knows of {known} events by {source}, not {events}"
        );
        Ok(())
    }

    fn count(&self, sql: &str) -> Result<u64> {
        Ok(self.0.query_row(sql, [], |row| row.get(0))?)
    }
}

fn open(path: &Path) -> Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("looking into {}", path.display()))
}
