//! Who consumes what, and after which delay: one pure table. Step 6 of an order's way.
//!
//! A step that takes time (cooking, riding, the grace before the charge) is a route with a delay: its
//! delivery is due later, and nobody sleeps in a slot.

use std::time::Duration;

use jiff::Timestamp;
use shared::function::Function;
use shared::order::event::OrderEvent;
use shared::policy::Policy;

/// A function that consumes an event, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Who.
    pub function: Function,
    /// After which delay.
    pub delay: Delay,
}

/// Why a delivery is due later than its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delay {
    /// It is due at once.
    None,
    /// Whoever ordered the same limited dish before may still claim it: until the time in the event.
    Precedence,
    /// The customer may still take the order back for free.
    Grace,
    /// The restaurant looks at the ticket.
    Answer,
    /// The kitchen gets to it.
    Queue,
    /// The kitchen cooks.
    Cooking,
    /// The dispatch finds a courier.
    FindingCourier,
    /// The courier takes the bag.
    Handover,
    /// The courier rides to the door.
    Riding,
}

impl Route {
    /// When the delivery of this event is due, where it became durable at that time. Some events say
    /// from when, or until when: of a claim when it can be decided, and of an order for later when the
    /// restaurant is asked and when the courier is expected.
    pub(crate) fn due_at(
        self,
        event: &OrderEvent,
        recorded_at: Timestamp,
        policy: &Policy,
    ) -> Timestamp {
        let delay = self.delay.duration(policy);
        let after = |from: Timestamp| from.saturating_add(delay).unwrap_or(Timestamp::MAX);
        if let OrderEvent::OrderPlaced { decided_from: Some(decided_from), .. } = event {
            recorded_at.max(*decided_from)
        } else if let OrderEvent::PaymentCaptured { ask_at: Some(ask_at), .. } = event {
            after(*ask_at)
        } else if let OrderEvent::OrderPickedUp { expected_at, .. } = event {
            after(recorded_at).max(*expected_at)
        } else {
            after(recorded_at)
        }
    }
}

impl Delay {
    /// How long that is, where the event does not say until when.
    const fn duration(self, policy: &Policy) -> Duration {
        let durations = &policy.durations;
        match self {
            Self::None | Self::Precedence => Duration::ZERO,
            Self::Grace => durations.grace,
            Self::Answer => durations.answer,
            Self::Queue => durations.queue,
            Self::Cooking => durations.cooking,
            Self::FindingCourier => durations.finding_courier,
            Self::Handover => durations.handover,
            Self::Riding => durations.riding,
        }
    }
}

const fn to(function: Function, delay: Delay) -> Route {
    Route { function, delay }
}

/// The functions that consume this event.
pub(crate) const fn routes(event: &OrderEvent) -> &'static [Route] {
    match event {
        OrderEvent::OrderPlaced { decided_from: None, .. } => {
            const { &[to(Function::ValidateOrder, Delay::None)] }
        }
        OrderEvent::OrderPlaced { decided_from: Some(_), .. } => {
            const { &[to(Function::ValidateOrder, Delay::Precedence)] }
        }
        OrderEvent::OrderValidated { .. } => const { &[to(Function::ChargePayment, Delay::Grace)] },
        OrderEvent::PaymentCaptured { wait_until: Some(_), .. } => {
            const { &[to(Function::Kitchen, Delay::Answer)] }
        }
        OrderEvent::OrderAccepted { .. } => const { &[to(Function::Kitchen, Delay::Queue)] },
        OrderEvent::PreparationStarted { .. } => {
            const {
                &[
                    to(Function::Kitchen, Delay::Cooking),
                    to(Function::Courier, Delay::FindingCourier),
                ]
            }
        }
        OrderEvent::OrderReady { .. } => const { &[to(Function::Courier, Delay::Handover)] },
        OrderEvent::OrderPickedUp { .. } => const { &[to(Function::Courier, Delay::Riding)] },
        OrderEvent::OrderDelivered { wait_until: Some(_), .. } => {
            const { &[to(Function::SettleTip, Delay::None)] }
        }
        OrderEvent::CancellationRequested { .. } => {
            const { &[to(Function::Cancellation, Delay::None)] }
        }
        // However an order ends unfulfilled, and even where the charge comes after the end: the
        // gateway is asked to close its books on it.
        OrderEvent::OrderRejected { .. }
        | OrderEvent::PaymentDeclined { .. }
        | OrderEvent::OrderCancelled { .. }
        | OrderEvent::PaymentCaptured { wait_until: None, .. } => {
            const { &[to(Function::Refund, Delay::None)] }
        }
        OrderEvent::CourierAssigned { .. }
        | OrderEvent::TipSet { .. }
        | OrderEvent::OrderRated { .. }
        | OrderEvent::OrderDelivered { wait_until: None, .. }
        | OrderEvent::TipCaptured { .. }
        | OrderEvent::TipWaived { .. }
        | OrderEvent::PaymentRefunded { .. }
        | OrderEvent::DeliveryDied { .. }
        | OrderEvent::DeliveryRedelivered { .. }
        | OrderEvent::CustomerNotified { .. } => &[],
    }
}
