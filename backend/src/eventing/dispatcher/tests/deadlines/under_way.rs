//! A deadline strikes while somebody is at work, or a function comes before its time: nothing is left on
//! the bank's books of what ended unfulfilled, and whoever waits uses up no try.

use super::*;
use crate::eventing::retry::tries_max;

/// Where somebody stands still until the gate is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Halt {
    /// Before the work.
    Before,
    /// After the work, before saying so.
    After,
}

/// Functions of which one stands still in the middle of its work.
#[derive(Clone)]
struct Halting {
    functions: Functions,
    function: Function,
    halt: Halt,
    open: CancellationToken,
}

impl Handlers for Halting {
    async fn handle(&self, function: Function, call: Call) -> Outcome {
        let halts = |halt| function == self.function && self.halt == halt;
        if halts(Halt::Before) {
            self.open.cancelled().await;
        }
        let outcome = self.functions.handle(function, call).await;
        if halts(Halt::After) {
            self.open.cancelled().await;
        }
        outcome
    }
}

/// An order whose payment's deadline strikes while the charge stands still, and then goes on. The
/// charge is handed out in the very commit that lets its wait begin, so it always is before the end.
async fn ended_during_the_charge(halt: Halt) -> (Engine, Gateway, Vec<Attempt>) {
    let mut house = hasty();
    house.policy.deadlines.payment = Duration::from_millis(20);
    let functions = functions(&house);
    let bank = functions.gateway.clone();
    let open = CancellationToken::new();
    let charge = Function::ChargePayment;
    let halting = Halting { functions, function: charge, halt, open: open.clone() };
    let engine = Engine::start(house, halting).await;
    engine.door.ask(place(1, 10)).await.unwrap();
    let order = engine.until(1, settled).await;
    assert_eq!(order.reason.as_deref(), Some("the payment did not come through in time."));
    open.cancel();
    let is_done = |it: &Delivery, _: &[Attempt]| it.status == DeliveryStatus::Done;
    let (_, attempts) = engine.until_delivery(charge, is_done).await;
    (engine, bank, attempts)
}

/// What the bank has taken under the charge's key, and what it has given back; in cents.
fn books(bank: &Gateway) -> (Option<u32>, Option<u32>) {
    let entries = bank.entries(order_id(1));
    let line = |name: &str| entries.iter().find(|it| it.key == format!("{name}:{}", order_id(1)));
    (line("charge").map(|it| it.taken), line("refund").map(|it| it.given))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_charge_that_reaches_the_bank_after_the_end_takes_nothing() {
    let (engine, bank, attempts) = ended_during_the_charge(Halt::Before).await;
    assert_eq!(books(&bank), (Some(0), Some(0)), "the bank's books are closed");
    let last = attempts.last().map(|it| (it.end, it.error.as_str()));
    let why = "the bank has closed its books on the order";
    assert_eq!(last, Some((AttemptEnd::Late, why)));
    let order = engine.until(1, settled).await;
    assert_eq!(
        (order.status, order.payment_status()),
        (OrderStatus::Cancelled, PaymentStatus::None)
    );
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_charge_that_is_recorded_only_after_the_end_has_gone_back() {
    let (engine, bank, attempts) = ended_during_the_charge(Halt::After).await;
    assert_eq!(books(&bank), (Some(DISHES), Some(DISHES)));
    assert_eq!(attempts, [], "what the bank has taken is a fact, which never comes too late");
    // The fact has the bank asked to close its books once more, and there is nothing left to do.
    let too_late = |it: &Delivery, attempts: &[Attempt]| {
        it.status == DeliveryStatus::Done && attempts.last().is_some()
    };
    let (_, attempts) = engine.until_delivery(Function::Refund, too_late).await;
    let last = attempts.last().map(|it| (it.end, it.error.as_str()));
    assert_eq!(last, Some((AttemptEnd::Late, "the refund is on record")));
    let order = engine.until(1, settled).await;
    let end = (order.status, order.payment_status());
    assert_eq!(end, (OrderStatus::Cancelled, PaymentStatus::Refunded));
    assert_eq!(books(&bank), (Some(DISHES), Some(DISHES)));
    engine.stop().await;
}

/// More often than a function is tried that fails.
fn many_times_too_early(_: &Delivery, attempts: &[Attempt]) -> bool {
    attempts.len() > usize::try_from(tries_max(Function::Courier).unwrap()).unwrap() + 2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_charge_that_comes_while_a_cancellation_is_undecided_waits_and_uses_up_no_try() {
    let house = hasty();
    let functions = functions(&house);
    let bank = functions.gateway.clone();
    let engine = Engine::start(house, functions).await;
    let (charge, cancellation) = (Function::ChargePayment, Function::Cancellation);
    engine.set_paused(charge, Pause::Paused).await;
    engine.set_paused(cancellation, Pause::Paused).await;
    engine.door.ask(place(1, 10)).await.unwrap();
    engine.until(1, |order| order.status == OrderStatus::Validated).await;
    engine.door.ask(cancel(1, 11)).await.unwrap();
    engine.set_paused(charge, Pause::Running).await;

    let twice = |_: &Delivery, attempts: &[Attempt]| attempts.len() >= 2;
    let (delivery, attempts) = engine.until_delivery(charge, twice).await;
    let early = |it: &Attempt| (it.end, &*it.error) == (AttemptEnd::NotYet, UNDECIDED);
    assert!(attempts.iter().all(early), "{attempts:?}");
    assert!(delivery.tries <= 1, "at most the one at work: {delivery:?}");
    assert_eq!(bank.entries(order_id(1)), [], "the bank is not asked anything");

    engine.set_paused(cancellation, Pause::Running).await;
    let order = engine.until(1, settled).await;
    assert_eq!(order.reason.as_deref(), Some("you asked for it."));
    let is_done = |it: &Delivery, _: &[Attempt]| it.status == DeliveryStatus::Done;
    let (_, attempts) = engine.until_delivery(charge, is_done).await;
    assert_eq!(attempts.last().map(|it| it.end), Some(AttemptEnd::Late));
    assert_eq!(books(&bank), (None, Some(0)));
    engine.stop().await;
}

const UNDECIDED: &str = "a cancellation is undecided";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pick_up_that_comes_before_the_courier_waits_for_the_deadline_and_is_never_given_up() {
    let mut house = hasty();
    house.policy.durations.finding_courier = hours(2);
    let functions = functions(&house);
    let engine = Engine::start(house.clone(), functions.clone()).await;
    engine.door.ask(place(1, 10)).await.unwrap();
    let (delivery, attempts) = engine.until_delivery(Function::Courier, many_times_too_early).await;
    let early = |it: &Attempt| it.end == AttemptEnd::NotYet && it.error.starts_with("no courier");
    assert!(attempts.iter().all(early), "{attempts:?}");
    assert!(delivery.tries <= 1, "at most the one at work: {delivery:?}");
    let order = engine.until(1, |order| order.status == OrderStatus::Ready).await;
    let until = order.waiting_for().and_then(|wait| wait.until).unwrap();
    let folder = engine.kill().await;

    let engine = Engine::start_at(until, folder, house, functions).await;
    let order = engine.until(1, settled).await;
    assert_eq!(order.reason.as_deref(), Some("no courier came in time."));
    let folder = engine.stop().await;
    assert_eq!(count(&folder, "status = 'dead'"), 0);
    assert_eq!(struck(&folder).len(), 1);
}
