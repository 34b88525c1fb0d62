//! What a resolver answers when it cannot: a message for a person and a code for a program.
//! Step 5 of an order's way.

use async_graphql::ErrorExtensions;
use shared::function::{Function, UnknownFunction};
use shared::order::command::InvalidOrder;

use super::door::Code;
use crate::eventing::consumer::{Consumer, UnknownConsumer};
use crate::eventing::writer::queue::Unavailable;
use crate::gateway::GatewayError;
use crate::lab::{InvalidFaults, LabClosed};
use crate::store::StoreError;

/// Why a resolver has no answer.
///
/// It does not implement `Display` on purpose: async-graphql turns whatever does into an error without
/// a code, and no error may leave without.
#[derive(Debug)]
pub(super) enum ApiError {
    /// The input is malformed or out of bounds.
    BadUserInput(String),
    /// The caller has to sign in first.
    Unauthenticated,
    /// Only the operator may ask this.
    Forbidden,
    /// This server injects no faults.
    LabClosed(LabClosed),
    /// The delivery is being attempted just now.
    DeliveryRunning,
    /// The subscriber missed so many messages.
    TooSlow(u64),
    /// The bank does not answer.
    Gateway(GatewayError),
    /// The mutation id stands for another input.
    IdempotencyConflict,
    /// The cursor is of another log, or beyond this one's end.
    CursorOfAnotherLog,
    /// The writer cannot write now.
    Unavailable(Unavailable),
    /// Reading failed.
    Store(StoreError),
    /// The server's own mistake.
    Internal(&'static str),
}

impl ApiError {
    pub(super) fn bad_input(message: impl Into<String>) -> Self {
        Self::BadUserInput(message.into())
    }

    /// A name that no consumer has.
    #[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
    pub(super) fn no_consumer(unknown: UnknownConsumer) -> Self {
        let names: Vec<_> = Consumer::all().map(Consumer::name).collect();
        Self::BadUserInput(format!("{unknown}; there are {}", names.join(", ")))
    }

    /// A name that no function has.
    #[expect(clippy::needless_pass_by_value, reason = "it stands where an error is mapped")]
    pub(super) fn no_function(unknown: UnknownFunction) -> Self {
        let names: Vec<_> = Function::ALL.into_iter().map(Function::name).collect();
        Self::BadUserInput(format!("{unknown}; there are {}", names.join(", ")))
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadUserInput(_) => Code::BadUserInput.as_str(),
            Self::Unauthenticated => Code::Unauthenticated.as_str(),
            Self::Forbidden | Self::LabClosed(_) => Code::Forbidden.as_str(),
            Self::IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
            Self::CursorOfAnotherLog => "CURSOR_OF_ANOTHER_LOG",
            Self::DeliveryRunning => "DELIVERY_RUNNING",
            Self::Unavailable(_) | Self::Store(_) | Self::Gateway(_) | Self::TooSlow(_) => {
                Code::Unavailable.as_str()
            }
            Self::Internal(_) => "INTERNAL",
        }
    }

    fn message(&self) -> String {
        match self {
            Self::BadUserInput(message) => message.clone(),
            Self::Unauthenticated => {
                "sign in first: `signIn` gives a token; send it as `Authorization: Bearer TOKEN`"
                    .into()
            }
            Self::Forbidden => {
                "only the operator may ask this: send the token of the server's operator-token file as \
                 `Tiffin-Operator: TOKEN` (over WebSocket as `operator` in connection_init)"
                    .into()
            }
            Self::LabClosed(closed) => closed.to_string(),
            Self::IdempotencyConflict => {
                "this mutationId was used for another input before; a new mutation needs a new id"
                    .into()
            }
            Self::CursorOfAnotherLog => {
                "this cursor is not of this server's log; take a snapshot and go on from its cursor"
                    .into()
            }
            Self::Unavailable(unavailable) => unavailable.to_string(),
            Self::DeliveryRunning => {
                "this delivery is being attempted just now; wait until that has ended".into()
            }
            Self::TooSlow(missed) => format!(
                "this subscription missed {missed} changes: subscribe again, then query, and keep \
                 the higher revision"
            ),
            Self::Gateway(_) => "the payment gateway does not answer; try again soon".into(),
            Self::Store(_) => "the server cannot read at the moment; try again soon".into(),
            Self::Internal(_) => "the server has made a mistake, which its log explains".into(),
        }
    }

    fn log(&self) {
        match self {
            Self::Store(error) => tracing::error!(%error, "a read failed"),
            Self::Gateway(error) => tracing::error!(%error, "the bank's books could not be read"),
            Self::Internal(what) => tracing::error!(what, "a mistake of our own"),
            Self::BadUserInput(_)
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::LabClosed(_)
            | Self::DeliveryRunning
            | Self::TooSlow(_)
            | Self::IdempotencyConflict
            | Self::CursorOfAnotherLog
            | Self::Unavailable(_) => {}
        }
    }
}

impl From<InvalidOrder> for ApiError {
    fn from(invalid: InvalidOrder) -> Self {
        Self::bad_input(invalid.to_string())
    }
}

impl From<InvalidFaults> for ApiError {
    fn from(invalid: InvalidFaults) -> Self {
        Self::bad_input(invalid.to_string())
    }
}

impl From<LabClosed> for ApiError {
    fn from(closed: LabClosed) -> Self {
        Self::LabClosed(closed)
    }
}

impl From<Unavailable> for ApiError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<GatewayError> for ApiError {
    fn from(error: GatewayError) -> Self {
        Self::Gateway(error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        error.log();
        let code = error.code();
        Self::new(error.message()).extend_with(|_, extensions| extensions.set("code", code))
    }
}
