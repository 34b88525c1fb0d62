//! The heart of the writer: a batch of requests and what they touch give writes and answers.
//! Steps 4 to 7 of an order's way.
//!
//! Pure: no clock, no database, no randomness but a seed, so that a plan can be repeated, simulated and
//! tested. It is complete before the first write; whatever is refused, repeated or too late is known by
//! then. Each request sees what the earlier ones of its batch did.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::sync::Arc;

use jiff::Timestamp;
use shared::catalog::Catalog;
use shared::cursor::{Position, Version};
use shared::function::Function;
use shared::id::{CustomerId, LogId, MutationId, OrderId};
use shared::order::Order;
use shared::policy::Policy;

use super::attempt::Attempt;
use super::consumer::{Consumer, Follower};
use super::delivery::{Delivery, DeliveryKey};
use super::follower::Progress;
use super::log::{InputHash, LogEvent, StreamName, StreamState};
use super::request::{Answer, Pause, RefusalReceipt, Request, Standing};
use super::retry::DeliveryTiming;
use super::schedule::{Planned, Schedule};

mod draft;
mod mutation;
mod completion;
mod due;
mod operator;
mod advance;
#[cfg(test)]
mod tests;

use draft::Draft;

/// What a batch touches, as loaded at its start.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// Where the log ends.
    pub head: Head,
    /// The receipts of the batch's mutations, where there are any.
    pub receipts: BTreeMap<ReceiptKey, StoredReceipt>,
    /// The streams that the batch touches, where they exist.
    pub streams: BTreeMap<StreamName, Stream>,
    /// The deliveries that the batch completes, where they exist.
    pub deliveries: BTreeMap<DeliveryKey, Delivery>,
    /// How far the followers have come that go on in this batch.
    pub cursors: BTreeMap<Follower, Position>,
    /// The events of the deliveries that the batch redelivers.
    pub events: BTreeMap<Position, Arc<LogEvent>>,
    /// Deliveries whose due time has come, at most the free slots of each function, in the order in which
    /// they are handed out.
    pub due: Vec<DueDelivery>,
    /// Which customer then had the last turn of which function.
    pub turns: BTreeMap<Function, CustomerId>,
    /// Orders whose wait has reached its deadline.
    pub overdue: Vec<OrderId>,
    /// Deliveries that have long been done, a page of them, where the batch forgets what is old.
    pub old: Vec<Delivery>,
    /// Schedules whose time has come; then their stream is loaded, and those that they append to.
    pub schedules: Vec<Planned>,
}

/// Where the log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Which log.
    pub log_id: LogId,
    /// The position of its last event.
    pub position: Position,
    /// When that became durable; time never goes back behind it.
    pub recorded_at: Timestamp,
}

/// A mutation of a customer.
pub(crate) type ReceiptKey = (CustomerId, MutationId);

/// A receipt as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredReceipt {
    /// What the mutation asked, as a hash.
    pub input_hash: InputHash,
    /// The position that holds its outcome.
    pub position: Position,
    /// Why not, where it was refused.
    pub refusal: Option<RefusalReceipt>,
}

/// A stream as it is stored: the fold of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    /// How many events it has had.
    pub version: Version,
    /// The position of its first event.
    pub first_position: Position,
    /// What they have made of it.
    pub state: StreamState,
}

/// A delivery to hand out, with its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DueDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// The event to be handled.
    pub event: Arc<LogEvent>,
}

/// All that a plan may look at beside what was loaded.
#[derive(Clone, Debug)]
pub(crate) struct World<'a> {
    /// What time it is.
    pub now: Timestamp,
    /// Where ids and jitter come from.
    pub seed: u64,
    /// What can be ordered.
    pub catalog: &'a Catalog,
    /// The numbers of the business.
    pub policy: &'a Policy,
    /// The numbers of delivery.
    pub timing: &'a DeliveryTiming,
    /// Who makes the attempts of this process.
    pub worker: &'a str,
    /// How many deliveries of each function may be handed out; none where nothing may.
    pub free_slots: BTreeMap<Function, usize>,
}

