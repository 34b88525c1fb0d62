//! FACTOR 1, realtime GraphQL: parses, authorises, hands a command over, answers.
//!
//! Steps 3, 5 and 8 of an order's way. A mutation does simple work and returns as soon as its outcome is
//! durable; whatever takes judgement happens later, as events. A subscription follows the log by cursor.
//! No business rule stands here: what may be done is decided in `shared`, by the writer.

pub(crate) mod door;
mod over_http;
mod over_websocket;
mod page;
mod health;
mod error;
mod auth;
mod sessions;
mod scalars;
mod types;
mod query;
mod mutation;
mod rendering;
mod subscription;
mod operators;
#[cfg(test)]
mod contract;

use std::sync::Arc;

use async_graphql::{MergedObject, MergedSubscription, Schema, ValidationMode};
use axum::Router;
use shared::catalog::Catalog;
use shared::id::LogId;

use crate::clock::Clock;
use crate::eventing::monitor::Monitor;
use crate::eventing::tail::Tail;
use crate::eventing::writer::queue::CustomersDoor;
use crate::gateway::Gateway;
use crate::lab::Lab;
use crate::operator_token::OperatorToken;
use crate::store::read::Reader;

use auth::TokenAuthenticator;
use door::{Connections, Executors, Limits};
use mutation::Mutation;
use operators::{OperatorMutation, OperatorQuery, OperatorSubscription};
use query::Query;
pub(crate) use sessions::Sessions;
use subscription::Subscription;

/// Deep enough for any tool's introspection, shallow enough that no document makes us dig.
const DEPTH_MAX: usize = 32;
/// Fields that one operation may select; an introspection query has a few hundred.
const COMPLEXITY_MAX: usize = 2_000;
/// Directives on one field.
const DIRECTIVES_MAX: usize = 8;

/// All that the resolvers need.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    /// Which log this server serves.
    pub(crate) log_id: LogId,
    /// The way to the writer.
    pub(crate) writer: CustomersDoor,
    /// The way to what is stored.
    pub(crate) reader: Reader,
    /// The end of the log.
    pub(crate) tail: Arc<Tail>,
    /// What operators watch beside the log.
    pub(crate) monitor: Arc<Monitor>,
    /// The bank's own books, to hold against the log.
    pub(crate) gateway: Gateway,
    /// Who is connected, so that tokens which end, end there too.
    pub(crate) sessions: Sessions,
    /// What can be ordered.
    pub(crate) catalog: Arc<Catalog>,
    /// What time it is.
    pub(crate) clock: Clock,
    /// What goes wrong on purpose.
    pub(crate) lab: Lab,
}

// What can be asked, by customers and by operators.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
struct QueryRoot(Query, OperatorQuery);

// What can be changed, by customers and by operators.
#[derive(Default, MergedObject)]
#[graphql(name = "Mutation")]
struct MutationRoot(Mutation, OperatorMutation);

// What can be followed, by customers and by operators.
#[derive(Default, MergedSubscription)]
#[graphql(name = "Subscription")]
struct SubscriptionRoot(Subscription, OperatorSubscription);

/// Everything that answers on this server's address.
pub(crate) fn router(
    backend: Backend,
    operator: OperatorToken,
    limits: Limits,
    connections: Connections,
) -> Router {
    let authenticate = Arc::new(TokenAuthenticator::new(
        backend.reader.clone(),
        operator,
        backend.sessions.clone(),
        Arc::clone(&backend.monitor),
    ));
    let health = health::router(backend.reader.clone());
    let lab = backend.lab.clone();
    let validating = schema(backend.clone(), ValidationMode::Strict);
    let executors = Executors::new(validating, || schema(backend, ValidationMode::Fast));
    let page = page::router(executors.validating.sdl());
    door::router(executors, authenticate, limits, connections, lab).merge(page).merge(health)
}

fn schema(
    backend: Backend,
    mode: ValidationMode,
) -> Schema<QueryRoot, MutationRoot, SubscriptionRoot> {
    builder()
        .data(backend)
        .validation_mode(mode)
        .limit_depth(DEPTH_MAX)
        .limit_recursive_depth(DEPTH_MAX)
        .limit_complexity(COMPLEXITY_MAX)
        .limit_directives(DIRECTIVES_MAX)
        .finish()
}

fn builder() -> async_graphql::SchemaBuilder<QueryRoot, MutationRoot, SubscriptionRoot> {
    Schema::build(QueryRoot::default(), MutationRoot::default(), SubscriptionRoot::default())
}
