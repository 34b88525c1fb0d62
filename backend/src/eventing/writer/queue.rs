//! The writer's queue: two bounded channels, so that neither customers nor functions starve the other.

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use super::BATCH_MAX;
use crate::eventing::request::{Answer, Completion, Request};

/// How many requests of customers may wait: a fraction of a second's work.
const CUSTOMERS_MAX: usize = 512;
/// How many completions may wait; handlers that find it full wait for their turn.
const FUNCTIONS_MAX: usize = 128;

/// The writer cannot take or carry out a request now; it may be sent again as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the server cannot write at the moment; nothing was changed, try again soon")]
pub struct Unavailable;

/// A request, and who waits for its answer.
#[derive(Debug)]
pub struct Waiting {
    /// What is asked.
    pub request: Request,
    /// Who waits; none where nobody does.
    reply: Option<oneshot::Sender<Result<Answer, Unavailable>>>,
}

/// The writer's end of the queue.
#[derive(Debug)]
pub struct Queue {
    customers: mpsc::Receiver<Waiting>,
    functions: mpsc::Receiver<Waiting>,
}

/// The customers' end: for the API.
#[derive(Clone, Debug)]
pub struct CustomersDoor(mpsc::Sender<Waiting>);

/// The functions' end: for the dispatcher.
#[derive(Clone, Debug)]
pub struct FunctionsDoor(mpsc::Sender<Waiting>);

/// A queue and its two doors. It ends when both doors are gone and it is empty.
pub fn queue() -> (CustomersDoor, FunctionsDoor, Queue) {
    let (customers_in, customers) = mpsc::channel(CUSTOMERS_MAX);
    let (functions_in, functions) = mpsc::channel(FUNCTIONS_MAX);
    (CustomersDoor(customers_in), FunctionsDoor(functions_in), Queue { customers, functions })
}

impl Waiting {
    /// A request for whose answer nobody waits.
    pub fn unanswered(request: Request) -> Self {
        Self { request, reply: None }
    }

    /// Answers, if somebody still waits.
    pub(super) fn answer(self, answer: Result<Answer, Unavailable>) {
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
    pub async fn ask(&self, request: Request) -> Result<Answer, Unavailable> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { request, reply: Some(reply) };
        self.0.try_send(waiting).map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)?
    }
}

impl FunctionsDoor {
    /// Hands in how a handler ended; waits while the queue is full.
    pub async fn complete(&self, completion: Completion) {
        self.tell(Request::Complete(completion)).await;
    }

    /// Asks for something to whose answer nobody listens.
    pub async fn tell(&self, request: Request) {
        if self.0.send(Waiting::unanswered(request)).await.is_err() {
            tracing::debug!("the writer has ended; the lease will tell");
        }
    }
}

impl Queue {
    /// All that waits, up to half a batch from each door; waits for the first. `None` when both doors
    /// are gone.
    pub async fn next_batch(&mut self) -> Option<Vec<Waiting>> {
        let first = tokio::select! {
            Some(waiting) = self.customers.recv() => waiting,
            Some(waiting) = self.functions.recv() => waiting,
            else => return None,
        };
        let mut batch = vec![first];
        for door in [&mut self.customers, &mut self.functions] {
            let waiting = std::iter::from_fn(|| door.try_recv().ok());
            batch.extend(waiting.take(BATCH_MAX / 2));
        }
        Some(batch)
    }
}
