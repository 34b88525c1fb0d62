//! The safeguards that `prove` has to miss once they are gone.
//!
//! With the feature `broken-on-purpose`, and only with it, the environment variable `TIFFIN_WITHOUT` takes
//! one of them away, so that a test can see `prove` fail. Without the feature none can ever be gone.

/// Something that keeps a promise, and without which the promise breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safeguard {
    /// A mutation's outcome is kept with its effect.
    Receipts,
    /// A completion needs the token of the present lease.
    Tokens,
    /// The bank's idempotency key is made of the order.
    GatewayKey,
    /// The tail keeps every event.
    Tail,
}

impl Safeguard {
    /// Whether it was taken away.
    pub(crate) fn is_gone(self) -> bool {
        cfg!(feature = "broken-on-purpose")
            && std::env::var_os("TIFFIN_WITHOUT").is_some_and(|it| it == self.name())
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Receipts => "receipts",
            Self::Tokens => "tokens",
            Self::GatewayKey => "gateway-key",
            Self::Tail => "tail",
        }
    }
}
