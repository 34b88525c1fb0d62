//! Step 2 and step 9 of an order's way: what the screen shows, pending mutations laid over facts.
//!
//! A view borrows from the state and is made anew for each frame; nothing in it is counted up
//! elsewhere, so that no total can differ from the rows beneath it.

use std::time::Duration;

use jiff::Timestamp;
use shared::catalog::Restaurant;
use shared::cursor::Version;
use shared::id::{MutationId, OrderId};
use shared::money::Cents;
use shared::order::Order;

use crate::clock::Monotonic;
use crate::confirmed::Pages;
use crate::intent::{AnyIntent, Intent, IntentKind};
use crate::pending::{PendingMutation, Phase, Saved};
use crate::predict::Prediction;
use crate::state::{Access, Link, State};

/// What is pending for longer than this while the link stands deserves a look: retries have come and
/// gone a dozen times by then.
const LONG: Duration = Duration::from_mins(2);

/// From when somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looking {
    /// For ages.
    pub now: Monotonic,
    /// When the present day began where the person is, for the day's total.
    pub day_began: Timestamp,
}

/// All that is shown of orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View<'a> {
    /// One row per order, newest first by first sight; rows never change places.
    pub rows: Vec<Row<'a>>,
    /// Pending mutations whose order is not known here (yet): no row can be drawn for them.
    pub elsewhere: Vec<PendingView<'a>>,
    /// Sums over the rows.
    pub totals: Totals,
    /// How many pending mutations are in which state.
    pub pending: PendingCounts,
    /// How much of the viewer's orders is loaded.
    pub loading: Loading,
    /// Whether mutations go out.
    pub queue: Queue,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The order as it will be when all that is pending on it has gone through.
    pub order: &'a Order,
    /// Who cooks, where the catalogue (or the intent) knows it.
    pub restaurant: Option<&'a Restaurant>,
    /// Fact, placeholder, or neither.
    pub standing: Standing,
    /// The version that the server's log has told us; `None` of a placeholder.
    pub confirmed_version: Option<Version>,
    /// What is pending on it, oldest first.
    pub pending: Vec<PendingView<'a>>,
}

/// What a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Only asked for yet.
    Placeholder,
    /// In the server's log.
    Confirmed,
    /// Asked for and refused; the row stays until the refusal is dismissed.
    NotPlaced,
}

/// A pending mutation as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingView<'a> {
    /// The mutation.
    pub mutation_id: MutationId,
    /// The order that it is about.
    pub order_id: OrderId,
    /// What was asked for.
    pub kind: IntentKind,
    /// How far it is.
    pub state: PendingState,
    /// Since when it is pending.
    pub age: Duration,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was refused or is being checked, in words.
    pub reason: Option<&'a str>,
    /// In doubt: why our rules would not let it pass as things stand now, in words. It is not drawn
    /// as if it had happened; the server decides.
    pub doubt: Option<&'a str>,
    /// Why somebody should look at it.
    pub attention: Option<Attention<'a>>,
    /// What a person can do about it now.
    pub offers: &'static [Offer],
}

/// How far a pending mutation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PendingState {
    /// Waits to be sent.
    Queued,
    /// On its way.
    Sending,
    /// The answer did not come: it may have happened. It is sent again with the same id.
    Checking,
    /// The server has it durably; the change itself has not arrived yet.
    Accepted,
    /// The server said no. It is not drawn as if it had happened.
    Refused,
}

/// Why somebody should look at a pending mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention<'a> {
    /// The journal could not be written, so it is not sent.
    NotSaved {
        /// Why.
        reason: &'a str,
    },
    /// Only a newer Tiffin knows what it is and can send it.
    NeedsNewerTiffin,
    /// It was sent as another customer of this log, and does not go out as anybody else.
    AnotherCustomer,
    /// It takes longer than it ever should.
    TakesLong,
}

/// What a person can do about a pending mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offer {
    /// `Input::TakeBack`: it was never sent.
    TakeBack,
    /// `Input::RetryNow`.
    RetryNow,
    /// `Input::Dismiss`.
    Dismiss,
}

/// Sums over the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Orders that have not ended, placeholders too.
    pub on_their_way: usize,
    /// What the orders placed today cost, without those that ended unfulfilled or were refused.
    pub today: Cents,
}

/// How many pending mutations are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PendingCounts {
    /// See [`PendingState::Queued`].
    pub queued: usize,
    /// See [`PendingState::Sending`].
    pub sending: usize,
    /// See [`PendingState::Checking`].
    pub checking: usize,
    /// See [`PendingState::Accepted`].
    pub accepted: usize,
    /// See [`PendingState::Refused`].
    pub refused: usize,
}

/// How much of the viewer's orders is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loading {
    /// No facts at all yet.
    Nothing,
    /// The newest; older ones are coming.
    Newest,
    /// All of them.
    All,
    /// As many as are kept ([`ORDERS_MAX`](crate::state::ORDERS_MAX)); there are older ones.
    AsManyAsKept,
}

/// Whether mutations go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// They do.
    Running,
    /// There is no link.
    Offline,
    /// Somebody has to sign in first.
    SignInNeeded,
}

impl PendingCounts {
    /// All that somebody still waits for; refused ones are decided.
    pub const fn undecided(&self) -> usize {
        self.queued + self.sending + self.checking + self.accepted
    }

    pub(crate) const fn of_mut(&mut self, state: PendingState) -> &mut usize {
        match state {
            PendingState::Queued => &mut self.queued,
            PendingState::Sending => &mut self.sending,
            PendingState::Checking => &mut self.checking,
            PendingState::Accepted => &mut self.accepted,
            PendingState::Refused => &mut self.refused,
        }
    }
}

