//! HTTP as cheaply as a client can speak it: one connection that stays open, requests whose bytes are
//! ready, answers of which only the length and the body are read. On a machine with two cores, whatever
//! the client costs is missing to the server that is measured.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The end of a head.
const BLANK_LINE: &[u8] = b"\r\n\r\n";
/// The longest answer that is taken: many times that of any order.
const ANSWER_MAX: usize = 1 << 20;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read of the present answer.
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::with_capacity(8 * 1024) })
    }

    /// The bytes of a request for this path.
    pub(crate) fn get(path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
    }

    /// The bytes of a GraphQL request with this JSON as its body, by whoever the token belongs to.
    pub(crate) fn post(token: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\naccept: application/graphql-response+json\r\n\
             content-length: {length}\r\n\r\n"
        );
        (head + body).into_bytes()
    }

    /// The bytes of a request that brings this text to this path.
    pub(crate) fn post_text(path: &str, text: &str) -> Vec<u8> {
        let length = text.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n");
        (head + text).into_bytes()
    }

    /// Asks and waits for the whole answer; gives its body.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if let Some(body) = self.body()? {
                return self.answer.get(body..).context("an answer without its body");
            }
            ensure!(self.answer.len() < ANSWER_MAX, "an answer without end");
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the server has hung up: {}", String::from_utf8_lossy(&self.answer));
            }
        }
    }

    /// Where the body begins, once all of it is there.
    fn body(&self) -> Result<Option<usize>> {
        let end = self.answer.windows(BLANK_LINE.len()).position(|bytes| bytes == BLANK_LINE);
        let Some((head, begin)) =
            end.and_then(|end| Some((self.answer.get(..end)?, end + BLANK_LINE.len())))
        else {
            return Ok(None);
        };
        let head = std::str::from_utf8(head)?;
        ensure!(head.starts_with("HTTP/1.1 200"), "the server said: {head}");
        let length: usize = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .context("an answer without its length")?
            .1
            .trim()
            .parse()?;
        Ok((self.answer.len() >= begin + length).then_some(begin))
    }
}
