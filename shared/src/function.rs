//! The names of the functions of factor 3, for those who must agree on them: the routes that feed
//! them, the orders that wait for them, and the screens that show it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One of the small stateless functions that bring an order home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Function {
    /// Is the restaurant open, is the order within its limits?
    ValidateOrder,
    /// Charges the subtotal at the payment gateway.
    ChargePayment,
    /// Accepts or refuses, begins to cook, is ready.
    Kitchen,
    /// Is assigned, picks the order up, delivers it.
    Courier,
    /// Charges the tip once the order is delivered.
    SettleTip,
    /// Gives the money back after an order ended unfulfilled.
    Refund,
    /// Decides a cancellation that the customer asked for.
    Cancellation,
}

/// The name belongs to no function of this build.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no function called `{0}`")]
pub struct UnknownFunction(pub String);

impl Function {
    /// All functions, in the order in which an order meets them.
    pub const ALL: [Self; 7] = [
        Self::ValidateOrder,
        Self::ChargePayment,
        Self::Kitchen,
        Self::Courier,
        Self::SettleTip,
        Self::Refund,
        Self::Cancellation,
    ];

    /// Its name, the same everywhere: in the log, in the contract, on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ValidateOrder => "validate-order",
            Self::ChargePayment => "charge-payment",
            Self::Kitchen => "kitchen",
            Self::Courier => "courier",
            Self::SettleTip => "settle-tip",
            Self::Refund => "refund",
            Self::Cancellation => "cancellation",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Function {
    type Err = UnknownFunction;

    fn from_str(name: &str) -> Result<Self, UnknownFunction> {
        Self::ALL
            .into_iter()
            .find(|function| function.name() == name)
            .ok_or_else(|| UnknownFunction(name.to_owned()))
    }
}

impl TryFrom<String> for Function {
    type Error = UnknownFunction;

    fn try_from(name: String) -> Result<Self, UnknownFunction> {
        name.parse()
    }
}

impl From<Function> for String {
    fn from(function: Function) -> Self {
        function.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found_by_its_name() {
        for function in Function::ALL {
            assert_eq!(function.name().parse(), Ok(function));
        }
        assert!("kitchens".parse::<Function>().is_err());
    }
}
