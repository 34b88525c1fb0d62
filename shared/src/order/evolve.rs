//! The fold: an order and its next event give the order after it.
//! Steps 2, 4 and 9 of an order's way.
//!
//! Total and without judgement: what the log says has happened. It looks at nothing but its two
//! arguments, so that replaying a log gives the same orders on every machine and in every year.

use jiff::Timestamp;

use super::event::{Event, OrderEvent};
use super::payment::{Charge, Money, Refund};
use super::status::OrderStatus;
use super::{Order, StatusChange, Wait, Waiter};
use crate::cursor::Version;
use crate::function::Function;
use crate::money::Cents;

/// The order after this event; `None` only where there was no order and the event places none.
pub fn evolve(order: Option<Order>, event: &Event) -> Option<Order> {
    let mut order = match order {
        Some(order) => order,
        None => blank(event)?,
    };
    order.version = order.version.next();
    order.updated_at = event.recorded_at;
    order.mutation_ids.extend(event.mutation_id);
    order.take_in(event);
    Some(order)
}

/// The order before its first event, from what the first event says.
fn blank(event: &Event) -> Option<Order> {
    let OrderEvent::OrderPlaced {
        customer_id,
        restaurant_id,
        lines,
        tip,
        note,
        deliver_to,
        placed_at,
        scheduled_for,
        decided_from,
        wait_until: _,
    } = &event.data
    else {
        return None;
    };
    Some(Order {
        id: event.order_id,
        customer_id: *customer_id,
        version: Version::NONE,
        status: OrderStatus::Placed,
        restaurant_id: *restaurant_id,
        lines: lines.clone(),
        tip: *tip,
        note: note.clone(),
        deliver_to: deliver_to.clone(),
        rating: None,
        money: Money::default(),
        wait: None,
        cancellation: None,
        expected_at: None,
        reason: None,
        courier: None,
        scheduled_for: *scheduled_for,
        placed_at: *placed_at,
        decided_from: *decided_from,
        updated_at: event.recorded_at,
        timeline: Vec::new(),
        mutation_ids: Vec::new(),
    })
}

impl Order {
    fn take_in(&mut self, event: &Event) {
        let at = event.recorded_at;
        match &event.data {
            OrderEvent::OrderPlaced { wait_until, .. } => {
                self.step(OrderStatus::Placed, at, *wait_until);
            }
            OrderEvent::OrderValidated { wait_until, .. } => {
                self.step(OrderStatus::Validated, at, *wait_until);
            }
            OrderEvent::PaymentCaptured { amount, ask_at, wait_until } => {
                self.money.charge = Charge::Captured(*amount);
                if let Some(until) = wait_until {
                    self.step(OrderStatus::Paid, at, *until);
                    self.await_from(*ask_at);
                }
            }
            OrderEvent::OrderAccepted { expected_at, wait_until } => {
                self.step(OrderStatus::Accepted, at, *wait_until);
                self.expected_at = Some(*expected_at);
            }
            OrderEvent::PreparationStarted { wait_until } => {
                self.step(OrderStatus::Preparing, at, *wait_until);
            }
            OrderEvent::CourierAssigned { courier } => self.courier = Some(courier.clone()),
            OrderEvent::OrderReady { expected_at, wait_until } => {
                self.step(OrderStatus::Ready, at, *wait_until);
                self.expected_at = Some(*expected_at);
            }
            OrderEvent::OrderPickedUp { expected_at, wait_until } => {
                self.step(OrderStatus::PickedUp, at, *wait_until);
                self.expected_at = Some(*expected_at);
            }
            OrderEvent::OrderDelivered { wait_until, .. } => {
                self.expected_at = None;
                let delivered = OrderStatus::Delivered;
                match wait_until {
                    Some(until) => self.step(delivered, at, *until),
                    None => self.reach(delivered, at),
                }
            }
            OrderEvent::OrderRejected { reason } => self.end(OrderStatus::Rejected, reason, at),
            OrderEvent::OrderCancelled { reason, by: _ } => {
                self.end(OrderStatus::Cancelled, reason, at);
            }
            OrderEvent::DeliveryDied { function, .. } => self.hand_to_operator(*function, at),
            OrderEvent::DeliveryRedelivered { function } => self.hand_back(*function, at),
            // The words are in the log; they change nothing of the order.
            OrderEvent::CustomerNotified { .. } => {}
            OrderEvent::CancellationRequested { wait_until } => self.ask_to_cancel(at, *wait_until),
            OrderEvent::PaymentDeclined { reason } => {
                self.money.charge = Charge::Declined;
                if !self.status.is_final() {
                    self.end(OrderStatus::PaymentDeclined, reason, at);
                }
            }
            OrderEvent::TipSet { tip } => self.tip = *tip,
            OrderEvent::OrderRated { rating } => self.rating = Some(*rating),
            OrderEvent::TipCaptured { amount } => {
                self.settle_tip(*amount, Charge::Captured(*amount));
            }
            OrderEvent::TipWaived { .. } => self.settle_tip(Cents::ZERO, Charge::Declined),
            OrderEvent::PaymentRefunded { captured, refunded } => {
                self.money.refund = Refund::Settled { captured: *captured, refunded: *refunded };
                self.wait = None;
            }
        }
    }

