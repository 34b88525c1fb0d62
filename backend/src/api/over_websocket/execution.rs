//! One operation of a WebSocket connection, from its request to its last result. Steps 3, 5 and 8
//! of an order's way.
//!
//! It runs as a task of its own, so that no operation waits for another, and says its results
//! itself. Its end it leaves to the connection, which frees the id before the client can hear that
//! it is free.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::message::ServerMessage;
use super::outgoing::Outbox;
use crate::api::door::{
    OperationKind, complete_codes, is_request_error, selected_kind, syntax_error,
};
use crate::lab::{Lab, Reply, linger};

/// How an operation ended.
pub(super) enum End {
    /// All results are said.
    Complete,
    /// It was not executed.
    Error(Vec<ServerError>),
    /// The server shuts down, or nobody listens any more: there is nothing to say.
    Interrupted,
    /// The answer is lost on purpose: nothing is said, ever.
    Lost,
    /// The answer is lost on purpose, and the connection with it.
    Cut,
}

/// What an operation works with, besides the executor.
pub(super) struct Execution {
    pub(super) id: String,
    pub(super) operation: Box<Request>,
    pub(super) caller: Arc<Data>,
    pub(super) outbox: Outbox,
    /// Ends subscriptions; a query or mutation is answered all the same.
    pub(super) shutdown: CancellationToken,
    /// What goes wrong on purpose.
    pub(super) lab: Lab,
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
            Ok(Some(OperationKind::Mutation)) => self.answer(executor, Lab::reply).await,
            Ok(Some(OperationKind::FaultSwitch | OperationKind::Query) | None) => {
                self.answer(executor, |_| Reply::Arrives).await
            }
        }
    }

    /// The one answer of a query or a mutation, as late as the lab will have it, if at all.
    async fn answer<E: Executor>(self, executor: E, reply: fn(&Lab) -> Reply) -> End {
        let Self { id, operation, caller, outbox, shutdown: _, lab } = self;
        let mut responses = executor.execute_stream(*operation, Some(caller));
        let Some(response) = responses.next().await else { return End::Complete };
        linger(lab.latency()).await;
        match reply(&lab) {
            Reply::Arrives => {
                say(&id, &outbox, response).await.map_or_else(|end| end, |()| End::Complete)
            }
            Reply::Lost => End::Lost,
            Reply::LostWithItsConnection => End::Cut,
        }
    }

    async fn say_results<E: Executor>(self, executor: E) -> End {
        let Self { id, operation, caller, outbox, shutdown: _, lab: _ } = self;
        let mut responses = executor.execute_stream(*operation, Some(caller));
        while let Some(response) = responses.next().await {
            if let Err(end) = say(&id, &outbox, response).await {
                return end;
            }
            // A stream that always has a next item would take every free place of the queue before
            // the others had a turn.
            tokio::task::yield_now().await;
        }
        End::Complete
    }
}

/// Says one result. An error is the end of the operation.
async fn say(id: &str, outbox: &Outbox, response: Response) -> Result<(), End> {
    let response = complete_codes(response);
    if is_request_error(&response) {
        return Err(End::Error(response.errors));
    }
    let next = ServerMessage::Next { id, payload: &response };
    outbox.say(&next).await.map_err(|_| End::Interrupted)
}
