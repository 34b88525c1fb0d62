//! The writer's queue: two bounded channels, so that neither customers nor functions starve the other.
//! Step 4 of an order's way.

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use super::BATCH_MAX;
use crate::eventing::request::{Answer, Completion, Request};

#[cfg(test)]
mod tests;

/// How many requests of customers may wait: a fraction of a second's work.
const CUSTOMERS_MAX: usize = 512;
/// How many completions may wait; handlers that find it full wait for their turn.
const FUNCTIONS_MAX: usize = 128;

/// The writer cannot take or carry out a request now; it may be sent again as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the server cannot write at the moment; nothing was changed, try again soon")]
pub(crate) struct Unavailable;

/// A request, and who waits for its answer.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// What is asked.
    pub request: Request,
    /// Who waits; none where nobody does.
    reply: Option<oneshot::Sender<Result<Answer, Unavailable>>>,
}

/// The writer's end of the queue.
#[derive(Debug)]
pub(crate) struct Queue {
    customers: mpsc::Receiver<Waiting>,
    functions: mpsc::Receiver<Waiting>,
}

/// The customers' end: for the API.
#[derive(Clone, Debug)]
pub(crate) struct CustomersDoor(mpsc::Sender<Waiting>);

/// The functions' end: for the dispatcher.
#[derive(Clone, Debug)]
pub(crate) struct FunctionsDoor(mpsc::Sender<Waiting>);

/// A queue and its two doors. It ends when the functions' door is gone and what waits is answered: no
/// connection that lingers can keep the server from ending.
pub(crate) fn queue() -> (CustomersDoor, FunctionsDoor, Queue) {
    let (customers_in, customers) = mpsc::channel(CUSTOMERS_MAX);
    let (functions_in, functions) = mpsc::channel(FUNCTIONS_MAX);
    (CustomersDoor(customers_in), FunctionsDoor(functions_in), Queue { customers, functions })
}

impl Waiting {
    /// A request, and where its answer arrives.
    pub(crate) fn new(request: Request) -> (Self, oneshot::Receiver<Result<Answer, Unavailable>>) {
        let (reply, answer) = oneshot::channel();
        (Self { request, reply: Some(reply) }, answer)
    }

    /// Answers, if somebody still waits.
    pub(crate) fn answer(self, answer: Result<Answer, Unavailable>) {
        if let Some(reply) = self.reply {
            // Whoever asked may have gone; what is durable stays so.
            drop(reply.send(answer));
        }
    }

    pub(super) fn unavailable(self) {
        self.answer(Err(Unavailable));
    }
}

impl CustomersDoor {
    /// Asks, and waits until the answer is durable.
    ///
    /// # Errors
    /// [`Unavailable`] at once where the queue is full, and where the writer could not write.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Unavailable> {
        let (waiting, answer) = Waiting::new(request);
        self.0.try_send(waiting).map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)?
    }
}

impl FunctionsDoor {
    /// Hands in how a handler ended; waits while the queue is full.
    pub(crate) async fn complete(&self, completion: Completion) {
        self.tell(Request::Complete(completion)).await;
    }

    /// Asks for something to whose answer nobody listens; waits while the queue is full.
    pub(crate) async fn tell(&self, request: Request) {
        self.send(Waiting { request, reply: None }).await;
    }

    /// Asks, and waits until the answer is durable; waits also while the queue is full.
    ///
    /// # Errors
    /// The writer could not write, or has ended.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Unavailable> {
        let (waiting, answer) = Waiting::new(request);
        self.send(waiting).await;
        answer.await.map_err(|_| Unavailable)?
    }

    /// Has the writer hand nothing out any more, and waits until that holds.
    pub(crate) async fn stop_claiming(&self) {
        let (waiting, answer) = Waiting::new(Request::StopClaiming);
        self.send(waiting).await;
        // Done, or the writer is gone: either way nothing is handed out any more.
        drop(answer.await);
    }

    async fn send(&self, waiting: Waiting) {
        if self.0.send(waiting).await.is_err() {
            tracing::debug!("the writer has ended; the lease will tell");
        }
    }
}

impl Queue {
    /// All that waits, at most [`BATCH_MAX`], half of it from customers before any more from
    /// functions; waits for the first. `None` when the queue has ended.
    pub(crate) async fn next_batch(&mut self) -> Option<Vec<Waiting>> {
        let first = tokio::select! {
            Some(waiting) = self.customers.recv() => waiting,
            waiting = self.functions.recv() => if let Some(waiting) = waiting {
                waiting
            } else {
                self.customers.close();
                self.customers.recv().await?
            },
        };
        let mut batch = vec![first];
        fill(&mut batch, &mut self.customers, 1 + BATCH_MAX / 2);
        fill(&mut batch, &mut self.functions, BATCH_MAX);
        fill(&mut batch, &mut self.customers, BATCH_MAX);
        Some(batch)
    }
}

fn fill(batch: &mut Vec<Waiting>, door: &mut mpsc::Receiver<Waiting>, upto: usize) {
    while batch.len() < upto
        && let Ok(waiting) = door.try_recv()
    {
        batch.push(waiting);
    }
}