/// What the screen shows of this state.
pub fn view<'a>(state: &'a State, looking: &Looking) -> View<'a> {
    let rows: Vec<Row<'a>> =
        state.rows.iter().filter_map(|order_id| row(state, order_id, looking)).collect();
    let undrawn = state.predictions.iter().filter(|(_, it)| it.order.is_none());
    let elsewhere = state.pending.of_orders(undrawn.map(|(order_id, _)| *order_id));
    let elsewhere = elsewhere.map(|mutation| pending_view(state, mutation, None, looking));
    let elsewhere = elsewhere.collect();
    View {
        totals: totals(&rows, looking),
        pending: state.pending.counts(),
        loading: loading(state),
        queue: queue(state),
        rows,
        elsewhere,
    }
}

fn row<'a>(state: &'a State, order_id: OrderId, looking: &Looking) -> Option<Row<'a>> {
    let confirmed = state.confirmed.orders.get(&order_id);
    let prediction = state.predictions.get(&order_id);
    let order = prediction.map_or(confirmed, |prediction| prediction.order.as_ref())?;
    let mut row = Row {
        order,
        restaurant: state.catalog().and_then(|menus| menus.restaurant(order.restaurant_id)),
        standing: if confirmed.is_some() { Standing::Confirmed } else { Standing::Placeholder },
        confirmed_version: confirmed.map(|order| order.version),
        pending: Vec::new(),
    };
    // Most rows have nothing pending, and are done.
    let Some(prediction) = prediction else { return Some(row) };
    for mutation in state.pending.of_order(order_id) {
        if let AnyIntent::Known(Intent::Place { seen, .. }) = &mutation.intent {
            row.restaurant = row.restaurant.or(seen.restaurant(order.restaurant_id));
            if confirmed.is_none() && mutation.is_refused() {
                row.standing = Standing::NotPlaced;
            }
        }
        row.pending.push(pending_view(state, mutation, Some(prediction), looking));
    }
    Some(row)
}

fn pending_view<'a>(
    state: &'a State,
    mutation: &'a PendingMutation,
    prediction: Option<&'a Prediction>,
    looking: &Looking,
) -> PendingView<'a> {
    let attention = attention(state, mutation, looking);
    let reason = match &mutation.phase {
        Phase::Refused { refused } => Some(refused.message.as_str()),
        Phase::Checking { reason, .. } => Some(reason.as_str()),
        Phase::Queued { .. }
        | Phase::Saving { .. }
        | Phase::Sending { .. }
        | Phase::Accepted { .. } => None,
    };
    let doubt = prediction.and_then(|prediction| prediction.doubts.get(&mutation.mutation_id));
    PendingView {
        mutation_id: mutation.mutation_id,
        order_id: mutation.order_id(),
        kind: mutation.kind(),
        state: mutation.state(),
        age: mutation.age(looking.now),
        attempts: mutation.attempts,
        reason,
        doubt: doubt.map(String::as_str),
        attention,
        offers: offers(mutation, attention),
    }
}

fn attention<'a>(
    state: &State,
    mutation: &'a PendingMutation,
    looking: &Looking,
) -> Option<Attention<'a>> {
    if mutation.is_refused() {
        return None;
    }
    if let Saved::No { reason } = &mutation.saved {
        return Some(Attention::NotSaved { reason });
    }
    if mutation.intent.known().is_none() {
        return Some(Attention::NeedsNewerTiffin);
    }
    if state.is_of_another_customer(mutation) {
        return Some(Attention::AnotherCustomer);
    }
    let takes_long = mutation.age(looking.now) >= LONG && queue(state) == Queue::Running;
    takes_long.then_some(Attention::TakesLong)
}

fn offers(mutation: &PendingMutation, attention: Option<Attention<'_>>) -> &'static [Offer] {
    match (&mutation.phase, attention) {
        (Phase::Refused { .. }, _)
        | (_, Some(Attention::AnotherCustomer | Attention::NeedsNewerTiffin)) => &[Offer::Dismiss],
        (Phase::Queued { .. }, _) if mutation.can_be_taken_back() => {
            &[Offer::TakeBack, Offer::RetryNow]
        }
        (Phase::Queued { .. } | Phase::Checking { .. }, _) => &[Offer::RetryNow],
        (Phase::Saving { .. }, _) if mutation.can_be_taken_back() => &[Offer::TakeBack],
        (Phase::Saving { .. } | Phase::Sending { .. } | Phase::Accepted { .. }, _) => &[],
    }
}

fn totals(rows: &[Row<'_>], looking: &Looking) -> Totals {
    let mut totals = Totals::default();
    for Row { order, standing, .. } in rows {
        if *standing == Standing::NotPlaced || order.status.ended_unfulfilled() {
            continue;
        }
        totals.on_their_way += usize::from(!order.status.is_final());
        if order.placed_at >= looking.day_began {
            totals.today = totals.today.plus(order.total());
        }
    }
    totals
}

const fn loading(state: &State) -> Loading {
    match (&state.confirmed.pages, state.confirmed.position) {
        (Pages::Loading { .. }, None) => Loading::Nothing,
        (Pages::Loading { .. }, Some(_)) => Loading::Newest,
        (Pages::All, _) => Loading::All,
        (Pages::AsManyAsKept, _) => Loading::AsManyAsKept,
    }
}

const fn queue(state: &State) -> Queue {
    match (state.access, state.link) {
        (Access::SignInNeeded, _) => Queue::SignInNeeded,
        (Access::Granted, Link::Down) => Queue::Offline,
        (Access::Granted, Link::Up { .. }) => Queue::Running,
    }
}
