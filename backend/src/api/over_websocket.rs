//! GraphQL over WebSocket, after the protocol `graphql-transport-ws`: queries, mutations and
//! subscriptions side by side over one connection. Steps 3, 5 and 8 of an order's way.
//!
//! This file opens a connection. `session` has the rules of the protocol, `connection` the socket,
//! `execution` an operation. Messages are not compressed, and the older protocol `graphql-ws` is
//! not spoken.

mod message;
mod closing;
mod session;
mod execution;
mod outgoing;
mod connection;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::Executor;
use axum::extract::{FromRequestParts, Request, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::door::{Authenticate, Door};
use super::over_http::Rejection;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// A connection reads into 1 KiB, enough for most of what a client says, in place of the 128 KiB that
/// the WebSocket layer would set aside for each; it grows when it must.
const READ_BUFFER_BYTES: usize = 1024;
/// What waits to be written goes to the socket at the latest when it has come to 4 KiB: a few packets.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// Whether a request wants to become a WebSocket.
pub(crate) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers the handshake of a WebSocket, and serves the connection from then on.
pub(crate) async fn upgrade<E: Executor, A: Authenticate>(
    door: Arc<Door<E, A>>,
    request: Request,
) -> Response {
    let (mut head, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut head, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let (status, reason) = (rejection.status(), rejection.body_text());
            return Rejection::NoHandshake { status, reason }.into_response();
        }
    };
    let Some(admission) = door.connections.admit() else {
        return Rejection::Busy.into_response();
    };
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(door.limits.request_bytes)
        .max_frame_size(door.limits.request_bytes)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .on_failed_upgrade(|error| tracing::debug!(%error, "a WebSocket did not open"));
    let speaks_ours = upgrade.selected_protocol().is_some();
    upgrade.on_upgrade(async move |socket| {
        // Held until the connection has ended.
        let _admission = admission;
        if speaks_ours {
            connection::serve(socket, door).await;
        } else {
            connection::turn_away(socket, door.limits.close_deadline).await;
        }
    })
}
