use async_graphql::{
    EmptySubscription, Enum, InputObject, Object, Schema, ValidationMode, Variables,
};
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::json;

use super::super::Executors;
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

    async fn seat(&self, party: Party, at: Option<Seat>, wish: Option<Vec<Vec<i32>>>) -> String {
        format!("{party:?} {at:?} {wish:?}")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum Seat {
    Window,
    Bar,
}

#[derive(Debug, InputObject)]
struct Party {
    name: String,
    people: i32,
    budget: Option<f64>,
    vegetarian: Option<bool>,
    seats: Option<Vec<Seat>>,
    beside: Option<Box<Party>>,
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

fn executors() -> Executors<Schema<Query, Mutation, EmptySubscription>> {
    let schema =
        |mode| Schema::build(Query, Mutation, EmptySubscription).validation_mode(mode).finish();
    Executors::new(schema(ValidationMode::Strict), move || schema(ValidationMode::Fast))
}

/// Answers a request as the doors do.
fn answer(documents: &Documents, mut request: Request) -> Result<Response, ServerError> {
    let recognised = documents.recognise(&mut request)?;
    let executor = executors();
    let executor = executor.of(&recognised);
    let response = executor.execute(request).now_or_never().expect("nobody waits for anything");
    documents.learn(recognised, &response);
    Ok(response)
}

fn known(documents: &Documents) -> usize {
    lock(&documents.known).len()
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
    assert!(matches!(documents.recognise(&mut again), Ok(Recognised::Valid)));
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
    let first = lock(&documents.known).front().unwrap().wording.text.clone();
    assert!(first.contains(r#""3""#), "{first}");

    let documents = Documents::default();
    let long = format!("query Echo {{ echo(text: \"soup\") }} #{}", "x".repeat(TEXT_MAX));
    answer(&documents, request(&long, "Echo", json!({}))).unwrap();
    assert_eq!(known(&documents), 0);
}

const SEAT: &str = "query Seat($party: Party!, $at: Seat, $wish: [[Int!]!]) {
    seat(party: $party, at: $at, wish: $wish) }";

/// What somebody may write where a value is asked for: now and then what fits.
fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        prop::sample::select(vec![json!(4), json!(i64::MIN), json!(u64::MAX), json!(2.5)]),
        prop::sample::select(vec![json!("WINDOW"), json!("BAR"), json!("window"), json!("")]),
        prop::sample::select(vec![json!("Ada"), json!("two words"), json!("7")]),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(|it| json!(it))
    })
}

fn fitting() -> serde_json::Value {
    let beside = json!({ "name": "two words", "people": 1, "seats": [] });
    let party = json!({ "name": "Ada", "people": 2, "seats": ["BAR"], "beside": beside });
    json!({ "party": party, "at": null, "wish": null })
}

/// What would be answered, but for what somebody wrote in one place, or nowhere.
fn any_variables() -> impl Strategy<Value = serde_json::Value> {
    let party = ["name", "people", "budget", "vegetarian", "seats", "beside", "unknown"];
    let in_party = party.map(|field| format!("/party/{field}"));
    let beside = ["people", "seats"].map(|field| format!("/party/beside/{field}"));
    let places: Vec<_> =
        in_party.into_iter().chain(beside).chain(["/at", "/wish"].map(str::to_owned)).collect();
    (prop::sample::select(places), any_value()).prop_map(|(place, value)| {
        let mut variables = fitting();
        let (object, field) = place.rsplit_once('/').unwrap();
        variables.pointer_mut(object).unwrap()[field] = value;
        variables
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whoever_validates_once_answers_as_whoever_validates_each_time(
        asked in prop::collection::vec(any_variables(), 20..40),
    ) {
        let (documents, executors) = (Documents::default(), executors());
        for variables in [fitting()].into_iter().chain(asked) {
            let asked = || request(SEAT, "Seat", variables.clone());
            let each_time = executors.validating.execute(asked()).now_or_never().unwrap();
            let once = answer(&documents, asked()).unwrap();
            prop_assert_eq!(
                serde_json::to_value(&once).unwrap(), serde_json::to_value(&each_time).unwrap(),
                "{}", variables
            );
        }
    }
}

#[test]
fn what_a_variable_says_does_not_matter_and_what_validation_looks_at_does() {
    let documents = Documents::default();
    let party = json!({ "name": "two words", "people": 2 });
    let recognised = |variables: serde_json::Value| {
        let mut asked = request(SEAT, "Seat", variables);
        let recognised = documents.recognise(&mut asked).unwrap();
        let is_valid = matches!(recognised, Recognised::Valid);
        let response = executors().of(&recognised).execute(asked).now_or_never().unwrap();
        documents.learn(recognised, &response);
        is_valid
    };
    assert!(!recognised(json!({ "party": party })), "nobody has asked it before");
    assert!(recognised(json!({ "party": { "name": "other words", "people": 4 } })));
    for other in [
        json!({ "party": party, "at": "BAR" }),
        json!({ "party": party, "at": "WINDOW" }),
        json!({ "party": party, "wish": [[1], [2, 3]] }),
        json!({ "party": { "people": 2 } }),
        json!({ "party": { "name": "two words", "people": "two" } }),
        json!({ "party": { "name": "two words", "people": 2.5 } }),
    ] {
        assert!(!recognised(other.clone()), "{other}");
    }
    assert!(recognised(json!({ "party": party, "at": "BAR" })));
    assert!(recognised(json!({ "party": party, "wish": [[4, 5], [6]] })));
    assert!(!recognised(json!({ "party": { "people": 2 } })), "what was refused is not learned");
}

#[test]
fn of_shapes_that_are_too_long_or_too_many_the_first_is_forgotten() {
    let documents = Documents::default();
    let shapes = || lock(&lock(&documents.known)[0].valid_with).len();
    for number in 0..20 {
        let party = json!({ "name": format!("word{number}"), "people": 1 });
        answer(&documents, request(SEAT, "Seat", json!({ "party": party }))).unwrap();
    }
    assert_eq!(shapes(), SHAPES_MAX);
    let long = json!({ "party": { "name": "a".repeat(100_000), "people": 1 } });
    let mut asked = request(SEAT, "Seat", long);
    assert!(matches!(documents.recognise(&mut asked), Ok(Recognised::AsItIs)));
    // Each compared with all the others, these would take minutes.
    let words: Vec<_> = (0..300_000).map(|number| format!("w{number}")).collect();
    let mut asked = request(SEAT, "Seat", json!({ "party": { "seats": words } }));
    assert!(matches!(documents.recognise(&mut asked), Ok(Recognised::AsItIs)));
}
