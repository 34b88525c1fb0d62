//! What is executed, and how its answer looks under either media type.

use std::sync::atomic::Ordering;

use serde_json::json;
use tokio::time::timeout;

use super::{ACCEPT_GRAPHQL, JSON, get, post, send};
use crate::api::door::Limits;
use crate::api::door::toy::{PATIENCE, Server, one_of};

const WITH_VARIABLE: &str = "query Echo($text: String!) { echo(text: $text) }";

#[tokio::test]
async fn a_query_by_post_is_answered_in_the_media_type_that_was_asked_for() {
    let server = Server::start(Limits::default()).await;
    let body =
        json!({"query": WITH_VARIABLE, "operationName": "Echo", "variables": {"text": "Run🏃"}});
    for (accept, content_type) in [
        (None, "application/json; charset=utf-8"),
        (Some("*/*"), "application/json; charset=utf-8"),
        (Some("application/json"), "application/json; charset=utf-8"),
        (
            Some("application/graphql-response+json"),
            "application/graphql-response+json; charset=utf-8",
        ),
    ] {
        let headers: Vec<_> = accept.map(|accept| ("Accept", accept)).into_iter().collect();
        let answer = post(server.address, &headers, &body).await;
        assert_eq!((answer.status, answer.content_type()), (200, content_type));
        assert_eq!(answer.json(), json!({"data": {"echo": "Run🏃"}}));
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_query_by_get_is_answered() {
    let server = Server::start(Limits::default()).await;
    let answer = get(server.address, &[], "query={ hello }&operationName=&variables=&else=1").await;
    assert_eq!((answer.status, answer.json()), (200, json!({"data": {"hello": "hello"}})));
    let query_string = format!(
        r#"query={WITH_VARIABLE}&operationName=Echo&variables={{"text": "a"}}&extensions={{}}"#
    );
    let answer = get(server.address, &[ACCEPT_GRAPHQL], &query_string).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"data": {"echo": "a"}})));
}

#[tokio::test]
async fn a_mutation_by_post_is_executed_once() {
    let server = Server::start(Limits::default()).await;
    let answer =
        post(server.address, &[], &json!({"query": r#"mutation { rename(name: "Ada") }"#})).await;
    assert_eq!(answer.json(), json!({"data": {"rename": "Ada"}}));
    assert_eq!(server.levers.renamed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_request_error_has_no_data_and_a_status_that_fits_its_media_type() {
    let server = Server::start(Limits::default()).await;
    for body in [
        json!({"query": "{"}),
        json!({"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}),
        json!({"query": "{ nothingLikeThis }"}),
        json!({"query": WITH_VARIABLE, "variables": {"text": null}}),
        json!({"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": null}}),
        json!({"query": "query A { hello } query B { hello }"}),
        json!({"query": "query A { hello }", "operationName": "B"}),
    ] {
        for (accept, status) in [("application/json", 200), (ACCEPT_GRAPHQL.1, 400)] {
            let answer = post(server.address, &[("Accept", accept)], &body).await;
            assert_eq!(
                (answer.status, answer.code()),
                (status, "BAD_USER_INPUT".to_owned()),
                "{body}"
            );
            assert!(answer.content_type().starts_with(accept));
            assert!(answer.json().get("data").is_none(), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_failed_field_stands_beside_the_others() {
    let server = Server::start(Limits::default()).await;
    for accept in ["application/json", ACCEPT_GRAPHQL.1] {
        let answer =
            post(server.address, &[("Accept", accept)], &json!({"query": "{ hello fails }"})).await;
        assert_eq!(answer.status, 200);
        let answer = answer.json();
        assert_eq!(answer["data"]["hello"], "hello");
        assert!(answer["data"]["fails"].is_null());
        assert_eq!(answer["errors"][0]["message"], "no soup today");
        assert_eq!(answer["errors"][0]["path"], json!(["fails"]));
    }
}

#[tokio::test]
async fn the_resolvers_see_who_asks() {
    let server = Server::start(Limits::default()).await;
    let body = json!({"query": "{ who }"});
    for (headers, who) in [
        (&[][..], "nobody"),
        (&[("Authorization", "Bearer good")], "somebody"),
        (&[("authorization", "Bearer good"), ("Tiffin-Operator", "key")], "somebody with key"),
    ] {
        let answer = post(server.address, headers, &body).await;
        assert_eq!(answer.json(), json!({"data": {"who": who}}));
    }
}

#[tokio::test]
async fn a_panic_in_a_resolver_costs_one_answer() {
    let server = Server::start(Limits::default()).await;
    let answer = post(server.address, &[], &json!({"query": "{ panics }"})).await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "UNAVAILABLE"));
    let answer = post(server.address, &[], &json!({"query": "{ hello }"})).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_request_that_is_under_way_at_shutdown_is_answered() {
    let server = Server::start(Limits::default()).await;
    let mutation = json!({"query": "mutation { slow }"});
    let ask = post(server.address, &[], &mutation);
    let end = async {
        one_of(&server.levers.begun).await;
        server.shutdown.cancel();
        server.levers.release.add_permits(1);
    };
    let (answer, ()) = tokio::join!(ask, end);
    assert_eq!(answer.json(), json!({"data": {"slow": "at last"}}));
    timeout(PATIENCE, server.end()).await.expect("the server ends");
}

#[tokio::test]
async fn a_head_request_has_the_headers_of_its_get() {
    let server = Server::start(Limits::default()).await;
    let answer = send(server.address, "HEAD", &[JSON], "").await;
    assert_eq!((answer.status, answer.body.as_str()), (400, ""));
}
