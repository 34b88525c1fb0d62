//! Who asks: a token names its customer and proves it; only its hash is kept.
//! Step 3 of an order's way.
//!
//! A token is `<customerId>.<256 random bits in hexadecimal>`, so that its customer is found by key. It
//! is drawn here, shown once, and nowhere stored.

use std::fmt::Write;

use async_graphql::{Context, Data};
use sha2::{Digest, Sha256};
use shared::id::CustomerId;

use super::door::{Authenticate, Credentials, DoorError};
use super::error::ApiError;
use crate::eventing::log::Customer;
use crate::store::read::Reader;

/// Who asks, as every resolver can see it.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// Nobody in particular.
    Anonymous,
    /// A customer.
    Customer(Customer),
}

impl Caller {
    /// Who asks.
    pub(super) fn of<'a>(context: &Context<'a>) -> &'a Self {
        context.data_opt().unwrap_or(&Self::Anonymous)
    }

    /// The customer who asks.
    pub(super) fn customer<'a>(context: &Context<'a>) -> Result<&'a Customer, ApiError> {
        match Self::of(context) {
            Self::Customer(customer) => Ok(customer),
            Self::Anonymous => Err(ApiError::Unauthenticated),
        }
    }
}

/// Looks tokens up.
pub(super) struct TokenAuthenticator {
    reader: Reader,
}

impl TokenAuthenticator {
    pub(super) fn new(reader: Reader) -> Self {
        Self { reader }
    }

    async fn customer(&self, token: &str) -> Result<Option<Customer>, DoorError> {
        let Some(id) = owner(token) else { return Ok(None) };
        let customer = self.reader.customer(id).await.map_err(|error| {
            tracing::error!(%error, "a token could not be looked up");
            let message =
                "the server cannot look up tokens at the moment; try again soon".to_owned();
            DoorError::Unavailable { message }
        })?;
        // Hashes are compared, so the time that takes tells nothing of the token.
        Ok(customer.filter(|customer| customer.token_hash == hash(token)))
    }
}

impl Authenticate for TokenAuthenticator {
    async fn authenticate(&self, credentials: Credentials) -> Result<Data, DoorError> {
        let refused = |message: &str| DoorError::Refused { message: message.to_owned() };
        if credentials.operator.is_some() {
            return Err(refused("this server has no operator's token; leave it out"));
        }
        let mut data = Data::default();
        data.insert(match credentials.authorization {
            None => Caller::Anonymous,
            Some(authorization) => {
                let token =
                    authorization.strip_prefix("Bearer ").map(str::trim).ok_or_else(|| {
                        refused(
                            "the authorization must read `Bearer TOKEN`, with the token of signIn",
                        )
                    })?;
                let customer = self.customer(token).await?;
                Caller::Customer(customer.ok_or_else(|| {
                    refused("this server does not know this token; sign in again")
                })?)
            }
        });
        Ok(data)
    }
}

/// A fresh token for a customer; drawn once, shown once.
pub(super) fn fresh_token(id: CustomerId) -> String {
    let mut secret = [0_u8; 32];
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge: tokens are drawn here and nowhere else"
    )]
    rand::fill(&mut secret);
    format!("{id}.{}", hexadecimal(&secret))
}

/// What is kept of a token.
pub(super) fn hash(text: impl AsRef<[u8]>) -> String {
    hexadecimal(&Sha256::digest(text))
}

fn owner(token: &str) -> Option<CustomerId> {
    token.split_once('.').and_then(|(id, _)| id.parse().ok())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
