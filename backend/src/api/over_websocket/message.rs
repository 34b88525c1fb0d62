//! The messages of `graphql-transport-ws`, both ways: text to data and data to text. Pure.
//! Step 3 of an order's way.

use async_graphql::{Request, Response, ServerError};
use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::api::door::{Credentials, Malformed, read_parameters};

/// What a client says.
pub(super) enum ClientMessage {
    /// `connection_init`: who it is.
    Init(Credentials),
    /// `subscribe`: an operation to execute, under an id of the client's choice.
    Subscribe { id: String, operation: Box<Request> },
    /// `complete`: the operation with this id is not wanted any more.
    Complete { id: String },
    /// `ping`: to be answered by a pong with the same payload.
    Ping { payload: Option<Map<String, Value>> },
    /// `pong`: a sign of life, as any message is.
    Pong,
}

/// A text that is no message of the protocol.
#[derive(Debug, Error)]
pub(super) enum NoMessage {
    #[error("no JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("no JSON object")]
    NotAnObject,
    #[error("`type` has to be a string")]
    TypeMissing,
    #[error("a client sends no `{0}`")]
    TypeUnknown(String),
    #[error("`id` has to be a string that is not empty")]
    IdMissing,
    #[error("`payload` has to be an object")]
    PayloadNotAnObject,
    #[error("`{0}` in the payload has to be a string")]
    CredentialNotText(&'static str),
    #[error("{0}")]
    Operation(#[from] Malformed),
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage<'a> {
    /// The client may now send operations.
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// A result of an operation, its failed fields included.
    Next { id: &'a str, payload: &'a Response },
    /// The operation was not executed; nothing follows.
    Error { id: &'a str, payload: &'a [ServerError] },
    /// The operation has come to its end.
    Complete { id: &'a str },
}

/// `next` with a payload that is JSON already, as many subscribers get it.
pub(super) fn next_rendered(id: &str, payload: &str) -> String {
    format!(r#"{{"type":"next","id":{},"payload":{payload}}}"#, Value::from(id))
}

impl ClientMessage {
    /// # Errors
    /// [`NoMessage`], which says what is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, NoMessage> {
        let Value::Object(mut message) = serde_json::from_str(text).map_err(NoMessage::NotJson)?
        else {
            return Err(NoMessage::NotAnObject);
        };
        let Some(Value::String(kind)) = message.remove("type") else {
            return Err(NoMessage::TypeMissing);
        };
        match kind.as_str() {
            "connection_init" => {
                let mut payload = optional_payload(&mut message)?.unwrap_or_default();
                Ok(Self::Init(Credentials {
                    authorization: credential(&mut payload, "authorization")?,
                    operator: credential(&mut payload, "operator")?,
                }))
            }
            "subscribe" => Ok(Self::Subscribe {
                id: id(&mut message)?,
                operation: Box::new(read_parameters(
                    message.remove("payload").unwrap_or_default(),
                )?),
            }),
            "complete" => Ok(Self::Complete { id: id(&mut message)? }),
            "ping" => Ok(Self::Ping { payload: optional_payload(&mut message)? }),
            "pong" => optional_payload(&mut message).map(|_| Self::Pong),
            _ => Err(NoMessage::TypeUnknown(kind)),
        }
    }
}

fn id(message: &mut Map<String, Value>) -> Result<String, NoMessage> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id),
        Some(_) | None => Err(NoMessage::IdMissing),
    }
}

fn optional_payload(
    message: &mut Map<String, Value>,
) -> Result<Option<Map<String, Value>>, NoMessage> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(NoMessage::PayloadNotAnObject),
    }
}

