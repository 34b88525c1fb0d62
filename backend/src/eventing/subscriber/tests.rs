//! From history to live and back: no gap, no repetition, each order as of its event.

use futures_util::FutureExt;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::eventing::fixture::engine::file;
use crate::eventing::fixture::{CUSTOMER, LOG, NOW, Room, STRANGER, cancel, done, place, place_by};
use crate::eventing::request::Request;
use crate::store::sqlite::{Keys, SqliteStore};

const MINE: Scope = Scope::Customer(CUSTOMER);
const THEIRS: Scope = Scope::Customer(STRANGER);

/// A log that grows both in a file and in a tail with a short ring, as behind the writer.
struct Growing {
    room: Room,
    store: SqliteStore,
    tail: Arc<Tail>,
    folder: TempDir,
}

impl Growing {
    fn new(ring_max: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&file(&folder), LOG).unwrap();
        let tail = Arc::new(Tail::with_ring(Position::START, ring_max));
        Self { room: Room::new(0.0), store, tail, folder }
    }

    /// A commit, which the tail hears of.
    fn write(&mut self, batch: &[Request]) -> Vec<Committed> {
        let events = self.commit(batch);
        self.tail.append(events.clone());
        events
    }

    /// A commit, which the tail has not heard of yet.
    fn commit(&mut self, batch: &[Request]) -> Vec<Committed> {
        let plan = self.room.write(batch);
        self.store.load(&Keys::default(), NOW).unwrap();
        self.store.apply(&plan.writes).unwrap();
        plan.writes.events
    }

    fn follow(&self, scope: Scope, after: u64) -> Subscriber {
        let reader = Reader::new(file(&self.folder));
        Subscriber::new(scope, Position::new(after), Arc::clone(&self.tail), reader)
    }
}

/// All that there is to see now.
async fn look(subscriber: &mut Subscriber) -> Vec<Committed> {
    let mut seen = Vec::new();
    loop {
        let events = subscriber.look().await.unwrap();
        if events.is_empty() {
            return seen;
        }
        seen.extend(events.iter().map(|it| it.as_ref().clone()));
        assert!(seen.len() < 1000, "the same comes again and again");
    }
}

/// What a subscriber of this scope should see after a position.
fn expected(room: &Room, scope: Scope, after: u64) -> Vec<Committed> {
    let concerns = |it: &&Committed| scope.has(&it.event) && it.event.position.get() > after;
    room.log.events.iter().filter(concerns).cloned().collect()
}

#[tokio::test]
async fn history_becomes_live_without_gap_or_repetition() {
    let mut log = Growing::new(1000);
    log.write(&[place(1, 1), place_by(STRANGER, 2, 2), place(3, 3)]);
    let mut subscriber = log.follow(MINE, 0);
    let mut seen = look(&mut subscriber).await;
    log.write(&[cancel(1, 4), place_by(STRANGER, 5, 5), cancel(3, 6)]);
    subscriber.wait().now_or_never().expect("it is woken");
    seen.extend(look(&mut subscriber).await);
    assert_eq!(seen, expected(&log.room, MINE, 0));
    assert_eq!(subscriber.position(), log.room.log.head.position);
    assert!(subscriber.wait().now_or_never().is_none(), "nothing is new");
}

#[tokio::test]
async fn whoever_is_slower_than_the_ring_reads_the_store_and_misses_nothing() {
    let mut log = Growing::new(2);
    let mut subscriber = log.follow(MINE, 0);
    let batch: Vec<_> = (1..=300).map(|number| place(number, number)).collect();
    log.write(&batch);
    assert!(batch.len() > PAGE);
    let seen = look(&mut subscriber).await;
    assert_eq!(seen, expected(&log.room, MINE, 0));
}

#[tokio::test]
async fn whoever_looks_away_for_10_000_changes_gets_each_once_and_in_order_and_kept_nobody() {
    const CHANGES: u64 = 10_000;
    let mut log = Growing::new(64);
    let (mut slow, mut quick) = (log.follow(MINE, 0), log.follow(Scope::WholeLog, 0));
    for first in (1..=u128::from(CHANGES)).step_by(200) {
        log.write(&(first..first + 200).map(|it| place(it, it)).collect::<Vec<_>>());
        // Whoever keeps up is not held up by whoever does not.
        assert_eq!(look(&mut quick).await.len(), 200);
    }
    assert_eq!(slow.position(), Position::START, "all that there is of it is its cursor");
    let mut next = Position::START;
    while next.get() < CHANGES {
        let page = slow.look().await.unwrap();
        assert!(!page.is_empty() && page.len() <= PAGE, "{} after {next}", page.len());
        for change in page {
            next = next.next();
            assert_eq!(change.event.position, next);
        }
    }
    assert_eq!(look(&mut slow).await, []);
    // It is live again.
    let live = log.write(&[cancel(1, u128::from(CHANGES) + 1)]);
    slow.wait().now_or_never().expect("it is woken");
    assert_eq!(look(&mut slow).await, live);
}

