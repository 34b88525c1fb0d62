//! What the disk says: what was pending and known before the start, and whether a record is written.
//! Step 3 of an order's way.

use shared::catalog::Catalog;
use shared::id::{MutationId, OrderId};

use super::{Cache, Step};
use crate::account::Account;
use crate::cached::{Cached, CachedOrders, Extent};
use crate::confirmed::Pages;
use crate::effect::{Notice, WriteId};
use crate::pending::{Clock, PendingMutation, Phase, Saved, wall_age};
use crate::record::{Remembered, Settlement};
use crate::state::Link;

impl Step<'_> {
    /// What was pending goes on: what may have been sent is checked with its old id, what certainly
    /// was not waits for its turn, and a refusal that nobody has read stays.
    pub(super) fn journal_restored(&mut self, mutations: Vec<Remembered>) {
        let ids: Vec<MutationId> = mutations.iter().map(|it| it.mutation_id).collect();
        let orders: Vec<OrderId> = mutations.iter().map(|it| it.intent.order_id()).collect();
        for remembered in mutations {
            let mutation = self.remembered(remembered);
            self.touch(mutation.order_id());
            self.state.pending.insert(mutation);
        }
        if let Link::Up { account, .. } = self.state.link {
            self.fit_pending_to(account);
        }
        for mutation_id in ids {
            self.settle_what_hangs_on_a_refusal(mutation_id);
        }
        for order_id in orders {
            self.settle_what_the_order_proves(order_id);
        }
    }

    fn remembered(&self, remembered: Remembered) -> PendingMutation {
        let Remembered { mutation_id, asked_at, seen, intent, sent, refused } = remembered;
        let phase = match (refused, sent) {
            (Some(refused), _) => Phase::Refused { refused },
            (None, Some(_)) => Phase::Checking {
                reason: "Tiffin was started anew before the answer came.".to_owned(),
                due: self.now.monotonic,
            },
            (None, None) => Phase::Queued { due: None },
        };
        PendingMutation {
            mutation_id,
            intent,
            asked_at,
            asked_by: Clock::Servers,
            seen,
            age_before: wall_age(asked_at, self.state.server_time(self.now.wall)),
            known_since: self.now.monotonic,
            attempts: u32::from(sent.is_some()),
            saved: Saved::Yes,
            recorded: sent,
            sender: sent,
            phase,
        }
    }

    /// Something to show before there is a backend. Facts that are here already are newer.
    pub(super) fn cache_restored(&mut self, cached: Cached) {
        let Cached { catalog, orders } = cached;
        if let (None, Some(catalog)) = (&self.state.catalog, catalog) {
            self.state.catalog = Some(catalog);
            self.touch_all_pending();
        }
        let Some(CachedOrders { account, cursor, orders, extent }) = orders else { return };
        if self.state.confirmed.account.is_some() || cursor.log_id != account.log_id {
            return;
        }
        self.state.confirmed.account = Some(account);
        self.state.confirmed.position = Some(cursor.position);
        if extent == Extent::All {
            self.state.confirmed.pages = Pages::All;
        }
        let lowest = self.state.rows.iter().next_back();
        self.take_in_orders(lowest, &orders);
        self.touch_all_pending();
        self.cache = Cache::AsBefore;
    }

    pub(super) fn journal_written(&mut self, write: WriteId) {
        let Some(mutation_id) = self.state.pending.waiting_for(write) else { return };
        self.state.pending.change(mutation_id, |mutation| {
            if mutation.saved == Saved::Writing(write) {
                mutation.saved = Saved::Yes;
            }
            if let Phase::Saving { write: open, account } = mutation.phase
                && open == write
            {
                // Records are written in order, so its intent is on disk with it: it may go.
                mutation.recorded = Some(account);
                mutation.phase = Phase::Queued { due: None };
            }
        });
    }

    /// What is not saved is not sent behind the person's back.
    pub(super) fn journal_failed(&mut self, write: WriteId, reason: &str) {
        let pending = &mut self.state.pending;
        let unsaved = pending.waiting_for(write).and_then(|mutation_id| pending.get(mutation_id));
        let Some(mutation) = unsaved else {
            return self.notify(Notice::EndNotSaved { reason: reason.to_owned() });
        };
        let (order_id, asked) = (mutation.order_id(), mutation.kind());
        pending.change(mutation.mutation_id, |mutation| {
            mutation.saved = Saved::No { reason: reason.to_owned() };
            if matches!(mutation.phase, Phase::Saving { .. }) {
                mutation.phase = Phase::Queued { due: None };
            }
        });
        self.notify(Notice::NotSaved { order_id, asked, reason: reason.to_owned() });
    }

    pub(super) fn catalog_loaded(&mut self, catalog: Catalog) {
        if self.state.catalog.as_ref() == Some(&catalog) {
            return;
        }
        self.state.catalog = Some(catalog);
        self.cache = Cache::Dirty;
        self.touch_all_pending();
    }

    /// A placing that was refused before a restart takes along what hung on it, also where the
    /// restart came between the two records.
    fn settle_what_hangs_on_a_refusal(&mut self, mutation_id: MutationId) {
        if self.state.pending.get(mutation_id).is_some_and(PendingMutation::is_refused) {
            self.settle_dependents(mutation_id, &Settlement::OrderNotPlaced);
        }
    }

    /// Lets go of what the pending mutations know of another account, or another log.
    pub(super) fn fit_pending_to(&mut self, account: Account) {
        self.state.pending.change_all(|mutation| {
            let of_another_log = mutation.sender.is_some_and(|it| it.log_id != account.log_id);
            let saving_for_another =
                matches!(mutation.phase, Phase::Saving { account: it, .. } if it != account);
            if of_another_log && !mutation.is_refused() {
                // This log has never seen it.
                mutation.sender = None;
                mutation.phase = Phase::Queued { due: None };
            } else if saving_for_another {
                // Also because its turn may be over: what went before it may have to go once more.
                mutation.phase = Phase::Queued { due: None };
            }
        });
        self.touch_all_pending();
    }
}
