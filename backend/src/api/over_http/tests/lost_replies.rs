//! A reply that is lost on purpose: the mutation is carried out, and not one byte of an answer comes.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{head, post};
use crate::api::door::Limits;
use crate::api::door::toy::{PATIENCE, Server};
use crate::lab::{Chance, Change, Lab};

#[tokio::test]
async fn the_connection_is_cut_after_the_mutation_and_before_the_first_byte() {
    let lab = Lab::open();
    lab.change(Change { lost_replies: Some(Chance::ALWAYS), ..Change::default() }).unwrap();
    let server = Server::start_with(Limits::default(), lab.clone()).await;
    let body = json!({"query": r#"mutation { rename(name: "Ada") }"#}).to_string();
    let headers = [("Content-Type", "application/json")];
    let head = head("POST", "/graphql", &headers).replace("Connection: close\r\n", "");
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let ended = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("it ends");
    assert_eq!(answer, b"", "{ended:?}");
    assert_eq!(server.levers.renamed.load(Ordering::SeqCst), 1, "and it was carried out");

    // Questions are answered as ever, and so are mutations once the fault is off.
    let answer = post(server.address, &[], &json!({"query": "{ hello }"})).await;
    assert_eq!(answer.json(), json!({"data": {"hello": "hello"}}));
    lab.change(Change { lost_replies: Some(Chance::default()), ..Change::default() }).unwrap();
    let again = json!({"query": r#"mutation { rename(name: "Ben") }"#});
    let answer = post(server.address, &[], &again).await;
    assert_eq!(answer.json(), json!({"data": {"rename": "Ben"}}));
}

#[tokio::test]
async fn latency_is_added_to_each_answer() {
    let (lab, latency) = (Lab::open(), Duration::from_millis(120));
    lab.change(Change { latency: Some(latency), ..Change::default() }).unwrap();
    let server = Server::start_with(Limits::default(), lab).await;
    #[expect(clippy::disallowed_methods, reason = "how long an answer takes is what is tested")]
    let began = Instant::now();
    post(server.address, &[], &json!({"query": "{ hello }"})).await;
    assert!(began.elapsed() >= latency);
}
