//! Where a backend is: the URL that a person or the own backend names. Step 3 of an order's way.
//!
//! Only plain HTTP and WebSocket: the backend listens on loopback unless somebody decides otherwise.

use std::{fmt, str::FromStr};

use tokio_tungstenite::tungstenite::http::Uri;

/// The port of `http://host` without one.
const DEFAULT_PORT: u16 = 80;

/// A backend's address, as in `http://127.0.0.1:4000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// As in the URL: an IPv6 address stands in brackets.
    host: String,
    port: u16,
}

/// Why a text is not the address of a backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("{0:?} is not a URL; write it like http://127.0.0.1:4000")]
    NotAUrl(String),
    #[error(
        "{0} is an encrypted connection, which tiffin does not speak yet; use http:// on a network that you trust, or a tunnel"
    )]
    Encrypted(String),
    #[error(
        "{0} is not where a backend listens; give only host and port, like http://127.0.0.1:4000"
    )]
    MoreThanHostAndPort(String),
}

impl Endpoint {
    /// For connecting: the host without brackets, and the port.
    pub(crate) fn address(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }

    /// Where the one WebSocket for everything is.
    pub(super) fn websocket_url(&self) -> String {
        format!("ws://{}:{}/graphql", self.host, self.port)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| EndpointError::NotAUrl(text.to_owned()))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https" | "wss") => return Err(EndpointError::Encrypted(text.to_owned())),
            Some(_) | None => return Err(EndpointError::NotAUrl(text.to_owned())),
        }
        let authority = uri.authority().ok_or_else(|| EndpointError::NotAUrl(text.to_owned()))?;
        if uri.path() != "/" || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(EndpointError::MoreThanHostAndPort(text.to_owned()));
        }
        Ok(Self {
            host: authority.host().to_owned(),
            port: authority.port_u16().unwrap_or(DEFAULT_PORT),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backends_url_names_its_websocket() {
        let endpoint: Endpoint = "http://127.0.0.1:4000".parse().unwrap();
        assert_eq!(endpoint.websocket_url(), "ws://127.0.0.1:4000/graphql");
        assert_eq!(endpoint.address(), ("127.0.0.1", 4000));
        assert_eq!(
            "http://kitchen.example/".parse::<Endpoint>().unwrap().address(),
            ("kitchen.example", 80)
        );
    }

    #[test]
    fn an_ipv6_address_has_brackets_in_the_url_only() {
        let endpoint: Endpoint = "http://[::1]:4000".parse().unwrap();
        assert_eq!(endpoint.websocket_url(), "ws://[::1]:4000/graphql");
        assert_eq!(endpoint.address(), ("::1", 4000));
    }

    #[test]
    fn an_endpoint_is_written_as_it_is_read() {
        let endpoint: Endpoint = "http://[::1]:4000".parse().unwrap();
        assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
    }

    #[test]
    fn encryption_is_refused_in_words_instead_of_being_left_out() {
        for url in ["https://example.org", "wss://example.org/graphql"] {
            assert_eq!(url.parse::<Endpoint>(), Err(EndpointError::Encrypted(url.to_owned())));
        }
    }

    #[test]
    fn whatever_else_is_refused_with_an_example() {
        for url in ["", "kitchen", "localhost:4000", "ftp://kitchen", "http://", "http://a b"] {
            assert_eq!(
                url.parse::<Endpoint>(),
                Err(EndpointError::NotAUrl(url.to_owned())),
                "{url}"
            );
        }
        for url in ["http://me:secret@kitchen", "http://kitchen/graphql", "http://kitchen/?a=b"] {
            assert_eq!(
                url.parse::<Endpoint>(),
                Err(EndpointError::MoreThanHostAndPort(url.to_owned())),
                "{url}"
            );
        }
    }
}
