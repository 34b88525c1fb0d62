//! Who asks: a token names its customer and proves it; only its hash is kept.
//! Step 3 of an order's way.
//!
//! A customer's token is `<customerId>.<256 random bits in hexadecimal>`, so that its customer is found by key. It
//! is drawn here, shown once, and nowhere stored. The operator's token comes from a file.

use std::sync::Arc;

use async_graphql::{Context, Data};
use shared::id::CustomerId;

use super::door::{Admitted, Authenticate, Credentials, DoorError};
use super::error::ApiError;
use super::sessions::{OpenSession, Sessions};
use crate::eventing::log::{Customer, Scope};
use crate::eventing::monitor::Monitor;
use crate::operator_token::OperatorToken;
use crate::secret::{self, hash};
use crate::store::read::Reader;

mod known;

use known::KnownCustomers;

/// Who asks, as every resolver can see it. Somebody may be customer and operator at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Caller {
    customer: Option<Customer>,
    operator: Option<Operator>,
}

/// The proof that the operator asks: made here, from the token, and nowhere else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operator(());

impl Caller {
    const ANYBODY: &Self = &Self { customer: None, operator: None };

    /// Who asks.
    pub(super) fn of<'a>(context: &Context<'a>) -> &'a Self {
        context.data_opt().unwrap_or(Self::ANYBODY)
    }

    /// The customer, where one asks.
    pub(super) fn signed_in(&self) -> Option<&Customer> {
        self.customer.as_ref()
    }

    /// The customer who asks.
    ///
    /// # Errors
    /// Nobody has signed in.
    pub(super) fn customer<'a>(context: &Context<'a>) -> Result<&'a Customer, ApiError> {
        Self::of(context).customer.as_ref().ok_or(ApiError::Unauthenticated)
    }

    /// What of the log they may see: customers what concerns them, an operator who is not also signed
    /// in as a customer all of it.
    ///
    /// # Errors
    /// It is neither of them.
    pub(super) fn scope(context: &Context<'_>) -> Result<Scope, ApiError> {
        match Self::of(context) {
            Self { customer: Some(customer), .. } => Ok(Scope::Customer(customer.id)),
            Self { customer: None, operator: Some(_) } => Ok(Scope::WholeLog),
            Self { customer: None, operator: None } => Err(ApiError::Unauthenticated),
        }
    }

    /// The proof that the operator asks.
    ///
    /// # Errors
    /// Somebody else does.
    pub(super) fn operator(context: &Context<'_>) -> Result<Operator, ApiError> {
        Self::of(context).operator.ok_or(ApiError::Forbidden)
    }
}

/// Looks tokens up.
pub(super) struct TokenAuthenticator {
    reader: Reader,
    operator: OperatorToken,
    sessions: Sessions,
    known: KnownCustomers,
}

impl TokenAuthenticator {
    pub(super) fn new(
        reader: Reader,
        operator: OperatorToken,
        sessions: Sessions,
        monitor: Arc<Monitor>,
    ) -> Self {
        Self { reader, operator, sessions, known: KnownCustomers::new(monitor) }
    }

    async fn customer(&self, token: &str) -> Result<Option<(Customer, OpenSession)>, DoorError> {
        let Some(id) = owner(token) else { return Ok(None) };
        let session = self.sessions.begin(id);
        let customer = match self.known.find(id) {
            Some(customer) => Some(customer),
            None => self.look_up(id).await?,
        };
        // Hashes are compared, so the time that takes tells nothing of the token.
        let customer =
            customer.filter(|customer| customer.token_hash.as_deref() == Some(&hash(token)));
        Ok(customer.map(|customer| (customer, session)))
    }

    async fn look_up(&self, id: CustomerId) -> Result<Option<Customer>, DoorError> {
        let before = self.known.revocations();
        let customer = self.reader.customer(id).await.map_err(|error| {
            tracing::error!(%error, "a token could not be looked up");
            let message =
                "the server cannot look up tokens at the moment; try again soon".to_owned();
            DoorError::Unavailable { message }
        })?;
        if let Some(customer) = &customer {
            self.known.remember(customer, before);
        }
        Ok(customer)
    }

    /// The operator's token of somebody who is a customer as well, or of nobody else.
    fn operator(&self, token: &str) -> Result<Operator, DoorError> {
        if self.operator.is(bare(token)) {
            Ok(Operator(()))
        } else {
            let message = "this is not the operator's token of this server; its lock file says where \
                           that stands";
            Err(refused(message))
        }
    }

    /// A customer's token or the operator's.
    async fn bearer(&self, authorization: &str) -> Result<(Caller, OpenSession), DoorError> {
        let Some(token) = authorization.strip_prefix("Bearer ").map(str::trim) else {
            let message = "the authorization must read `Bearer TOKEN`, with the token of signIn or the \
                           operator's";
            return Err(refused(message));
        };
        if self.operator.is(token) {
            let operator = Caller { customer: None, operator: Some(Operator(())) };
            return Ok((operator, OpenSession::ENDLESS));
        }
        match self.customer(token).await? {
            Some((customer, session)) => {
                Ok((Caller { customer: Some(customer), operator: None }, session))
            }
            None => Err(refused("this server does not know this token; sign in again")),
        }
    }
}

impl Authenticate for TokenAuthenticator {
    async fn authenticate(&self, credentials: Credentials) -> Result<Admitted, DoorError> {
        let (mut caller, session) = match credentials.authorization {
            None => (Caller::default(), OpenSession::ENDLESS),
            Some(authorization) => self.bearer(&authorization).await?,
        };
        if let Some(token) = credentials.operator {
            caller.operator = Some(self.operator(&token)?);
        }
        let mut data = Data::default();
        data.insert(caller);
        Ok(Admitted { data, session })
    }
}

fn refused(message: &str) -> DoorError {
    DoorError::Refused { message: message.to_owned() }
}

/// A token, also where somebody wrote `Bearer` before it.
fn bare(token: &str) -> &str {
    token.strip_prefix("Bearer ").unwrap_or(token).trim()
}

/// A fresh token for a customer; drawn once, shown once.
pub(super) fn fresh_token(id: CustomerId) -> String {
    format!("{id}.{}", secret::fresh())
}

fn owner(token: &str) -> Option<CustomerId> {
    token.split_once('.').and_then(|(id, _)| id.parse().ok())
}
