//! What is said over the link, in the types of the public contract: requests out, answers in.
//! Steps 3, 5 and 8 of an order's way.
//!
//! The documents are `shared/src/operations`; that they fit the schema is checked when this is
//! compiled. Each answer is turned into what the rest of the program works with, and an answer that
//! cannot be is an error with words, whatever a newer or a broken backend sends.

mod documents;
mod errors;
mod session;
mod menu;
mod wire;
mod orders;
mod changes;
mod events;
mod mutations;

use graphql_client::{GraphQLQuery, QueryBody, Response};
use serde_json::Value;

pub use changes::{LoggedEvent, OrderChange, order_changes, read_order_change};
pub use errors::{AnswerError, GraphqlError, GraphqlErrors};
pub use events::{events, read_events};
pub use menu::{Menu, menu, read_menu};
pub use mutations::{mutation, read_receipt};
pub use orders::{PAGE_SIZE, orders, read_orders};
pub use session::{Server, Session, read_server, read_sign_in, server, sign_in};

/// The body of a request: what [`LinkCommand::Execute`](super::LinkCommand::Execute) carries.
fn body<Q: GraphQLQuery>(variables: Q::Variables) -> Value {
    let QueryBody { query, variables, operation_name } = Q::build_query(variables);
    // Of numbers, texts and lists only: there is nothing in it that JSON could not say.
    let variables = serde_json::to_value(variables).unwrap_or_default();
    serde_json::json!({ "query": query, "variables": variables, "operationName": operation_name })
}

/// The data of an answer that carries no errors.
fn data<Q: GraphQLQuery>(
    payload: Value,
    what: &'static str,
) -> Result<Q::ResponseData, AnswerError> {
    if let Some(errors) = GraphqlErrors::of_response(&payload) {
        return Err(errors.into());
    }
    let response: Response<Q::ResponseData> = serde_json::from_value(payload)
        .map_err(|error| AnswerError::not_understood(what, error))?;
    response.data.ok_or_else(|| AnswerError::not_understood(what, "it has no data"))
}

#[cfg(test)]
mod tests;
