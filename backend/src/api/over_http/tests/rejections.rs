//! What is not executed, and how a caller hears why.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{ACCEPT_GRAPHQL, JSON, exchange, get, head, post, send};
use crate::api::door::Limits;
use crate::api::door::toy::{PATIENCE, Server, one_of};

const HELLO: &str = r#"{"query":"{ hello }"}"#;

#[tokio::test]
async fn a_mutation_by_get_is_refused_and_not_executed() {
    let server = Server::start(Limits::default()).await;
    for query_string in [
        r#"query=mutation { rename(name: "Ada") }"#,
        r#"query=query Q { hello } mutation M { rename(name: "Ada") }&operationName=M"#,
    ] {
        let answer = get(server.address, &[ACCEPT_GRAPHQL], query_string).await;
        assert_eq!((answer.status, answer.code().as_str()), (405, "BAD_USER_INPUT"));
        assert_eq!(answer.headers["allow"], "POST");
    }
    assert_eq!(server.levers.renamed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_subscription_is_shown_the_way_to_the_web_socket() {
    let server = Server::start(Limits::default()).await;
    let by_post =
        post(server.address, &[], &json!({"query": "subscription { count(to: 1) }"})).await;
    let by_get = get(server.address, &[], "query=subscription { count(to: 1) }").await;
    for answer in [by_post, by_get] {
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"));
        assert!(
            answer.message().contains("WebSocket")
                && answer.message().contains("graphql-transport-ws")
        );
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_not_read() {
    let server = Server::start(Limits::default()).await;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json; charset=latin1"),
    ] {
        let headers: Vec<_> =
            content_type.map(|value| ("Content-Type", value)).into_iter().collect();
        let answer = send(server.address, "POST", &headers, HELLO).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "BAD_USER_INPUT"),
            "{content_type:?}"
        );
    }
    let answer =
        send(server.address, "POST", &[("Content-Type", "application/json; charset=utf-8")], HELLO)
            .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn who_takes_no_json_gets_406() {
    let server = Server::start(Limits::default()).await;
    let by_post = send(server.address, "POST", &[JSON, ("Accept", "text/html")], HELLO).await;
    let by_get = get(server.address, &[("Accept", "text/html")], "query={ hello }").await;
    for answer in [by_post, by_get] {
        assert_eq!((answer.status, answer.code().as_str()), (406, "BAD_USER_INPUT"));
    }
}

#[tokio::test]
async fn what_is_no_graphql_request_gets_400_under_either_media_type() {
    let server = Server::start(Limits::default()).await;
    let mut wrong = vec![
        String::new(),
        r#"{ "not a JSON"#.to_owned(),
        "[]".to_owned(),
        format!("[{HELLO}]"),
        r#"{"qeury":"{ hello }"}"#.to_owned(),
    ];
    for value in [json!({"obj": "ect"}), json!(0), json!(false), json!(["array"])] {
        wrong.push(json!({"query": value}).to_string());
        wrong.push(json!({"query": "{ hello }", "operationName": value}).to_string());
    }
    for value in [json!("string"), json!(0), json!(false), json!(["array"])] {
        wrong.push(json!({"query": "{ hello }", "variables": value}).to_string());
        wrong.push(json!({"query": "{ hello }", "extensions": value}).to_string());
    }
    for body in wrong {
        for accept in ["application/json", ACCEPT_GRAPHQL.1] {
            let answer = send(server.address, "POST", &[JSON, ("Accept", accept)], &body).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"), "{body}");
            assert!(answer.content_type().starts_with(accept));
        }
    }
}

#[tokio::test]
async fn a_query_string_that_is_no_graphql_request_gets_400() {
    let server = Server::start(Limits::default()).await;
    for wrong in [
        "",
        "qeury={ hello }",
        "query={ hello }&variables=[]",
        "query={ hello }&variables={",
        "query={ hello }&extensions=1",
        "query={ hello }&query={ hello }",
    ] {
        let answer = get(server.address, &[], wrong).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"), "{wrong}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_answered_even_while_it_is_being_sent() {
    let server = Server::start(Limits::default()).await;
    let most = Limits::default().request_bytes;
    let fits = format!("{HELLO}{}", " ".repeat(most - HELLO.len()));
    assert_eq!(send(server.address, "POST", &[JSON], &fits).await.status, 200);
    for bytes in [most + 1, most * 15] {
        let answer = send(server.address, "POST", &[JSON], &" ".repeat(bytes)).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "BAD_USER_INPUT"));
        assert!(answer.message().contains("65536"));
    }
    // In pieces, so that nothing announces the size.
    let chunked = head("POST", "/graphql", &[JSON, ("Transfer-Encoding", "chunked")]);
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    let answer =
        exchange(server.address, format!("{chunked}\r\n{}0\r\n\r\n", chunk.repeat(4)).as_bytes())
            .await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_body_beyond_the_limit_may_be_sent_to_its_end() {
    let server = Server::start(Limits::default()).await;
    let bytes = Limits::default().request_bytes * 4;
    let length = bytes.to_string();
    let head = head("POST", "/graphql", &[JSON, ("Content-Length", &length)]);
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let piece = [b' '; 4096];
    for _ in 0..bytes / piece.len() {
        socket.write_all(&piece).await.expect("the server reads on");
        // The server's turn: to read, or to hang up.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    let mut answer = String::new();
    timeout(PATIENCE, socket.read_to_string(&mut answer)).await.expect("an answer").unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_announced_far_beyond_the_limit_is_not_waited_for() {
    let server = Server::start(Limits::default()).await;
    let head = head("POST", "/graphql", &[JSON, ("Content-Length", "99999999")]);
    let answer = exchange(server.address, format!("{head}\r\n").as_bytes()).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server =
        Server::start(Limits { body_deadline: Duration::from_millis(20), ..Limits::default() })
            .await;
    let head = head("POST", "/graphql", &[JSON, ("Content-Length", "10")]);
    let answer = exchange(server.address, format!("{head}\r\n{{").as_bytes()).await;
    assert_eq!((answer.status, answer.code().as_str()), (408, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn other_methods_are_refused_and_no_foreign_page_is_invited() {
    let server = Server::start(Limits::default()).await;
    for method in ["OPTIONS", "PUT", "DELETE"] {
        let answer = send(server.address, method, &[JSON], HELLO).await;
        assert_eq!((answer.status, answer.code().as_str()), (405, "BAD_USER_INPUT"), "{method}");
        assert_eq!(answer.headers["allow"], "GET, HEAD, POST");
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control")));
    }
}

#[tokio::test]
async fn a_page_of_another_server_is_refused() {
    let server = Server::start(Limits::default()).await;
    let foreign = ("Origin", "http://evil.example");
    let by_post =
        post(server.address, &[foreign], &json!({"query": r#"mutation { rename(name: "Eve") }"#}))
            .await;
    let by_get = get(server.address, &[foreign], "query={ hello }").await;
    let preflight = send(server.address, "OPTIONS", &[foreign], "").await;
    for answer in [by_post, by_get, preflight] {
        assert_eq!((answer.status, answer.code().as_str()), (403, "FORBIDDEN"));
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control")));
    }
    assert_eq!(server.levers.renamed.load(Ordering::SeqCst), 0);
    let own =
        get(server.address, &[("Origin", "http://tiffin.example:4000")], "query={ hello }").await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn a_wrong_token_gets_401_and_what_to_do() {
    let server = Server::start(Limits::default()).await;
    let answer =
        post(server.address, &[("Authorization", "Bearer stolen")], &json!({"query": "{ hello }"}))
            .await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "UNAUTHENTICATED"));
    assert_eq!(answer.message(), "this token is not known here: sign in again");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_gets_503_and_when_to_try_again() {
    let server = Server::start(Limits::default()).await;
    let answer =
        post(server.address, &[("Authorization", "Bearer down")], &json!({"query": "{ hello }"}))
            .await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn a_token_that_is_no_text_gets_400() {
    let server = Server::start(Limits::default()).await;
    let mut request = head("GET", "/graphql?query=%7Bhello%7D", &[]).into_bytes();
    request.extend_from_slice(b"Tiffin-Operator: \xff\r\n\r\n");
    let answer = exchange(server.address, &request).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"));
    assert!(answer.message().contains("tiffin-operator"));
}

#[tokio::test]
async fn a_busy_server_says_so_at_once_and_is_free_again_afterwards() {
    let server = Server::start(Limits { http_operations_at_once: 1, ..Limits::default() }).await;
    let mutation = json!({"query": "mutation { slow }"});
    let first = post(server.address, &[], &mutation);
    let second = async {
        one_of(&server.levers.begun).await;
        let second = get(server.address, &[], "query={ hello }").await;
        server.levers.release.add_permits(1);
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!((second.status, second.code().as_str()), (503, "UNAVAILABLE"));
    assert_eq!(second.headers["retry-after"], "1");
    assert_eq!(first.status, 200);
    assert_eq!(get(server.address, &[], "query={ hello }").await.status, 200);
}

#[tokio::test]
async fn an_operation_whose_caller_has_gone_frees_its_place() {
    let server = Server::start(Limits { http_operations_at_once: 1, ..Limits::default() }).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"query":"mutation { slow }"}"#;
    let request = format!(
        "{}Content-Length: {}\r\n\r\n{body}",
        head("POST", "/graphql", &[JSON]),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    one_of(&server.levers.begun).await;
    socket.shutdown().await.unwrap();
    let mut rest = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut rest)).await.expect("the server lets go").unwrap();
    assert_eq!(get(server.address, &[], "query={ hello }").await.status, 200);
}
