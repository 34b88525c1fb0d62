//! What the journal remembers of pending mutations, and how its records fold into what is pending.
//! Step 3 of an order's way.
//!
//! The journal itself (files, locks, flushing) is at the edge; this is the meaning of what it holds.
//! A mutation without a `Sending` record was never sent; one with it may have been, so after a restart
//! it is *checking*. What is settled is forgotten, but for a refusal, which stays until somebody has
//! dismissed it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::cursor::Version;
use shared::id::MutationId;
use shared::order::status::OrderStatus;

use crate::account::Account;
use crate::intent::AnyIntent;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// Somebody wants something. Nobody waits for this record.
    Intent {
        /// The mutation.
        mutation_id: MutationId,
        /// When, by the server's clock as far as it was known.
        asked_at: Timestamp,
        /// What was seen of the order then; an older journal does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Seen>,
        /// What.
        intent: AnyIntent,
    },
    /// From now on it may have been sent. On disk before the first byte goes out.
    Sending {
        /// The mutation.
        mutation_id: MutationId,
        /// As whom.
        account: Account,
    },
    /// It is decided.
    Settled {
        /// The mutation.
        mutation_id: MutationId,
        /// How.
        settlement: Settlement,
    },
    /// Somebody has read its refusal.
    Dismissed {
        /// The mutation.
        mutation_id: MutationId,
    },
}

/// What somebody saw of an order while asking something of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// The status that was drawn.
    pub status: OrderStatus,
    /// The version of the facts beneath; `None` of a placeholder.
    pub version: Option<Version>,
}

/// How a mutation ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Settlement {
    /// It is a fact of the log.
    Confirmed,
    /// The server said no, for good.
    Refused(Refused),
    /// It was taken back before it was sent.
    Withdrawn,
    /// The order that it was about was not placed.
    OrderNotPlaced,
    /// The server accepted it, and now has no such order: its log lost something.
    Vanished,
    /// Somebody gave up on it: it was sent as another customer, so that nobody learns what became of
    /// it, or only a newer Tiffin can send it.
    Abandoned,
}

/// An answer "no", in the contract's form; its code may be one that this build does not know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refused {
    /// For programs: `TOO_LATE_TO_CANCEL`, `BAD_USER_INPUT` …
    pub code: String,
    /// For the customer: why, and what can be done instead.
    pub message: String,
    /// The version of the order on which it was decided.
    pub order_version: Option<Version>,
}

/// A mutation as the journal remembers it after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Remembered {
    /// The mutation.
    pub mutation_id: MutationId,
    /// When it was asked for, by the server's clock as far as it was known.
    pub asked_at: Timestamp,
    /// What was seen of the order then, as far as it is known.
    pub seen: Option<Seen>,
    /// What was asked for.
    pub intent: AnyIntent,
    /// As whom it may have been sent; `None` means that it was never sent.
    pub sent: Option<Account>,
    /// The refusal that nobody has dismissed yet.
    pub refused: Option<Refused>,
}

/// The fold of journal records: what is still pending, in the order in which it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// By the number of its first record.
    mutations: BTreeMap<u64, Remembered>,
    numbers: BTreeMap<MutationId, u64>,
    next: u64,
}

impl Record {
    /// The mutation that it is about.
    pub const fn mutation_id(&self) -> MutationId {
        match self {
            Self::Intent { mutation_id, .. }
            | Self::Sending { mutation_id, .. }
            | Self::Settled { mutation_id, .. }
            | Self::Dismissed { mutation_id } => *mutation_id,
        }
    }
}

impl Ledger {
    /// Takes one more record in. A record about a mutation that is not pending changes nothing, and
    /// neither does one that repeats what is known.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Intent { mutation_id, asked_at, seen, intent } => {
                if self.numbers.contains_key(mutation_id) {
                    return;
                }
                self.numbers.insert(*mutation_id, self.next);
                let remembered = Remembered {
                    mutation_id: *mutation_id,
                    asked_at: *asked_at,
                    seen: *seen,
                    intent: intent.clone(),
                    sent: None,
                    refused: None,
                };
                self.mutations.insert(self.next, remembered);
                self.next = self.next.saturating_add(1);
            }
            Record::Sending { mutation_id, account } => {
                if let Some(remembered) = self.get_mut(*mutation_id) {
                    remembered.sent = Some(*account);
                }
            }
            Record::Settled { mutation_id, settlement } => match settlement {
                Settlement::Refused(refused) => {
                    if let Some(remembered) = self.get_mut(*mutation_id) {
                        remembered.refused = Some(refused.clone());
                    }
                }
                Settlement::Confirmed
                | Settlement::Withdrawn
                | Settlement::OrderNotPlaced
                | Settlement::Vanished
                | Settlement::Abandoned => self.forget(*mutation_id),
            },
            Record::Dismissed { mutation_id } => self.forget(*mutation_id),
        }
    }

    /// What is still pending, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = &Remembered> {
        self.mutations.values()
    }

    /// How many mutations are still pending.
    pub fn len(&self) -> usize {
        self.mutations.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.mutations.is_empty()
    }

    /// The fewest records that fold into this ledger.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.mutations.values().flat_map(Remembered::records)
    }

    fn get_mut(&mut self, mutation_id: MutationId) -> Option<&mut Remembered> {
        self.mutations.get_mut(self.numbers.get(&mutation_id)?)
    }

    fn forget(&mut self, mutation_id: MutationId) {
        if let Some(number) = self.numbers.remove(&mutation_id) {
            self.mutations.remove(&number);
        }
    }
}

impl Remembered {
    fn records(&self) -> impl Iterator<Item = Record> {
        let mutation_id = self.mutation_id;
        let intent = Record::Intent {
            mutation_id,
            asked_at: self.asked_at,
            seen: self.seen,
            intent: self.intent.clone(),
        };
        let sending = self.sent.map(|account| Record::Sending { mutation_id, account });
        let refused = self.refused.clone().map(|refused| Record::Settled {
            mutation_id,
            settlement: Settlement::Refused(refused),
        });
        [Some(intent), sending, refused].into_iter().flatten()
    }
}
