//! GraphQL over HTTP as a client meets it: real bytes over a real socket, written and read by hand,
//! so that nothing corrects what a test gets wrong on purpose.

mod answers;
mod rejections;
mod lost_replies;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::api::door::toy::PATIENCE;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const ACCEPT_GRAPHQL: (&str, &str) = ("Accept", "application/graphql-response+json");

struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn message(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }

    fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }

    fn content_type(&self) -> &str {
        &self.headers["content-type"]
    }
}

/// Sends these bytes, and reads until the server closes the connection.
async fn exchange(server: SocketAddr, bytes: &[u8]) -> Answer {
    let exchange = async {
        let mut socket = TcpStream::connect(server).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = timeout(PATIENCE, exchange).await.expect("an answer in time");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut head =
        format!("{method} {target} HTTP/1.1\r\nHost: tiffin.example:4000\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head
}

async fn send(server: SocketAddr, method: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let head = head(method, "/graphql", headers);
    exchange(server, format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
}

async fn post(server: SocketAddr, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([JSON]).collect();
    send(server, "POST", &headers, &body.to_string()).await
}

/// A GET with this query string, of which only blanks and braces need an escape.
async fn get(server: SocketAddr, headers: &[(&str, &str)], query_string: &str) -> Answer {
    let escaped = query_string
        .replace(' ', "%20")
        .replace('{', "%7B")
        .replace('}', "%7D")
        .replace('"', "%22");
    let head = head("GET", &format!("/graphql?{escaped}"), headers);
    exchange(server, format!("{head}\r\n").as_bytes()).await
}
