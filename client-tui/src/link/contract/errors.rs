//! What can be wrong with an answer: the backend says no, or says what we do not understand.
//! Step 5 of an order's way.

use std::fmt;

use optimistic::input::{Failure, FailureCode, SubscriptionEnd};
use serde_json::Value;

/// An answer that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The backend answers with errors; their codes say what to do.
    #[error(transparent)]
    Errors(#[from] GraphqlErrors),
    /// A newer backend, or a broken one. Asking again brings the same.
    #[error(
        "the backend sent {what} that this tiffin does not understand ({why}); is it of another version?"
    )]
    NotUnderstood { what: &'static str, why: String },
}

impl AnswerError {
    pub(super) fn not_understood(what: &'static str, why: impl fmt::Display) -> Self {
        Self::NotUnderstood { what, why: why.to_string() }
    }

    /// In the terms of a mutation's failure. Of an answer that is not understood nobody can say what
    /// the backend has done.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Errors(errors) => errors.failure(),
            Self::NotUnderstood { .. } => Failure {
                code: FailureCode::Other("NOT_UNDERSTOOD".to_owned()),
                message: self.to_string(),
            },
        }
    }

    /// In the terms of a subscription's end.
    pub fn subscription_end(&self) -> SubscriptionEnd {
        match self {
            Self::Errors(errors) => errors.subscription_end(),
            Self::NotUnderstood { .. } => SubscriptionEnd::Interrupted { reason: self.to_string() },
        }
    }
}

/// The code of a cursor that belongs to another log, or lies beyond the head of this one.
const CURSOR_OF_ANOTHER_LOG: &str = "CURSOR_OF_ANOTHER_LOG";

/// One GraphQL error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphqlError {
    pub message: String,
    /// Its `extensions.code`; empty where there is none.
    pub code: String,
}

/// At least one GraphQL error. The first one speaks for all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", first.message)]
pub struct GraphqlErrors {
    pub first: GraphqlError,
    pub others: Vec<GraphqlError>,
}

impl GraphqlErrors {
    /// The errors of [`LinkEvent::Failed`](crate::link::LinkEvent::Failed). A backend that names none
    /// has failed all the same.
    pub fn of_failure(errors: &Value) -> Self {
        Self::of_list(errors).unwrap_or_else(|| Self {
            first: GraphqlError {
                message: "the backend did not execute the request and did not say why".to_owned(),
                code: String::new(),
            },
            others: Vec::new(),
        })
    }

    /// The errors in a response, if it has any.
    pub(super) fn of_response(payload: &Value) -> Option<Self> {
        Self::of_list(payload.get("errors")?)
    }

    /// In the terms of a mutation's failure.
    pub fn failure(&self) -> Failure {
        Failure {
            code: FailureCode::from_word(&self.first.code),
            message: self.first.message.clone(),
        }
    }

    /// In the terms of a subscription's end.
    pub fn subscription_end(&self) -> SubscriptionEnd {
        match self.first.code.as_str() {
            CURSOR_OF_ANOTHER_LOG => SubscriptionEnd::CursorOfAnotherLog,
            _ => SubscriptionEnd::Interrupted { reason: self.first.message.clone() },
        }
    }

    fn of_list(errors: &Value) -> Option<Self> {
        let mut errors = errors.as_array()?.iter().map(GraphqlError::read);
        Some(Self { first: errors.next()?, others: errors.collect() })
    }
}

impl GraphqlError {
    fn read(error: &Value) -> Self {
        let text = |path| error.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Self {
            message: text("/message").unwrap_or_else(|| "an error without words".to_owned()),
            code: text("/extensions/code").unwrap_or_default(),
        }
    }
}
