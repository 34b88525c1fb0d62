//! `/healthz`: the process answers. `/readyz`: and its database does too.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::store::read::Reader;

/// The two of them.
pub(super) fn router(reader: Reader) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(reader)
}

async fn ready(State(reader): State<Reader>) -> (StatusCode, &'static str) {
    match reader.head().await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer; see the server's log\n",
            )
        }
    }
}
