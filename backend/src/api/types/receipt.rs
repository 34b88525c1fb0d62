//! What mutations take and give: inputs and receipts. Step 5 of an order's way.

use async_graphql::{InputObject, SimpleObject};
use shared::id::{MenuItemId, OrderId, RestaurantId};
use shared::money::Cents;
use shared::order::command::{LineRequest, OrderDraft, PlaceOrder, Quantity};
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use super::order::Order;
use crate::api::error::ApiError;
use crate::api::scalars::{CursorScalar, DateTime, UuidScalar};

#[derive(InputObject)]
pub(crate) struct PlaceOrderInput {
    /// Idempotency key: the same key with the same input has one effect, however often it is sent.
    pub(crate) mutation_id: UuidScalar,
    /// Chosen by the client, so that the placeholder and the order are one.
    pub(crate) order_id: UuidScalar,
    pub(crate) restaurant_id: UuidScalar,
    pub(crate) lines: Vec<OrderLineInput>,
    #[graphql(default_with = "Some(0)")]
    pub(crate) tip_cents: Option<i32>,
    pub(crate) note: Option<String>,
    pub(crate) deliver_to: Option<String>,
    /// The subtotal that the customer saw; where prices have changed since, the mutation is refused with PRICE_CHANGED.
    pub(crate) expected_subtotal_cents: Option<i32>,
    /// By the customer's clock, clamped to the last three seconds of the server's. It decides who comes first for the last portion.
    pub(crate) placed_at: Option<DateTime>,
    /// Deliver not before; at most 7 days ahead.
    pub(crate) scheduled_for: Option<DateTime>,
}

#[derive(InputObject)]
pub(crate) struct OrderLineInput {
    pub(crate) menu_item_id: UuidScalar,
    pub(crate) quantity: i32,
}

#[derive(InputObject)]
pub(crate) struct CancelOrderInput {
    pub(crate) mutation_id: UuidScalar,
    pub(crate) order_id: UuidScalar,
}

#[derive(InputObject)]
pub(crate) struct SetTipInput {
    pub(crate) mutation_id: UuidScalar,
    pub(crate) order_id: UuidScalar,
    pub(crate) tip_cents: i32,
}

#[derive(InputObject)]
pub(crate) struct RateOrderInput {
    pub(crate) mutation_id: UuidScalar,
    pub(crate) order_id: UuidScalar,
    pub(crate) rating: i32,
}

/// Returned as soon as the outcome is durable, before any business logic has run. A refusal is an outcome too:
/// sent again, the same mutationId gets the same answer, for ever. `cursor` is the log position that holds the outcome (of a
/// refusal: the position at which it was decided). Whatever needs judgement (opening hours, portions, money) is no refusal but an
/// event that comes later. Malformed input (BAD_USER_INPUT), a missing token (UNAUTHENTICATED), an operator's call by somebody else (FORBIDDEN), redelivering what runs (DELIVERY_RUNNING), the same mutationId with another input
/// (IDEMPOTENCY_CONFLICT) and a server in trouble (UNAVAILABLE, RATE_LIMITED) are GraphQL errors with `extensions.code`;
/// only the last two are worth a retry.
#[derive(SimpleObject)]
pub(crate) struct OrderReceipt {
    pub(crate) mutation_id: UuidScalar,
    /// The order as it stands; null where there is none that the customer may see.
    pub(crate) order: Option<Order>,
    pub(crate) cursor: CursorScalar,
    /// True where this mutationId had been answered before.
    pub(crate) replayed: bool,
    /// Null where the mutation was accepted.
    pub(crate) refusal: Option<Refusal>,
}

#[derive(SimpleObject)]
pub(crate) struct Refusal {
    /// For programs: RESTAURANT_UNKNOWN, DISH_UNKNOWN, PRICE_CHANGED, ORDER_NOT_FOUND, ORDER_ID_TAKEN, ORDER_CLOSED, TOO_LATE_TO_CANCEL, NOT_DELIVERED_YET, TOO_MANY_CHANGES, …
    pub(crate) code: String,
    /// For the customer: why, and what can be done instead.
    pub(crate) message: String,
    /// The version of the order on which the refusal was decided.
    pub(crate) order_version: Option<i32>,
}

impl PlaceOrderInput {
    /// The order that is asked for, checked for shape and bounds.
    pub(crate) fn order(self) -> Result<PlaceOrder, ApiError> {
        let lines: Result<_, ApiError> = self.lines.into_iter().map(OrderLineInput::line).collect();
        let draft = OrderDraft {
            order_id: OrderId::new(self.order_id.0),
            restaurant_id: RestaurantId::new(self.restaurant_id.0),
            lines: lines?,
            tip: tip(self.tip_cents.unwrap_or(0))?,
            note: self.note,
            deliver_to: self.deliver_to,
            expected_subtotal: self
                .expected_subtotal_cents
                .map(|cents| amount("expectedSubtotalCents", cents))
                .transpose()?,
            placed_at: self.placed_at.map(|at| at.0),
            scheduled_for: self.scheduled_for.map(|at| at.0),
        };
        Ok(PlaceOrder::try_from(draft)?)
    }
}

impl SetTipInput {
    /// The tip that is asked for, within its bounds.
    pub(crate) fn tip(&self) -> Result<Tip, ApiError> {
        tip(self.tip_cents)
    }
}

impl RateOrderInput {
    /// The rating that is asked for, within its bounds.
    pub(crate) fn rating(&self) -> Result<Rating, ApiError> {
        Rating::try_from(i64::from(self.rating))
            .map_err(|why| ApiError::bad_input(format!("rating: {why}")))
    }
}

impl OrderLineInput {
    fn line(self) -> Result<LineRequest, ApiError> {
        Ok(LineRequest {
            menu_item_id: MenuItemId::new(self.menu_item_id.0),
            quantity: Quantity::try_from(i64::from(self.quantity))?,
        })
    }
}

fn tip(cents: i32) -> Result<Tip, ApiError> {
    Tip::try_from(i64::from(cents)).map_err(|why| ApiError::bad_input(format!("tipCents: {why}")))
}

fn amount(field: &str, cents: i32) -> Result<Cents, ApiError> {
    Cents::try_from(i64::from(cents)).map_err(|why| ApiError::bad_input(format!("{field}: {why}")))
}
