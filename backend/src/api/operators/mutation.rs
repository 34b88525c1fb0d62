//! What operators steer. What they do to an order or to a customer is an event there.

use async_graphql::{Context, Object, Result};
use shared::id::CustomerId;

use crate::api::Backend;
use crate::api::auth::Caller;
use crate::api::error::ApiError;
use crate::api::scalars::UuidScalar;
use crate::api::types::delivery::Delivery;
use crate::api::types::faults::{Faults, FaultsInput};
use crate::api::types::insights::FunctionStats;
use crate::api::types::page::Customer;
use crate::eventing::consumer::Consumer;
use crate::eventing::request::{Answer, Pause, Request};

/// One that was done may have been there: nothing of it is left to be handed out once more.
const NO_DELIVERY: &str = "there is no delivery with this id; one that was done is forgotten a week after it was handed out last";

#[derive(Default)]
pub(in crate::api) struct OperatorMutation;

#[Object]
impl OperatorMutation {
    /// Operators: hands a delivery to its function once more.
    async fn redeliver(&self, context: &Context<'_>, delivery_id: UuidScalar) -> Result<Delivery> {
        Caller::operator(context)?;
        let backend = context.data::<Backend>()?;
        let found = backend.reader.delivery_with(delivery_id.0).await.map_err(ApiError::from)?;
        let none = || ApiError::bad_input(NO_DELIVERY);
        let key = found.ok_or_else(none)?;
        match backend.writer.ask(Request::Redeliver(key)).await.map_err(ApiError::from)? {
            Answer::Delivery(delivery) => Ok(Delivery::changed(*delivery)),
            Answer::DeliveryRunning => Err(ApiError::DeliveryRunning.into()),
            Answer::Unknown => Err(none().into()),
            Answer::Done
            | Answer::Receipt(_)
            | Answer::IdempotencyConflict
            | Answer::MoreIsOld
            | Answer::Zombie => {
                Err(ApiError::Internal("a redelivery was not answered with a delivery").into())
            }
        }
    }

    /// Operators: while a function is paused no attempt is made and its backlog grows.
    async fn set_paused(
        &self,
        context: &Context<'_>,
        function: String,
        paused: bool,
    ) -> Result<FunctionStats> {
        Caller::operator(context)?;
        let backend = context.data::<Backend>()?;
        let consumer: Consumer = function.parse().map_err(ApiError::no_consumer)?;
        let pause = if paused { Pause::Paused } else { Pause::Running };
        let request = Request::SetPaused(consumer, pause);
        backend.writer.ask(request).await.map_err(ApiError::from)?;
        let overview = backend.reader.overview(backend.clock.now()).await;
        let consumers = overview.map_err(ApiError::from)?.consumers;
        let stats = consumers.into_iter().find(|stats| stats.consumer == consumer);
        Ok(stats.ok_or(ApiError::Internal("a consumer without statistics"))?.into())
    }

    /// Operators: all of a customer's tokens stop working.
    async fn revoke_tokens(
        &self,
        context: &Context<'_>,
        customer_id: UuidScalar,
    ) -> Result<Customer> {
        Caller::operator(context)?;
        let backend = context.data::<Backend>()?;
        let id = CustomerId::new(customer_id.0);
        let none = || ApiError::bad_input("there is no customer with this id");
        let customer = backend.reader.customer(id).await.map_err(ApiError::from)?;
        let customer = customer.ok_or_else(none)?;
        match backend.writer.ask(Request::RevokeTokens(id)).await.map_err(ApiError::from)? {
            Answer::Done => {}
            Answer::Unknown => return Err(none().into()),
            Answer::Delivery(_)
            | Answer::DeliveryRunning
            | Answer::Receipt(_)
            | Answer::IdempotencyConflict
            | Answer::MoreIsOld
            | Answer::Zombie => {
                return Err(ApiError::Internal("a revocation was not answered as one").into());
            }
        }
        // Whoever comes from now on finds the token ended; whoever is here already is sent away.
        backend.sessions.end(id);
        Ok(Customer { id: customer_id, name: customer.name })
    }

    /// Operators, and only on a server started with --lab: switches fault injection.
    async fn set_faults(&self, context: &Context<'_>, input: FaultsInput) -> Result<Faults> {
        Caller::operator(context)?;
        let lab = &context.data::<Backend>()?.lab;
        Ok(lab.change(input.change()?).map_err(ApiError::from)?.into())
    }
}
