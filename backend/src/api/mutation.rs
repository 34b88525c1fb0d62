//! Mutations: check the shape, hand the command to the writer, answer with its receipt.
//!
//! Steps 4 and 5 of an order's way. Nothing is decided here and nothing is waited for but the commit.

#![expect(clippy::doc_markdown, reason = "descriptions are the contract's, word for word")]

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use serde_json::json;
use shared::id::{CustomerId, MutationId, OrderId};
use shared::order::command::Command;
use uuid::Builder;

use super::Backend;
use super::auth::{Caller, fresh_token};
use super::error::ApiError;
use super::scalars::UuidScalar;
use super::types::page::{Customer, Session};
use super::types::receipt::{
    CancelOrderInput, OrderReceipt, PlaceOrderInput, RateOrderInput, Refusal, SetTipInput,
};
use crate::eventing::log::InputHash;
use crate::eventing::request::{Answer, Mutation as Asked, Receipt, Replay, Request, SignIn};
use crate::secret::hash;

/// The longest name, in characters.
const NAME_LENGTH_MAX: usize = 60;

#[derive(Default)]
pub(super) struct Mutation;

// Merged with what operators steer; only the whole is called `Mutation`.
#[Object(name = "CustomerMutation")]
impl Mutation {
    /// Creates a customer and returns the bearer token; the token is shown once.
    async fn sign_in(&self, context: &Context<'_>, name: String) -> Result<Session> {
        let name = name.trim();
        let length = name.chars().count();
        if !(1..=NAME_LENGTH_MAX).contains(&length) || name.chars().any(char::is_control) {
            let message =
                format!("a name has 1 to {NAME_LENGTH_MAX} characters, and no control characters");
            return Err(ApiError::bad_input(message).into());
        }
        let backend = context.data::<Backend>()?;
        let id = fresh_customer_id();
        let token = fresh_token(id);
        let customer = SignIn { customer_id: id, name: name.to_owned(), token_hash: hash(&token) };
        backend.writer.ask(Request::SignIn(customer)).await.map_err(ApiError::from)?;
        Ok(Session {
            token,
            customer: Customer { id: UuidScalar(id.uuid()), name: name.to_owned() },
        })
    }

    async fn place_order(
        &self,
        context: &Context<'_>,
        input: PlaceOrderInput,
    ) -> Result<OrderReceipt> {
        let customer_id = Caller::customer(context)?.id;
        let mutation_id = MutationId::new(input.mutation_id.0);
        let backend = context.data::<Backend>()?;
        let order = input.order()?;
        order.check_ahead(backend.clock.now()).map_err(ApiError::from)?;
        let input_hash = input_hash(&json!({ "placeOrder": order }));
        let order_id = order.draft().order_id;
        let command = Command::Place { customer_id, order };
        let asked = Asked { customer_id, mutation_id, input_hash, order_id, command };
        mutate(backend, asked).await
    }

    /// Asks for a cancellation. Accepted until the kitchen has begun (status before PREPARING), and from then on the kitchen does not
    /// begin before the request is decided; the decision arrives as an event. A second one while the first is undecided is accepted and
    /// changes nothing but the version; after a final status it is ORDER_CLOSED.
    async fn cancel_order(
        &self,
        context: &Context<'_>,
        input: CancelOrderInput,
    ) -> Result<OrderReceipt> {
        let customer_id = Caller::customer(context)?.id;
        let mutation_id = MutationId::new(input.mutation_id.0);
        let order_id = OrderId::new(input.order_id.0);
        let input_hash = input_hash(&json!({ "cancelOrder": order_id }));
        let command = Command::RequestCancellation { customer_id };
        let asked = Asked { customer_id, mutation_id, input_hash, order_id, command };
        mutate(context.data::<Backend>()?, asked).await
    }

    /// Sets the courier's tip, until the order is delivered; the last accepted value stands and is charged on delivery.
    async fn set_tip(&self, context: &Context<'_>, input: SetTipInput) -> Result<OrderReceipt> {
        let customer_id = Caller::customer(context)?.id;
        let mutation_id = MutationId::new(input.mutation_id.0);
        let order_id = OrderId::new(input.order_id.0);
        let tip = input.tip()?;
        let input_hash = input_hash(&json!({ "setTip": [order_id, tip] }));
        let command = Command::SetTip { customer_id, tip };
        let asked = Asked { customer_id, mutation_id, input_hash, order_id, command };
        mutate(context.data::<Backend>()?, asked).await
    }

    /// Rates a delivered order, 1 to 5; the last accepted value stands.
    async fn rate_order(
        &self,
        context: &Context<'_>,
        input: RateOrderInput,
    ) -> Result<OrderReceipt> {
        let customer_id = Caller::customer(context)?.id;
        let mutation_id = MutationId::new(input.mutation_id.0);
        let order_id = OrderId::new(input.order_id.0);
        let rating = input.rating()?;
        let input_hash = input_hash(&json!({ "rateOrder": [order_id, rating] }));
        let command = Command::Rate { customer_id, rating };
        let asked = Asked { customer_id, mutation_id, input_hash, order_id, command };
        mutate(context.data::<Backend>()?, asked).await
    }
}

/// What is asked, so that a repetition is told from another input under the same id. Canonical: after
/// defaults, with what is absent left out, and before prices and server time.
fn input_hash(input: &serde_json::Value) -> InputHash {
    InputHash(hash(input.to_string()))
}

async fn mutate(backend: &Backend, asked: Asked) -> Result<OrderReceipt> {
    match backend.writer.ask(Request::Mutate(asked)).await.map_err(ApiError::from)? {
        Answer::Receipt(receipt) => Ok(backend.receipt(*receipt)),
        Answer::IdempotencyConflict => Err(ApiError::IdempotencyConflict.into()),
        Answer::Done
        | Answer::Delivery(_)
        | Answer::DeliveryRunning
        | Answer::MoreIsOld
        | Answer::Unknown
        | Answer::Zombie => {
            Err(ApiError::Internal("a mutation was not answered with a receipt").into())
        }
    }
}

impl Backend {
    fn receipt(&self, receipt: Receipt) -> OrderReceipt {
        OrderReceipt {
            mutation_id: UuidScalar(receipt.mutation_id.uuid()),
            order: receipt.order.map(|order| self.order(Arc::new(order))),
            cursor: self.cursor(receipt.position),
            replayed: receipt.replay == Replay::Replayed,
            refusal: receipt.refusal.map(|refusal| Refusal {
                code: refusal.denial.code.word().to_owned(),
                message: refusal.denial.message,
                order_version: refusal
                    .order_version
                    .map(|version| i32::try_from(version.get()).unwrap_or(i32::MAX)),
            }),
        }
    }
}

fn fresh_customer_id() -> CustomerId {
    let mut random = [0_u8; 16];
    #[expect(clippy::disallowed_methods, reason = "the edge: customers' ids are drawn here only")]
    rand::fill(&mut random);
    CustomerId::new(Builder::from_random_bytes(random).into_uuid())
}
