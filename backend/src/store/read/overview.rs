//! How the business and its consumers are doing, all of it true at one moment.

use jiff::Timestamp;
use rusqlite::Connection;
use shared::cursor::Position;

use super::Reader;
use super::deliveries::backlogs;
use crate::eventing::consumer::{Consumer, Follower};
use crate::eventing::follower::Progress;
use crate::eventing::follower::insights::Insights;
use crate::store::StoreError;
use crate::store::sqlite::{event_at, head, progress};

/// The insights, and how all consumers are doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overview {
    /// Up to where the insights count.
    pub cursor: Position,
    /// How the business is doing.
    pub insights: Insights,
    /// How the consumers are doing: functions first.
    pub consumers: Vec<ConsumerStats>,
}

/// Backlog and health of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConsumerStats {
    /// Whose.
    pub consumer: Consumer,
    /// What it has not tried yet; of a follower, the events that it has not taken in.
    pub pending: u64,
    /// What it is at work on.
    pub running: u64,
    /// What failed and will be tried again.
    pub retrying: u64,
    /// What was given up.
    pub dead: u64,
    /// What it has handled, up to where the insights count.
    pub done: u64,
    /// How long the oldest of what is due has been so, in milliseconds.
    pub lag_ms: u64,
    /// Whether nothing of it is attempted.
    pub paused: bool,
}

impl Reader {
    /// How the business and all consumers are doing.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn overview(&self, now: Timestamp) -> Result<Overview, StoreError> {
        self.read(move |db| overview(db, now)).await
    }
}

fn overview(db: &Connection, now: Timestamp) -> Result<Overview, StoreError> {
    let Progress { cursor, state } = progress(db, Follower::Insights)?;
    let unreadable = |why| StoreError::unreadable("the insights", why);
    let insights: Insights = match state {
        Some(text) => serde_json::from_str(&text).map_err(unreadable)?,
        None => Insights::default(),
    };
    let mut consumers = Vec::new();
    for (function, backlog) in backlogs(db, cursor, now)? {
        let given = insights.handed_out.get(&function).copied().unwrap_or_default();
        let open = backlog.pending + backlog.running + backlog.retrying + backlog.dead;
        consumers.push(ConsumerStats {
            consumer: Consumer::Function(function),
            pending: backlog.pending,
            running: backlog.running,
            retrying: backlog.retrying,
            dead: backlog.dead,
            // What was given and is neither open nor dead is done: nothing has to count it.
            done: given.saturating_sub(open),
            lag_ms: age(backlog.due_since, now),
            paused: is_paused(db, Consumer::Function(function))?,
        });
    }
    for follower in Follower::ALL {
        consumers.push(of_follower(db, follower, now)?);
    }
    Ok(Overview { cursor, insights, consumers })
}

fn of_follower(
    db: &Connection,
    follower: Follower,
    now: Timestamp,
) -> Result<ConsumerStats, StoreError> {
    let cursor = progress(db, follower)?.cursor;
    let next = event_at(db, cursor.next())?;
    Ok(ConsumerStats {
        consumer: Consumer::Follower(follower),
        pending: head(db)?.position.get().saturating_sub(cursor.get()),
        running: 0,
        retrying: 0,
        dead: 0,
        done: cursor.get(),
        lag_ms: age(next.map(|event| event.recorded_at), now),
        paused: is_paused(db, Consumer::Follower(follower))?,
    })
}

fn age(since: Option<Timestamp>, now: Timestamp) -> u64 {
    let passed = since.map_or(0, |since| now.as_millisecond() - since.as_millisecond());
    u64::try_from(passed).unwrap_or(0)
}

fn is_paused(db: &Connection, consumer: Consumer) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM consumer WHERE function = ?1 AND paused = 1)";
    Ok(db.prepare_cached(sql)?.query_row([consumer.name()], |row| row.get(0))?)
}
