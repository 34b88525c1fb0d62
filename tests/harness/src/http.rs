//! GraphQL over HTTP as any customer's program speaks it, and deliberately wrong HTTP for the
//! tests of bad input. One request is one connection: nothing is retried or reused behind a
//! test's back, so that a lost answer is seen as what it is.

pub mod orders;

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::config::AutoHeaderValue;

use crate::graphql::{GraphqlError, data, first_error};

pub use orders::{Customer, PlaceOrder};

/// After this long without an answer a request is an error: longer than any server may take,
/// short enough for a test that found a stall.
const REQUEST_DEADLINE: Duration = Duration::from_secs(20);
/// The longest body that is read, in bytes.
const BODY_LIMIT: u64 = 16 * 1024 * 1024;

/// A client of one server, for nobody or for whoever the token belongs to.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    url: String,
    token: Option<String>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As text; what is no UTF-8 is replaced.
    pub body: String,
}

impl Client {
    /// A client without a token of the server at `url`, such as `http://127.0.0.1:4000`.
    pub fn new(url: impl Into<String>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(REQUEST_DEADLINE))
            .max_redirects(0)
            .max_idle_connections(0)
            .proxy(None)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .build()
            .new_agent();
        Self { agent, url: url.into(), token: None }
    }

    /// The same client with a bearer token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The `data` of a response without errors; with errors it fails and shows them.
    pub fn query(&self, document: &str, variables: &Value) -> Result<Value> {
        let (status, response) = self.raw(document, variables)?;
        data(response).with_context(|| format!("HTTP status {status}"))
    }

    /// The first error of a response that must have one.
    pub fn error(&self, document: &str, variables: &Value) -> Result<GraphqlError> {
        let (status, response) = self.raw(document, variables)?;
        first_error(&response).with_context(|| format!("HTTP status {status}"))
    }

    /// The HTTP status and the whole response, whatever is in it.
    pub fn raw(&self, document: &str, variables: &Value) -> Result<(u16, Value)> {
        let authorization = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/graphql-response+json"),
        ];
        if let Some(value) = &authorization {
            headers.push(("authorization", value));
        }
        let body = json!({ "query": document, "variables": variables }).to_string();
        let response = self.post("/graphql", &headers, body)?;
        Ok((response.status, response.json()?))
    }

    /// Posts these bytes with these headers and no others that matter (not even the token).
    pub fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Result<Response> {
        let request = ureq::http::Request::post(self.location(path));
        self.send(with_headers(request, headers).body(body.into())?)
            .with_context(|| format!("POST {}", self.location(path)))
    }

    /// Gets `path` (with its query, already encoded) with these headers and no others that matter.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Response> {
        let request = ureq::http::Request::get(self.location(path));
        self.send(with_headers(request, headers).body(())?)
            .with_context(|| format!("GET {}", self.location(path)))
    }

    fn location(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn send(&self, request: ureq::http::Request<impl ureq::AsSendBody>) -> Result<Response> {
        let mut response = self.agent.run(request)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(BODY_LIMIT)
            .read_to_vec()
            .context("reading the answer's body")?;
        let headers = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Ok(Response {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

impl Response {
    /// The value of the first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("no JSON: {self:?}"))
    }
}

fn with_headers(
    request: ureq::http::request::Builder,
    headers: &[(&str, &str)],
) -> ureq::http::request::Builder {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

#[cfg(test)]
pub(crate) mod canned;
#[cfg(test)]
mod tests;
