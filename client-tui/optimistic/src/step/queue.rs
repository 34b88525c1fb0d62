//! Step 3 of an order's way: what goes out when. One mutation in flight per order, orders in
//! parallel, a few at once; and nothing before the disk knows that it may have been sent.

use std::time::Duration;

use shared::id::MutationId;

use super::Step;
use crate::account::{Account, ConnectionId};
use crate::clock::Monotonic;
use crate::confirmed::{Pages, Request, Stream};
use crate::effect::{Effect, Flush};
use crate::intent::AnyIntent;
use crate::pending::{Phase, Wire};
use crate::record::Record;
use crate::rules::Rule;
use crate::state::{Access, IN_FLIGHT_MAX, Link};

/// An answer that takes longer than this counts as lost: several round trips around the world.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// A page, or the first message of a subscription, that takes longer than this is asked for again. A
/// full page is a larger answer than a receipt.
const FACTS_TIMEOUT: Duration = Duration::from_secs(15);

impl Step<'_> {
    pub(super) fn send_what_is_due(&mut self) {
        let Link::Up { connection, account } = self.state.link else { return };
        if self.state.access == Access::SignInNeeded {
            return;
        }
        let places = IN_FLIGHT_MAX.saturating_sub(self.state.pending.in_flight());
        let now = self.now.monotonic;
        let due: Vec<MutationId> = self
            .state
            .pending
            .sendable()
            .take_while(|(due, _)| *due <= now)
            .filter(|(_, head)| !self.state.is_of_another_customer(head))
            .take(places)
            .map(|(_, head)| head.mutation_id)
            .collect();
        for mutation_id in due {
            self.send_or_record(mutation_id, connection, account);
        }
    }

    /// Sends it, if the disk knows that it may have been sent as this customer; else has that written
    /// first, and comes back when it is.
    fn send_or_record(
        &mut self,
        mutation_id: MutationId,
        connection: ConnectionId,
        account: Account,
    ) {
        let Some(mutation) = self.state.pending.get(mutation_id) else { return };
        let AnyIntent::Known(intent) = &mutation.intent else { return };
        let may_go =
            mutation.recorded == Some(account) || !self.state.rules.hold(Rule::RecordBeforeSending);
        if may_go {
            self.effects.push(Effect::Send { connection, mutation_id, intent: intent.clone() });
            let until = self.now.monotonic.after(ANSWER_TIMEOUT);
            self.state.pending.change(mutation_id, |mutation| {
                mutation.attempts = mutation.attempts.saturating_add(1);
                let before = mutation.sender;
                mutation.phase = Phase::Sending { wire: Wire::Handed, account, before, until };
            });
        } else {
            let write = self.journal(Record::Sending { mutation_id, account }, Flush::First);
            self.state.pending.change(mutation_id, |mutation| {
                mutation.phase = Phase::Saving { write, account };
            });
        }
    }

    /// An answer that is overdue counts as lost; what was asked may have happened.
    pub(super) fn give_up_waiting_for_answers(&mut self) {
        let now = self.now;
        let overdue: Vec<(MutationId, Monotonic)> = self
            .state
            .pending
            .awaited()
            .take_while(|(until, _)| *until <= now.monotonic)
            .map(|(_, it)| (it.mutation_id, it.next_attempt(now)))
            .collect();
        for (mutation_id, due) in overdue {
            self.check(mutation_id, "The server has not answered in time.".to_owned(), due);
        }
    }

    /// Pages and the subscription, asked for and asked for again.
    pub(super) fn ask_for_what_is_due(&mut self) {
        let Link::Up { connection, .. } = self.state.link else { return };
        let now = self.now.monotonic;
        let after = self.state.cursor();
        if let (Stream::Asked(request), Some(after)) = (&mut self.state.confirmed.stream, after)
            && request.is_taken_up(now)
        {
            self.effects.push(Effect::Subscribe { connection, after });
        }
        if let Pages::Loading { after, request, .. } = &mut self.state.confirmed.pages
            && request.is_taken_up(now)
        {
            self.effects.push(Effect::LoadPage { connection, after: after.clone() });
        }
    }
}

impl Request {
    /// Whether it is due; then it counts as asked for, and is due again when nothing comes.
    fn is_taken_up(&mut self, now: Monotonic) -> bool {
        let is_due = self.due <= now;
        if is_due {
            self.attempts = self.attempts.saturating_add(1);
            self.due = now.after(FACTS_TIMEOUT);
        }
        is_due
    }
}
