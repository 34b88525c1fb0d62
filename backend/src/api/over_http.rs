//! GraphQL over HTTP, after the draft of that name: one operation for each request, by GET or POST.
//! Steps 3 and 5 of an order's way.
//!
//! A request passes five gates, the cheap ones first: the media type of its answer, the shape of
//! what it sends, the kind of its operation, who sends it, and how much is going on already. What
//! it does not do: subscriptions (over WebSocket), mutations by GET (a link must not change
//! anything), several operations in one request, and CORS headers, so that no other server's page
//! may read an answer.

mod accept;
mod rejection;
mod answer;
mod body;
#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::{Executor, Request as Operation, Response as GraphqlResponse};
use axum::extract::{Query, Request, State};
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use serde_json::{Map, Value};

use self::accept::MediaType;
pub(crate) use self::rejection::Rejection;
use super::door::{
    Authenticate, Credentials, Door, OperationKind, read_parameters, selected_kind, syntax_error,
};
use crate::lab::{Reply, linger};

/// Answers an operation in the body of a request.
pub(crate) async fn post<E: Executor, A: Authenticate>(
    State(door): State<Arc<Door<E, A>>>,
    request: Request,
) -> Response {
    let Some(media) = MediaType::negotiate(request.headers()) else {
        return Rejection::NotAcceptable.into_response();
    };
    let answer = async {
        if !accept::is_json(request.headers().get(header::CONTENT_TYPE)) {
            return Err(Rejection::UnsupportedMediaType);
        }
        let (head, body) = request.into_parts();
        let body = body::read(body, door.limits.request_bytes, door.limits.body_deadline).await?;
        let parameters = serde_json::from_slice(&body).map_err(Rejection::BodyNotJson)?;
        let credentials =
            Credentials::from_headers(&head.headers).map_err(Rejection::HeaderNotText)?;
        execute(&door, media, read_parameters(parameters)?, credentials, Way::Post).await
    };
    answer.await.unwrap_or_else(|rejection| rejection.answer(media))
}

/// Answers a query in the query string of a request.
pub(crate) async fn get<E: Executor, A: Authenticate>(
    door: Arc<Door<E, A>>,
    request: Request,
) -> Response {
    let Some(media) = MediaType::negotiate(request.headers()) else {
        return Rejection::NotAcceptable.into_response();
    };
    let (head, _) = request.into_parts();
    let answer = async {
        let parameters = read_query_string(&head.uri)?;
        let credentials =
            Credentials::from_headers(&head.headers).map_err(Rejection::HeaderNotText)?;
        execute(&door, media, read_parameters(parameters)?, credentials, Way::Get).await
    };
    answer.await.unwrap_or_else(|rejection| rejection.answer(media))
}

/// Answers any other method.
pub(crate) async fn method_not_allowed() -> Rejection {
    Rejection::MethodNotAllowed
}

/// How a request came in.
#[derive(Clone, Copy)]
enum Way {
    Get,
    Post,
}

async fn execute<E: Executor, A: Authenticate>(
    door: &Door<E, A>,
    media: MediaType,
    mut operation: Operation,
    credentials: Credentials,
    way: Way,
) -> Result<Response, Rejection> {
    let recognised = door.documents.recognise(&mut operation);
    let parsed = recognised.and_then(|it| Ok((it, selected_kind(&mut operation)?)));
    let (recognised, kind) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let response = GraphqlResponse::from_errors(vec![syntax_error(error)]);
            return Ok(answer::executed(media, response));
        }
    };
    match (kind, way) {
        (Some(OperationKind::Subscription), _) => return Err(Rejection::SubscriptionOverHttp),
        (Some(OperationKind::Mutation | OperationKind::FaultSwitch), Way::Get) => {
            return Err(Rejection::MutationOverGet);
        }
        (Some(OperationKind::Mutation | OperationKind::FaultSwitch), Way::Post)
        | (Some(OperationKind::Query) | None, _) => {}
    }
    operation.data = door.authenticate.authenticate(credentials).await?.data;
    let _place = door.http_operations.try_acquire().map_err(|_| Rejection::Busy)?;
    // A resolver that panics is a bug of one operation; the others on this connection go on.
    let executor = door.executors.of(&recognised);
    let execution = AssertUnwindSafe(executor.execute(operation)).catch_unwind();
    let Ok(response) = execution.await else {
        tracing::error!("an operation failed: its resolver panicked");
        return Err(Rejection::Failed);
    };
    door.documents.learn(recognised, &response);
    linger(door.lab.latency()).await;
    if kind == Some(OperationKind::Mutation) && door.lab.reply() != Reply::Arrives {
        return Ok(answer::lost());
    }
    Ok(answer::executed(media, response))
}

/// The parameters of a query string, in the shape in which a body has them. `operationName`,
/// `variables` and `extensions` without a value are absent.
fn read_query_string(uri: &Uri) -> Result<Value, Rejection> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|error| Rejection::QueryStringBroken(error.body_text()))?;
    let mut parameters = Map::new();
    for (name, text) in pairs {
        let value = match name.as_str() {
            "variables" | "extensions" if !text.is_empty() => match serde_json::from_str(&text) {
                Ok(value) => value,
                Err(error) => return Err(Rejection::ParameterNotJson { parameter: name, error }),
            },
            "query" => Value::String(text),
            "operationName" if !text.is_empty() => Value::String(text),
            _ => continue,
        };
        if parameters.contains_key(&name) {
            return Err(Rejection::QueryStringBroken(format!("`{name}` is there twice")));
        }
        parameters.insert(name, value);
    }
    Ok(Value::Object(parameters))
}
