//! Keeps pages that somebody else serves away from a server on this machine. A decision and its
//! thin layer. Step 3 of an order's way.
//!
//! A browser lets any page open a WebSocket to any host, and send a request to it; only the
//! answer's headers decide who may read. So a page on the internet could talk to the loopback
//! address of whoever looks at it. It cannot lie about where it comes from, though: the browser
//! says so in `Origin`. Programs send none.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::over_http::Rejection;

/// Answers 403 to a request whose `Origin` is not the very server that it asks.
pub(super) async fn refuse_foreign_pages(request: Request, next: Next) -> Response {
    if is_from_here(request.headers()) {
        next.run(request).await
    } else {
        Rejection::ForeignOrigin.into_response()
    }
}

/// Whether a request comes from a program (no `Origin`) or from a page of the host that it asks.
fn is_from_here(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => headers.get(header::HOST).is_some_and(|host| is_same(origin, host)),
        (Some(_), Some(_)) => false,
    }
}

/// Whether `origin` (`scheme://host[:port]`) names the same host and port as `host`
/// (`host[:port]`).
fn is_same(origin: &HeaderValue, host: &HeaderValue) -> bool {
    let (Ok(origin), Ok(host)) = (origin.to_str(), host.to_str()) else {
        return false;
    };
    // Without a port a host means the usual one of the scheme; behind a proxy that speaks TLS, that
    // of https.
    let (authority, usual_port) = match origin.split_once("://") {
        Some(("http", authority)) => (authority, ":80"),
        Some(("https", authority)) => (authority, ":443"),
        // `null` (a sandboxed page, a local file) and schemes that are no web page of ours.
        Some(_) | None => return false,
    };
    let bare = |name: &str| name.strip_suffix(usual_port).unwrap_or(name).to_ascii_lowercase();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&'static str>, host: Option<&'static str>) -> HeaderMap {
        let named = [(header::ORIGIN, origin), (header::HOST, host)];
        named
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::from_static(value?))))
            .collect()
    }

    #[test]
    fn a_program_without_origin_comes_in() {
        assert!(is_from_here(&headers(None, Some("127.0.0.1:4000"))));
    }

    #[test]
    fn a_page_of_this_server_comes_in() {
        for (origin, host) in [
            ("http://127.0.0.1:4000", "127.0.0.1:4000"),
            ("http://LocalHost:4000", "localhost:4000"),
            ("http://[::1]:4000", "[::1]:4000"),
            ("http://tiffin.example", "tiffin.example:80"),
            ("https://tiffin.example", "tiffin.example"),
            ("https://tiffin.example:443", "tiffin.example"),
        ] {
            assert!(is_from_here(&headers(Some(origin), Some(host))), "{origin} at {host}");
        }
    }

    #[test]
    fn a_page_of_somebody_else_stays_outside() {
        for (origin, host) in [
            ("http://evil.example", "127.0.0.1:4000"),
            ("http://127.0.0.1:3000", "127.0.0.1:4000"),
            ("http://127.0.0.1", "127.0.0.1:4000"),
            ("http://127.0.0.1:4000.evil.example", "127.0.0.1:4000"),
            ("http://evil.example/127.0.0.1:4000", "127.0.0.1:4000"),
            ("https://tiffin.example", "tiffin.example:80"),
            ("null", "127.0.0.1:4000"),
            ("file://127.0.0.1:4000", "127.0.0.1:4000"),
            ("", "127.0.0.1:4000"),
        ] {
            assert!(!is_from_here(&headers(Some(origin), Some(host))), "{origin} at {host}");
        }
    }

    #[test]
    fn an_origin_that_cannot_be_compared_stays_outside() {
        assert!(!is_from_here(&headers(Some("http://127.0.0.1:4000"), None)));
        let mut two = headers(Some("http://127.0.0.1:4000"), Some("127.0.0.1:4000"));
        two.append(header::ORIGIN, HeaderValue::from_static("http://evil.example"));
        assert!(!is_from_here(&two));
    }
}
