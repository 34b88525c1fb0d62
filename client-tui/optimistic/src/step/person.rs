//! Step 1 of an order's way: what a person wants. It is pending, and drawn, at once; neither the disk
//! nor the network is waited for.

use std::time::Duration;

use shared::catalog::{Catalog, Restaurant};
use shared::id::{MutationId, OrderId};
use shared::order::Order;
use shared::order::command::PlaceOrder;
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use super::Step;
use crate::effect::{Flush, Notice};
use crate::intent::{AnyIntent, Intent, IntentKind};
use crate::pending::{Clock, PENDING_MAX, PendingMutation, Phase, Saved};
use crate::predict::would_pass;
use crate::record::{Record, Seen, Settlement};

impl Step<'_> {
    pub(super) fn place(&mut self, mutation_id: MutationId, order: PlaceOrder) {
        let order_id = order.draft().order_id;
        let Some(catalog) = &self.state.catalog else {
            let words = "The menus are not loaded yet. Wait for them and order then.";
            return self.decline(order_id, IntentKind::Place, words.to_owned());
        };
        let seen = part_seen(catalog, &order);
        self.want(mutation_id, Intent::Place { order, seen });
    }

    /// Where the order was never sent, it is taken back instead, and nothing goes out at all.
    pub(super) fn cancel(&mut self, mutation_id: MutationId, order_id: OrderId) {
        let unsent = self.placing(order_id).filter(|placing| placing.can_be_taken_back());
        if let Some(placing_id) = unsent.map(|placing| placing.mutation_id) {
            return self.take_back(placing_id);
        }
        if self.is_cancellation_asked_for(order_id) {
            let words = "You have asked for this already; the answer is on its way.".to_owned();
            return self.decline(order_id, IntentKind::Cancel, words);
        }
        self.want(mutation_id, Intent::Cancel { order_id });
    }

    pub(super) fn set_tip(&mut self, mutation_id: MutationId, order_id: OrderId, tip: Tip) {
        self.want(mutation_id, Intent::SetTip { order_id, tip });
    }

    pub(super) fn rate(&mut self, mutation_id: MutationId, order_id: OrderId, rating: Rating) {
        self.want(mutation_id, Intent::Rate { order_id, rating });
    }

    pub(super) fn take_back(&mut self, mutation_id: MutationId) {
        let Some(mutation) = self.state.pending.get(mutation_id) else {
            return self.remark_unknown("a taking back", mutation_id);
        };
        if !mutation.can_be_taken_back() {
            return self.remark(format!("{mutation_id} may have been sent: it stays"));
        }
        let (order_id, asked) = (mutation.order_id(), mutation.kind());
        self.settle(mutation_id, Settlement::Withdrawn);
        self.notify(Notice::Withdrawn { order_id, asked });
    }

    pub(super) fn retry_now(&mut self, mutation_id: MutationId) {
        let now = self.now.monotonic;
        let Some(mutation) = self.state.pending.get(mutation_id) else {
            return self.remark_unknown("a retry", mutation_id);
        };
        let is_unsaved = matches!(mutation.saved, Saved::No { .. });
        let unsaved = is_unsaved.then(|| mutation.intent_record());
        let write = unsaved.map(|record| self.journal(record, Flush::Lazily));
        self.state.pending.change(mutation_id, |mutation| {
            if let Some(write) = write {
                mutation.saved = Saved::Writing(write);
            }
            match &mut mutation.phase {
                Phase::Queued { due } => *due = None,
                Phase::Checking { due, .. } => *due = now,
                Phase::Saving { .. }
                | Phase::Sending { .. }
                | Phase::Accepted { .. }
                | Phase::Refused { .. } => {}
            }
        });
    }

    /// A refusal has been read; or somebody gives up on what was sent as another customer, or on what
    /// only a newer Tiffin can send.
    pub(super) fn dismiss(&mut self, mutation_id: MutationId) {
        let Some(mutation) = self.state.pending.get(mutation_id) else {
            return self.remark_unknown("a dismissal", mutation_id);
        };
        let is_hopeless =
            self.state.is_of_another_customer(mutation) || mutation.intent.known().is_none();
        if mutation.is_refused() {
            self.touch(mutation.order_id());
            self.state.pending.remove(mutation_id);
            self.journal(Record::Dismissed { mutation_id }, Flush::Lazily);
        } else if is_hopeless {
            self.settle(mutation_id, Settlement::Abandoned);
        } else {
            self.remark(format!("{mutation_id} is not decided yet: it stays"));
        }
    }

    /// Makes an intent pending, unless our own rules say at once that it cannot be: statuses never go
    /// back, so what they deny of the facts that we have, the server would deny too.
    fn want(&mut self, mutation_id: MutationId, intent: Intent) {
        let (order_id, asked) = (intent.order_id(), intent.kind());
        if self.state.pending.get(mutation_id).is_some() {
            return self.remark(format!("{mutation_id} is pending already"));
        }
        if self.state.pending.len() >= self.state.rules.bound(PENDING_MAX) {
            let words = format!(
                "{PENDING_MAX} things are pending already. Wait until some are through, or dismiss \
                 refused ones."
            );
            return self.decline(order_id, asked, words);
        }
        let asked_at = self.state.server_time(self.now.wall);
        let none = Catalog::default();
        let menu = match &intent {
            Intent::Place { seen, .. } => seen,
            Intent::Cancel { .. } | Intent::SetTip { .. } | Intent::Rate { .. } => &none,
        };
        let customer_id = self.state.customer_id();
        let is_refused = self.placing(order_id).is_some_and(PendingMutation::is_refused);
        if is_refused && asked != IntentKind::Place {
            let words = "This order was refused. Order again, or dismiss it.".to_owned();
            return self.decline(order_id, asked, words);
        }
        let order = self.state.order(order_id);
        if let Err(words) = would_pass(order, &intent, menu, customer_id, asked_at) {
            return self.decline(order_id, asked, words);
        }
        let version = self.state.confirmed.version(order_id);
        let seen = order.map(|order| Seen { status: order.status, version });
        let intent = AnyIntent::from(intent);
        let record = Record::Intent { mutation_id, asked_at, seen, intent: intent.clone() };
        let write = self.journal(record, Flush::Lazily);
        self.touch(order_id);
        let clock_is_known = self.state.clock_ahead.is_some();
        let mutation = PendingMutation {
            mutation_id,
            intent,
            asked_at,
            asked_by: if clock_is_known { Clock::Servers } else { Clock::Ours },
            seen,
            age_before: Duration::ZERO,
            known_since: self.now.monotonic,
            attempts: 0,
            saved: Saved::Writing(write),
            recorded: None,
            sender: None,
            phase: Phase::Queued { due: None },
        };
        self.state.pending.insert(mutation);
    }

    /// The placing of this order, while it is pending or refused.
    fn placing(&self, order_id: OrderId) -> Option<&PendingMutation> {
        self.state.pending.of_order(order_id).find(|it| it.kind() == IntentKind::Place)
    }

    fn decline(&mut self, order_id: OrderId, asked: IntentKind, message: String) {
        self.notify(Notice::Declined { order_id, asked, message });
    }

    fn is_cancellation_asked_for(&self, order_id: OrderId) -> bool {
        let is_pending = self
            .state
            .pending
            .of_order(order_id)
            .any(|it| it.kind() == IntentKind::Cancel && !it.is_refused());
        let is_undecided =
            self.state.confirmed.orders.get(&order_id).is_some_and(Order::cancel_requested);
        is_pending || is_undecided
    }
}

impl PendingMutation {
    fn intent_record(&self) -> Record {
        let Self { mutation_id, asked_at, seen, intent, .. } = self;
        Record::Intent {
            mutation_id: *mutation_id,
            asked_at: *asked_at,
            seen: *seen,
            intent: intent.clone(),
        }
    }
}

/// The restaurant of this order with the dishes ordered, as the person saw them.
fn part_seen(catalog: &Catalog, order: &PlaceOrder) -> Catalog {
    let draft = order.draft();
    let is_ordered = |id| draft.lines.iter().any(|line| line.menu_item_id == id);
    let restaurants = catalog.restaurant(draft.restaurant_id).map(|restaurant| Restaurant {
        menu: restaurant.menu.iter().filter(|dish| is_ordered(dish.id)).cloned().collect(),
        ..restaurant.clone()
    });
    Catalog { restaurants: restaurants.into_iter().collect() }
}
