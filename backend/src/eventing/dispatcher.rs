//! The dispatcher: runs the handlers of what the writer has leased, and keeps the one timer.
//!
//! Step 6 of an order's way. It is woken by commits and by the timer, never by polling. Each handler
//! runs under a time-out, its panic is a failed attempt, and its end is one more request to the writer.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::delivery::Outcome;
use super::plan::Claim;
use super::request::{Completion, Request};
use super::retry::DeliveryTiming;
use super::writer::queue::FunctionsDoor;
use crate::clock::Clock;
use crate::functions::{Call, Handlers};
use crate::lab::{Fate, FaultPoint, Lab, Worker, linger};

#[cfg(test)]
mod tests;

/// How long running handlers may take to finish when the server ends; then their leases are given back.
const DRAIN_MAX: Duration = Duration::from_secs(3);

/// Runs handlers; one per process.
#[derive(Debug)]
pub(crate) struct Dispatcher<H> {
    /// What the writer has leased.
    pub claims: mpsc::Receiver<Claim>,
    /// When the next look at due work is due.
    pub next_due: watch::Receiver<Option<Timestamp>>,
    /// The way back to the writer.
    pub door: FunctionsDoor,
    /// What the handlers are and need.
    pub functions: H,
    /// The numbers of delivery.
    pub timing: DeliveryTiming,
    /// What time it is.
    pub clock: Clock,
    /// What goes wrong on purpose.
    pub lab: Lab,
}

impl<H: Handlers> Dispatcher<H> {
    /// Works until `shutdown`, then lets running handlers finish.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut handlers = JoinSet::new();
        self.door.tell(Request::LookAtDue).await;
        let mut due = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(claim) = self.claims.recv() => self.start(&mut handlers, claim),
                Some(_) = handlers.join_next() => {}
                Ok(()) = self.next_due.changed() => due = *self.next_due.borrow_and_update(),
                () = until(due, self.clock) => {
                    // Unarmed until the writer has looked and says when the next time is.
                    due = None;
                    self.door.tell(Request::LookAtDue).await;
                }
            }
        }
        self.drain(handlers).await;
    }

    fn start(&self, handlers: &mut JoinSet<()>, claim: Claim) {
        let attempt = Attempt {
            fate: self.lab.fate(&claim),
            functions: self.functions.clone(),
            door: self.door.clone(),
            time_out: self.timing.handler_timeout(claim.delivery.key.function),
            lease: self.timing.lease_of(claim.delivery.key.function),
            claim,
        };
        handlers.spawn(attempt.make());
    }

    async fn drain(mut self, mut handlers: JoinSet<()>) {
        self.door.stop_claiming().await;
        self.claims.close();
        // Leased and never begun: the lease is given back at once.
        while let Some(claim) = self.claims.recv().await {
            let release = Outcome::NotYet {
                after: Duration::ZERO,
                why: "the server ended before it began".to_owned(),
            };
            self.door.complete(Completion::of(&claim, release)).await;
        }
        let all = async { while handlers.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_MAX, all).await.is_err() {
            tracing::warn!("some functions did not finish; the next start repeats them");
        }
    }
}

/// One attempt: run the handler, tell the writer how it ended.
struct Attempt<H> {
    claim: Claim,
    functions: H,
    door: FunctionsDoor,
    time_out: Duration,
    lease: Duration,
    /// What befalls it, on a server with a lab.
    fate: Fate,
}

impl<H: Handlers> Attempt<H> {
    async fn make(self) {
        let function = self.claim.delivery.key.function;
        FaultPoint::AfterClaim.passed();
        linger(self.fate.held_back.min(self.lease / 3)).await;
        match self.fate.worker {
            Worker::Steady => self.end(self.run().await).await,
            Worker::Down => {
                let why = format!("{function} is down");
                self.end(Outcome::Retry { after: None, why }).await;
            }
            Worker::Crashes => {
                self.run().await;
                tracing::info!(%function, "crashed on purpose; its lease will run out");
                self.door.tell(Request::Vanished(function)).await;
            }
            Worker::Twin => {
                let (one, other) = tokio::join!(self.run(), self.run());
                self.end(one).await;
                tracing::info!(%function, "a second worker says the same on purpose");
                let again = Completion::of(&self.claim, other);
                self.door.tell(Request::CompleteAgain(again)).await;
            }
            Worker::Zombie => {
                let outcome = self.run().await;
                // Whoever is woken by the lease's end comes first.
                linger(self.lease + self.lease / 4).await;
                self.end(outcome).await;
            }
        }
    }

    async fn run(&self) -> Outcome {
        let call = Call { line: self.fate.line, ..Call::of(&self.claim) };
        let function = self.claim.delivery.key.function;
        let running = AssertUnwindSafe(self.functions.handle(function, call)).catch_unwind();
        let outcome = match tokio::time::timeout(self.time_out, running).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Retry { after: None, why: "the function panicked".to_owned() },
            Err(_) => {
                let seconds = self.time_out.as_secs_f32();
                let why = format!("the function did not end within {seconds} s");
                Outcome::Retry { after: None, why }
            }
        };
        tracing::debug!(%function, order = %self.claim.order.id, ?outcome, "handled");
        outcome
    }

    async fn end(&self, outcome: Outcome) {
        FaultPoint::AfterEffect.passed();
        self.door.complete(Completion::of(&self.claim, outcome)).await;
    }
}

/// Ends when that time has come; never, where there is none.
async fn until(due: Option<Timestamp>, clock: Clock) {
    let Some(due) = due else { return std::future::pending().await };
    let wait = Duration::try_from(due.duration_since(clock.now())).unwrap_or_default();
    #[expect(clippy::disallowed_methods, reason = "the one timer of delivery")]
    tokio::time::sleep(wait).await;
}
