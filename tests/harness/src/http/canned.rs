//! A server for the tests of the client: it gives prepared answers, one to each connection, and
//! hands back what it was asked. A second request on one connection is never answered.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use serde_json::Value;

/// One request as it arrived.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Request line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    /// One of the GraphQL variables of the request, by its JSON pointer.
    pub(crate) fn variable(&self, pointer: &str) -> Value {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let found = body.pointer(&format!("/variables{pointer}"));
        found.cloned().unwrap_or_default()
    }
}

pub(crate) struct Canned {
    pub(crate) url: String,
    server: JoinHandle<Result<Vec<Asked>>>,
}

impl Canned {
    /// Serves one connection for each answer, then ends.
    pub(crate) fn start<const N: usize>(answers: [(u16, Value); N]) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = thread::Builder::new().spawn(move || {
            // Kept open, so that a client could send its next request where nobody listens.
            let mut served = Vec::new();
            let mut asked = Vec::new();
            for (status, answer) in answers {
                let (connection, _) = listener.accept()?;
                asked.push(serve(&connection, status, &answer)?);
                served.push(connection);
            }
            Ok(asked)
        })?;
        Ok(Self { url, server })
    }

    /// All requests, after the last answer.
    pub(crate) fn asked(self) -> Result<Vec<Asked>> {
        self.server.join().expect("the server does not panic")
    }
}

fn serve(mut connection: &TcpStream, status: u16, answer: &Value) -> Result<Asked> {
    let mut reader = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let read = reader.read_line(&mut head)?;
        anyhow::ensure!(read > 0, "the request ends within its head: {head:?}");
    }
    head.make_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Ok(0), |length| length.trim().parse())
        .context("the length of the body")?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = answer.to_string();
    write!(
        connection,
        "HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\nx-seen: yes\r\n\r\n{answer}",
        answer.len()
    )?;
    Ok(Asked { head, body: String::from_utf8(body)? })
}
