//! What a caller asks for: the four parameters of a GraphQL request, whichever way they came in,
//! and the kind of operation that they select. Pure. Step 3 of an order's way.
//!
//! The types are checked by hand, since serde would take `"operationName": 7` for a mistake of the
//! whole request and `"variables": []` for an empty map: each mistake gets a sentence of its own.

use async_graphql::parser::types::{
    DocumentOperations, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Request, ServerError, Variables};
use serde_json::{Map, Value};
use thiserror::Error;

/// Parameters that are no GraphQL request.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Malformed {
    #[error("a request is one JSON object with `query` in it, and a list of several is none")]
    NotAnObject,
    #[error("`query` is missing: the GraphQL document to execute, as a string")]
    QueryMissing,
    #[error("`{parameter}` has to be {expected}")]
    WrongType { parameter: &'static str, expected: &'static str },
}

/// What an operation does, which decides over what it may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Query,
    Mutation,
    /// A mutation that only switches faults. It puts nothing on record, and its answer is never lost on
    /// purpose: nobody could see any more what they have switched.
    FaultSwitch,
    Subscription,
}

/// A request of the four parameters `query`, `operationName`, `variables` and `extensions`; others
/// are ignored, and null is the same as absent.
///
/// # Errors
/// [`Malformed`] where a parameter is missing or has another type.
pub(crate) fn read_parameters(parameters: Value) -> Result<Request, Malformed> {
    let Value::Object(mut parameters) = parameters else {
        return Err(Malformed::NotAnObject);
    };
    let mut request = match parameters.remove("query") {
        Some(Value::String(query)) => Request::new(query),
        None | Some(Value::Null) => return Err(Malformed::QueryMissing),
        Some(_) => return Err(wrong_type("query", "a string")),
    };
    match parameters.remove("operationName") {
        Some(Value::String(name)) => request = request.operation_name(name),
        None | Some(Value::Null) => {}
        Some(_) => return Err(wrong_type("operationName", "a string")),
    }
    let variables = map(&mut parameters, "variables")?;
    request = request.variables(Variables::from_json(Value::Object(variables)));
    for (name, value) in map(&mut parameters, "extensions")? {
        let value = async_graphql::Value::from_json(value);
        let value = value.map_err(|_| wrong_type("extensions", "an object of JSON values"))?;
        request.extensions.insert(name, value);
    }
    Ok(request)
}

/// The operation that this request selects; `None` where it selects none, which executing it will
/// explain.
///
/// # Errors
/// The syntax error of a document that does not parse.
pub(crate) fn selected(request: &mut Request) -> Result<Option<&OperationDefinition>, ServerError> {
    let name = request.operation_name.clone();
    let selected = match (&request.parsed_query()?.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name.as_str()),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next()
        }
        (DocumentOperations::Multiple(_), None) => None,
    };
    Ok(selected.map(|operation| &operation.node))
}

/// The kind of that operation.
///
/// # Errors
/// The syntax error of a document that does not parse.
pub(crate) fn selected_kind(request: &mut Request) -> Result<Option<OperationKind>, ServerError> {
    Ok(selected(request)?.map(|operation| match operation.ty {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation if switches_faults(operation) => OperationKind::FaultSwitch,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => OperationKind::Subscription,
    }))
}

fn switches_faults(operation: &OperationDefinition) -> bool {
    operation.selection_set.node.items.iter().all(|selected| match &selected.node {
        Selection::Field(field) => field.node.name.node == "setFaults",
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    })
}

fn map(
    parameters: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Map<String, Value>, Malformed> {
    match parameters.remove(name) {
        Some(Value::Object(map)) => Ok(map),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(wrong_type(name, "an object")),
    }
}

fn wrong_type(parameter: &'static str, expected: &'static str) -> Malformed {
    Malformed::WrongType { parameter, expected }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_four_parameters_arrive() {
        let request = read_parameters(json!({
            "query": "query Hello { hello }", "operationName": "Hello",
            "variables": {"a": [1, {"b": null}]}, "extensions": {"trace": true}, "else": 1,
        }))
        .unwrap();
        assert_eq!(request.query, "query Hello { hello }");
        assert_eq!(request.operation_name.as_deref(), Some("Hello"));
        assert_eq!(
            request.variables.into_value().into_json().unwrap(),
            json!({"a": [1, {"b": null}]})
        );
        assert_eq!(request.extensions["trace"], async_graphql::Value::from(true));
    }

    #[test]
    fn null_is_the_same_as_absent() {
        let request = read_parameters(
            json!({"query": "{ a }", "operationName": null, "variables": null, "extensions": null}),
        );
        let request = request.unwrap();
        assert!(
            request.operation_name.is_none()
                && request.variables.is_empty()
                && request.extensions.is_empty()
        );
        assert_eq!(read_parameters(json!({"query": null})).unwrap_err(), Malformed::QueryMissing);
    }

    #[test]
    fn each_wrong_type_is_named() {
        for wrong in [json!(0), json!(false), json!(["a"]), json!({"a": 1})] {
            let error = read_parameters(json!({"query": wrong})).unwrap_err();
            assert_eq!(error.to_string(), "`query` has to be a string");
            let error =
                read_parameters(json!({"query": "{ a }", "operationName": wrong})).unwrap_err();
            assert_eq!(error.to_string(), "`operationName` has to be a string");
        }
        for wrong in [json!(0), json!(false), json!(["a"]), json!("a")] {
            let error = read_parameters(json!({"query": "{ a }", "variables": wrong})).unwrap_err();
            assert_eq!(error.to_string(), "`variables` has to be an object");
            let error =
                read_parameters(json!({"query": "{ a }", "extensions": wrong})).unwrap_err();
            assert_eq!(error.to_string(), "`extensions` has to be an object");
        }
    }

    #[test]
    fn what_is_no_request_is_said_to_be_none() {
        for wrong in [json!([{"query": "{ a }"}]), json!("{ a }"), json!(null)] {
            assert_eq!(read_parameters(wrong).unwrap_err(), Malformed::NotAnObject);
        }
        assert_eq!(
            read_parameters(json!({"qeury": "{ a }"})).unwrap_err(),
            Malformed::QueryMissing
        );
    }

    #[test]
    fn the_kind_is_that_of_the_selected_operation() {
        let several = "query Q { a } mutation M { b } subscription S { c }";
        let kind = |document: &str, name: Option<&str>| {
            let mut request = Request::new(document);
            request.operation_name = name.map(ToOwned::to_owned);
            selected_kind(&mut request).unwrap()
        };
        assert_eq!(kind("{ a }", None), Some(OperationKind::Query));
        assert_eq!(kind("mutation { a }", None), Some(OperationKind::Mutation));
        assert_eq!(
            kind("mutation { old: setFaults { a } }", None),
            Some(OperationKind::FaultSwitch)
        );
        assert_eq!(kind("mutation { setFaults { a } b }", None), Some(OperationKind::Mutation));
        assert_eq!(kind("subscription Only { a }", None), Some(OperationKind::Subscription));
        assert_eq!(kind(several, Some("Q")), Some(OperationKind::Query));
        assert_eq!(kind(several, Some("M")), Some(OperationKind::Mutation));
        assert_eq!(kind(several, Some("S")), Some(OperationKind::Subscription));
        assert_eq!(kind(several, Some("X")), None);
        assert_eq!(kind(several, None), None);
    }
}
