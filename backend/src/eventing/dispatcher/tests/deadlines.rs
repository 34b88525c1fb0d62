//! Each deadline of the house, row by row, over writer, dispatcher and store: nobody does what is
//! awaited, the deadline strikes to the minute, and then it is seen what has become of the order and of
//! its money. When all is over whoever was awaited comes back, and finds nothing left to do.
//!
//! Nobody waits for hours here: the process is killed, and the next one starts shortly before the
//! deadline.

use jiff::Timestamp;
use shared::order::payment::PaymentStatus;
use shared::policy::Durations;

use super::*;
use crate::eventing::attempt::{Attempt, AttemptEnd};
use crate::eventing::delivery::{Delivery, DeliveryStatus};
use crate::eventing::fixture::CUSTOMER;
use crate::eventing::request::Pause;
use crate::gateway::Gateway;

mod under_way;

/// What the simulated world takes for the step that is awaited, where it takes anything: the deadline
/// is beyond that.
const WORK: Duration = minutes(5);
/// How long before the deadline the next process starts: a moment in which to be early.
const SHORTLY_BEFORE: Duration = Duration::from_millis(150);
/// The dishes of the order, in cents.
const DISHES: u32 = 29_00;

const fn minutes(number: u64) -> Duration {
    Duration::from_mins(number)
}

const fn hours(number: u64) -> Duration {
    Duration::from_hours(number)
}

/// A row of the table.
struct Row {
    /// Who has to do something, and does not.
    awaited: Function,
    /// Where the order stands meanwhile.
    at: OrderStatus,
    /// How long the order waits.
    patience: Duration,
    /// Where it stands then.
    then: OrderStatus,
    /// Why, in words for the customer.
    because: Option<&'static str>,
    /// What becomes of the money.
    money: Money,
}

