//! FACTOR 3, async serverless: the small stateless functions that bring an order home.
//!
//! Step 6 of an order's way. A function gets an event and the order as it stands, and says what
//! follows: commands, *not yet*, *again later*, or *never*. It has no access to the store; what it
//! returns is decided and appended by the writer, in the transaction that marks its delivery done.
//!
//! Every function may be called twice with the same event, too early, or too late: the decider tells,
//! and what it does outside carries a key made of the order. What a function sends outside it takes
//! from the event only; the order only says whether to go on.

pub(crate) mod validate_order;
pub(crate) mod charge_payment;
pub(crate) mod kitchen;
pub(crate) mod courier;
pub(crate) mod settle_tip;
pub(crate) mod refund;
pub(crate) mod cancellation;

use std::sync::Arc;

use shared::catalog::Catalog;
use shared::function::Function;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::event::OrderEvent;
use shared::policy::Policy;

use crate::eventing::delivery::Outcome;
use crate::eventing::log::Body;
use crate::eventing::plan::Claim;
use crate::eventing::routes::routes;
use crate::gateway::{Gateway, GatewayError, Line};

#[cfg(test)]
mod tests;

/// What a function is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// What happened; none where the event is of a kind that no function handles.
    pub event: Option<OrderEvent>,
    /// The order as it stood when the delivery was handed out.
    pub order: Arc<Order>,
    /// How the bank is heard meanwhile.
    pub line: Line,
}

/// The functions, and the world that they work in.
#[derive(Clone, Debug)]
pub(crate) struct Functions {
    /// What can be ordered.
    pub catalog: Arc<Catalog>,
    /// The numbers of the business.
    pub policy: Arc<Policy>,
    /// The bank.
    pub gateway: Gateway,
}

/// Whoever can call the functions. The same call may come again, also beside itself.
pub(crate) trait Handlers: Clone + Send + Sync + 'static {
    /// Calls a function and says how it ended.
    fn handle(&self, function: Function, call: Call) -> impl Future<Output = Outcome> + Send;
}

impl Call {
    /// The call that a claimed delivery comes to.
    pub(crate) fn of(claim: &Claim) -> Self {
        let event = match &claim.event.body {
            Body::Order(event) => Some(event.clone()),
            Body::Customer(_) | Body::Restaurant(_) | Body::System(_) => None,
        };
        Self { event, order: Arc::clone(&claim.order), line: Line::Sound }
    }
}

impl Handlers for Functions {
    /// Calls a function. An event that it does not handle is none of its business.
    async fn handle(&self, function: Function, call: Call) -> Outcome {
        let Some(event) = &call.event else { return done_without_effect() };
        if !routes(event).iter().any(|route| route.function == function) {
            return done_without_effect();
        }
        let (order, gateway) = (&call.order, &self.gateway.over(call.line));
        match function {
            Function::ValidateOrder => {
                validate_order::handle(event, order, &self.catalog, &self.policy)
            }
            Function::ChargePayment => charge_payment::handle(event, order, gateway).await,
            Function::Kitchen => kitchen::handle(event, order, &self.catalog),
            Function::Courier => courier::handle(event, order),
            Function::SettleTip => settle_tip::handle(event, order, gateway).await,
            Function::Refund => refund::handle(event, order, gateway).await,
            Function::Cancellation => cancellation::handle(event),
        }
    }
}

/// One command follows.
fn then(command: Command) -> Outcome {
    Outcome::Done(vec![command])
}

/// Nothing follows: the event is handled, or is none of the function's business.
fn done_without_effect() -> Outcome {
    Outcome::Done(Vec::new())
}

/// Nothing is left to do, because something else came first.
fn too_late(why: impl Into<String>) -> Outcome {
    Outcome::Late { why: why.into() }
}

/// The bank did not answer as it should; it may later.
fn bank_in_trouble(error: &GatewayError) -> Outcome {
    Outcome::Retry { after: None, why: error.to_string() }
}
