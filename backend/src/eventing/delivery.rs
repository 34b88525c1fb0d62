//! Deliveries: for each event and each function that consumes its type, one row.
//! Step 6 of an order's way.
//!
//! The row is outbox, inbox, timer and dead-letter box at once: *pending → leased → done | pending |
//! dead*. It is written in the transaction of its event, and marked done in the transaction of its
//! effects, so that neither exists without the other.

use std::time::Duration;

use jiff::Timestamp;
use shared::cursor::Position;
use shared::function::Function;
use shared::id::EventId;
use shared::order::command::Command;
use uuid::{Builder, Uuid};

/// Which delivery: a function and the position of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeliveryKey {
    /// Who has to handle it.
    pub function: Function,
    /// Which event.
    pub position: Position,
}

/// The fencing token: grows with every claim, for ever. Whoever comes with an older one is a zombie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token(pub u64);

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeliveryStatus {
    /// To be handed out, not before its due time.
    Pending,
    /// Handed out, until its due time at most: then the lease is over.
    Leased,
    /// Handled.
    Done,
    /// Given up: a dead letter.
    Dead,
}

/// A delivery as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Which one.
    pub key: DeliveryKey,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The token of its last claim.
    pub token: Token,
    /// How many attempts the retry budget has seen.
    pub tries: u32,
    /// Grows with each change of the row.
    pub revision: u32,
    /// Pending: not before. Leased: the lease's end.
    pub due_at: Timestamp,
    /// What went wrong last, at most [`ERROR_LENGTH_MAX`] characters.
    pub last_error: Option<String>,
}

/// What of a UUID no version and no variant takes at its end; no log grows as long.
const POSITION_BITS: u128 = (1 << 62) - 1;

/// Enough to see what went wrong, too little to fill a disk.
pub(crate) const ERROR_LENGTH_MAX: usize = 500;

/// What a handler says when it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Handled: these commands follow, all or none.
    Done(Vec<Command>),
    /// It failed and may succeed later.
    Retry {
        /// Not before; none where the usual backoff will do.
        after: Option<Duration>,
        /// What went wrong.
        why: String,
    },
    /// It came too early. Nothing failed, and the try is given back.
    NotYet {
        /// Try again after this long.
        after: Duration,
        /// What it waits for.
        why: String,
    },
    /// It came too late: nothing is left to do, and that is well.
    Late {
        /// What has happened before it came.
        why: String,
    },
    /// It can never succeed: a dead letter.
    GiveUp {
        /// What went wrong.
        why: String,
    },
}

impl DeliveryKey {
    /// The public id: a UUID of version 8 that says where the event stands (in its last 62 bits), and is
    /// otherwise made of the event's own id and the function, so that no other log has the same.
    pub(crate) fn public_id(self, event_id: EventId) -> Uuid {
        let name = self.function.name().as_bytes();
        let hash = Uuid::new_v5(&event_id.uuid(), name).as_u128();
        let id = (hash & !POSITION_BITS) | (u128::from(self.position.get()) & POSITION_BITS);
        Builder::from_custom_bytes(id.to_be_bytes()).into_uuid()
    }

    /// Where the event stands of the delivery that has this public id, if there is one.
    pub(crate) fn position_in(public_id: Uuid) -> Option<Position> {
        let position = u64::try_from(public_id.as_u128() & POSITION_BITS).ok()?;
        (public_id.get_version_num() == 8).then_some(Position::new(position))
    }
}

impl Delivery {
    /// A new delivery of an event to a function.
    pub(crate) fn new(key: DeliveryKey, due_at: Timestamp) -> Self {
        Self {
            key,
            status: DeliveryStatus::Pending,
            token: Token::default(),
            tries: 0,
            revision: 0,
            due_at,
            last_error: None,
        }
    }

    /// Hands it out: a new token, one more try, and a lease.
    pub(crate) fn lease(&mut self, until: Timestamp) {
        self.status = DeliveryStatus::Leased;
        self.token = Token(self.token.0 + 1);
        self.tries += 1;
        self.due_at = until;
        self.revision += 1;
    }

    /// Takes it back for a later attempt.
    pub(crate) fn put_off(&mut self, until: Timestamp) {
        self.status = DeliveryStatus::Pending;
        self.due_at = until;
        self.revision += 1;
    }

    /// Ends it, well or not.
    pub(crate) fn end(&mut self, status: DeliveryStatus) {
        self.status = status;
        self.revision += 1;
    }

    /// Keeps what went wrong, cut to a bound.
    pub(crate) fn note_error(&mut self, error: &str) {
        self.last_error = Some(short(error));
    }

    /// Hands it to its function once more, with a fresh budget. The token stays, so that whoever still
    /// holds an old one remains a zombie.
    pub(crate) fn redeliver(&mut self, now: Timestamp) {
        self.tries = 0;
        self.put_off(now);
    }
}

/// What went wrong, cut to [`ERROR_LENGTH_MAX`].
pub(crate) fn short(error: &str) -> String {
    error.chars().take(ERROR_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, prop_assert_ne, proptest};
    use shared::function::Function;

    use super::*;

    proptest! {
        #[test]
        fn a_public_id_says_where_its_event_stands_and_is_of_one_delivery_of_one_log(
            position in 1..=u64::try_from(POSITION_BITS).unwrap(),
            event in any::<u128>(),
            another in any::<u128>(),
        ) {
            let position = Position::new(position);
            let [one, other] = [event, another].map(|id| EventId::new(Uuid::from_u128(id)));
            let keys = Function::ALL.map(|function| DeliveryKey { function, position });
            let ids = keys.map(|key| key.public_id(one));
            for (key, id) in keys.into_iter().zip(ids) {
                prop_assert_eq!(id.get_version_num(), 8);
                prop_assert_eq!(DeliveryKey::position_in(id), Some(position));
                prop_assert_eq!(ids.iter().filter(|it| **it == id).count(), 1);
                if one != other {
                    prop_assert_ne!(key.public_id(other), id);
                }
            }
        }

        #[test]
        fn an_id_that_somebody_drew_is_no_deliverys(drawn in any::<[u8; 16]>()) {
            let id = Builder::from_random_bytes(drawn).into_uuid();
            prop_assert_eq!(DeliveryKey::position_in(id), None);
        }
    }
}
