//! The writer, step by step: with a clock and a seed that the test sets, over a real file.

mod timer;

use rusqlite::Connection;
use shared::order::command::Command;
use shared::order::status::OrderStatus;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::queue::Unavailable;
use super::*;
use crate::eventing::attempt::KEPT_MAX;
use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::engine::file;
use crate::eventing::fixture::{
    LOG, NOW, STRANGER, cancel, cancel_by, completed, done, house, place, place_by, receipt,
};
use crate::eventing::request::{Replay, Run};

type Reply = oneshot::Receiver<Result<Answer, Unavailable>>;

/// A writer on a bench: the test holds the other ends of its channels.
struct Bench {
    writer: Writer,
    claims: mpsc::Receiver<Claim>,
    timer: watch::Receiver<Option<Timestamp>>,
    tail: Arc<Tail>,
    monitor: Arc<Monitor>,
    now: Timestamp,
    seed: u64,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap())
    }

    /// Over what another writer has left.
    fn over(folder: TempDir) -> Self {
        let mut store = SqliteStore::open(&file(&folder), LOG).unwrap();
        let house = house(0.0);
        store.recover(NOW, &house.timing).unwrap();
        let monitor = Arc::new(Monitor::new(store.paused().unwrap()));
        let (claims_in, claims) = mpsc::channel(64);
        let (timer_in, timer) = watch::channel(None);
        let tail = Arc::new(Tail::new(shared::cursor::Position::START));
        let writer =
            Writer::new(store, house, Arc::clone(&tail), Arc::clone(&monitor), claims_in, timer_in);
        Self { writer, claims, timer, tail, monitor, now: NOW, seed: 0, folder }
    }

    fn step(&mut self, requests: Vec<Request>) -> (Verdict, Vec<Reply>) {
        let (batch, replies) = requests.into_iter().map(Waiting::new).unzip();
        self.seed += 1000;
        (self.writer.step(batch, self.now, self.seed), replies)
    }

    /// One batch that goes well, with its answers.
    fn write(&mut self, requests: Vec<Request>) -> Vec<Result<Answer, Unavailable>> {
        let (verdict, replies) = self.step(requests);
        assert_eq!(verdict, Verdict::Continue);
        replies.into_iter().map(|mut reply| reply.try_recv().unwrap()).collect()
    }

    fn claims(&mut self) -> Vec<Claim> {
        std::iter::from_fn(|| self.claims.try_recv().ok()).collect()
    }

    fn pass(&mut self, duration: Duration) {
        self.now = self.now.checked_add(duration).unwrap();
    }

    /// When the dispatcher is to make the writer look again.
    fn timer(&self) -> Option<Timestamp> {
        *self.timer.borrow()
    }

    /// Lets another connection to the file do something.
    fn tamper(&self, sql: &str) {
        Connection::open(file(&self.folder)).unwrap().execute_batch(sql).unwrap();
    }

    /// Nine orders: eight validations are handed out, the ninth waits.
    fn crowd(&mut self) -> Vec<Claim> {
        self.write((1..=9).map(|number| place(number, number)).collect());
        let claims = self.claims();
        assert_eq!(claims.len(), slots(Function::ValidateOrder));
        claims
    }
}

/// From now on the database refuses the receipt of this mutation.
fn spoil(mutation: u128) -> String {
    let id = uuid::Uuid::from_u128(mutation);
    format!(
        "CREATE TRIGGER spoil BEFORE INSERT ON receipt WHEN NEW.mutation_id = '{id}'
         BEGIN SELECT raise(ABORT, 'spoilt'); END;"
    )
}

#[test]
fn a_spoilt_request_does_not_spoil_its_batch() {
    let mut bench = Bench::new();
    bench.tamper(&spoil(12));
    let batch = (11..=14).map(|number| place(number, number)).collect();
    let answers = bench.write(batch);
    assert_eq!(answers[1], Err(Unavailable));
    for good in [0, 2, 3] {
        assert_eq!(receipt(answers[good].as_ref().unwrap()).replay, Replay::First, "{good}");
    }
    assert_eq!(bench.claims().len(), 3);
    assert_eq!(bench.tail.head().get(), 3, "the log has no gap");
    // It may be sent again as it is.
    bench.tamper("DROP TRIGGER spoil");
    let answers = bench.write(vec![place(12, 12)]);
    assert_eq!(receipt(answers[0].as_ref().unwrap()).replay, Replay::First);
}

