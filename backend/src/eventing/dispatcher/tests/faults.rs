//! Faults on purpose strike where the real ones would, and the order comes home all the same.

use std::time::Instant;

use shared::order::command::Command;

use super::*;
use crate::gateway::Line;
use crate::lab::{Chance, Change};

/// Long enough for the bank to answer on a busy machine; a third of it is the time-out.
const LEASE: Duration = Duration::from_millis(900);

/// A charge that is due, and what becomes of it.
struct Charge {
    claim: Claim,
    functions: Functions,
}

impl Charge {
    fn due() -> Self {
        let mut room = Room::new(0.0);
        let placed = room.claim(place(1, 1));
        let claim = room.claim(completed(&placed, Outcome::Done(vec![Command::Validate])));
        assert_eq!(claim.delivery.key.function, Function::ChargePayment);
        Self { claim, functions: functions(&hasty()) }
    }

    /// Makes the attempt, and gives what the writer was asked and how long that took.
    async fn attempt(&self, fate: Fate) -> (Vec<Request>, Duration) {
        let (_customers, door, mut queue) = queue();
        let attempt = Attempt {
            claim: self.claim.clone(),
            functions: self.functions.clone(),
            door,
            time_out: LEASE / 3,
            lease: LEASE,
            fate,
        };
        #[expect(clippy::disallowed_methods, reason = "how long a fault lasts is what is tested")]
        let began = Instant::now();
        attempt.make().await;
        let took = began.elapsed();
        let mut asked = Vec::new();
        while let Some(batch) = queue.next_batch().await {
            asked.extend(batch.into_iter().map(|it| it.request));
        }
        (asked, took)
    }

    /// What the bank has taken, and how often it was asked.
    fn books(&self) -> (u32, u32) {
        let entries = self.functions.gateway.entries(order_id(1));
        (entries.iter().map(|it| it.taken).sum(), entries.iter().map(|it| it.requests).sum())
    }

    fn worth(&self) -> u32 {
        self.claim.order.subtotal().get()
    }
}

fn fate(worker: Worker) -> Fate {
    Fate { worker, ..Fate::SOUND }
}

fn is_capture(request: &Request) -> bool {
    let (Request::Complete(it) | Request::CompleteAgain(it)) = request else { return false };
    matches!(&it.outcome, Outcome::Done(commands)
        if matches!(commands.as_slice(), [Command::RecordCapture { .. }]))
}

#[tokio::test]
async fn a_crash_comes_after_the_effect_and_nobody_is_told_but_the_slot_is_free() {
    let charge = Charge::due();
    let (asked, _) = charge.attempt(fate(Worker::Crashes)).await;
    assert_eq!(asked, [Request::Vanished(Function::ChargePayment)]);
    assert_eq!(charge.books(), (charge.worth(), 1));
}

#[tokio::test]
async fn twins_both_do_the_work_and_both_say_so_with_one_token() {
    let charge = Charge::due();
    let (asked, _) = charge.attempt(fate(Worker::Twin)).await;
    let [one @ Request::Complete(first), other @ Request::CompleteAgain(second)] = &*asked else {
        panic!("{asked:?}")
    };
    assert!(is_capture(one) && is_capture(other));
    assert_eq!(first.token, second.token);
    assert_eq!(charge.books(), (charge.worth(), 2), "asked twice, taken once");
}

#[tokio::test]
async fn a_zombie_says_so_only_after_its_lease() {
    let charge = Charge::due();
    let (asked, took) = charge.attempt(fate(Worker::Zombie)).await;
    assert!(asked.len() == 1 && asked.iter().all(is_capture), "{asked:?}");
    assert!(took > LEASE, "{took:?}");
}

#[tokio::test]
async fn what_is_down_fails_and_is_not_called() {
    let charge = Charge::due();
    let (asked, _) = charge.attempt(fate(Worker::Down)).await;
    let why = "charge-payment is down".to_owned();
    assert_eq!(asked, [completed(&charge.claim, Outcome::Retry { after: None, why })]);
    assert_eq!(charge.books(), (0, 0));
}

#[tokio::test]
async fn a_silent_bank_has_taken_the_money_and_the_attempt_has_failed() {
    let charge = Charge::due();
    let (asked, _) = charge.attempt(Fate { line: Line::LosesAnswers, ..Fate::SOUND }).await;
    let failed = |it: &Request| matches!(it, Request::Complete(it) if matches!(it.outcome, Outcome::Retry { .. }));
    assert!(asked.len() == 1 && asked.iter().all(failed), "{asked:?}");
    assert_eq!(charge.books(), (charge.worth(), 1));
}

#[tokio::test]
async fn what_is_held_back_begins_later_and_well_before_its_lease_ends() {
    let charge = Charge::due();
    let held_back = Duration::from_secs(2);
    let (asked, took) = charge.attempt(Fate { held_back, ..Fate::SOUND }).await;
    assert!(asked.iter().all(is_capture));
    assert!(took >= LEASE / 3 && took < held_back, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_fault_at_once_all_orders_come_home_and_pay_once() {
    let mut house = hasty();
    house.timing.lease = Duration::from_millis(150);
    let (functions, lab) = (functions(&house), Lab::open());
    let bank = functions.gateway.clone();
    let often = Some(Chance::new(0.3).unwrap());
    let change = Change {
        duplicate_deliveries: often,
        reorder_deliveries: often,
        crash_before_ack: often,
        gateway_timeouts: often,
        ..Change::default()
    };
    lab.change(change).unwrap();
    let engine = Engine::start_with_lab(house, functions, lab.clone()).await;
    for number in 1..=20 {
        engine.door.ask(place(number, number)).await.unwrap();
    }
    for number in 1..=20 {
        engine.until(number, |order| order.status >= OrderStatus::Paid).await;
    }
    lab.change(Change { crash_before_ack: Some(Chance::default()), ..Change::default() }).unwrap();
    for number in 1..=20 {
        let order = engine.until(number, settled).await;
        let taken: u32 = bank.entries(order_id(number)).iter().map(|entry| entry.taken).sum();
        assert_eq!((order.status, taken), (OrderStatus::Delivered, order.total().get()));
    }
    engine.stop().await;
}
