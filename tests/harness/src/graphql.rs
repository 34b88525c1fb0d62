//! Reading a GraphQL response, over whichever transport it came.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// An error that a response carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlError {
    /// `extensions.code`; empty where there is none.
    pub code: String,
    /// For a person.
    pub message: String,
}

/// The `data` of a response that must have no errors, not even beside data.
pub(crate) fn data(mut response: Value) -> Result<Value> {
    if response.get("errors").is_some() {
        bail!("GraphQL errors: {response:#}");
    }
    match response.get_mut("data") {
        Some(data) => Ok(data.take()),
        None => bail!("neither data nor errors: {response:#}"),
    }
}

/// The first error of a response that must have one.
pub(crate) fn first_error(response: &Value) -> Result<GraphqlError> {
    let error = response.pointer("/errors/0").with_context(|| format!("no error: {response:#}"))?;
    Ok(GraphqlError { code: text(error, "/extensions/code"), message: text(error, "/message") })
}

/// The text at this JSON pointer; empty where there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
