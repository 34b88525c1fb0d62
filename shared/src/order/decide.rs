//! The rules: a command, an order and the world give one event, or a refusal.
//! Steps 2 and 4 of an order's way.
//!
//! Pure: the same arguments give the same answer, on the server that decides and on the client that
//! predicts. A command that is carried out appends exactly one event to its order.
//!
//! Facts from outside (captured, declined, refunded) are never denied, in any status: an order that
//! was cancelled while its charge was under way records the capture and owes the refund.

use std::time::Duration;

use jiff::Timestamp;

use super::command::{Command, OrderDraft, PlaceOrder};
use super::event::OrderEvent;
use super::payment::Charge;
use super::refusal::{DenialCode, Refusal};
use super::status::{OrderStatus, Standing};
use super::{Order, OrderLine, subtotal};
use crate::catalog::{Catalog, Restaurant};
use crate::id::CustomerId;
use crate::money::Cents;
use crate::policy::Policy;
use crate::stock::{Service, Stock, serve};

mod customer;
mod ending;
mod later;

/// All that a decision may look at beside the order.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What time it is.
    pub now: Timestamp,
    /// What can be ordered.
    pub catalog: &'a Catalog,
    /// The numbers of the business.
    pub policy: &'a Policy,
    /// What is left at the restaurant; `None` where nobody has asked for anything limited there yet, and
    /// on a client, which decides nothing that depends on it.
    pub stock: Option<&'a Stock>,
}

/// Decides what a command does to an order (`None` where there is none yet).
///
/// # Errors
/// A [`Refusal`]: too early, too late, or denied. Nothing happens then.
pub fn decide(
    order: Option<&Order>,
    command: &Command,
    context: &Context<'_>,
) -> Result<OrderEvent, Refusal> {
    if let Command::Place { customer_id, order: placed } = command {
        return place(order, *customer_id, placed, context);
    }
    let order = order.ok_or_else(not_found)?;
    match command {
        Command::Place { .. } => Err(id_taken()),
        Command::RequestCancellation { customer_id } => {
            customer::request_cancellation(order, *customer_id, context)
        }
        Command::SetTip { customer_id, tip } => {
            customer::set_tip(order, *customer_id, *tip, context)
        }
        Command::Rate { customer_id, rating } => {
            customer::rate(order, *customer_id, *rating, context)
        }
        Command::Validate => validate(order, context),
        Command::Reject { reason } => at(order, OrderStatus::Placed, || rejected(reason)),
        Command::RecordCapture { amount } => record_capture(order, *amount, context),
        Command::RecordDecline { reason } => record_decline(order, reason),
        Command::Accept => at(order, OrderStatus::Paid, || accepted(order, context)),
        Command::Refuse { reason } => at(order, OrderStatus::Paid, || rejected(reason)),
        Command::BeginCooking => begin_cooking(order, context),
        Command::FinishCooking => at(order, OrderStatus::Preparing, || ready(order, context)),
        Command::AssignCourier { courier } => assign_courier(order, courier),
        Command::PickUp => pick_up(order, context),
        Command::Deliver => deliver(order, context),
        Command::RecordTipCapture { amount } => record_tip(order, *amount),
        Command::RecordTipDecline => match order.money.tip {
            Charge::Open => at(order, OrderStatus::Delivered, || OrderEvent::TipWaived {
                reason: "the bank declined it".to_owned(),
            }),
            Charge::Captured(_) | Charge::Declined => Err(Refusal::late("the tip is settled")),
        },
        Command::Cancel => ending::cancel(order),
        Command::RecordRefund { captured, refunded } => {
            ending::record_refund(order, *captured, *refunded)
        }
        Command::RecordDeadLetter { function, error } => {
            Ok(OrderEvent::DeliveryDied { function: *function, error: error.clone() })
        }
        Command::RecordRedelivery { function } => {
            Ok(OrderEvent::DeliveryRedelivered { function: *function })
        }
        Command::Notify { message } => {
            Ok(OrderEvent::CustomerNotified { message: message.clone() })
        }
        Command::EndWait => ending::end_wait(order, context.now),
    }
}

impl Context<'_> {
    /// So long from now.
    fn after(&self, duration: Duration) -> Timestamp {
        so_long_after(self.now, duration)
    }
}

