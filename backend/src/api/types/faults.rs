//! The faults of the lab, as the contract has them.

use async_graphql::{InputObject, SimpleObject};
use shared::function::{Function, UnknownFunction};

use crate::api::error::ApiError;
use crate::lab::{self, Chance, Change};

/// Fault injection. Probabilities are from 0 to 1; null leaves a setting as it is.
#[derive(InputObject)]
pub(crate) struct FaultsInput {
    /// Draws depend on this, the fault, the function, the event and the attempt: a run can be repeated.
    seed: Option<i32>,
    /// Functions that are down: every delivery to them fails until they are taken off this list.
    functions_down: Option<Vec<String>>,
    /// Chance that a delivery is made twice.
    duplicate_deliveries: Option<f64>,
    /// Chance that a delivery is held back so that later ones overtake it.
    reorder_deliveries: Option<f64>,
    /// Chance that a function crashes after its effect and before its acknowledgement.
    crash_before_ack: Option<f64>,
    /// Chance that the payment gateway charges and then lets the caller time out.
    gateway_timeouts: Option<f64>,
    /// Chance that the answer to a mutation is lost after the commit.
    lost_replies: Option<f64>,
    /// Milliseconds added to each answer.
    latency_ms: Option<i32>,
}

#[derive(SimpleObject)]
pub(crate) struct Faults {
    seed: i32,
    functions_down: Vec<String>,
    duplicate_deliveries: f64,
    reorder_deliveries: f64,
    crash_before_ack: f64,
    gateway_timeouts: f64,
    lost_replies: f64,
    latency_ms: i32,
}

impl FaultsInput {
    /// What it asks for.
    ///
    /// # Errors
    /// A chance is none, or there is no function of that name.
    pub(crate) fn change(self) -> Result<Change, ApiError> {
        let functions = |names: Vec<String>| -> Result<_, UnknownFunction> {
            names.into_iter().map(|name| name.parse::<Function>()).collect()
        };
        let functions_down = self.functions_down.map(functions).transpose();
        Ok(Change {
            seed: self.seed,
            functions_down: functions_down.map_err(ApiError::no_function)?,
            duplicate_deliveries: self.duplicate_deliveries.map(Chance::new).transpose()?,
            reorder_deliveries: self.reorder_deliveries.map(Chance::new).transpose()?,
            crash_before_ack: self.crash_before_ack.map(Chance::new).transpose()?,
            gateway_timeouts: self.gateway_timeouts.map(Chance::new).transpose()?,
            lost_replies: self.lost_replies.map(Chance::new).transpose()?,
            latency: self.latency_ms.map(lab::Faults::latency_of).transpose()?,
        })
    }
}

impl From<lab::Faults> for Faults {
    fn from(faults: lab::Faults) -> Self {
        let down = faults.functions_down.into_iter().map(Function::name);
        Self {
            seed: faults.seed,
            functions_down: down.map(str::to_owned).collect(),
            duplicate_deliveries: faults.duplicate_deliveries.get(),
            reorder_deliveries: faults.reorder_deliveries.get(),
            crash_before_ack: faults.crash_before_ack.get(),
            gateway_timeouts: faults.gateway_timeouts.get(),
            lost_replies: faults.lost_replies.get(),
            latency_ms: i32::try_from(faults.latency.as_millis()).unwrap_or(i32::MAX),
        }
    }
}
