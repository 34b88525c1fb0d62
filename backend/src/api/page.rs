//! The page at `/` and the schema at `/schema.graphql`: what a person finds who opens the server's
//! address in a browser.
//!
//! The page is one file that works offline. It asks nothing of this module but itself: its console
//! talks to `/graphql` as any client does. Nothing is put into its text here, and whatever the
//! server answers it shows as text, never as markup.

use axum::Router;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;

const PAGE: &str = include_str!("page.html");

/// The page loads nothing, and no other page may frame it: whoever is signed in here must not be
/// led to press its buttons. Not every browser counts the WebSocket of this server as `'self'`, so
/// that any is allowed.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    img-src data:; connect-src 'self' ws: wss:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/` and `/schema.graphql`, the latter with `schema` as its text.
pub(crate) fn router(schema: String) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/schema.graphql", get(async move || text("text/plain; charset=utf-8", schema)))
}

async fn page() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], text("text/html; charset=utf-8", PAGE))
}

fn text(content_type: &'static str, text: impl IntoResponse) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, content_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A newer server may have another page and another schema.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use async_graphql::Request;
    use axum::body::to_bytes;

    use super::*;
    use crate::api::door::{OperationKind, selected_kind};

    /// The operations that the page offers.
    fn examples() -> Vec<&'static str> {
        PAGE.split("<script type=\"application/graphql\"")
            .skip(1)
            .map(|rest| rest.split_once('>').unwrap().1.split_once("</script>").unwrap().0)
            .collect()
    }

    #[tokio::test]
    async fn the_page_comes_with_its_policy() {
        let response = page().await.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        assert_eq!(to_bytes(response.into_body(), usize::MAX).await.unwrap(), PAGE);
    }

    #[tokio::test]
    async fn the_schema_comes_as_it_is() {
        let response =
            text("text/plain; charset=utf-8", "type Query { a: Int }".to_owned()).into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(
            to_bytes(response.into_body(), usize::MAX).await.unwrap(),
            "type Query { a: Int }"
        );
    }

    #[test]
    fn the_page_works_without_any_other_server() {
        for elsewhere in ["src=", "@import", "url(", "//cdn", "https://"] {
            assert!(!PAGE.contains(elsewhere), "the page has {elsewhere}");
        }
    }

    #[tokio::test]
    async fn what_the_page_offers_is_valid_in_the_schema() {
        let schema = crate::api::builder().finish();
        for document in examples() {
            // A valid document gets as far as the name of its operation, and is not executed.
            let request = Request::new(document).operation_name("Nobody");
            let response = schema.execute(request).await;
            let errors: Vec<_> = response.errors.iter().map(|error| &error.message).collect();
            assert_eq!(errors, ["Unknown operation named \"Nobody\""], "{document}");
        }
    }

    #[test]
    fn the_page_offers_a_query_two_mutations_and_a_subscription() {
        let kinds: Vec<_> = examples()
            .into_iter()
            .map(|document| selected_kind(&mut Request::new(document)).unwrap())
            .collect();
        let [query, mutation, subscription] =
            [OperationKind::Query, OperationKind::Mutation, OperationKind::Subscription].map(Some);
        assert_eq!(kinds, [query, mutation, subscription, mutation]);
    }
}