#[test]
fn a_batch_that_the_database_itself_took_back_is_tried_one_by_one() {
    let mut bench = Bench::new();
    bench.tamper(&spoil(12).replace("ABORT", "ROLLBACK"));
    let answers = bench.write(vec![place(11, 11), place(12, 12), place(13, 13)]);
    assert!(answers[0].is_ok() && answers[1].is_err() && answers[2].is_ok());
}

#[test]
fn what_keeps_everybody_from_writing_is_told_everybody_at_once() {
    let mut bench = Bench::new();
    bench.writer.store.be_impatient();
    let locked = Connection::open(file(&bench.folder)).unwrap();
    locked.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers = bench.write((1..=3).map(|number| place(number, number)).collect());
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(SqliteStore::found_locked(), 1, "it is not tried again for each of them");
    assert_eq!(bench.timer(), NOW.checked_add(LOOK_AGAIN).ok());
    locked.execute_batch("ROLLBACK").unwrap();
    let answers = bench.write((1..=3).map(|number| place(number, number)).collect());
    assert!(answers.iter().all(Result::is_ok));
}

#[test]
fn a_commit_whose_outcome_nobody_knows_stops_the_writer() {
    let mut bench = Bench::new();
    bench.writer.store.fail_commits();
    let (verdict, replies) = bench.step(vec![place(1, 1), place(2, 2)]);
    assert_eq!(verdict, Verdict::Stop);
    for mut reply in replies {
        assert_eq!(reply.try_recv().unwrap(), Err(Unavailable));
    }
    assert!(bench.claims().is_empty(), "nothing is handed out that may not stand");
    assert_eq!(bench.tail.head().get(), 0);
}

#[test]
fn answers_come_in_the_order_of_their_requests() {
    let mut bench = Bench::new();
    let answers =
        bench.write(vec![place(1, 10), place(1, 10), cancel(1, 10), cancel_by(STRANGER, 1, 10)]);
    let replay = |at: usize| receipt(answers[at].as_ref().unwrap()).replay;
    assert_eq!((replay(0), replay(1), replay(3)), (Replay::First, Replay::Replayed, Replay::First));
    assert_eq!(answers[2], Ok(Answer::IdempotencyConflict));
}

#[test]
fn a_function_is_never_handed_more_than_its_slots_and_freed_ones_are_filled_in_turn() {
    let mut bench = Bench::new();
    let claims = bench.crowd();
    bench.pass(Duration::from_secs(1));
    bench.write(vec![place(10, 10)]);
    assert!(bench.claims().is_empty());
    let of_validation = |claims: Vec<Claim>| {
        let mut positions: Vec<_> = claims.iter().map(|it| it.delivery.key).collect();
        positions.retain(|key| key.function == Function::ValidateOrder);
        positions.into_iter().map(|key| key.position.get()).collect::<Vec<_>>()
    };
    bench.write(vec![done(&claims[0], Command::Validate), place(11, 11)]);
    assert_eq!(of_validation(bench.claims()), [9]);
    bench.write(claims[1..4].iter().map(|claim| done(claim, Command::Validate)).collect());
    assert_eq!(of_validation(bench.claims()).len(), 2, "the tenth and the eleventh");
}

#[test]
fn behind_five_hundred_orders_of_one_customer_another_waits_for_one_of_them() {
    let mut bench = Bench::new();
    for number in 1..=500 {
        bench.write(vec![place(number, number)]);
    }
    let mut open: std::collections::VecDeque<_> = bench.claims().into();
    bench.write(vec![place_by(STRANGER, 501, 501)]);
    for handed_out in 0..=1 {
        let claim = open.pop_front().unwrap();
        let late = Outcome::Late { why: "nothing is left to do".to_owned() };
        bench.write(vec![completed(&claim, late)]);
        let claims = bench.claims();
        assert_eq!(claims.len(), 1, "a slot that frees up is filled at once");
        if claims[0].order.customer_id == STRANGER {
            return;
        }
        assert!(handed_out < 1, "the stranger still waits");
        open.extend(claims);
    }
}