    /// A status: whatever was awaited before is over.
    fn reach(&mut self, status: OrderStatus, at: Timestamp) {
        self.status = status;
        self.timeline.push(StatusChange { status, at });
        self.wait = None;
    }

    /// A step of the normal way, and whom the order waits for now.
    fn step(&mut self, status: OrderStatus, since: Timestamp, until: Timestamp) {
        self.reach(status, since);
        let who = Waiter::Function(status.awaited());
        self.wait = Some(Wait { who, since, until: Some(until) });
    }

    /// The wait of this step begins only then.
    fn await_from(&mut self, since: Option<Timestamp>) {
        if let (Some(wait), Some(since)) = (&mut self.wait, since) {
            wait.since = since;
        }
    }

    /// An end without food: whatever the card paid is to go back, and nothing else is awaited.
    fn end(&mut self, status: OrderStatus, reason: &str, at: Timestamp) {
        self.reach(status, at);
        self.reason = Some(reason.to_owned());
        self.expected_at = None;
        self.cancellation = None;
        self.money.refund = Refund::Owed;
        let who = Waiter::Function(status.awaited());
        self.wait = Some(Wait { who, since: at, until: None });
    }

    /// A repeated request does not begin the wait again.
    fn ask_to_cancel(&mut self, since: Timestamp, until: Timestamp) {
        let who = Waiter::Function(Function::Cancellation);
        self.cancellation.get_or_insert(Wait { who, since, until: Some(until) });
    }

    fn settle_tip(&mut self, tip: Cents, charge: Charge) {
        self.tip = tip;
        self.money.tip = charge;
        self.wait = None;
    }

    /// The function that was awaited has given up: a person has to look, until the deadline strikes.
    fn hand_to_operator(&mut self, function: Function, since: Timestamp) {
        for wait in [&mut self.cancellation, &mut self.wait].into_iter().flatten() {
            if wait.who == Waiter::Function(function) {
                wait.who = Waiter::Operator;
                wait.since = since;
            }
        }
    }

    /// The operator has the function try once more: where a person was awaited in its place, it is
    /// awaited itself again, until the same deadline.
    fn hand_back(&mut self, function: Function, since: Timestamp) {
        let wait = if function == Function::Cancellation {
            self.cancellation.as_mut()
        } else {
            let awaited = self.status.awaited() == function;
            self.wait.as_mut().filter(|_| awaited)
        };
        if let Some(wait) = wait.filter(|wait| wait.who == Waiter::Operator) {
            wait.who = Waiter::Function(function);
            wait.since = since;
        }
    }
}
