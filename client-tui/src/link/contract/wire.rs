//! An order as the contract writes it, and the order that it means.
//! Steps 3, 5 and 8 of an order's way.
//!
//! The four documents that carry orders each have types of their own for them, alike field by field;
//! `order_of!` brings them together, so that what an order means is said once.

use jiff::Timestamp;
use shared::{
    cursor::Version,
    function::Function,
    id::{CustomerId, MenuItemId, MutationId, OrderId, RestaurantId},
    money::{Cents, NotAnAmount},
    order::{
        Order, OrderLine, StatusChange, Wait, Waiter,
        command::{InvalidOrder, Quantity},
        payment::{Charge, Money, PaymentStatus, Refund, UnknownPaymentStatus},
        rating::{InvalidRating, Rating},
        status::{OrderStatus, UnknownStatus},
        subtotal,
    },
};
use uuid::Uuid;

use super::AnswerError;

/// What an order has on the wire, its enumerations still words.
pub(super) struct WireOrder {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) status: String,
    pub(super) restaurant_id: Uuid,
    pub(super) lines: Vec<WireLine>,
    pub(super) tip_cents: i64,
    pub(super) note: Option<String>,
    pub(super) deliver_to: Option<String>,
    pub(super) rating: Option<i64>,
    pub(super) cancel_requested: bool,
    pub(super) payment: String,
    pub(super) waiting_for: Option<Wait>,
    pub(super) expected_at: Option<Timestamp>,
    pub(super) reason: Option<String>,
    pub(super) courier: Option<String>,
    pub(super) scheduled_for: Option<Timestamp>,
    pub(super) placed_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) timeline: Vec<(String, Timestamp)>,
    pub(super) mutation_ids: Vec<Uuid>,
}

pub(super) struct WireLine {
    pub(super) menu_item_id: Uuid,
    pub(super) name: String,
    pub(super) quantity: i64,
    pub(super) unit_price_cents: i64,
}

/// Turns a document's `OrderFields` into a [`WireOrder`].
macro_rules! order_of {
    ($document:ident) => {
        impl From<$crate::link::contract::documents::$document::OrderFields>
            for $crate::link::contract::wire::WireOrder
        {
            fn from(order: $crate::link::contract::documents::$document::OrderFields) -> Self {
                use $crate::link::contract::wire::{WireLine, WireOrder};
                WireOrder {
                    id: order.id,
                    version: order.version,
                    status: order.status,
                    restaurant_id: order.restaurant.id,
                    lines: order
                        .lines
                        .into_iter()
                        .map(|line| WireLine {
                            menu_item_id: line.menu_item_id,
                            name: line.name,
                            quantity: line.quantity,
                            unit_price_cents: line.unit_price_cents,
                        })
                        .collect(),
                    tip_cents: order.tip_cents,
                    note: order.note,
                    deliver_to: order.deliver_to,
                    rating: order.rating,
                    cancel_requested: order.cancel_requested,
                    payment: order.payment,
                    waiting_for: order.waiting_for.map(|wait| shared::order::Wait {
                        who: wait.who.as_str().into(),
                        since: wait.since,
                        until: wait.until,
                    }),
                    expected_at: order.expected_at,
                    reason: order.reason,
                    courier: order.courier,
                    scheduled_for: order.scheduled_for,
                    placed_at: order.placed_at,
                    updated_at: order.updated_at,
                    timeline: order
                        .timeline
                        .into_iter()
                        .map(|change| (change.status, change.at))
                        .collect(),
                    mutation_ids: order.mutation_ids,
                }
            }
        }
    };
}
pub(super) use order_of;