#[tokio::test]
async fn whoever_follows_the_whole_log_misses_nothing_of_anybody() {
    let mut log = Growing::new(2);
    log.write(&[place(1, 1), place_by(STRANGER, 2, 2), cancel(1, 3)]);
    let mut subscriber = log.follow(Scope::WholeLog, 0);
    let mut seen = look(&mut subscriber).await;
    log.write(&[place_by(STRANGER, 4, 4)]);
    subscriber.wait().now_or_never().expect("it is woken by everybody's events");
    seen.extend(look(&mut subscriber).await);
    assert_eq!(seen, log.room.log.events, "each with its order as of it");
}

#[tokio::test]
async fn each_order_comes_as_it_was_at_its_event_also_from_history() {
    let mut log = Growing::new(1);
    log.write(&[place(1, 1), cancel(1, 2), cancel(1, 3)]);
    let mut subscriber = log.follow(MINE, 1);
    let seen = look(&mut subscriber).await;
    let versions: Vec<_> = seen.iter().map(|it| it.order.as_ref().unwrap().version.get()).collect();
    assert_eq!(versions, [2, 3], "not the order as it stands now");
    assert_eq!(seen, expected(&log.room, MINE, 1));
}

#[tokio::test]
async fn what_is_committed_but_not_yet_in_the_tail_comes_once() {
    let mut log = Growing::new(1);
    log.write(&[place(1, 1), place(2, 2)]);
    let mut subscriber = log.follow(MINE, 0);
    let late = log.commit(&[place(3, 3)]);
    let mut seen = look(&mut subscriber).await;
    log.tail.append(late);
    seen.extend(look(&mut subscriber).await);
    log.write(&[place(4, 4)]);
    seen.extend(look(&mut subscriber).await);
    assert_eq!(seen, expected(&log.room, MINE, 0));
}

#[tokio::test]
async fn an_event_of_somebody_else_wakes_nobody_and_moves_the_cursor_at_the_next_look() {
    let mut log = Growing::new(1000);
    let mut subscriber = log.follow(MINE, 0);
    log.write(&[place_by(STRANGER, 1, 1)]);
    assert!(subscriber.wait().now_or_never().is_none());
    assert_eq!(look(&mut subscriber).await, []);
    assert_eq!(
        subscriber.position(),
        Position::new(1),
        "resuming from here skips nothing of theirs"
    );
}

#[tokio::test]
async fn events_that_functions_append_belong_to_the_orders_customer() {
    let mut log = Growing::new(1000);
    let mut theirs = log.follow(THEIRS, 0);
    let claim = log.room.claim(place_by(STRANGER, 1, 1));
    let placed = log.room.log.events.clone();
    log.tail.append(placed);
    let validate = done(&claim, shared::order::command::Command::Validate);
    let validated = log.room.write(&[validate]).writes.events;
    log.tail.append(validated);
    let seen = look(&mut theirs).await;
    assert_eq!(seen, expected(&log.room, THEIRS, 0));
    assert_eq!(seen.len(), 2);
}

/// What happens to a log and to somebody who follows it.
#[derive(Clone, Debug)]
enum Step {
    Mine,
    Theirs,
    Commit,
    Hear,
    Look,
    Reconnect,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop::sample::select(vec![
        Step::Mine,
        Step::Mine,
        Step::Theirs,
        Step::Commit,
        Step::Hear,
        Step::Look,
        Step::Reconnect,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn however_log_and_reader_interleave_each_change_comes_once_and_in_order(
        steps in prop::collection::vec(any_step(), 0..40),
        ring_max in 1..6_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut log = Growing::new(ring_max);
        let mut subscriber = log.follow(MINE, 0);
        let (mut seen, mut unheard, mut batch) = (Vec::new(), Vec::new(), Vec::new());
        let all = steps.into_iter().chain([Step::Commit, Step::Hear, Step::Look]);
        for (number, step) in (1..).zip(all) {
            match step {
                Step::Mine => batch.push(place(number, number)),
                Step::Theirs => batch.push(place_by(STRANGER, number, number)),
                Step::Commit => unheard.extend(log.commit(&std::mem::take(&mut batch))),
                Step::Hear => log.tail.append(std::mem::take(&mut unheard)),
                Step::Look => seen.extend(runtime.block_on(look(&mut subscriber))),
                Step::Reconnect => subscriber = log.follow(MINE, subscriber.position().get()),
            }
        }
        prop_assert_eq!(seen, expected(&log.room, MINE, 0));
        prop_assert_eq!(subscriber.position(), log.room.log.head.position);
    }
}
