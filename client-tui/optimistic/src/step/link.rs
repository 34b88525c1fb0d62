//! The connection: what goes on when it stands, what is unknown when it breaks, and what another log
//! at the other end means. Steps 3 and 8 of an order's way.

use jiff::Timestamp;
use shared::id::LogId;

use super::{Cache, Step};
use crate::account::{Account, ConnectionId};
use crate::clock::Monotonic;
use crate::confirmed::{Pages, Request, Stream};
use crate::effect::{Effect, Notice};
use crate::pending::{Clock, PendingMutation, Phase, Wire};
use crate::retry::backoff;
use crate::rules::Rule;
use crate::state::{Access, Link};

impl Step<'_> {
    pub(super) fn link_up(
        &mut self,
        connection: ConnectionId,
        account: Account,
        server_now: Timestamp,
    ) {
        // A new connection without word of the old one's end.
        self.link_down();
        self.state.link = Link::Up { connection, account };
        self.state.access = Access::Granted;
        self.learn_the_servers_time(server_now);
        match self.state.confirmed.account {
            Some(known) if known == account => {}
            Some(known) if known.log_id == account.log_id => self.become_another_customer(account),
            Some(_) => self.follow_another_log(account),
            None => self.state.confirmed.account = Some(account),
        }
        self.fit_pending_to(account);
        // What certainly had no effect waited for this.
        self.state.pending.change_all(|mutation| {
            if let Phase::Queued { due } = &mut mutation.phase {
                *due = None;
            }
        });
        self.ask_for_facts(self.now.monotonic);
    }

    /// What was asked before anybody had told us the time is put right: people compare these moments
    /// with those of the server.
    fn learn_the_servers_time(&mut self, server_now: Timestamp) {
        let ahead = server_now.duration_since(self.now.wall);
        self.state.clock_ahead = Some(ahead);
        self.state.pending.change_all(|mutation| {
            if mutation.asked_by == Clock::Ours {
                mutation.asked_at = mutation.asked_at.saturating_add(ahead).unwrap_or(server_now);
                mutation.asked_by = Clock::Servers;
            }
        });
    }

    /// What had begun to be sent is unknown now; what had not was not sent.
    pub(super) fn link_down(&mut self) {
        self.state.link = Link::Down;
        self.state.confirmed.stream = Stream::Off;
        self.state.confirmed.buffer.clear();
        let now = self.now.monotonic;
        let awaited: Vec<_> = self
            .state
            .pending
            .awaited()
            .map(|(_, it)| (it.mutation_id, it.has_started()))
            .collect();
        for (mutation_id, has_started) in awaited {
            if has_started {
                let reason = "The connection broke before the answer came.".to_owned();
                self.check(mutation_id, reason, now);
            } else {
                let reason = "The connection broke before it could be sent again.";
                self.state.pending.change(mutation_id, |mutation| mutation.step_back(reason, None));
            }
        }
    }

    /// Everything waits; what is pending stays as it is.
    pub(super) fn sign_in_needed(&mut self) {
        if self.state.access == Access::Granted {
            self.state.access = Access::SignInNeeded;
            self.notify(Notice::SignInNeeded);
        }
    }

    /// The facts of somebody else are not shown. What may have been sent in their name is kept.
    fn become_another_customer(&mut self, account: Account) {
        self.forget_facts(account);
        self.state.confirmed.missing.clear();
    }

    /// Another log: the facts go, what is pending stays and is sent to it, with the same ids.
    fn follow_another_log(&mut self, account: Account) {
        if !self.state.rules.hold(Rule::AnotherLogClearsFacts) {
            self.state.confirmed.account = Some(account);
            return;
        }
        let known = self.state.confirmed.orders.keys().copied().collect();
        self.forget_facts(account);
        self.state.confirmed.missing = known;
    }

    /// The same log, but our cursor is not of it: it was restored from a backup. What it had accepted
    /// may be lost, so it is asked again, and what was on its way waits for its turn after that.
    pub(super) fn begin_the_same_log_again(&mut self, account: Account) {
        self.follow_another_log(account);
        let due = self.now.monotonic;
        self.state.pending.change_all(|mutation| match mutation.phase {
            Phase::Accepted { .. } | Phase::Sending { .. } => {
                mutation.sender = Some(account);
                let reason = "The server's log was set back: it is asked again.".to_owned();
                mutation.phase = Phase::Checking { reason, due };
            }
            Phase::Saving { .. } => mutation.phase = Phase::Queued { due: None },
            Phase::Queued { .. } | Phase::Checking { .. } | Phase::Refused { .. } => {}
        });
        self.touch_all_pending();
        // Not at once, so that a server which says so each time is not asked in circles.
        let due = self.now.monotonic.after(backoff(1, self.now, 0));
        self.ask_for_facts(due);
    }

    fn forget_facts(&mut self, account: Account) {
        let known: Vec<_> = self.state.confirmed.orders.keys().copied().collect();
        self.state.confirmed.begin_again(account);
        self.touched.extend(known);
        self.touch_all_pending();
        self.cache = Cache::Dirty;
    }

    /// After a break: the changes after our position, and the pages that are still missing.
    fn ask_for_facts(&mut self, due: Monotonic) {
        let fresh = Request { attempts: 0, due };
        let confirmed = &mut self.state.confirmed;
        if confirmed.position.is_some() {
            confirmed.stream = Stream::Asked(fresh);
        }
        if let Pages::Loading { request, .. } = &mut confirmed.pages {
            *request = fresh;
        }
    }

    /// Whether a message is of the log that this connection began with; if not, the connection is of
    /// no use any more.
    pub(super) fn is_of_our_log(&mut self, log_id: LogId) -> bool {
        let Link::Up { connection, account } = self.state.link else { return false };
        if account.log_id != log_id {
            self.remark(format!("log {log_id} on a connection to log {}", account.log_id));
            self.effects.push(Effect::Reconnect { connection });
        }
        account.log_id == log_id
    }
}

impl PendingMutation {
    /// Whether a byte of it may have left on this connection.
    const fn has_started(&self) -> bool {
        matches!(self.phase, Phase::Sending { wire: Wire::Started, .. })
    }

    /// The attempt under way certainly had no effect: as before it.
    pub(super) fn step_back(&mut self, reason: &str, due: Option<Monotonic>) {
        let Phase::Sending { before, .. } = self.phase else { return };
        self.sender = before;
        self.phase = if before.is_some() {
            Phase::Checking { reason: reason.to_owned(), due: due.unwrap_or_default() }
        } else {
            Phase::Queued { due }
        };
    }
}
