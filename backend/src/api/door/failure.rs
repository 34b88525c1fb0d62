//! Errors in GraphQL's own shape: each with a message for a person and `extensions.code` for a
//! program. Pure. Step 5 of an order's way.
//!
//! async-graphql answers a mistake in the request itself without a code; here it gets one, so that
//! no error leaves without.

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};

/// `extensions.code` of the errors that the doors answer themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The request is wrong, and stays wrong however often it is sent.
    BadUserInput,
    /// The token is not known here.
    Unauthenticated,
    /// Not for this caller.
    Forbidden,
    /// The server is in trouble; a retry may help.
    Unavailable,
    /// Too much at once; a retry may help once something has ended.
    RateLimited,
}

impl Code {
    /// As the contract spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::Unavailable => "UNAVAILABLE",
            Self::RateLimited => "RATE_LIMITED",
        }
    }
}

/// What a caller hears whose operation has panicked.
pub(crate) const OPERATION_FAILED: &str = "the server failed at this operation, and its log says \
    how. What became of it is not known: ask, or send it again with the same mutationId";

/// An error with this code.
pub(crate) fn failure(code: Code, message: impl Into<String>) -> ServerError {
    with_code(ServerError::new(message, None), code)
}

/// A document that does not parse. The parser's own message quotes the whole line, however long;
/// the place says it as well.
pub(crate) fn syntax_error(mut error: ServerError) -> ServerError {
    let expectation = error.message.lines().rev().find_map(|line| line.trim().strip_prefix("= "));
    if let Some(expectation) = expectation {
        error.message = format!("the document does not parse: {expectation}");
    }
    with_code(error, Code::BadUserInput)
}

/// Whether nothing was executed (the request itself was wrong), as opposed to fields that failed
/// while others may not have.
pub(crate) fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Gives the errors that have no code the one of malformed input. The resolvers give each of theirs
/// a code; what has none is async-graphql's own: a request that was not executed, or a field whose
/// arguments could not be read, so that its resolver never ran.
pub(crate) fn complete_codes(mut response: Response) -> Response {
    let errors = std::mem::take(&mut response.errors).into_iter();
    response.errors = errors.map(|error| with_code(error, Code::BadUserInput)).collect();
    response
}

fn with_code(mut error: ServerError, code: Code) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code.as_str());
    }
    error
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, Request};

    use super::*;
    use crate::api::door::selected_kind;

    fn code(error: &ServerError) -> Option<&Value> {
        error.extensions.as_ref()?.get("code")
    }

    #[test]
    fn a_failed_field_is_no_request_error() {
        let field = failure(Code::Unavailable, "no soup");
        let field = field.with_path(vec![PathSegment::Field("soup".into())]);
        let response = complete_codes(Response::from_errors(vec![field]));
        assert!(!is_request_error(&response));
        assert_eq!(code(&response.errors[0]), Some(&Value::from("UNAVAILABLE")));
    }

    #[test]
    fn an_error_gets_a_code_and_keeps_the_one_it_has() {
        let given = failure(Code::Forbidden, "not you");
        let unread = ServerError::new("no number", None);
        let unread = unread.with_path(vec![PathSegment::Field("soup".into())]);
        for error in [ServerError::new("what?", None), unread] {
            let response = complete_codes(Response::from_errors(vec![error, given.clone()]));
            assert_eq!(code(&response.errors[0]), Some(&Value::from("BAD_USER_INPUT")));
            assert_eq!(code(&response.errors[1]), Some(&Value::from("FORBIDDEN")));
        }
    }

    #[test]
    fn an_answer_without_errors_is_left_alone() {
        let response = complete_codes(Response::new(Value::Null));
        assert!(!is_request_error(&response) && response.errors.is_empty());
    }

    #[test]
    fn a_syntax_error_is_one_short_sentence_with_its_place() {
        let mut request = Request::new(format!("{{ {}", "dish ".repeat(5000)));
        let error = syntax_error(selected_kind(&mut request).unwrap_err());
        assert!(
            error.message.starts_with("the document does not parse: expected "),
            "{}",
            error.message
        );
        assert!(error.message.len() < 200, "{}", error.message);
        assert_eq!(error.locations[0].column, 25_003);
        assert_eq!(code(&error), Some(&Value::from("BAD_USER_INPUT")));
    }

    #[test]
    fn a_deep_document_is_refused_and_does_not_end_the_process() {
        for deep in [
            "{a".repeat(30_000),
            format!("{{a(x:{}", "[".repeat(60_000)),
            "query($x:".to_owned() + &"[".repeat(60_000),
        ] {
            assert!(selected_kind(&mut Request::new(deep)).is_err());
        }
    }
}
