use async_graphql::{EmptySubscription, Object, Schema, Variables};
use futures_util::FutureExt;
use serde_json::json;

use super::*;

struct Query;

#[Object]
impl Query {
    async fn echo(&self, text: String) -> String {
        text
    }

    async fn table(&self) -> Self {
        Self
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn rename(&self, name: String) -> String {
        name
    }
}

/// Two operations over three fragments, as the files of the terminal program are.
const FILE: &str = "
    query Echo($text: String!) { ...Outer }
    mutation Rename($name: String!) { ...Renamed }
    fragment Outer on Query { ...Inner }
    fragment Inner on Query { echo(text: $text) }
    fragment Renamed on Mutation { rename(name: $name) }";

fn request(text: &str, operation: &str, variables: serde_json::Value) -> Request {
    let variables = Variables::from_json(variables);
    Request::new(text).operation_name(operation).variables(variables)
}

/// Answers a request as the doors do.
fn answer(documents: &Documents, mut request: Request) -> Result<Response, ServerError> {
    let schema = Schema::build(Query, Mutation, EmptySubscription).finish();
    let recognised = documents.recognise(&mut request)?;
    let response = schema.execute(request).now_or_never().expect("nobody waits for anything");
    documents.learn(recognised, &response);
    Ok(response)
}

fn known(documents: &Documents) -> usize {
    documents.lock().len()
}

#[test]
fn a_document_that_is_known_is_answered_alike_whatever_its_variables() {
    let documents = Documents::default();
    for text in ["soup", "rice"] {
        let response = answer(&documents, request(FILE, "Echo", json!({ "text": text }))).unwrap();
        assert_eq!(response.data.into_json().unwrap(), json!({ "echo": text }));
        assert_eq!(known(&documents), 1);
    }
}

#[test]
fn what_is_kept_is_the_selected_operation_and_the_fragments_that_it_reaches() {
    let documents = Documents::default();
    answer(&documents, request(FILE, "Echo", json!({ "text": "soup" }))).unwrap();
    let mut again = request(FILE, "Echo", json!({ "text": "soup" }));
    assert!(matches!(documents.recognise(&mut again), Ok(Recognised::AsItIs)));
    let document = again.parsed_query().unwrap();
    let operations: Vec<_> = document.operations.iter().filter_map(|(name, _)| name).collect();
    assert_eq!(operations, ["Echo"]);
    let mut fragments: Vec<_> = document.fragments.keys().map(Name::as_str).collect();
    fragments.sort_unstable();
    assert_eq!(fragments, ["Inner", "Outer"]);
}

#[test]
fn a_fragment_is_reached_through_fields_and_through_inline_fragments() {
    for spread in ["table { ...Said }", "... on Query { ...Said }", "table { ... { ...Said } }"] {
        let text =
            format!("query Echo {{ {spread} }} fragment Said on Query {{ echo(text: \"soup\") }}");
        let documents = Documents::default();
        let first = answer(&documents, request(&text, "Echo", json!({}))).unwrap();
        let again = answer(&documents, request(&text, "Echo", json!({}))).unwrap();
        assert_eq!(known(&documents), 1, "{spread}");
        assert_eq!(again.errors, [], "{spread}");
        assert_eq!(again.data, first.data, "{spread}");
    }
}

#[test]
fn a_document_that_two_ask_for_at_once_is_kept_once() {
    let documents = Documents::default();
    let schema = Schema::build(Query, Mutation, EmptySubscription).finish();
    let asked = [(); 2].map(|()| {
        let mut request = request(FILE, "Echo", json!({ "text": "soup" }));
        (documents.recognise(&mut request).unwrap(), request)
    });
    for (recognised, request) in asked {
        let response = schema.execute(request).now_or_never().expect("nobody waits for anything");
        documents.learn(recognised, &response);
    }
    assert_eq!(known(&documents), 1);
}

#[test]
fn each_operation_of_a_document_is_another() {
    let documents = Documents::default();
    answer(&documents, request(FILE, "Echo", json!({ "text": "soup" }))).unwrap();
    let renamed = answer(&documents, request(FILE, "Rename", json!({ "name": "Ada" }))).unwrap();
    assert_eq!(renamed.data.into_json().unwrap(), json!({ "rename": "Ada" }));
    assert_eq!(known(&documents), 2);
}

#[test]
fn wrong_variables_are_found_wrong_each_time() {
    let documents = Documents::default();
    answer(&documents, request(FILE, "Echo", json!({ "text": "soup" }))).unwrap();
    for wrong in [json!({ "text": 7 }), json!({}), json!({ "text": null })] {
        let again = answer(&documents, request(FILE, "Echo", wrong.clone())).unwrap();
        let first = answer(&Documents::default(), request(FILE, "Echo", wrong.clone())).unwrap();
        assert!(!again.errors.is_empty(), "{wrong}: {again:?}");
        assert_eq!(again.errors, first.errors, "{wrong}");
    }
}

#[test]
fn what_was_not_found_valid_is_not_kept() {
    let documents = Documents::default();
    for invalid in ["query Echo { nothing }", "query Echo { echo }"] {
        let response = answer(&documents, request(invalid, "Echo", json!({}))).unwrap();
        assert!(is_request_error(&response), "{response:?}");
    }
    assert!(answer(&documents, request("query Echo {", "Echo", json!({}))).is_err());
    assert_eq!(known(&documents), 0);
}

#[test]
fn beyond_the_bound_the_oldest_goes_and_what_is_long_is_never_kept() {
    let documents = Documents::default();
    for number in 0..DOCUMENTS_MAX + 3 {
        let text = format!(r#"query Echo {{ echo(text: "{number}") }}"#);
        answer(&documents, request(&text, "Echo", json!({}))).unwrap();
    }
    assert_eq!(known(&documents), DOCUMENTS_MAX);
    let first = documents.lock().front().unwrap().wording.text.clone();
    assert!(first.contains(r#""3""#), "{first}");

    let documents = Documents::default();
    let long = format!("query Echo {{ echo(text: \"soup\") }} #{}", "x".repeat(TEXT_MAX));
    answer(&documents, request(&long, "Echo", json!({}))).unwrap();
    assert_eq!(known(&documents), 0);
}
