//! Customers whom the store was asked for, so that not each request over HTTP asks again.
//! Step 3 of an order's way.
//!
//! What is known holds until anybody's tokens are revoked. The writer tells of that before it answers, so
//! whoever has been told that a token is revoked never sees it admitted. That the writer of this process
//! hears of every revocation rests on each file having one server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::id::CustomerId;

use crate::eventing::log::Customer;
use crate::eventing::monitor::{Monitor, Revocations};

/// How many are known at most: a few hundred bytes each. Beyond, all are looked up again.
const KNOWN_MAX: usize = 1024;

/// The customers who are known.
pub(super) struct KnownCustomers {
    monitor: Arc<Monitor>,
    known: Mutex<Known>,
}

struct Known {
    /// How many revocations there had been.
    as_of: Revocations,
    customers: BTreeMap<CustomerId, Customer>,
}

impl KnownCustomers {
    /// Nobody is known yet.
    pub(super) fn new(monitor: Arc<Monitor>) -> Self {
        let known = Known { as_of: monitor.revocations(), customers: BTreeMap::new() };
        Self { monitor, known: Mutex::new(known) }
    }

    /// How many revocations there have been; to be asked before the store is.
    pub(super) fn revocations(&self) -> Revocations {
        self.monitor.revocations()
    }

    /// The customer, if they are known and nobody's tokens have been revoked since.
    pub(super) fn find(&self, id: CustomerId) -> Option<Customer> {
        let mut known = self.lock();
        let now = self.monitor.revocations();
        if known.as_of != now {
            *known = Known { as_of: now, customers: BTreeMap::new() };
        }
        known.customers.get(&id).cloned()
    }

    /// Remembers what the store said; not where somebody's tokens were revoked since `before`, because
    /// what it said may be older than that.
    pub(super) fn remember(&self, customer: &Customer, before: Revocations) {
        let mut known = self.lock();
        if known.as_of != before {
            return;
        }
        if known.customers.len() >= KNOWN_MAX {
            known.customers.clear();
        }
        known.customers.insert(customer.id, customer.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // A panic elsewhere cannot leave it half-changed.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    fn customer(number: u128) -> Customer {
        let id = CustomerId::new(Uuid::from_u128(number));
        Customer { id, name: "Ada".to_owned(), token_hash: Some("hash".to_owned()) }
    }

    fn nobody() -> (Arc<Monitor>, KnownCustomers) {
        let monitor = Arc::new(Monitor::new(BTreeSet::new()));
        (Arc::clone(&monitor), KnownCustomers::new(monitor))
    }

    #[test]
    fn a_customer_is_known_until_somebodys_tokens_are_revoked() {
        let (monitor, known) = nobody();
        let ada = customer(1);
        assert_eq!(known.find(ada.id), None);
        known.remember(&ada, known.revocations());
        assert_eq!(known.find(ada.id), Some(ada.clone()));
        monitor.count_revocation();
        assert_eq!(known.find(ada.id), None);
    }

    #[test]
    fn what_was_looked_up_before_a_revocation_is_never_believed_after_it() {
        let (monitor, known) = nobody();
        let (ada, before) = (customer(1), known.revocations());
        monitor.count_revocation();
        known.remember(&ada, before);
        assert_eq!(known.find(ada.id), None, "remembered before anybody looked again");
        known.remember(&ada, before);
        assert_eq!(known.find(ada.id), None, "remembered after somebody did");
    }

    #[test]
    fn no_more_are_known_than_the_bound() {
        let (_, known) = nobody();
        for number in 0..3 * u128::try_from(KNOWN_MAX).unwrap() {
            known.remember(&customer(number), known.revocations());
            assert!(known.lock().customers.len() <= KNOWN_MAX);
        }
    }
}
