//! What goes back over HTTP: the status, the headers and the body that a GraphQL response becomes.
//! Step 5 of an order's way.

use async_graphql::{Response as GraphqlResponse, ServerError};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use serde::Serialize;

use super::accept::MediaType;
use crate::api::door::{complete_codes, is_request_error};

/// The body of a request that was not executed: it has no `data`, as opposed to `"data": null`.
#[derive(Serialize)]
struct ErrorsOnly<'a> {
    errors: &'a [ServerError],
}

/// The answer to a request that GraphQL has looked at.
pub(super) fn executed(media: MediaType, response: GraphqlResponse) -> Response {
    let response = complete_codes(response);
    if is_request_error(&response) {
        let status = match media {
            MediaType::Json => StatusCode::OK,
            MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        };
        errors(media, status, &response.errors)
    } else {
        json(media, StatusCode::OK, &response)
    }
}

/// No answer at all, on purpose: a body that fails before its first byte ends the connection, and the
/// head that was to go before it stays behind.
pub(super) fn lost() -> Response {
    let fails = std::io::Error::other("the answer is lost on purpose");
    Response::new(Body::from_stream(stream::once(async { Err::<Vec<u8>, _>(fails) })))
}

/// An answer that consists of errors alone.
pub(super) fn errors(media: MediaType, status: StatusCode, errors: &[ServerError]) -> Response {
    json(media, status, &ErrorsOnly { errors })
}

fn json(media: MediaType, status: StatusCode, body: &impl Serialize) -> Response {
    let (status, body) = match serde_json::to_vec(body) {
        Ok(mut body) => {
            // For people with curl: the answer does not run into their prompt.
            body.push(b'\n');
            (status, body)
        }
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, Vec::new())
        }
    };
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, media.content_type());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Answers depend on who asks and when: nobody in between may keep them.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    answer
}
