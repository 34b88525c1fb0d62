//! One operation of a WebSocket connection, from its request to its last result. Steps 3, 5 and 8
//! of an order's way.
//!
//! It runs as a task of its own, so that no operation waits for another, and says its results
//! itself. Its end it leaves to the connection, which frees the id before the client can hear that
//! it is free.

use std::sync::Arc;

use async_graphql::{Data, Executor, Request, Response, ServerError};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::task::yield_now;

use super::message::ServerMessage;
use super::outgoing::Outbox;
use crate::api::door::{
    Code, Door, OperationKind, Recognised, complete_codes, failure, is_request_error, selected,
    selected_kind, syntax_error,
};
use crate::api::rendering::{Opening, Part, Rendering, Wording};
use crate::eventing::subscriber::Subscriber;
use crate::lab::{Lab, Reply, linger};

/// How an operation ended.
pub(super) enum End {
    /// All results are said.
    Complete,
    /// It was not executed, or cannot go on.
    Error(Vec<ServerError>),
    /// The server shuts down, or nobody listens any more: there is nothing to say.
    Interrupted,
    /// The answer is lost on purpose: nothing is said, ever.
    Lost,
    /// The answer is lost on purpose, and the connection with it.
    Cut,
}

/// An operation and what it works with.
pub(super) struct Execution<E, A> {
    pub(super) id: String,
    pub(super) operation: Box<Request>,
    pub(super) caller: Arc<Data>,
    pub(super) outbox: Outbox,
    pub(super) door: Arc<Door<E, A>>,
}

impl<E: Executor, A> Execution<E, A> {
    pub(super) async fn run(mut self) -> End {
        let recognised = self.door.documents.recognise(&mut self.operation);
        let parsed = recognised.and_then(|it| Ok((it, selected_kind(&mut self.operation)?)));
        let (recognised, kind) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return End::Error(vec![syntax_error(error)]),
        };
        match kind {
            // What lasts is boxed, so that what is over takes no room meanwhile.
            Some(OperationKind::Subscription) => {
                drop(recognised);
                let shutdown = self.door.connections.shutdown().clone();
                tokio::select! {
                    () = shutdown.cancelled() => End::Interrupted,
                    end = self.subscribe() => end,
                }
            }
            Some(OperationKind::Mutation) => Box::pin(self.answer(recognised, Lab::reply)).await,
            Some(OperationKind::FaultSwitch | OperationKind::Query) | None => {
                Box::pin(self.answer(recognised, |_| Reply::Arrives)).await
            }
        }
    }

    /// The one answer of a query or a mutation, as late as the lab will have it, if at all.
    async fn answer(self, recognised: Recognised, reply: fn(&Lab) -> Reply) -> End {
        let Self { id, operation, caller, outbox, door } = self;
        let executor = door.executors.of(&recognised);
        let mut responses = executor.execute_stream(*operation, Some(caller));
        let Some(response) = responses.next().await else { return End::Complete };
        door.documents.learn(recognised, &response);
        linger(door.lab.latency()).await;
        match reply(&door.lab) {
            Reply::Arrives => {
                say(&id, &outbox, response).await.map_or_else(|end| end, |()| End::Complete)
            }
            Reply::Lost => End::Lost,
            Reply::LostWithItsConnection => End::Cut,
        }
    }

    /// Executes a subscription until it says something, or has opened a subscriber whose results
    /// many share.
    async fn subscribe(self) -> End {
        let Self { id, mut operation, caller, outbox, door } = self;
        let wording = match worded(&mut operation) {
            Ok(wording) => wording,
            Err(error) => return End::Error(vec![error]),
        };
        let (variables, opening) = (operation.variables.clone(), Opening::default());
        let request = operation.data(Part::Open(opening.clone()));
        let mut responses = door.executors.validating.execute_stream(request, Some(caller));
        if let Some(first) = responses.next().await {
            return Box::pin(say_all(id, outbox, first, responses)).await;
        }
        drop(responses);
        let Some(subscriber) = opening.opened() else { return End::Complete };
        match door.renderings.share(wording, variables) {
            Ok(rendering) => Box::pin(follow(id.into(), outbox, subscriber, rendering, door)).await,
            Err(error) => End::Error(vec![syntax_error(error)]),
        }
    }
}

/// The wording of a subscription, which has exactly one field at its root, as GraphQL asks for.
fn worded(operation: &mut Request) -> Result<Wording, ServerError> {
    let fields = selected(operation)?.map_or(0, |it| it.selection_set.node.items.len());
    if fields != 1 {
        let message = "a subscription selects exactly one field: subscribe once for each";
        return Err(failure(Code::BadUserInput, message));
    }
    Wording::of(operation)
}

/// Says the results of a subscription that nobody shares.
async fn say_all(
    id: String,
    outbox: Outbox,
    first: Response,
    mut responses: BoxStream<'static, Response>,
) -> End {
    let mut next = Some(first);
    while let Some(response) = next {
        if let Err(end) = say(&id, &outbox, response).await {
            return end;
        }
        // A stream that always has a next item would take every free place of the queue before
        // the others had a turn.
        yield_now().await;
        next = responses.next().await;
    }
    End::Complete
}

/// Says what a subscriber meets, in words that are rendered once for all who share them.
async fn follow<E: Executor, A>(
    id: Arc<str>,
    outbox: Outbox,
    mut subscriber: Subscriber,
    rendering: Arc<Rendering>,
    door: Arc<Door<E, A>>,
) -> End {
    loop {
        let events = match subscriber.look().await {
            Ok(events) => events,
            Err(error) => {
                tracing::error!(%error, "a subscriber cannot read on");
                let message = "the server cannot read at the moment; try again soon";
                return End::Error(vec![failure(Code::Unavailable, message)]);
            }
        };
        for (said, committed) in events.iter().enumerate() {
            if said > 0 {
                // Here, too, the others have their turn.
                yield_now().await;
            }
            let payload = match rendering.of(committed, door.executors.trusting()).await {
                Ok(payload) => payload,
                Err(error) => {
                    tracing::error!(%error, "an event cannot be written as JSON");
                    continue;
                }
            };
            let id = Arc::clone(&id);
            if outbox.say_rendered(id, payload).await.is_err() {
                return End::Interrupted;
            }
        }
        subscriber.wait().await;
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
