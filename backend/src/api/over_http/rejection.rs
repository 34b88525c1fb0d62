//! Why an HTTP request gets no GraphQL answer, and how that is said: a status, and an error in
//! GraphQL's shape. Step 5 of an order's way.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use thiserror::Error;

use super::accept::MediaType;
use super::answer;
use crate::api::door::{Code, DoorError, Malformed, OPERATION_FAILED, failure};

/// A request that was not executed, for a reason outside its operation.
#[derive(Debug, Error)]
pub(crate) enum Rejection {
    #[error(
        "this page comes from another server, which may not speak to this one for its visitors"
    )]
    ForeignOrigin,
    #[error(
        "answers come as application/json or application/graphql-response+json: accept one of them"
    )]
    NotAcceptable,
    #[error("/graphql answers GET, POST and WebSocket")]
    MethodNotAllowed,
    #[error("the body has to be JSON in UTF-8: send it with `Content-Type: application/json`")]
    UnsupportedMediaType,
    #[error("the body has more than {most} bytes")]
    BodyTooLarge { most: usize },
    #[error("the body did not arrive in time: send the request again")]
    BodyTooSlow,
    #[error("the body ended early: {0}")]
    BodyBroken(axum::Error),
    #[error("the body is no JSON: {0}")]
    BodyNotJson(serde_json::Error),
    #[error("the query string cannot be read: {0}")]
    QueryStringBroken(String),
    #[error("`{parameter}` in the query string is no JSON: {error}")]
    ParameterNotJson { parameter: String, error: serde_json::Error },
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("mutations come in by POST only, so that no link changes anything")]
    MutationOverGet,
    #[error("subscriptions come in over WebSocket: connect to this path with graphql-transport-ws")]
    SubscriptionOverHttp,
    #[error("the header `{0}` has to be plain text")]
    HeaderNotText(HeaderName),
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error("this server has as much to do as it can: ask again in a moment")]
    Busy,
    #[error("{}", OPERATION_FAILED)]
    Failed,
    #[error("this is no WebSocket handshake: {reason}")]
    NoHandshake { status: StatusCode, reason: String },
}

impl Rejection {
    /// The answer, in the media type that its caller takes.
    pub(super) fn answer(&self, media: MediaType) -> Response {
        let (status, code) = self.status_and_code();
        let mut response = answer::errors(media, status, &[failure(code, self.to_string())]);
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn status_and_code(&self) -> (StatusCode, Code) {
        match self {
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, Code::Forbidden),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, Code::BadUserInput),
            Self::MethodNotAllowed | Self::MutationOverGet => {
                (StatusCode::METHOD_NOT_ALLOWED, Code::BadUserInput)
            }
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadUserInput),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, Code::BadUserInput),
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, Code::BadUserInput),
            Self::BodyBroken(_)
            | Self::BodyNotJson(_)
            | Self::QueryStringBroken(_)
            | Self::ParameterNotJson { .. }
            | Self::Malformed(_)
            | Self::SubscriptionOverHttp
            | Self::HeaderNotText(_) => (StatusCode::BAD_REQUEST, Code::BadUserInput),
            Self::NoHandshake { status, .. } => (*status, Code::BadUserInput),
            Self::Door(DoorError::Refused { .. }) => {
                (StatusCode::UNAUTHORIZED, Code::Unauthenticated)
            }
            Self::Door(DoorError::Unavailable { .. }) | Self::Busy => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable)
            }
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Code::Unavailable),
        }
    }

    /// The header that HTTP wants beside the status, so that a program knows how to go on.
    fn header(&self) -> Option<(HeaderName, &'static str)> {
        match self {
            Self::MethodNotAllowed => Some((header::ALLOW, "GET, HEAD, POST")),
            Self::MutationOverGet => Some((header::ALLOW, "POST")),
            Self::Door(DoorError::Refused { .. }) => Some((header::WWW_AUTHENTICATE, "Bearer")),
            // One second: long enough for a restart or a full batch, short enough for a person who
            // waits.
            Self::Door(DoorError::Unavailable { .. }) | Self::Busy => {
                Some((header::RETRY_AFTER, "1"))
            }
            Self::NoHandshake { .. } => Some((header::SEC_WEBSOCKET_VERSION, "13")),
            Self::ForeignOrigin
            | Self::NotAcceptable
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge { .. }
            | Self::BodyTooSlow
            | Self::BodyBroken(_)
            | Self::BodyNotJson(_)
            | Self::QueryStringBroken(_)
            | Self::ParameterNotJson { .. }
            | Self::Malformed(_)
            | Self::SubscriptionOverHttp
            | Self::HeaderNotText(_)
            | Self::Failed => None,
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.answer(MediaType::Json)
    }
}
