//! Names of things: a UUID each, but each of its own type, so that a wrong id does not compile.
//!
//! Clients make the ids of orders and mutations themselves (UUID version 7, at the edge, never here),
//! so that the placeholder on the screen and the order in the log are one thing from the start.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Gives a UUID its meaning.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for the wire and the store.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A customer; made by the server when somebody signs in.
    CustomerId
    /// An order; made by the client, so that the placeholder and the order are one.
    OrderId
    /// A mutation; made by the client. It is the idempotency key: one id has one effect.
    MutationId
    /// A restaurant of the catalogue.
    RestaurantId
    /// A dish on a restaurant's menu.
    MenuItemId
    /// One event in the log.
    EventId
    /// One event log. Another id means another log, whose cursors cannot be compared with ours.
    LogId
}
