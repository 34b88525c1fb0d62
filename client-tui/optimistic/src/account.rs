//! Who orders, and on which connection: so that nothing goes out under another name.

use serde::{Deserialize, Serialize};
use shared::id::{CustomerId, LogId};
use uuid::Uuid;

/// The local profile: a person at this machine, ordering from one backend.
///
/// It exists before the first sign-in and outlives the server's log, so pending mutations belong to
/// it. A person who orders from two backends has two of these; what is pending under one never goes
/// out under the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(Uuid);

impl ProfileId {
    /// Gives a UUID its meaning.
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The bare UUID, for files.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// Whom the server takes us for: a customer of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Account {
    /// Which log.
    pub log_id: LogId,
    /// Which of its customers.
    pub customer_id: CustomerId,
}

/// One connection of the link; each has a number of its own, so that an effect which was meant for a
/// connection that has gone is not carried out on the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }
}