/// Something in an order that this build cannot make sense of.
#[derive(Debug, thiserror::Error)]
enum Odd {
    #[error(transparent)]
    Status(#[from] UnknownStatus),
    #[error(transparent)]
    Payment(#[from] UnknownPaymentStatus),
    #[error(transparent)]
    Amount(#[from] NotAnAmount),
    #[error(transparent)]
    Quantity(#[from] InvalidOrder),
    #[error(transparent)]
    Rating(#[from] InvalidRating),
    #[error("{0} is no version")]
    Version(i64),
}

/// The order that this customer sees.
pub(super) fn order(
    order: impl Into<WireOrder>,
    customer_id: CustomerId,
) -> Result<Order, AnswerError> {
    read(order.into(), customer_id).map_err(|error| AnswerError::not_understood("an order", error))
}

/// A version on the wire.
pub(super) fn version(number: i64) -> Option<Version> {
    u32::try_from(number).ok().map(Version::new)
}

fn read(order: WireOrder, customer_id: CustomerId) -> Result<Order, Odd> {
    let lines = order.lines.into_iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let (wait, cancellation) = waits(order.waiting_for, order.cancel_requested, order.updated_at);
    let status = order.status.parse::<OrderStatus>()?;
    let tip = Cents::try_from(order.tip_cents)?;
    let is_settled = status == OrderStatus::Delivered && wait.is_none() && !tip.is_zero();
    let tip_charge = if is_settled { Charge::Captured(tip) } else { Charge::Open };
    let money = money(order.payment.parse()?, subtotal(&lines), tip_charge);
    let timeline = order
        .timeline
        .into_iter()
        .map(|(status, at)| Ok(StatusChange { status: status.parse()?, at }));
    Ok(Order {
        id: OrderId::new(order.id),
        customer_id,
        version: version(order.version).ok_or(Odd::Version(order.version))?,
        status,
        restaurant_id: RestaurantId::new(order.restaurant_id),
        lines,
        tip,
        note: order.note,
        deliver_to: order.deliver_to,
        rating: order.rating.map(Rating::try_from).transpose()?,
        money,
        wait,
        cancellation,
        expected_at: order.expected_at,
        reason: order.reason,
        courier: order.courier,
        scheduled_for: order.scheduled_for,
        placed_at: order.placed_at,
        // The server's own business.
        decided_from: None,
        updated_at: order.updated_at,
        timeline: timeline.collect::<Result<_, UnknownStatus>>()?,
        mutation_ids: order.mutation_ids.into_iter().map(MutationId::new).collect(),
    })
}

fn line(line: WireLine) -> Result<OrderLine, Odd> {
    Ok(OrderLine {
        menu_item_id: MenuItemId::new(line.menu_item_id),
        name: line.name,
        quantity: Quantity::try_from(line.quantity)?,
        unit_price: Cents::try_from(line.unit_price_cents)?,
    })
}

/// The contract says of the money only how it stands; what follows from that is what a customer may
/// see. Of the tip it says nothing, but what was delivered and waits for nothing has its tip settled:
/// what stands was taken (one that was waived stands at nothing).
fn money(status: PaymentStatus, subtotal: Cents, tip: Charge) -> Money {
    let captured = Charge::Captured(subtotal);
    let (charge, refund) = match status {
        PaymentStatus::None => (Charge::Open, Refund::NotOwed),
        PaymentStatus::Captured => (captured, Refund::NotOwed),
        PaymentStatus::Declined => (Charge::Declined, Refund::NotOwed),
        PaymentStatus::Refunding => (captured, Refund::Owed),
        PaymentStatus::Refunded => {
            (captured, Refund::Settled { captured: subtotal, refunded: subtotal })
        }
    };
    Money { charge, tip, refund }
}

/// The wait of the present step, and that for the decision on a cancellation. The contract shows the
/// one that counts; while a cancellation is undecided it is that one.
fn waits(
    waiting_for: Option<Wait>,
    cancel_requested: bool,
    since: Timestamp,
) -> (Option<Wait>, Option<Wait>) {
    if !cancel_requested {
        return (waiting_for, None);
    }
    let undecided = || Wait { who: Waiter::Function(Function::Cancellation), since, until: None };
    (None, Some(waiting_for.unwrap_or_else(undecided)))
}