fn credential(
    payload: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, NoMessage> {
    match payload.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(NoMessage::CredentialNotText(name)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::door::{Code, failure};

    fn refused(message: &Value) -> String {
        match ClientMessage::parse(&message.to_string()) {
            Ok(_) => panic!("{message} is taken for a message"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn an_init_carries_both_credentials_or_none() {
        let payload = json!({"authorization": "Bearer a", "operator": "b", "else": 1});
        for (payload, authorization, operator) in [
            (payload, Some("Bearer a"), Some("b")),
            (json!({"authorization": null}), None, None),
            (json!({}), None, None),
            (json!(null), None, None),
        ] {
            let text = json!({"type": "connection_init", "payload": payload}).to_string();
            let Ok(ClientMessage::Init(credentials)) = ClientMessage::parse(&text) else {
                panic!("{text} is no init");
            };
            assert_eq!(credentials.authorization.as_deref(), authorization);
            assert_eq!(credentials.operator.as_deref(), operator);
        }
        assert!(matches!(
            ClientMessage::parse(r#"{"type":"connection_init"}"#),
            Ok(ClientMessage::Init(_))
        ));
    }

    #[test]
    fn a_subscribe_carries_its_id_and_operation() {
        let payload = json!({"query": "{ a }", "variables": {"b": 1}});
        let text = json!({"id": "1", "type": "subscribe", "payload": payload});
        let Ok(ClientMessage::Subscribe { id, operation }) =
            ClientMessage::parse(&text.to_string())
        else {
            panic!("no subscribe");
        };
        assert_eq!((id.as_str(), operation.query.as_str()), ("1", "{ a }"));
        assert_eq!(operation.variables["b"], async_graphql::Value::from(1));
    }

    #[test]
    fn what_is_no_message_is_told_why() {
        for (message, why) in [
            (json!([]), "no JSON object"),
            (json!({}), "`type` has to be a string"),
            (json!({"type": 1}), "`type` has to be a string"),
            (json!({"type": "next", "id": "1"}), "a client sends no `next`"),
            (json!({"type": "complete"}), "`id` has to be a string that is not empty"),
            (json!({"type": "complete", "id": 1}), "`id` has to be a string that is not empty"),
            (json!({"type": "complete", "id": ""}), "`id` has to be a string that is not empty"),
            (json!({"type": "ping", "payload": 1}), "`payload` has to be an object"),
            (json!({"type": "pong", "payload": []}), "`payload` has to be an object"),
            (json!({"type": "connection_init", "payload": "a"}), "`payload` has to be an object"),
            (
                json!({"type": "connection_init", "payload": {"operator": 1}}),
                "`operator` in the payload has to be a string",
            ),
            (
                json!({"type": "subscribe", "payload": {"query": "{a}"}}),
                "`id` has to be a string that is not empty",
            ),
            (
                json!({"type": "subscribe", "id": "1", "payload": {}}),
                "`query` is missing: the GraphQL document to execute, as a string",
            ),
            (
                json!({"type": "subscribe", "id": "1", "payload": {"query": 1}}),
                "`query` has to be a string",
            ),
        ] {
            assert_eq!(refused(&message), why);
        }
        assert!(
            refused(&json!({"type": "subscribe", "id": "1"}))
                .starts_with("a request is one JSON object")
        );
        let Err(error) = ClientMessage::parse("{") else {
            panic!("half an object is taken for a message")
        };
        assert!(error.to_string().starts_with("no JSON: "));
    }

    #[test]
    fn the_server_speaks_as_the_protocol_says() {
        let response = Response::new(async_graphql::Value::from("hello"));
        let errors = [failure(Code::BadUserInput, "what?")];
        let said = json!([{"message": "what?", "extensions": {"code": "BAD_USER_INPUT"}}]);
        let payload = json!({"a": 1}).as_object().cloned();
        for (message, expected) in [
            (ServerMessage::ConnectionAck, json!({"type": "connection_ack"})),
            (ServerMessage::Pong { payload: None }, json!({"type": "pong"})),
            (ServerMessage::Pong { payload }, json!({"type": "pong", "payload": {"a": 1}})),
            (
                ServerMessage::Next { id: "1", payload: &response },
                json!({"type": "next", "id": "1", "payload": {"data": "hello"}}),
            ),
            (
                ServerMessage::Error { id: "1", payload: &errors },
                json!({"type": "error", "id": "1", "payload": said}),
            ),
            (ServerMessage::Complete { id: "1" }, json!({"type": "complete", "id": "1"})),
        ] {
            assert_eq!(serde_json::to_value(&message).unwrap(), expected);
        }
    }
    #[test]
    fn a_rendered_result_reads_like_any_other() {
        let response = Response::new(async_graphql::Value::from("hel\"lo"));
        for id in ["1", "a \"b\" \\ 🍱"] {
            let next = ServerMessage::Next { id, payload: &response };
            let payload = serde_json::to_string(&response).unwrap();
            assert_eq!(next_rendered(id, &payload), serde_json::to_string(&next).unwrap());
        }
    }
}