#[test]
fn a_paused_function_costs_no_looks_and_goes_on_at_once_when_it_may() {
    let mut bench = Bench::new();
    let validation = Consumer::Function(Function::ValidateOrder);
    bench.write(vec![Request::SetPaused(validation, Pause::Paused)]);
    assert!(bench.monitor.is_paused(validation));
    bench.write((1..=3).map(|number| place(number, number)).collect());
    bench.write(vec![Request::LookAtDue]);
    assert!(bench.claims().is_empty());
    let deadline = NOW.checked_add(bench.writer.house.policy.deadlines.validation).ok();
    assert_eq!(bench.timer(), deadline, "only the wait's own end is waited for");
    bench.write(vec![Request::SetPaused(validation, Pause::Running)]);
    assert_eq!(bench.timer(), Some(NOW), "the writer is made to look again at once");
    bench.write(vec![Request::LookAtDue]);
    assert_eq!(bench.claims().len(), 3);
}

#[test]
fn what_is_paused_stays_so_in_the_next_process() {
    let mut bench = Bench::new();
    let kitchen = Consumer::Function(Function::Kitchen);
    bench.write(vec![Request::SetPaused(kitchen, Pause::Paused)]);
    let Bench { folder, writer, .. } = bench;
    drop(writer);
    assert!(Bench::over(folder).monitor.is_paused(kitchen));
}