/// What becomes of the money.
#[derive(Clone, Copy, Debug)]
enum Money {
    /// The bank was never asked for any.
    NeverCharged,
    /// The card had paid the dishes, and all of it is back.
    WentBack,
    /// The dishes stay paid, and the tip is none.
    TipWaived,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validation_has_10_minutes() {
    let row = Row {
        awaited: Function::ValidateOrder,
        at: OrderStatus::Placed,
        patience: minutes(10),
        then: OrderStatus::Cancelled,
        because: Some("it could not be checked in time."),
        money: Money::NeverCharged,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_payment_has_24_hours() {
    let row = Row {
        awaited: Function::ChargePayment,
        at: OrderStatus::Validated,
        patience: hours(24),
        then: OrderStatus::Cancelled,
        because: Some("the payment did not come through in time."),
        money: Money::NeverCharged,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_restaurant_has_10_minutes_to_answer_and_then_it_has_refused() {
    let row = Row {
        awaited: Function::Kitchen,
        at: OrderStatus::Paid,
        patience: minutes(10),
        then: OrderStatus::Rejected,
        because: Some("the restaurant did not answer in time."),
        money: Money::WentBack,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_kitchen_has_60_minutes_beyond_its_queue_to_begin() {
    let row = Row {
        awaited: Function::Kitchen,
        at: OrderStatus::Accepted,
        patience: WORK + minutes(60),
        then: OrderStatus::Cancelled,
        because: Some("the kitchen was not ready in time."),
        money: Money::WentBack,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_kitchen_has_60_minutes_beyond_what_cooking_takes() {
    let row = Row {
        awaited: Function::Kitchen,
        at: OrderStatus::Preparing,
        patience: WORK + minutes(60),
        then: OrderStatus::Cancelled,
        because: Some("the kitchen was not ready in time."),
        money: Money::WentBack,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_courier_has_30_minutes_beyond_the_handover_to_pick_it_up() {
    let row = Row {
        awaited: Function::Courier,
        at: OrderStatus::Ready,
        patience: WORK + minutes(30),
        then: OrderStatus::Cancelled,
        because: Some("no courier came in time."),
        money: Money::WentBack,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_courier_has_60_minutes_beyond_what_riding_takes() {
    let row = Row {
        awaited: Function::Courier,
        at: OrderStatus::PickedUp,
        patience: WORK + minutes(60),
        then: OrderStatus::Cancelled,
        because: Some("the courier did not arrive in time."),
        money: Money::WentBack,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_decision_on_a_cancellation_has_1_minute_and_then_it_is_granted() {
    let row = Row {
        awaited: Function::Cancellation,
        at: OrderStatus::Validated,
        patience: minutes(1),
        then: OrderStatus::Cancelled,
        because: Some("you asked for it, and nobody objected in time."),
        money: Money::NeverCharged,
    };
    row.holds().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tip_has_24_hours_and_then_there_is_none_and_the_order_stays_delivered() {
    let row = Row {
        awaited: Function::SettleTip,
        at: OrderStatus::Delivered,
        patience: hours(24),
        then: OrderStatus::Delivered,
        because: None,
        money: Money::TipWaived,
    };
    row.holds().await;
}

impl Row {
    async fn holds(self) {
        let house = self.house();
        let functions = functions(&house);
        let bank = functions.gateway.clone();
        let engine = Engine::start(house.clone(), functions.clone()).await;
        let (until, before) = self.wait(&engine).await;
        let folder = engine.kill().await;

        let shortly_before = until.checked_sub(SHORTLY_BEFORE).unwrap();
        let engine = Engine::start_at(shortly_before, folder, house, functions).await;
        let order = engine.until(1, settled).await;
        assert_eq!((order.status, order.reason.as_deref()), (self.then, self.because));
        assert!(before.updated_at < until, "{before:?}");
        self.check_money(&order, &bank);

        let books = bank.entries(order_id(1));
        engine.set_paused(self.awaited, Pause::Running).await;
        self.comes_too_late(&engine).await;
        assert_eq!(
            engine.reader.order(CUSTOMER, order_id(1)).await.unwrap().as_ref(),
            Some(&order)
        );
        self.check_money(&order, &bank);
        assert!(
            books.iter().all(|it| bank.entries(order_id(1)).contains(it)),
            "{books:?} became {:?}",
            bank.entries(order_id(1))
        );
        let folder = engine.stop().await;
        let struck = struck(&folder);
        assert!(matches!(*struck, [at] if at >= until.as_millisecond()), "{struck:?}, not {until}");
    }

    /// A house in which everything takes no time but the awaited step, if that is a step at all.
    fn house(&self) -> House {
        let mut house = hasty();
        if let Some(work) = work(&mut house.policy.durations, self.at) {
            *work = WORK;
        }
        house
    }

    /// Has an order wait as this row says; gives when the deadline strikes, and the order.
    async fn wait(&self, engine: &Engine) -> (Timestamp, Order) {
        // What takes time is paused before that is over; what does not, before it begins.
        let takes_time = work(&mut hasty().policy.durations, self.at).is_some();
        if !takes_time || self.awaited == Function::Cancellation {
            engine.set_paused(self.awaited, Pause::Paused).await;
        }
        engine.door.ask(place(1, 10)).await.unwrap();
        engine.until(1, |order| order.status == self.at).await;
        engine.set_paused(self.awaited, Pause::Paused).await;
        if self.awaited == Function::Cancellation {
            engine.door.ask(cancel(1, 11)).await.unwrap();
        }
        let order = engine.reader.order(CUSTOMER, order_id(1)).await.unwrap().unwrap();
        let wait = order.waiting_for().cloned().expect("somebody is awaited");
        let until = wait.until.expect("not for ever");
        assert_eq!(wait.who.name(), self.awaited.name());
        assert_eq!(until.duration_since(wait.since), self.patience.try_into().unwrap());
        (until, order)
    }

    /// What the awaited function has still to do is handed out, and its history says what came of it.
    async fn comes_too_late(&self, engine: &Engine) {
        let is_done = |it: &Delivery, _: &[Attempt]| it.status == DeliveryStatus::Done;
        let (_, attempts) = engine.until_delivery(self.awaited, is_done).await;
        let last = attempts.last().map(|it| (it.end, it.error.as_str()));
        let why = match self.money {
            Money::TipWaived => "the tip was waived, and the bank has taken nothing".to_owned(),
            Money::NeverCharged | Money::WentBack => format!("the order is {} already", self.then),
        };
        assert_eq!(last, Some((AttemptEnd::Late, why.as_str())));
    }

    /// What the order says of its money is what the bank has on its books.
    fn check_money(&self, order: &Order, bank: &Gateway) {
        let entries = bank.entries(order_id(1));
        let taken: u32 = entries.iter().map(|it| it.taken).sum();
        let given: u32 = entries.iter().map(|it| it.given).sum();
        let (payment, expected) = match self.money {
            Money::NeverCharged => (PaymentStatus::None, (0, 0)),
            Money::WentBack => (PaymentStatus::Refunded, (DISHES, DISHES)),
            Money::TipWaived => (PaymentStatus::Captured, (DISHES, 0)),
        };
        assert_eq!((order.payment_status(), (taken, given)), (payment, expected), "{entries:?}");
        assert_eq!(order.tip.is_zero(), matches!(self.money, Money::TipWaived));
    }
}

/// When deadlines have struck, in milliseconds.
fn struck(folder: &TempDir) -> Vec<i64> {
    let file = Connection::open(file(folder)).unwrap();
    let sql = "SELECT recorded_at FROM event WHERE source = 'deadline'";
    let mut events = file.prepare(sql).unwrap();
    events.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// How long the simulated world takes for the step that an order awaits there; none where that is no
/// work of the simulated world.
fn work(durations: &mut Durations, at: OrderStatus) -> Option<&mut Duration> {
    match at {
        OrderStatus::Validated => Some(&mut durations.grace),
        OrderStatus::Paid => Some(&mut durations.answer),
        OrderStatus::Accepted => Some(&mut durations.queue),
        OrderStatus::Preparing => Some(&mut durations.cooking),
        OrderStatus::Ready => Some(&mut durations.handover),
        OrderStatus::PickedUp => Some(&mut durations.riding),
        OrderStatus::Placed
        | OrderStatus::Delivered
        | OrderStatus::Rejected
        | OrderStatus::PaymentDeclined
        | OrderStatus::Cancelled => None,
    }
}
