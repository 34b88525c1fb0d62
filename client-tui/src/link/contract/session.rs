//! Which log the backend serves, and signing in to it.

use jiff::Timestamp;
use serde_json::Value;
use shared::{
    cursor::Cursor,
    id::{CustomerId, LogId},
};

use super::{AnswerError, body, data, documents};
use crate::profile::{SignedIn, Token};

/// What a backend says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub log_id: LogId,
    pub version: String,
    /// The head of its log.
    pub cursor: Cursor,
    /// Its clock.
    pub now: Timestamp,
}

/// What signing in gives; the token is shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub token: Token,
    pub customer_id: CustomerId,
    pub name: String,
}

impl Session {
    /// As it is kept: with the log that it belongs to and the URL of the backend.
    pub fn into_signed_in(self, log_id: LogId, server: String) -> SignedIn {
        let Self { token, customer_id, name } = self;
        SignedIn { customer_id, name, token, log_id, server }
    }
}

/// Asks which log the backend serves; answered without a token.
pub fn server() -> Value {
    body::<documents::Server>(documents::server::Variables {})
}

/// # Errors
/// See [`AnswerError`].
pub fn read_server(payload: Value) -> Result<Server, AnswerError> {
    let server = data::<documents::Server>(payload, "an answer about itself")?.server;
    Ok(Server {
        log_id: LogId::new(server.log_id),
        version: server.version,
        cursor: server.cursor,
        now: server.now,
    })
}

/// Becomes a customer; answered without a token.
pub fn sign_in(name: &str) -> Value {
    body::<documents::SignIn>(documents::sign_in::Variables { name: name.to_owned() })
}

/// # Errors
/// See [`AnswerError`].
pub fn read_sign_in(payload: Value) -> Result<Session, AnswerError> {
    let session = data::<documents::SignIn>(payload, "an answer to a sign-in")?.sign_in;
    Ok(Session {
        token: Token::new(session.token),
        customer_id: CustomerId::new(session.customer.id),
        name: session.customer.name,
    })
}
