//! What the log writer is asked to do, and what it answers.
//!
//! Step 4 of an order's way. Requests and answers are plain data; who waits for the answer is the
//! writer's business, not the plan's.

use jiff::Timestamp;
use shared::catalog::Catalog;
use shared::cursor::Position;
use shared::cursor::Version;
use shared::function::Function;
use shared::id::{CustomerId, EventId, MutationId, OrderId, RestaurantId};
use shared::order::Order;
use shared::order::command::Command;
use shared::order::refusal::Denial;

use super::consumer::Consumer;
use super::delivery::{Delivery, DeliveryKey, Outcome, Token};
use super::follower::Advance;
use super::log::InputHash;
use super::plan::Claim;

/// One thing that the writer is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Makes a customer.
    SignIn(SignIn),
    /// Puts on record that this server begins or ends.
    Record(Run),
    /// A customer's mutation of an order; its outcome becomes a receipt.
    Mutate(Mutation),
    /// A handler has ended.
    Complete(Completion),
    /// A second handler that had the same lease has ended as well; it held no slot of its own.
    CompleteAgain(Completion),
    /// A handler of this function is gone without a word: its slot is free, and its lease runs out.
    Vanished(Function),
    /// The operator hands a delivery to its function once more.
    Redeliver(DeliveryKey),
    /// The operator has nothing of a function attempted any more, or has it go on.
    SetPaused(Consumer, Pause),
    /// The operator ends all tokens of a customer.
    RevokeTokens(CustomerId),
    /// A follower has taken in some of the log.
    Advance(Box<Advance>),
    /// What has long been over may go, a page of it: old attempts, and deliveries that are done.
    ForgetOld,
    /// Some due time has come: deliveries to hand out, waits to end.
    LookAtDue,
    /// The process is about to end: hand nothing out any more.
    StopClaiming,
}

/// Somebody signs in and becomes a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// The id that was drawn for them.
    pub customer_id: CustomerId,
    /// The name they gave.
    pub name: String,
    /// SHA-256 of the token that they get.
    pub token_hash: String,
}

/// Whether something is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pause {
    /// It is not: its backlog grows.
    Paused,
    /// It is.
    Running,
}

/// A server begins to work on the log, goes on with it, or ends in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// It begins.
    Started {
        /// Which version of the program it is.
        version: String,
    },
    /// It ends.
    Stopped {
        /// Why, as the end of a sentence.
        reason: String,
    },
    /// It was held, and goes on by itself from now on.
    Resumed,
}

/// Whether what is due in this environment happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does.
    Free,
    /// It was built from another's log and stands still: nothing is handed out, no deadline strikes.
    Held,
}

/// A customer's mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "one word for one thing: it is `mutationId` everywhere"
)]
pub(crate) struct Mutation {
    /// Whose.
    pub customer_id: CustomerId,
    /// The idempotency key, of this customer.
    pub mutation_id: MutationId,
    /// What it asks, as a hash.
    pub input_hash: InputHash,
    /// The order it is about.
    pub order_id: OrderId,
    /// What it asks.
    pub command: Command,
}

/// How a handler ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// Which delivery.
    pub delivery: DeliveryKey,
    /// The fencing token that it was leased with.
    pub token: Token,
    /// When it was handed out.
    pub started_at: Timestamp,
    /// The event that was handled: the cause of what follows.
    pub event_id: EventId,
    /// The order it was about.
    pub order_id: OrderId,
    /// What the handler said.
    pub outcome: Outcome,
}

/// What the writer answers, once it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done; nothing more to say.
    Done,
    /// The outcome of a mutation.
    Receipt(Box<Receipt>),
    /// The mutation id stands for another input already.
    IdempotencyConflict,
    /// The delivery as it stands now.
    Delivery(Box<Delivery>),
    /// The delivery is being attempted just now.
    DeliveryRunning,
    /// Done, and there is more of it to do.
    MoreIsOld,
    /// There is nothing of this name.
    Unknown,
    /// The completion came from a handler whose lease is over; its effects were discarded.
    Zombie,
}

/// The durable outcome of a mutation, with the order as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Which mutation.
    pub mutation_id: MutationId,
    /// The position that holds the outcome; of a refusal, the position at which it was decided.
    pub position: Position,
    /// Whether it had been answered before.
    pub replay: Replay,
    /// Why not, where it was refused.
    pub refusal: Option<RefusalReceipt>,
    /// The order as it stands, where there is one that the customer may see.
    pub order: Option<Order>,
}

/// Whether a mutation was carried out now or had been answered before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// Answered for the first time.
    First,
    /// The answer repeats an earlier one.
    Replayed,
}

/// A refusal, and the version of the order on which it was decided.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct RefusalReceipt {
    /// Why.
    pub denial: Denial,
    /// On which version; none where there was no order.
    pub order_version: Option<Version>,
}

impl Mutation {
    /// The restaurant of whose portions it claims some, if it is carried out.
    pub(crate) fn portions_from(&self, catalog: &Catalog) -> Option<RestaurantId> {
        let Command::Place { order, .. } = &self.command else { return None };
        let restaurant = catalog.restaurant(order.draft().restaurant_id)?;
        let mut lines = order.draft().lines.iter();
        lines.any(|line| restaurant.is_limited(line.menu_item_id)).then_some(restaurant.id)
    }
}

impl Completion {
    /// How the handler of this claim ended.
    pub(crate) fn of(claim: &Claim, outcome: Outcome) -> Self {
        Self {
            delivery: claim.delivery.key,
            token: claim.delivery.token,
            started_at: claim.claimed_at,
            event_id: claim.event.id,
            order_id: claim.order.id,
            outcome,
        }
    }
}