/// So long after. A time beyond the calendar's end counts as its end.
fn so_long_after(from: Timestamp, duration: Duration) -> Timestamp {
    from.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

fn place(
    existing: Option<&Order>,
    customer_id: CustomerId,
    placed: &PlaceOrder,
    context: &Context<'_>,
) -> Result<OrderEvent, Refusal> {
    if existing.is_some() {
        return Err(id_taken());
    }
    let draft = placed.draft();
    let restaurant = context.catalog.restaurant(draft.restaurant_id).ok_or_else(|| {
        Refusal::denied(
            DenialCode::RestaurantUnknown,
            "There is no such restaurant any more. Look at the list again and choose another.",
        )
    })?;
    let lines = priced(draft, restaurant)?;
    let price = subtotal(&lines);
    if let Some(expected) = draft.expected_subtotal.filter(|expected| *expected != price) {
        return Err(Refusal::denied(
            DenialCode::PriceChanged,
            format!("This costs {price} now, not {expected}. Look at the menu and order again."),
        ));
    }
    later::check_wish(draft.scheduled_for, context)?;
    let placed_at = bounded(draft.placed_at, context);
    let is_limited = lines.iter().any(|line| restaurant.is_limited(line.menu_item_id));
    let window = context.policy.limits.fairness_window;
    let decided_from = placed_at.saturating_add(window).unwrap_or(Timestamp::MAX);
    Ok(OrderEvent::OrderPlaced {
        customer_id,
        restaurant_id: restaurant.id,
        lines,
        tip: draft.tip.cents(),
        note: draft.note.clone(),
        deliver_to: draft.deliver_to.clone(),
        placed_at,
        scheduled_for: draft.scheduled_for,
        decided_from: is_limited.then_some(decided_from),
        wait_until: context.after(context.policy.deadlines.validation),
    })
}

/// The lines at the restaurant's prices of this moment.
fn priced(draft: &OrderDraft, restaurant: &Restaurant) -> Result<Vec<OrderLine>, Refusal> {
    let price = |line: &super::command::LineRequest| {
        let dish = restaurant.dish(line.menu_item_id).ok_or_else(|| {
            Refusal::denied(
                DenialCode::DishUnknown,
                format!("{} no longer has this dish. Look at its menu again.", restaurant.name),
            )
        })?;
        Ok(OrderLine {
            menu_item_id: dish.id,
            name: dish.name.clone(),
            quantity: line.quantity,
            unit_price: dish.price,
        })
    };
    draft.lines.iter().map(price).collect()
}

/// The customer's time, believed within the fairness window.
fn bounded(placed_at: Option<Timestamp>, context: &Context<'_>) -> Timestamp {
    let window = context.policy.limits.fairness_window;
    let earliest = context.now.saturating_sub(window).unwrap_or(Timestamp::MIN);
    placed_at.unwrap_or(context.now).clamp(earliest, context.now)
}

/// Validation finds nothing against it; whether there is enough for it is decided here, where the
/// stock is known, and who has precedence.
fn validate(order: &Order, context: &Context<'_>) -> Result<OrderEvent, Refusal> {
    let validated = at(order, OrderStatus::Placed, || OrderEvent::OrderValidated {
        amount: order.subtotal(),
        wait_until: context.after(context.policy.deadlines.payment),
    })?;
    match serve(order, context) {
        Service::Served => Ok(validated),
        Service::Waits { why } => Err(Refusal::early(why)),
        Service::SoldOut { reason } => Ok(rejected(&reason)),
    }
}

fn record_capture(
    order: &Order,
    amount: Cents,
    context: &Context<'_>,
) -> Result<OrderEvent, Refusal> {
    if matches!(order.money.charge, Charge::Captured(_)) {
        return Err(Refusal::late("the charge is on record"));
    }
    match order.status.standing(OrderStatus::Validated) {
        Standing::Before => Err(Refusal::early("the order is not validated yet")),
        Standing::At => {
            let ask_at = later::ask_at(order, context);
            let asked = ask_at.unwrap_or(context.now);
            let wait_until = Some(so_long_after(asked, context.policy.deadlines.restaurant));
            Ok(OrderEvent::PaymentCaptured { amount, ask_at, wait_until })
        }
        Standing::Past => {
            Ok(OrderEvent::PaymentCaptured { amount, ask_at: None, wait_until: None })
        }
    }
}

fn record_decline(order: &Order, reason: &str) -> Result<OrderEvent, Refusal> {
    match order.money.charge {
        Charge::Captured(_) | Charge::Declined => Err(Refusal::late("the charge is on record")),
        Charge::Open if order.status == OrderStatus::Placed => {
            Err(Refusal::early("the order is not validated yet"))
        }
        Charge::Open => Ok(OrderEvent::PaymentDeclined { reason: reason.to_owned() }),
    }
}

fn record_tip(order: &Order, amount: Cents) -> Result<OrderEvent, Refusal> {
    match order.money.tip {
        Charge::Captured(_) => Err(Refusal::late("the tip is on record")),
        // Also after it was waived: what the bank took, it took.
        Charge::Open | Charge::Declined => {
            at(order, OrderStatus::Delivered, || OrderEvent::TipCaptured { amount })
        }
    }
}

fn begin_cooking(order: &Order, context: &Context<'_>) -> Result<OrderEvent, Refusal> {
    let Policy { durations, deadlines, .. } = context.policy;
    let event = at(order, OrderStatus::Accepted, || OrderEvent::PreparationStarted {
        wait_until: context.after(durations.cooking + deadlines.cooking),
    })?;
    if order.cancel_requested() {
        return Err(Refusal::early("a cancellation is undecided"));
    }
    Ok(event)
}

fn assign_courier(order: &Order, courier: &str) -> Result<OrderEvent, Refusal> {
    if order.courier.is_some() {
        return Err(Refusal::late("a courier is assigned"));
    }
    match order.status {
        OrderStatus::Placed
        | OrderStatus::Validated
        | OrderStatus::Paid
        | OrderStatus::Accepted => Err(Refusal::early("the kitchen has not begun yet")),
        OrderStatus::Preparing | OrderStatus::Ready => {
            Ok(OrderEvent::CourierAssigned { courier: courier.to_owned() })
        }
        OrderStatus::PickedUp
        | OrderStatus::Delivered
        | OrderStatus::Rejected
        | OrderStatus::PaymentDeclined
        | OrderStatus::Cancelled => Err(overtaken(order)),
    }
}

fn pick_up(order: &Order, context: &Context<'_>) -> Result<OrderEvent, Refusal> {
    let Policy { durations, deadlines, .. } = context.policy;
    let expected_at = later::expected(order, durations.riding, context);
    let event = at(order, OrderStatus::Ready, || OrderEvent::OrderPickedUp {
        expected_at,
        wait_until: so_long_after(expected_at, deadlines.riding),
    })?;
    if order.courier.is_none() {
        return Err(Refusal::early("no courier is assigned yet"));
    }
    Ok(event)
}

fn accepted(order: &Order, context: &Context<'_>) -> OrderEvent {
    let Policy { durations, deadlines, .. } = context.policy;
    let kitchen = durations.queue + durations.cooking;
    OrderEvent::OrderAccepted {
        expected_at: later::expected(
            order,
            kitchen + durations.handover + durations.riding,
            context,
        ),
        wait_until: context.after(durations.queue + deadlines.cooking),
    }
}

fn ready(order: &Order, context: &Context<'_>) -> OrderEvent {
    let Policy { durations, deadlines, .. } = context.policy;
    OrderEvent::OrderReady {
        expected_at: later::expected(order, durations.handover + durations.riding, context),
        wait_until: context.after(durations.handover + deadlines.courier),
    }
}

fn deliver(order: &Order, context: &Context<'_>) -> Result<OrderEvent, Refusal> {
    let until = context.after(context.policy.deadlines.tip);
    let event = at(order, OrderStatus::PickedUp, || OrderEvent::OrderDelivered {
        tip: order.tip,
        wait_until: (!order.tip.is_zero()).then_some(until),
    })?;
    if order.scheduled_for.is_some_and(|wished| wished > context.now) {
        return Err(Refusal::early("it is for later"));
    }
    Ok(event)
}

fn rejected(reason: &str) -> OrderEvent {
    OrderEvent::OrderRejected { reason: reason.to_owned() }
}

/// The event, if the order stands exactly at this step.
fn at(
    order: &Order,
    step: OrderStatus,
    event: impl FnOnce() -> OrderEvent,
) -> Result<OrderEvent, Refusal> {
    match order.status.standing(step) {
        Standing::Before => Err(Refusal::early(format!("the order is not {step} yet"))),
        Standing::At => Ok(event()),
        Standing::Past => Err(overtaken(order)),
    }
}

fn overtaken(order: &Order) -> Refusal {
    Refusal::late(format!("the order is {} already", order.status))
}

fn id_taken() -> Refusal {
    Refusal::denied(
        DenialCode::OrderIdTaken,
        "Another order has this id already. Place the order again with a fresh one.",
    )
}

fn not_found() -> Refusal {
    Refusal::denied(DenialCode::OrderNotFound, "You have no such order. Look at your orders.")
}
