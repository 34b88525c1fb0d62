//! One operation of a WebSocket connection, from its request to its last result. Steps 3, 5 and 8
//! of an order's way.
//!
//! It runs as a task of its own, so that no operation waits for another, and says its results
//! itself. Its end it leaves to the connection, which frees the id before the client can hear that
//! it is free.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, ServerError};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::message::ServerMessage;
use super::outgoing::Outbox;
use crate::api::door::{
    OperationKind, complete_codes, is_request_error, selected_kind, syntax_error,
};

/// How an operation ended.
pub(super) enum End {
    /// All results are said.
    Complete,
    /// It was not executed.
    Error(Vec<ServerError>),
    /// The server shuts down, or nobody listens any more: there is nothing to say.
    Interrupted,
}

/// What an operation works with, besides the executor.
pub(super) struct Execution {
    pub(super) id: String,
    pub(super) operation: Box<Request>,
    pub(super) caller: Arc<Data>,
    pub(super) outbox: Outbox,
    /// Ends subscriptions; a query or mutation is answered all the same.
    pub(super) shutdown: CancellationToken,
}

impl Execution {
    pub(super) async fn run<E: Executor>(mut self, executor: E) -> End {
        match selected_kind(&mut self.operation) {
            Err(error) => End::Error(vec![syntax_error(error)]),
            Ok(Some(OperationKind::Subscription)) => {
                let shutdown = self.shutdown.clone();
                tokio::select! {
                    () = shutdown.cancelled() => End::Interrupted,
                    end = self.say_results(executor) => end,
                }
            }
            Ok(Some(OperationKind::Query | OperationKind::Mutation) | None) => {
                self.say_results(executor).await
            }
        }
    }

    async fn say_results<E: Executor>(self, executor: E) -> End {
        let Self { id, operation, caller, outbox, shutdown: _ } = self;
        let mut responses = executor.execute_stream(*operation, Some(caller));
        while let Some(response) = responses.next().await {
            let response = complete_codes(response);
            if is_request_error(&response) {
                return End::Error(response.errors);
            }
            let next = ServerMessage::Next { id: &id, payload: &response };
            if outbox.say(&next).await.is_err() {
                return End::Interrupted;
            }
            // A stream that always has a next item would take every free place of the queue before
            // the others had a turn.
            tokio::task::yield_now().await;
        }
        End::Complete
    }
}
