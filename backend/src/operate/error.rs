//! Why another file could not be made. Whatever it was, nothing half-made is left.

use thiserror::Error;

use super::partial::TargetError;
use crate::gateway::GatewayError;
use crate::lock::LockError;
use crate::store::StoreError;

/// A replay, a backup or a restore came to nothing.
#[derive(Debug, Error)]
pub(crate) enum MakeError {
    /// Source or target failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The target cannot be made.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The bank's books cannot be made.
    #[error(transparent)]
    Bank(#[from] GatewayError),
    /// A server is at work under the target's name.
    #[error(transparent)]
    Served(#[from] LockError),
    /// An event cannot be read, so the log cannot be folded.
    #[error("{what} of the log cannot be read ({why}): `tiffin-backend verify` tells more")]
    Illegible {
        /// Where.
        what: String,
        /// Why.
        why: String,
    },
    /// What was made is not what it should be. It was not kept.
    #[error("what came of it does not hold, so it was not kept:\n{0}")]
    DoesNotHold(String),
}
