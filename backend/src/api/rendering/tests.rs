//! Who shares a rendering, how often an event is put into words, and on whose behalf.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Data, Response};
use futures_util::stream::{self, BoxStream};
use serde_json::json;

use super::*;
use crate::api::door::read_parameters;
use crate::eventing::fixture::{Room, cancel, place};

const QUERY: &str = "query A { a } subscription E($after: Cursor, $long: Boolean!) {
    events(after: $after) { type data @include(if: $long) } }";

/// Counts what it executes, and answers with the count.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Executor for Counting {
    async fn execute(&self, _request: Request) -> Response {
        Response::default()
    }

    fn execute_stream(
        &self,
        request: Request,
        caller: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        assert!(caller.is_none(), "it is rendered for nobody");
        assert_eq!(request.operation_name.as_deref(), Some("E"));
        let count = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        stream::iter([Response::new(count)]).boxed()
    }
}

fn request(query: &str, name: &str, variables: &serde_json::Value) -> Request {
    read_parameters(json!({"query": query, "operationName": name, "variables": variables})).unwrap()
}

fn wording(query: &str, name: &str, variables: &serde_json::Value) -> Wording {
    Wording::of(&mut request(query, name, variables)).unwrap()
}

/// Events enough to use each place of a rendering more than once.
fn events() -> Vec<Arc<Committed>> {
    let mut room = Room::new(0.0);
    room.free_slots.clear();
    for number in 1..=40 {
        room.write(&[place(number, number), cancel(number, 100 + number)]);
    }
    room.log.events.into_iter().map(Arc::new).collect()
}

#[test]
fn a_wording_is_the_same_from_wherever_one_begins_and_another_in_other_words() {
    let ours = wording(QUERY, "E", &json!({"after": "a:1", "long": true}));
    for variables in [json!({"long": true}), json!({"long": true, "after": "a:2"})] {
        assert_eq!(wording(QUERY, "E", &variables), ours);
    }
    assert_ne!(wording(QUERY, "E", &json!({"after": "a:1", "long": false})), ours);
    assert_ne!(wording(QUERY, "A", &json!({"after": "a:1", "long": true})), ours);
    let other = QUERY.replace("type", "id");
    assert_ne!(wording(&other, "E", &json!({"after": "a:1", "long": true})), ours);
}

#[test]
fn two_operations_of_one_text_with_the_same_variables_are_two_wordings() {
    let both = "subscription Types { events { type } } subscription Ids { events { id } }";
    let [types, ids] = ["Types", "Ids"].map(|name| wording(both, name, &json!({})));
    assert_ne!(types, ids);
    let renderings = Renderings::default();
    let [types, ids] =
        [types, ids].map(|wording| renderings.share(wording, Variables::default()).unwrap());
    assert!(!Arc::ptr_eq(&types, &ids), "one would be told what the other asked for");
}

#[test]
fn who_asks_in_the_same_words_shares_a_rendering_until_nobody_has_a_share() {
    let renderings = Renderings::default();
    let share = |long| {
        let wording = wording(QUERY, "E", &json!({"long": long}));
        renderings.share(wording, Variables::default()).unwrap()
    };
    let (first, second, other) = (share(true), share(true), share(false));
    assert!(Arc::ptr_eq(&first, &second) && !Arc::ptr_eq(&first, &other));
    drop((first, second));
    let _in_third_words =
        renderings.share(wording(QUERY, "A", &json!({})), Variables::default()).unwrap();
    assert_eq!(lock(&renderings.0).len(), 2, "what nobody shares is forgotten");
}

#[tokio::test]
async fn an_event_is_put_into_words_once_while_it_is_among_the_recent() {
    let (executor, events) = (Counting::default(), events());
    let wording = wording(QUERY, "E", &json!({"long": true}));
    let rendering = Renderings::default().share(wording, Variables::default()).unwrap();
    for (event, count) in events.iter().zip(1..).take(64) {
        for _subscriber in 0..3 {
            let text = rendering.of(event, &executor).await.unwrap();
            assert_eq!(&*text, format!(r#"{{"data":{count}}}"#));
        }
    }
    // The 65th takes the place of the first, and of no other.
    assert_eq!(&*rendering.of(&events[64], &executor).await.unwrap(), r#"{"data":65}"#);
    assert_eq!(&*rendering.of(&events[1], &executor).await.unwrap(), r#"{"data":2}"#);
    assert_eq!(&*rendering.of(&events[0], &executor).await.unwrap(), r#"{"data":66}"#);
    for event in &events {
        rendering.of(event, &executor).await.unwrap();
    }
    assert!(lock(&rendering.recent).len() <= 64, "it does not grow");
}
