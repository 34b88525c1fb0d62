//! The lab: faults on purpose, only on a server started with `--lab`.
//!
//! Each fault strikes where the real one would: a reply is lost *after* the commit, a worker crashes
//! *after* its effect outside and *before* it says so, the bank takes the money and *then* is silent.
//! Here it is only said what strikes; the places themselves (the dispatcher, the gateway, both doors) do
//! it; and where the whole process can die, each such [`FaultPoint`] has a name. What strikes is drawn from a seed, so that a run can be repeated. Nothing here is kept: a server
//! that starts again is sound until it is told otherwise.

mod draw;
mod faults;
mod death;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;

use crate::eventing::plan::Claim;
pub(crate) use death::{Death, FaultPoint};
pub(crate) use draw::{Fate, Occasion, Reply, Worker};
pub(crate) use faults::{Chance, Change, Faults, InvalidFaults};

/// The faults of this process; clones share them. Closed, it never does anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lab(Option<Arc<Bench>>);

#[derive(Debug, Default)]
struct Bench {
    faults: Mutex<Faults>,
    /// How many mutations have been answered: what numbers the draws for replies.
    replies: AtomicU64,
}

/// This server was not started with `--lab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this server has no lab: start it with `--lab` to inject faults")]
pub(crate) struct LabClosed;

impl Lab {
    /// A lab in which faults can be switched on; none is at first.
    pub(crate) fn open() -> Self {
        Self(Some(Arc::default()))
    }

    /// No lab: nothing ever goes wrong on purpose.
    pub(crate) const fn closed() -> Self {
        Self(None)
    }

    /// Whether faults can be switched on.
    pub(crate) const fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Switches faults on and off, and says which are on now.
    ///
    /// # Errors
    /// There is no lab on this server.
    pub(crate) fn change(&self, change: Change) -> Result<Faults, LabClosed> {
        let bench = self.0.as_ref().ok_or(LabClosed)?;
        let mut faults = bench.faults.lock().unwrap_or_else(PoisonError::into_inner);
        *faults = change.applied_to(faults.clone());
        tracing::warn!(?faults, "faults are injected from now on");
        Ok(faults.clone())
    }

    /// What befalls the attempt that this claim comes to.
    pub(crate) fn fate(&self, claim: &Claim) -> Fate {
        let Some(faults) = self.faults() else { return Fate::SOUND };
        let (key, token) = (claim.delivery.key, claim.delivery.token);
        draw::fate(&faults, &Occasion { function: key.function, event: claim.event.id, token })
    }

    /// What becomes of the answer to a mutation that has been carried out.
    pub(crate) fn reply(&self) -> Reply {
        let Some(bench) = &self.0 else { return Reply::Arrives };
        let faults = bench.faults.lock().unwrap_or_else(PoisonError::into_inner);
        // Only a number of its own for each: nothing else is ordered by it.
        draw::reply(&faults, bench.replies.fetch_add(1, Ordering::Relaxed))
    }

    /// How much later each answer goes out.
    pub(crate) fn latency(&self) -> Duration {
        self.faults().map_or(Duration::ZERO, |faults| faults.latency)
    }

    fn faults(&self) -> Option<Faults> {
        let bench = self.0.as_ref()?;
        Some(bench.faults.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Lets this much time pass; none at all where there is nothing to wait for.
pub(crate) async fn linger(time: Duration) {
    if !time.is_zero() {
        #[expect(clippy::disallowed_methods, reason = "a fault on purpose: something is slow")]
        tokio::time::sleep(time).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_lab_nothing_can_be_switched_on() {
        let lab = Lab::closed();
        let change = Change { lost_replies: Some(Chance::ALWAYS), ..Change::default() };
        assert_eq!(lab.change(change), Err(LabClosed));
        assert_eq!((lab.reply(), lab.latency()), (Reply::Arrives, Duration::ZERO));
    }

    #[test]
    fn clones_share_the_faults_and_what_is_left_out_stays_as_it_was() {
        let (lab, change) = (Lab::open(), Change::default());
        let latency = Some(Duration::from_millis(7));
        lab.clone().change(Change { latency, ..change.clone() }).unwrap();
        let lost_replies = Some(Chance::ALWAYS);
        let faults = lab.change(Change { lost_replies, ..change }).unwrap();
        assert_eq!(faults.latency, Duration::from_millis(7));
        assert_eq!(lab.latency(), Duration::from_millis(7));
        assert_ne!(lab.reply(), Reply::Arrives);
    }
}
