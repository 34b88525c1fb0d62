//! All pending mutations, in the order in which they were asked for, and what a step asks of them: none
//! of its questions looks at all of them. Steps 3 and 9 of an order's way.
//!
//! What is kept beside the mutations follows from them, and is brought up to date by whoever changes
//! one: there is no other way to change one.

use std::collections::{BTreeMap, BTreeSet};

use shared::cursor::Position;
use shared::id::{MutationId, OrderId};

use super::PendingMutation;
use super::index::{Entry, Index};
use crate::clock::Monotonic;
use crate::effect::WriteId;
use crate::rules::{Rule, Rules};
use crate::view::PendingCounts;

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pending {
    rules: Rules,
    mutations: BTreeMap<u64, PendingMutation>,
    numbers: BTreeMap<MutationId, u64>,
    by_order: BTreeMap<OrderId, Vec<u64>>,
    index: Index,
    next: u64,
}

impl Pending {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            mutations: BTreeMap::new(),
            numbers: BTreeMap::new(),
            by_order: BTreeMap::new(),
            index: Index::default(),
            next: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.mutations.len()
    }

    /// Adds one at the end. An id that is pending already changes nothing.
    pub(crate) fn insert(&mut self, mutation: PendingMutation) {
        if self.numbers.contains_key(&mutation.mutation_id) {
            return;
        }
        let (number, order_id) = (self.next, mutation.order_id());
        self.next = self.next.saturating_add(1);
        self.forget_where(order_id);
        self.numbers.insert(mutation.mutation_id, number);
        self.mutations.insert(number, mutation);
        let of_order = self.by_order.entry(order_id).or_default();
        of_order.push(number);
        if !self.rules.hold(Rule::NoWallClock) {
            of_order.sort_by_key(|number| self.mutations.get(number).map(|it| it.asked_at));
        }
        self.note_where(order_id);
    }

    pub(crate) fn remove(&mut self, mutation_id: MutationId) -> Option<PendingMutation> {
        let order_id = self.get(mutation_id)?.order_id();
        self.forget_where(order_id);
        let number = self.numbers.remove(&mutation_id)?;
        let mutation = self.mutations.remove(&number)?;
        if let Some(numbers) = self.by_order.get_mut(&order_id) {
            numbers.retain(|it| *it != number);
            if numbers.is_empty() {
                self.by_order.remove(&order_id);
            }
        }
        self.note_where(order_id);
        Some(mutation)
    }

    pub(crate) fn get(&self, mutation_id: MutationId) -> Option<&PendingMutation> {
        self.mutations.get(self.numbers.get(&mutation_id)?)
    }

    /// Changes this one, if it is pending.
    pub(crate) fn change(
        &mut self,
        mutation_id: MutationId,
        change: impl FnOnce(&mut PendingMutation),
    ) {
        let Some(number) = self.numbers.get(&mutation_id).copied() else { return };
        let Some(order_id) = self.mutations.get(&number).map(PendingMutation::order_id) else {
            return;
        };
        self.forget_where(order_id);
        if let Some(mutation) = self.mutations.get_mut(&number) {
            change(mutation);
        }
        self.note_where(order_id);
    }

    /// Changes all of them, which takes as long as there are many: for a new connection or a new log.
    pub(crate) fn change_all(&mut self, change: impl FnMut(&mut PendingMutation)) {
        self.mutations.values_mut().for_each(change);
        self.index = Index::default();
        let orders: Vec<OrderId> = self.orders().collect();
        for order_id in orders {
            self.note_where(order_id);
        }
    }

    /// All of them: no step needs that.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &PendingMutation> {
        self.mutations.values()
    }

    /// Those of one order, oldest first.
    pub(crate) fn of_order(&self, order_id: OrderId) -> impl Iterator<Item = &PendingMutation> {
        let numbers = self.by_order.get(&order_id).map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|number| self.mutations.get(number))
    }

    /// Those of these orders, in the order in which they were asked for.
    pub(crate) fn of_orders(
        &self,
        orders: impl Iterator<Item = OrderId>,
    ) -> impl Iterator<Item = &PendingMutation> {
        let of_order = |order_id| self.by_order.get(&order_id).into_iter().flatten().copied();
        let numbers: BTreeSet<u64> = orders.flat_map(of_order).collect();
        numbers.into_iter().filter_map(|number| self.mutations.get(&number))
    }

    /// The orders with something pending.
    pub(crate) fn orders(&self) -> impl Iterator<Item = OrderId> {
        self.by_order.keys().copied()
    }

    /// Those whose turn it is in their order and that can be sent, with the moment from which on; the
    /// one that has waited longest first.
    pub(crate) fn sendable(&self) -> impl Iterator<Item = (Monotonic, &PendingMutation)> {
        let found = |(due, number): &(_, u64)| Some((*due, self.mutations.get(number)?));
        self.index.sendable.iter().filter_map(found)
    }

    /// Those with the link, with the moment at which their answer counts as lost, the first one first.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = (Monotonic, &PendingMutation)> {
        let found = |(until, number): &(_, u64)| Some((*until, self.mutations.get(number)?));
        self.index.awaited.iter().filter_map(found)
    }

    /// Those that are durable at this position or before.
    pub(crate) fn accepted_up_to(
        &self,
        position: Position,
    ) -> impl Iterator<Item = &PendingMutation> {
        let reached = self.index.accepted.range(..=(position, u64::MAX));
        reached.filter_map(|(_, number)| self.mutations.get(number))
    }

    /// The one that waits for this write.
    pub(crate) fn waiting_for(&self, write: WriteId) -> Option<MutationId> {
        let number = self.index.writes.get(&write)?;
        self.mutations.get(number).map(|mutation| mutation.mutation_id)
    }

    pub(crate) const fn in_flight(&self) -> usize {
        self.index.in_flight
    }

    pub(crate) const fn counts(&self) -> PendingCounts {
        self.index.counts
    }

    /// Whether all that is kept beside the mutations is what follows from them.
    #[cfg(test)]
    pub(crate) fn is_in_order(&self) -> bool {
        let mut anew = self.clone();
        anew.change_all(|_| ());
        anew == *self
    }

    /// The ones of this order whose turn it is.
    fn heads(&self, order_id: OrderId) -> impl Iterator<Item = &PendingMutation> {
        let unanswered = self.of_order(order_id).filter(|it| it.blocks_its_order());
        let at_once = if self.rules.hold(Rule::OneInFlightPerOrder) { 1 } else { usize::MAX };
        unanswered.take(at_once)
    }

    fn note_where(&mut self, order_id: OrderId) {
        self.walk(order_id, Index::add);
    }

    fn forget_where(&mut self, order_id: OrderId) {
        self.walk(order_id, Index::remove);
    }

    fn walk(&mut self, order_id: OrderId, visit: fn(&mut Index, u64, Entry)) {
        let mut index = std::mem::take(&mut self.index);
        let numbered = |it: &PendingMutation| self.numbers.get(&it.mutation_id).copied();
        for mutation in self.of_order(order_id) {
            let Some(number) = numbered(mutation) else { continue };
            mutation.entries().for_each(|entry| visit(&mut index, number, entry));
        }
        for head in self.heads(order_id) {
            if let (Some(number), Some(due)) = (numbered(head), head.due()) {
                visit(&mut index, number, Entry::Sendable(due));
            }
        }
        self.index = index;
    }
}
