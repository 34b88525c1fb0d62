//! The safeguards that `prove` has to miss once they are gone.
//!
//! With the feature `broken-on-purpose`, and only with it, the environment variable `TIFFIN_WITHOUT` takes
//! one of them away, so that a test can see `prove` fail. Without the feature none can ever be gone.
//!
//! | invariant | without | what is wrong then | `prove` says so at |
//! |---|---|---|---|
//! | 1 durable | `commit` | a receipt goes out before its commit | durable, changes |
//! | 2 once | `receipts` | a repeated mutation happens again | once |
//! | 2 once | `input-hash` | an id stands for two inputs | once |
//! | 3 money | `gateway-key` | a repeated charge is another charge | money |
//! | 3 money | `grace` | a card is charged that may still be spared | money |
//! | 4 log | `head` | a position is skipped | log |
//! | 4 log | `fold` | what is stored is not what the events come to | file |
//! | 5 order | `as-of` | a subscriber sees an order ahead of its event | order |
//! | 6 subscription | `tail` | a change is skipped | changes |
//! | 2, 3, 5 | `tokens` | whoever comes second is believed | fenced |
//! | the last portion | `portions` | a limited dish is served whatever is left of it | portions |

/// Something that keeps a promise, and without which the promise breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safeguard {
    /// The commit comes before the reply.
    Commit,
    /// A mutation's outcome is kept with its effect.
    Receipts,
    /// A mutation's id stands for one input.
    InputHash,
    /// The bank's idempotency key is made of the order.
    GatewayKey,
    /// The charge waits for the grace to be over.
    Grace,
    /// A batch goes on right where the log ended.
    Head,
    /// The stored state is the fold of the events.
    Fold,
    /// A change shows its order as of that event.
    AsOf,
    /// The tail keeps every event.
    Tail,
    /// A completion needs the token of the present lease.
    Tokens,
    /// A limited dish is served by what is left of it, and by who has precedence.
    Portions,
}

impl Safeguard {
    /// Whether it was taken away.
    pub(crate) fn is_gone(self) -> bool {
        cfg!(feature = "broken-on-purpose")
            && std::env::var_os("TIFFIN_WITHOUT").is_some_and(|it| it == self.name())
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Receipts => "receipts",
            Self::InputHash => "input-hash",
            Self::GatewayKey => "gateway-key",
            Self::Grace => "grace",
            Self::Head => "head",
            Self::Fold => "fold",
            Self::AsOf => "as-of",
            Self::Tail => "tail",
            Self::Tokens => "tokens",
            Self::Portions => "portions",
        }
    }
}
