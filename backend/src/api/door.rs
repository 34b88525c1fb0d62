//! The doors of factor 1: what the two ways in to GraphQL share, whichever of them a caller takes.
//! Step 3 of an order's way.
//!
//! `/graphql` answers GET and POST over HTTP (`over_http`) and `graphql-transport-ws` over
//! WebSocket (`over_websocket`). Both hand an operation to any [`async_graphql::Executor`], bounded
//! by [`Limits`], on behalf of whom [`Authenticate`] says it is. Deliberately not here: who may do
//! what (the resolvers), listening and `TCP_NODELAY` (whoever serves the [`Router`]), and checking
//! `Host`.

mod limits;
mod connections;
mod origin;
mod operation;
mod documents;
mod failure;
#[cfg(test)]
pub(crate) mod toy;

use std::sync::{Arc, LazyLock};

use async_graphql::{Data, Executor};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use thiserror::Error;
use tokio::sync::Semaphore;

pub(crate) use self::connections::Connections;
pub(crate) use self::documents::{Documents, Recognised};
pub(crate) use self::failure::{
    Code, OPERATION_FAILED, complete_codes, failure, is_request_error, syntax_error,
};
pub(crate) use self::limits::Limits;
pub(crate) use self::operation::{
    Malformed, OperationKind, read_parameters, selected, selected_kind,
};
use super::rendering::Renderings;
use super::sessions::OpenSession;
use super::{over_http, over_websocket};
use crate::lab::Lab;

/// Who somebody says they are. It has no `Debug`, so that no token ends up in a log.
pub(crate) struct Credentials {
    /// `Bearer TOKEN`, as written: the header `Authorization`, or `authorization` in the payload of
    /// `connection_init`.
    pub(crate) authorization: Option<String>,
    /// The operator's token of somebody who is both: the header `Tiffin-Operator`, or `operator` in
    /// that payload.
    pub(crate) operator: Option<String>,
}

impl Credentials {
    /// The operator's token of a caller who signs in as a customer as well.
    const OPERATOR_HEADER: HeaderName = HeaderName::from_static("tiffin-operator");

    /// What the headers of an HTTP request say.
    ///
    /// # Errors
    /// The name of a header whose value is not plain text.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, HeaderName> {
        let text = |name: HeaderName| match headers.get(&name).map(|value| value.to_str()) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text.to_owned())),
            Some(Err(_)) => Err(name),
        };
        Ok(Self {
            authorization: text(header::AUTHORIZATION)?,
            operator: text(Self::OPERATOR_HEADER)?,
        })
    }
}

/// Somebody whose credentials hold.
pub(crate) struct Admitted {
    /// What each of their operations can read.
    pub(crate) data: Data,
    /// How long they do: a connection that outlives it is closed.
    pub(crate) session: OpenSession,
}

/// Turns credentials into what the resolvers look at: once for each HTTP request, once for each
/// WebSocket connection.
pub(crate) trait Authenticate: Send + Sync + 'static {
    /// Who the caller is. Nobody's credentials (all `None`) are an anonymous caller and not an error.
    fn authenticate(
        &self,
        credentials: Credentials,
    ) -> impl Future<Output = Result<Admitted, DoorError>> + Send;
}

/// Why a caller stays outside. The message is for a person: what is wrong and what to do.
#[derive(Debug, Error)]
pub(crate) enum DoorError {
    /// A token that is not known here: HTTP 401, close code 4403. Asking again with it does not
    /// help.
    #[error("{message}")]
    Refused { message: String },
    /// The server could not find out: HTTP 503 with `Retry-After`, close code 1013. Asking again
    /// later may help.
    #[error("{message}")]
    Unavailable { message: String },
}

/// The same schema twice.
pub(crate) struct Executors<E> {
    /// Validates what it executes.
    pub(crate) validating: E,
    /// Executes what was found valid before, and does not validate it again. Made when it is first needed:
    /// whoever starts the server waits for one schema.
    trusting: LazyLock<E, Box<dyn FnOnce() -> E + Send + Sync>>,
}

impl<E> Executors<E> {
    /// One that validates, and how the other is made.
    pub(crate) fn new(validating: E, trusting: impl FnOnce() -> E + Send + Sync + 'static) -> Self {
        Self { validating, trusting: LazyLock::new(Box::new(trusting)) }
    }

    /// Who executes what was found valid before.
    pub(crate) fn trusting(&self) -> &E {
        &self.trusting
    }

    /// Who executes a request whose document was recognised so.
    pub(crate) fn of(&self, recognised: &Recognised) -> &E {
        match recognised {
            Recognised::Valid => self.trusting(),
            Recognised::AsItIs | Recognised::New(_) | Recognised::Reshaped(_) => &self.validating,
        }
    }
}

/// What both handlers work with; one for each server.
pub(crate) struct Door<E, A> {
    pub(crate) executors: Executors<E>,
    pub(crate) authenticate: Arc<A>,
    pub(crate) limits: Limits,
    pub(crate) connections: Connections,
    /// A permit for each operation over HTTP that is being executed.
    pub(crate) http_operations: Semaphore,
    /// What many subscribers are told in the same words.
    pub(crate) renderings: Renderings,
    /// What need not be parsed, nor validated, again.
    pub(crate) documents: Documents,
    /// What goes wrong on purpose.
    pub(crate) lab: Lab,
}

/// `/graphql`: GET and POST, and GET with `Upgrade: websocket`.
///
/// Requests of a page that somebody else serves are refused before anything else is looked at. When
/// `connections` is told to shut down, each WebSocket ends with 1001 once its running queries and
/// mutations are answered; HTTP requests that are under way go on, as long as whoever serves the
/// router lets them.
pub(crate) fn router<E: Executor, A: Authenticate>(
    executors: Executors<E>,
    authenticate: Arc<A>,
    limits: Limits,
    connections: Connections,
    lab: Lab,
) -> Router {
    let door = Arc::new(Door {
        executors,
        authenticate,
        http_operations: Semaphore::new(limits.http_operations_at_once),
        renderings: Renderings::default(),
        documents: Documents::default(),
        limits,
        connections,
        lab,
    });
    let methods = get(answer_get::<E, A>)
        .post(over_http::post::<E, A>)
        .fallback(over_http::method_not_allowed);
    Router::new()
        .route("/graphql", methods)
        .layer(middleware::from_fn(origin::refuse_foreign_pages))
        .with_state(door)
}

async fn answer_get<E: Executor, A: Authenticate>(
    State(door): State<Arc<Door<E, A>>>,
    request: Request,
) -> Response {
    if over_websocket::is_upgrade(request.headers()) {
        over_websocket::upgrade(door, request).await
    } else {
        over_http::get(door, request).await
    }
}