#[test]
fn of_one_delivery_the_newest_attempts_are_kept_and_old_ones_are_forgotten_by_age() {
    let mut bench = Bench::new();
    bench.write(vec![place(1, 1)]);
    let kept = KEPT_MAX + 5;
    for number in 0..kept {
        let claim = bench.claims().pop().unwrap();
        let after = Duration::from_secs(1);
        let why = format!("the {number}th time");
        bench.write(vec![completed(&claim, Outcome::NotYet { after, why })]);
        bench.pass(after);
        bench.write(vec![Request::LookAtDue]);
    }
    let attempts = |bench: &Bench| -> (u32, u32) {
        let file = Connection::open(file(&bench.folder)).unwrap();
        let sql = "SELECT count(*), coalesce(min(token), 0) FROM attempt";
        file.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    assert_eq!(attempts(&bench), (KEPT_MAX, kept - KEPT_MAX + 1), "the newest");
    bench.write(vec![Request::ForgetOld]);
    assert_eq!(attempts(&bench).0, KEPT_MAX, "they are young");
    bench.pass(Duration::from_hours(24 * 7));
    bench.write(vec![Request::ForgetOld]);
    assert_eq!(attempts(&bench).0, 0);
}

#[test]
fn what_is_done_is_forgotten_by_age_and_what_waits_for_somebody_is_not() {
    let mut bench = Bench::new();
    bench.write((1..=4).map(|number| place(number, number)).collect());
    let claims = bench.claims();
    bench.write(vec![
        completed(&claims[0], Outcome::Late { why: "nothing was left to do".to_owned() }),
        completed(&claims[1], Outcome::GiveUp { why: "never".to_owned() }),
        completed(&claims[2], Outcome::Retry { after: None, why: "down".to_owned() }),
        Request::ForgetOld,
    ]);
    let rows = |bench: &Bench| -> Vec<u64> {
        let file = Connection::open(file(&bench.folder)).unwrap();
        let mut statement = file.prepare("SELECT seq FROM delivery ORDER BY seq").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(rows(&bench), [1, 2, 3, 4], "it is young");
    bench.write(vec![Request::StopClaiming]);
    bench.pass(bench.writer.house.timing.kept_for * 2);
    // An event of today: the log reaches beyond what is old.
    bench.write(vec![place(5, 5)]);
    assert_eq!(bench.write(vec![Request::ForgetOld]), [Ok(Answer::Done)]);
    assert_eq!(rows(&bench), [2, 3, 4, 6]);
    let sql = "SELECT function || ' ' || pruned_to FROM consumer";
    let file = Connection::open(file(&bench.folder)).unwrap();
    let pruned: String = file.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(pruned, "validate-order 1");
}

#[test]
fn a_look_that_failed_is_repeated() {
    let mut bench = Bench::new();
    bench.write(vec![place(1, 1)]);
    bench.claims();
    bench.pass(bench.writer.house.timing.lease);
    bench.tamper(
        "CREATE TRIGGER spoil BEFORE UPDATE ON delivery BEGIN SELECT raise(ABORT, 'spoilt'); END;",
    );
    bench.timer.mark_unchanged();
    assert_eq!(bench.write(vec![Request::LookAtDue]), [Err(Unavailable)]);
    assert!(bench.timer.has_changed().unwrap());
    assert_eq!(bench.timer(), bench.now.checked_add(LOOK_AGAIN).ok());
    bench.tamper("DROP TRIGGER spoil");
    bench.pass(LOOK_AGAIN);
    bench.write(vec![Request::LookAtDue]);
    assert_eq!(bench.claims().len(), 1);
}

#[test]
fn a_completion_that_could_not_be_written_frees_its_slot_and_comes_again_by_its_lease() {
    let mut bench = Bench::new();
    let claims = bench.crowd();
    bench.tamper(
        "CREATE TRIGGER spoil BEFORE UPDATE ON delivery BEGIN SELECT raise(ABORT, 'spoilt'); END;",
    );
    for claim in &claims {
        assert_eq!(bench.write(vec![done(claim, Command::Validate)]), [Err(Unavailable)]);
    }
    bench.tamper("DROP TRIGGER spoil");
    bench.pass(bench.writer.house.timing.lease);
    bench.write(vec![Request::LookAtDue]);
    assert_eq!(bench.claims().len(), slots(Function::ValidateOrder));
}

#[test]
fn a_claim_that_finds_no_dispatcher_does_not_take_its_slot_along() {
    let mut bench = Bench::new();
    bench.claims.close();
    bench.write((1..=8).map(|number| place(number, number)).collect());
    assert!(bench.writer.running.values().all(|running| *running == 0));
}

#[test]
fn after_the_stop_nothing_is_handed_out_and_everything_is_still_written() {
    let mut bench = Bench::new();
    bench.write(vec![place(1, 1)]);
    let claim = bench.claims().remove(0);
    bench.write(vec![Request::StopClaiming]);
    assert_eq!(bench.timer(), None);
    let answers =
        bench.write(vec![place(2, 2), done(&claim, Command::Validate), Request::LookAtDue]);
    assert!(answers.iter().all(Result::is_ok));
    assert!(bench.claims().is_empty());
    assert_eq!(bench.timer(), None);
    assert_eq!(bench.tail.head().get(), 3);
}

#[test]
fn a_deadline_ends_its_order_when_the_writer_looks() {
    let mut bench = Bench::new();
    bench.write(vec![Request::StopClaiming, place(1, 1)]);
    bench.pass(bench.writer.house.policy.deadlines.validation);
    bench.write(vec![Request::LookAtDue]);
    let answers = bench.write(vec![place(1, 1)]);
    let order = receipt(answers[0].as_ref().unwrap()).order.as_ref().unwrap();
    assert_eq!(order.status, OrderStatus::Cancelled);
}

#[test]
fn a_writer_that_is_held_hands_nothing_out_and_lets_no_deadline_strike() {
    let mut bench = Bench::new();
    bench.writer = bench.writer.held();
    let answers = bench.write(vec![place(1, 10)]);
    assert!(receipt(answers[0].as_ref().unwrap()).refusal.is_none(), "who asks is answered");
    bench.pass(bench.writer.house.policy.deadlines.validation);
    bench.write(vec![Request::LookAtDue]);
    assert_eq!((bench.claims(), bench.timer()), (vec![], None));
    assert_eq!(bench.tail.head().get(), 1, "nothing has happened but what was asked");

    bench.write(vec![Request::Record(Run::Resumed)]);
    assert_eq!(bench.tail.head().get(), 2, "it is on record that it goes on");
    assert_eq!(bench.writer.store.standing().unwrap(), Standing::Free, "in the next process, too");
    assert_eq!(bench.timer(), Some(bench.now), "what has waited is looked at, at once");
    bench.write(vec![Request::LookAtDue]);
    assert_eq!(bench.tail.head().get(), 3, "the deadline strikes");
    assert!(!bench.claims().is_empty(), "and what is due is handed out");
}
