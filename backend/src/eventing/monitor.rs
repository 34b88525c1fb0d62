//! What operators watch beside the log: each change of a delivery, and what is paused.
//!
//! Deliveries are no events, so nobody can catch up on them: whoever watches queries afterwards and
//! keeps the higher revision. Whoever is too slow is told so and begins anew; nobody waits for them.

use std::collections::BTreeSet;

use tokio::sync::{broadcast, watch};

use super::consumer::Consumer;
use super::delivery::Delivery;
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
}

impl Monitor {
    /// Watches over a store in which these are paused.
    pub(crate) fn new(paused: BTreeSet<Consumer>) -> Self {
        Self {
            deliveries: broadcast::Sender::new(CHANGES_MAX),
            paused: watch::Sender::new(paused),
            pulse: watch::Sender::new(()),
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
        if !writes.is_empty() {
            self.pulse.send_replace(());
        }
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
