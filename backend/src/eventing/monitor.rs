//! What operators watch beside the log: each change of a delivery, and what is paused.
//!
//! Deliveries are no events, so nobody can catch up on them: whoever watches queries afterwards and
//! keeps the higher revision. Whoever is too slow is told so and begins anew; nobody waits for them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{broadcast, watch};

use super::consumer::Consumer;
use super::delivery::Delivery;
use super::log::{Body, CustomerEvent};
use super::plan::Writes;
use super::request::Pause;

/// How many changes may wait for somebody who watches: several full batches.
const CHANGES_MAX: usize = 1024;

/// Tells of what the writer has committed.
#[derive(Debug)]
pub(crate) struct Monitor {
    deliveries: broadcast::Sender<Delivery>,
    paused: watch::Sender<BTreeSet<Consumer>>,
    /// Moves with every commit that operators could see something of.
    pulse: watch::Sender<()>,
    revocations: AtomicU64,
}

/// How often customers' tokens were revoked since this server began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Revocations(u64);

impl Monitor {
    /// Watches over a store in which these are paused.
    pub(crate) fn new(paused: BTreeSet<Consumer>) -> Self {
        Self {
            deliveries: broadcast::Sender::new(CHANGES_MAX),
            paused: watch::Sender::new(paused),
            pulse: watch::Sender::new(()),
            revocations: AtomicU64::new(0),
        }
    }

    /// Takes in what was committed.
    pub(crate) fn take_in(&self, writes: &Writes) {
        if !writes.pauses.is_empty() {
            self.paused.send_modify(|paused| {
                for (consumer, pause) in &writes.pauses {
                    match pause {
                        Pause::Paused => paused.insert(*consumer),
                        Pause::Running => paused.remove(consumer),
                    };
                }
            });
        }
        if self.deliveries.receiver_count() > 0 {
            for delivery in writes.deliveries.values() {
                // Whoever watched may just have left.
                drop(self.deliveries.send(delivery.clone()));
            }
        }
        let revoked = |body: &Body| matches!(body, Body::Customer(CustomerEvent::TokensRevoked {}));
        if writes.events.iter().any(|committed| revoked(&committed.event.body)) {
            self.count_revocation();
        }
        if !writes.is_empty() {
            self.pulse.send_replace(());
        }
    }

    /// How often tokens were revoked: what was known of them before that moved is not to be believed.
    pub(crate) fn revocations(&self) -> Revocations {
        Revocations(self.revocations.load(Ordering::SeqCst))
    }

    /// Says that tokens were revoked.
    pub(crate) fn count_revocation(&self) {
        self.revocations.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether nothing of it is attempted.
    pub(crate) fn is_paused(&self, consumer: Consumer) -> bool {
        self.paused.borrow().contains(&consumer)
    }

    /// What is paused, now and whenever that changes.
    pub(crate) fn paused(&self) -> watch::Receiver<BTreeSet<Consumer>> {
        self.paused.subscribe()
    }

    /// Each change of a delivery from now on.
    pub(crate) fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.deliveries.subscribe()
    }

    /// Tells that there may be something new to see.
    pub(crate) fn pulse(&self) -> watch::Receiver<()> {
        self.pulse.subscribe()
    }
}
