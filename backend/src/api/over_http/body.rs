//! Reads the body of a request within its bounds. Step 3 of an order's way.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::rejection::Rejection;

/// How many times the allowed size is read and thrown away, so that a caller who is still sending
/// hears our answer instead of a broken connection. Whoever sends more than that gets the broken
/// connection: 1 MiB with the usual limit.
const PATIENCE: usize = 16;

/// The whole body, of at most `most` bytes.
///
/// # Errors
/// [`Rejection`] where it is larger, takes longer than `deadline`, or ends early.
pub(super) async fn read(
    body: Body,
    most: usize,
    deadline: Duration,
) -> Result<Vec<u8>, Rejection> {
    let patience = most.saturating_mul(PATIENCE);
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > patience {
        return Err(Rejection::BodyTooLarge { most });
    }
    timeout(deadline, read_at_most(body, most, patience))
        .await
        .unwrap_or(Err(Rejection::BodyTooSlow))
}

async fn read_at_most(body: Body, most: usize, patience: usize) -> Result<Vec<u8>, Rejection> {
    let mut chunks = body.into_data_stream();
    let mut taken = Vec::new();
    let mut seen = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(Rejection::BodyBroken)?;
        seen = seen.saturating_add(chunk.len());
        if seen <= most {
            taken.extend_from_slice(&chunk);
        } else if seen > patience {
            break;
        }
    }
    if seen > most { Err(Rejection::BodyTooLarge { most }) } else { Ok(taken) }
}
