//! One WebSocket from the handshake to its end, over anything that carries bytes both ways.
//!
//! Carries step 3 of an order's way out and steps 5 and 8 in. The meaning of messages is in
//! `protocol`, when to connect again is in `link`; nothing is kept here beyond one connection.

mod open;
mod drive;

use std::time::Duration;

use optimistic::account::ConnectionId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

pub(super) use drive::{Ending, drive};
pub(super) use open::open;

use super::protocol::{Protocol, Violation};

/// What one message of the backend may have, in bytes. The longest that it sends, a page of orders,
/// has some 50 KiB.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// How long the peer may take to accept what we write before the connection counts as dead.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(10);
/// How long a goodbye may take. It is a courtesy: whoever waits for it longer keeps a person waiting.
const GOODBYE_DEADLINE: Duration = Duration::from_secs(1);
/// The read buffer is allocated at once; tungstenite's default of 128 KiB would be half of what the
/// whole link needs otherwise.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// What a connection may be made of.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A connection that the backend has acknowledged.
pub(super) struct Connection<S> {
    pub(super) id: ConnectionId,
    socket: WebSocketStream<S>,
    protocol: Protocol,
}

/// Why a connection could not be made, or ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// Close code 4403: the token is not accepted. Trying again with it would change nothing.
    #[error("{message}")]
    Refused { message: String },
    #[error("the backend closed the connection{}", words_of(*.code, .reason))]
    Closed { code: u16, reason: String },
    #[error("the backend could not be reached: {0}")]
    Unreachable(std::io::Error),
    #[error("there is no answer from the backend")]
    NoAnswer,
    #[error("what answers there is not a Tiffin backend: {0}")]
    NotABackend(String),
    #[error("the connection broke: {0}")]
    Io(std::io::Error),
    #[error("the connection ended without a goodbye")]
    Ended,
    #[error("the backend says nothing any more")]
    Silent,
    #[error("the backend takes nothing any more")]
    Stuck,
    #[error("the backend sent what this tiffin does not understand: {0}")]
    Violation(#[from] Violation),
    #[error("the backend sent a message of more than {} MiB", MAX_MESSAGE_BYTES / 1024 / 1024)]
    MessageTooLong,
    #[error("the connection broke: {0}")]
    WebSocket(tungstenite::Error),
}

/// Close code of `graphql-transport-ws`: the connection is forbidden.
const FORBIDDEN: u16 = 4403;
/// Close code of `graphql-transport-ws`: the other side sent what is no message.
const BAD_MESSAGE: u16 = 4400;

impl Broken {
    /// The backend's close code, where it gave one.
    pub(super) fn close_code(&self) -> Option<u16> {
        if let Self::Closed { code, .. } = self { Some(*code) } else { None }
    }

    fn closed(frame: Option<CloseFrame>) -> Self {
        let Some(frame) = frame else { return Self::Ended };
        let (code, reason) = (u16::from(frame.code), frame.reason.to_string());
        match code {
            FORBIDDEN => Self::Refused { message: reason },
            _ => Self::Closed { code, reason },
        }
    }

    /// The message to end with: a reproach, or the answer to a close of the backend's own. `None`
    /// where nobody is there any more to read it.
    fn farewell(&self) -> Option<Message> {
        match self {
            Self::Violation(violation) => Some(close(BAD_MESSAGE, &violation.to_string())),
            Self::MessageTooLong => Some(close(CloseCode::Size.into(), "message too long")),
            Self::Refused { .. } | Self::Closed { .. } => Some(Message::Close(None)),
            Self::Unreachable(_)
            | Self::NoAnswer
            | Self::NotABackend(_)
            | Self::Io(_)
            | Self::Ended
            | Self::Silent
            | Self::Stuck
            | Self::WebSocket(_) => None,
        }
    }
}

impl From<tungstenite::Error> for Broken {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::error::{CapacityError, Error, ProtocolError};
        if let Error::Io(error) = error {
            return Self::Io(error);
        }
        if let Error::Capacity(CapacityError::MessageTooLong { .. }) = error {
            return Self::MessageTooLong;
        }
        let ended = matches!(
            error,
            Error::ConnectionClosed
                | Error::AlreadyClosed
                | Error::Protocol(
                    ProtocolError::ResetWithoutClosingHandshake
                        | ProtocolError::HandshakeIncomplete
                )
        );
        if ended { Self::Ended } else { Self::WebSocket(error) }
    }
}

fn close(code: u16, reason: &str) -> Message {
    // A control frame carries at most 125 bytes, two of which are the code.
    let end = reason.floor_char_boundary(123);
    let reason = reason.get(..end).unwrap_or_default().into();
    Message::Close(Some(CloseFrame { code: CloseCode::from(code), reason }))
}

fn words_of(code: u16, reason: &str) -> String {
    match reason {
        "" => format!(" (code {code})"),
        reason => format!(": {reason} (code {code})"),
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
}
