//! Why the server ends a connection, and how the peer hears it: a close code and a reason. Pure.

use std::borrow::Cow;

use axum::extract::ws::CloseFrame;

/// The bytes that a close frame has for its reason: 125 of a control frame less two for the code.
const REASON_BYTES: usize = 123;

/// Every reason to close. The codes from 4400 on are those of `graphql-transport-ws`, the others
/// WebSocket's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The server ends; a client connects again.
    ShuttingDown,
    /// What came in is no WebSocket traffic.
    ProtocolViolated { how: String },
    /// A text message that is no UTF-8.
    NotUtf8,
    /// A message beyond the limit.
    TooLarge { most: usize },
    /// The server cannot say who this is; a client tries again later.
    Unavailable { message: String },
    /// A message that the protocol does not know.
    InvalidMessage { why: String },
    /// An operation before `connection_ack`.
    Unauthorized,
    /// A wrong token. Connecting again with it does not help.
    Forbidden { message: String },
    /// The handshake offered no `graphql-transport-ws`.
    SubprotocolNotAcceptable,
    /// No `connection_init` in time.
    InitTimeout,
    /// An operation under the id of one that still runs.
    OperationExists { id: String },
    /// A second `connection_init`.
    TooManyInits,
    /// No sign of life in answer to several pings.
    Silent,
}

impl Closing {
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::ShuttingDown => 1001,
            Self::ProtocolViolated { .. } => 1002,
            Self::NotUtf8 => 1007,
            Self::TooLarge { .. } => 1009,
            Self::Unavailable { .. } => 1013,
            Self::InvalidMessage { .. } => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden { .. } => 4403,
            Self::SubprotocolNotAcceptable => 4406,
            Self::InitTimeout => 4408,
            Self::OperationExists { .. } => 4409,
            Self::TooManyInits => 4429,
            Self::Silent => 4499,
        }
    }

    pub(super) fn frame(&self) -> CloseFrame {
        let reason = self.reason();
        CloseFrame { code: self.code(), reason: cut(&reason, REASON_BYTES).into() }
    }

    /// Where the protocol has words for it, those.
    fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::ShuttingDown => "The server is shutting down: connect again".into(),
            Self::ProtocolViolated { how } => how.clone().into(),
            Self::NotUtf8 => "A text message has to be UTF-8".into(),
            Self::TooLarge { most } => format!("A message has at most {most} bytes").into(),
            Self::Unavailable { message } => message.clone().into(),
            Self::InvalidMessage { why } => format!("Invalid message received: {why}").into(),
            Self::Unauthorized => "Unauthorized".into(),
            Self::Forbidden { message } => format!("Forbidden: {message}").into(),
            Self::SubprotocolNotAcceptable => "Subprotocol not acceptable".into(),
            Self::InitTimeout => "Connection initialisation timeout".into(),
            Self::OperationExists { id } => format!("Subscriber for {id} already exists").into(),
            Self::TooManyInits => "Too many initialisation requests".into(),
            Self::Silent => "Terminated: no answer to several pings".into(),
        }
    }
}

/// The longest beginning of `text` that fits into so many bytes and cuts no character.
fn cut(text: &str, bytes: usize) -> &str {
    let fitting = text.char_indices().map(|(start, character)| start + character.len_utf8());
    let end = fitting.take_while(|end| *end <= bytes).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_its_frame_and_cuts_no_character() {
        for text in [
            "é".repeat(100),
            "🍱".repeat(100),
            "a".repeat(122) + "é",
            "short".to_owned(),
            String::new(),
        ] {
            let reason = cut(&text, REASON_BYTES);
            assert!(reason.len() <= REASON_BYTES && text.starts_with(reason));
            let next = text.chars().nth(reason.chars().count());
            assert!(next.is_none_or(|next| reason.len() + next.len_utf8() > REASON_BYTES));
        }
    }

    #[test]
    fn a_frame_has_the_reason_of_its_closing() {
        let closing = Closing::OperationExists { id: "🍱".repeat(1000) };
        let frame = closing.frame();
        assert_eq!(frame.code, 4409);
        assert!(
            frame.reason.starts_with("Subscriber for 🍱") && frame.reason.len() <= REASON_BYTES
        );
    }
}