/// What is to be written, answered and handed out.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// To be written in one transaction.
    pub writes: Writes,
    /// To be answered once that is durable; one for each request, in their order.
    pub answers: Vec<Answer>,
    /// To be handed out once that is durable.
    pub claims: Vec<Claim>,
    /// Functions for which due work is left, because their slots are taken.
    pub crowded: BTreeSet<Function>,
}

/// How many old deliveries one batch forgets at most: some milliseconds.
pub(crate) const OLD_MAX: usize = 500;

/// Everything that changes, in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Writes {
    /// Where the log ends afterwards.
    pub head: Head,
    /// New events, in log order, each with the order as of it.
    pub events: Vec<Committed>,
    /// Streams that changed.
    pub streams: BTreeMap<StreamName, Stream>,
    /// New receipts.
    pub receipts: BTreeMap<ReceiptKey, StoredReceipt>,
    /// Deliveries that are new or changed.
    pub deliveries: BTreeMap<DeliveryKey, Delivery>,
    /// Attempts that are over and did not simply end well.
    pub attempts: Vec<Attempt>,
    /// How far followers have come.
    pub progress: BTreeMap<Follower, Progress>,
    /// What was paused, or goes on.
    pub pauses: BTreeMap<Consumer, Pause>,
    /// Whether what is due happens from now on, where that has changed.
    pub standing: Option<Standing>,
    /// When schedules are due next.
    pub schedules: BTreeMap<Schedule, Timestamp>,
    /// Attempts that ended before this are forgotten, some at a time.
    pub forget_before: Option<Timestamp>,
    /// Deliveries that are forgotten, because they have long been done.
    pub pruned: BTreeSet<DeliveryKey>,
}

/// An event of the log, and its order before and as of that event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    /// What happened.
    pub event: Arc<LogEvent>,
    /// The order before, where there was one.
    pub before: Option<Arc<Order>>,
    /// The order as of this event, where it belongs to one.
    pub order: Option<Arc<Order>>,
}

/// A delivery that is handed out: what its handler gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The delivery, with the token of this lease.
    pub delivery: Delivery,
    /// The event to be handled.
    pub event: Arc<LogEvent>,
    /// The order as it stands now.
    pub order: Arc<Order>,
    /// When it was handed out.
    pub claimed_at: Timestamp,
}

impl Writes {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.streams.is_empty()
            && self.receipts.is_empty()
            && self.deliveries.is_empty()
            && self.attempts.is_empty()
            && self.progress.is_empty()
            && self.pauses.is_empty()
            && self.standing.is_none()
            && self.schedules.is_empty()
            && self.forget_before.is_none()
            && self.pruned.is_empty()
    }
}

/// Plans a batch.
pub(crate) fn plan(batch: &[Request], mut loaded: Loaded, world: &World<'_>) -> Plan {
    let (due, overdue) = (take(&mut loaded.due), take(&mut loaded.overdue));
    let schedules = take(&mut loaded.schedules);
    let mut draft = Draft::new(loaded, world);
    let answers = batch.iter().map(|request| answer(&mut draft, request)).collect();
    due::end_waits(&mut draft, &overdue);
    draft.strike_schedules(&schedules);
    // What has waited for a slot goes before what this batch brought.
    due::hand_out(&mut draft, due);
    draft.hand_out_new();
    draft.into_plan(answers)
}

fn answer(draft: &mut Draft<'_>, request: &Request) -> Answer {
    match request {
        Request::SignIn(customer) => {
            draft.sign_in(customer);
            Answer::Done
        }
        Request::Record(run) => {
            draft.record_run(run);
            Answer::Done
        }
        Request::Mutate(asked) => mutation::mutate(draft, asked),
        Request::Complete(completed) | Request::CompleteAgain(completed) => {
            completion::complete(draft, completed)
        }
        Request::Redeliver(key) => operator::redeliver(draft, *key),
        Request::SetPaused(consumer, pause) => operator::set_paused(draft, *consumer, *pause),
        Request::RevokeTokens(customer) => operator::revoke_tokens(draft, *customer),
        Request::Advance(advance) => advance::advance(draft, advance),
        Request::ForgetOld => draft.forget_old(),
        Request::LookAtDue | Request::Vanished(_) | Request::StopClaiming => Answer::Done,
    }
}
