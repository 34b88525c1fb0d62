//! Followers: consumers that read the whole log, one event after the other, at a position of their own.
//!
//! ```text
//!  log ─▶ page of at most 500 events ─▶ take_in (pure) ─▶ writer: state, notices and position, or nothing
//! ```
//!
//! What a follower makes of the log and how far it has come are written in one transaction, and only by
//! whoever still stands where it began: so each event counts once, whatever crashes. A new follower
//! begins at the beginning of the log and catches up by itself. It cannot fail on one event and go on
//! with the next; what has to be tried again event by event is a function's work.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::cursor::Position;
use shared::id::{EventId, OrderId};
use shared::order::command::Command;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::consumer::{Consumer, Follower};
use super::log::Scope;
use super::monitor::Monitor;
use super::plan::Committed;
use super::request::{Answer, Request};
use super::tail::{Newer, Tail};
use super::writer::queue::FunctionsDoor;
use crate::store::StoreError;
use crate::store::read::Reader;

pub(crate) mod insights;
pub(crate) mod notifications;
pub(crate) mod audit;
#[cfg(test)]
mod tests;

/// The most events of one step: some milliseconds of the writer's time.
pub(crate) const PAGE: usize = 500;
/// The same, as positions are counted.
const PAGE_LENGTH: u64 = PAGE as u64;
/// The least time between two steps: ten a second, so that following costs little however much happens.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long to wait where the database or the writer is in trouble.
const TROUBLE: Duration = Duration::from_secs(1);

/// What a follower makes of the log.
pub(crate) trait Follow: Default + Serialize + DeserializeOwned + Send + 'static {
    /// Its name.
    const NAME: Follower;

    /// Takes in the next event of the log, and says what follows of it. Pure: the same log gives the
    /// same state and the same notices, on any machine.
    fn take_in(&mut self, committed: &Committed) -> Option<Notice>;
}

/// What a follower has to say to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Which order.
    pub order_id: OrderId,
    /// The event of which it follows.
    pub cause: EventId,
    /// What it says.
    pub command: Command,
}

/// One step of a follower along the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Advance {
    /// Who.
    pub follower: Follower,
    /// Where it stood when it read: whoever stands elsewhere by now has been overtaken.
    pub from: Position,
    /// Up to where it has taken in the log.
    pub to: Position,
    /// What it has made of it, as JSON.
    pub state: String,
    /// What follows of it.
    pub notices: Vec<Notice>,
}

/// How far a follower has come, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Up to where it has taken in the log.
    pub cursor: Position,
    /// What it has made of it, as JSON; none before its first step.
    pub state: Option<String>,
}

/// What a follower works with.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    /// The way to the log.
    reader: Reader,
    /// Who tells that there is more of it.
    tail: Arc<Tail>,
    /// Who tells whether it is paused.
    monitor: Arc<Monitor>,
    /// The way to the writer.
    door: FunctionsDoor,
    /// What was read last of what the tail no longer has.
    pages: Pages,
}

/// Pages of the log for all followers together: those that are far behind stand at the same place, and read
/// what stands there once. Clones share it.
#[derive(Clone, Debug, Default)]
struct Pages(Arc<Mutex<Option<Page>>>);

/// Events after a position.
#[derive(Clone, Debug)]
struct Page {
    after: Position,
    events: Vec<Arc<Committed>>,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There may be more.
    Went,
    /// There was nothing to take in.
    CaughtUp,
    /// The writer did not take it.
    NotTaken,
}

impl Runner {
    /// What a follower works with that reads this, is told by these, and speaks to the writer here.
    pub(crate) fn new(
        reader: Reader,
        tail: Arc<Tail>,
        monitor: Arc<Monitor>,
        door: FunctionsDoor,
    ) -> Self {
        Self { reader, tail, monitor, door, pages: Pages::default() }
    }

    /// Follows the log until `stop`.
    pub(crate) async fn run<F: Follow>(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow::<F>() => {}
        }
    }

    async fn follow<F: Follow>(&self) {
        // Registered before the first look, so that nothing is missed in between.
        let mut news = self.tail.watch(Scope::WholeLog);
        let mut paused = self.monitor.paused();
        loop {
            let me = Consumer::Follower(F::NAME);
            if paused.wait_for(|paused| !paused.contains(&me)).await.is_err() {
                return;
            }
            news.mark_unchanged();
            match self.step::<F>().await {
                Ok(Step::CaughtUp) if news.changed().await.is_err() => return,
                Ok(Step::Went | Step::CaughtUp) => {}
                Ok(Step::NotTaken) => rest(TROUBLE).await,
                Err(error @ StoreError::Unreadable { .. }) => {
                    tracing::error!(follower = %F::NAME, %error, "cannot go on, and stops");
                    return;
                }
                Err(error) => {
                    tracing::warn!(follower = %F::NAME, %error, "rests for a moment");
                    rest(TROUBLE).await;
                }
            }
            rest(INTERVAL).await;
        }
    }

    /// Takes in one page of the log.
    async fn step<F: Follow>(&self) -> Result<Step, StoreError> {
        let Progress { cursor: from, state } = self.reader.progress(F::NAME).await?;
        let news = self.news(from).await?;
        let Some(last) = news.last() else { return Ok(Step::CaughtUp) };
        let unreadable = |why| StoreError::unreadable(format!("the state of {}", F::NAME), why);
        let mut state: F = match state {
            Some(text) => serde_json::from_str(&text).map_err(unreadable)?,
            None => F::default(),
        };
        let to = last.event.position;
        let notices = news.iter().filter_map(|committed| state.take_in(committed)).collect();
        let state = serde_json::to_string(&state).map_err(unreadable)?;
        let advance = Advance { follower: F::NAME, from, to, state, notices };
        match self.door.ask(Request::Advance(Box::new(advance))).await {
            // A zombie has been overtaken: it reads on from where it stands by now.
            Ok(Answer::Done | Answer::Zombie) => Ok(Step::Went),
            Ok(
                Answer::Receipt(_)
                | Answer::IdempotencyConflict
                | Answer::Delivery(_)
                | Answer::DeliveryRunning
                | Answer::MoreIsOld
                | Answer::Unknown,
            )
            | Err(_) => Ok(Step::NotTaken),
        }
    }

    /// What has happened since: from memory, as long as the tail reaches back so far.
    async fn news(&self, from: Position) -> Result<Vec<Arc<Committed>>, StoreError> {
        match self.tail.after(from, Scope::WholeLog, PAGE) {
            Newer::Events(events, ..) => Ok(events),
            Newer::FellBehind => self.pages.after(from, &self.reader).await,
        }
    }
}

impl Pages {
    /// What follows this position in the log, up to where a page ends: for everybody at the same places, so
    /// that whoever stands elsewhere meets the others there.
    async fn after(
        &self,
        from: Position,
        reader: &Reader,
    ) -> Result<Vec<Arc<Committed>>, StoreError> {
        let passed = usize::try_from(from.get() % PAGE_LENGTH).unwrap_or(0);
        let most = PAGE - passed;
        // Held while it reads: whoever wants the same waits for it.
        let mut last = self.0.lock().await;
        if let Some(page) = &*last
            && page.after == from
            && page.events.len() == most
        {
            return Ok(page.events.clone());
        }
        let events = reader.changes(Scope::WholeLog, from, most).await?;
        *last = Some(Page { after: from, events: events.clone() });
        Ok(events)
    }
}

async fn rest(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a follower at the edge keeps its own pace")]
    tokio::time::sleep(time).await;
}
