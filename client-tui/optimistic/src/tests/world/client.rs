//! What the tests say of a client in one word.

use shared::id::MutationId;
use shared::money::Cents;
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use super::server::{mutation, order_id, wish};
use crate::case::client::Client;
use crate::case::server::{Server, Subscription};
use crate::case::words;
use crate::effect::{Effect, Notice};
use crate::input::Input;
use crate::rules::Rules;
use crate::view::{PendingView, View};

impl Client {
    pub(in crate::tests) fn new() -> Self {
        Self::under(Rules::whole())
    }

    /// A client with the menus, a link and all pages of this server.
    pub(in crate::tests) fn online(server: &Server) -> Self {
        Self::new().and_online(server)
    }

    /// With the menus, a link and all pages of this server.
    pub(in crate::tests) fn and_online(mut self, server: &Server) -> Self {
        self.tell(Input::CatalogLoaded(server.catalog.clone()));
        self.link_up(server);
        self.load(server);
        self
    }

    /// A client that knows the menus and nothing else.
    pub(in crate::tests) fn offline() -> Self {
        Self::new().and_offline()
    }

    /// With the menus and nothing else.
    pub(in crate::tests) fn and_offline(mut self) -> Self {
        self.tell(Input::CatalogLoaded(Server::new(1).catalog));
        self
    }

    pub(in crate::tests) fn link_up(&mut self, server: &Server) {
        self.link_up_as(server.account(), server.now);
    }

    /// Places order `number` as mutation `number`.
    pub(in crate::tests) fn place(&mut self, number: u128) {
        self.tell(Input::Place { mutation_id: mutation(number), order: wish(number) });
    }

    /// Cancels order `number` as mutation `number + 100`.
    pub(in crate::tests) fn cancel(&mut self, number: u128) {
        let mutation_id = mutation(number + 100);
        self.tell(Input::Cancel { mutation_id, order_id: order_id(number) });
    }

    /// Sets the tip of order `number` as mutation `number + 200`.
    pub(in crate::tests) fn tip(&mut self, number: u128, cents: u32) {
        let (mutation_id, order_id) = (mutation(number + 200), order_id(number));
        let tip = Tip::saturating(Cents::saturating(cents));
        self.tell(Input::SetTip { mutation_id, order_id, tip });
    }

    /// Rates order `number` as mutation `number + 300`.
    pub(in crate::tests) fn rate(&mut self, number: u128, rating: i64) {
        let (mutation_id, order_id) = (mutation(number + 300), order_id(number));
        let rating = Rating::try_from(rating).unwrap();
        self.tell(Input::Rate { mutation_id, order_id, rating });
    }

    /// Takes what was sent to the server, as the link would, and forgets the answers.
    pub(in crate::tests) fn lose_answers(&mut self, server: &mut Server) {
        while let Some((mutation_id, intent)) = self.sends.pop_front() {
            self.tell(Input::SendStarted { mutation_id });
            server.receive(mutation_id, &intent);
        }
    }

    /// Brings all changes that are there to the client.
    pub(in crate::tests) fn follow(&mut self, server: &Server) {
        let Some(cursor) = self.state.cursor() else { return };
        let mut subscription = Subscription { last: cursor.position };
        while let Some(change) = server.next(&mut subscription) {
            self.tell(Input::Changed(change));
        }
    }

    /// A new process on the same disk, without cache.
    pub(in crate::tests) fn restarted(&self) -> Self {
        let mut client = Self::under(self.state.rules()).and_offline();
        client.now.wall = self.now.wall;
        client.journal.clone_from(&self.journal);
        client.tell(Input::JournalRestored { mutations: self.remembered() });
        client
    }

    /// The rows in words, from top to bottom.
    pub(in crate::tests) fn screen(&self) -> Vec<String> {
        self.view().rows.iter().map(words::row).collect()
    }

    /// The one pending mutation with this number, as it is shown.
    pub(in crate::tests) fn pending(&self, number: u128) -> Option<PendingView<'_>> {
        let View { rows, elsewhere, .. } = self.view();
        rows.into_iter()
            .flat_map(|row| row.pending)
            .chain(elsewhere)
            .find(|pending| pending.mutation_id == mutation(number))
    }

    /// The mutations that were given to the link since somebody last looked.
    pub(in crate::tests) fn sent(&mut self) -> Vec<MutationId> {
        self.sends.drain(..).map(|(mutation_id, _)| mutation_id).collect()
    }

    /// How the mutations ended, oldest first.
    pub(in crate::tests) fn ends(&self) -> Vec<(MutationId, String)> {
        let ends = self.state.outcomes().map(|it| (it.mutation_id, it.words()));
        let mut ends: Vec<_> = ends.collect();
        ends.reverse();
        ends
    }

    /// How often the store wanted another connection.
    pub(in crate::tests) fn reconnects(&self) -> usize {
        self.wanted().filter(|effect| matches!(effect, Effect::Reconnect { .. })).count()
    }

    /// How often the store had something to say to the log.
    pub(in crate::tests) fn remarks(&self) -> usize {
        self.wanted().filter(|effect| matches!(effect, Effect::Remark(_))).count()
    }

    fn wanted(&self) -> impl Iterator<Item = &Effect> {
        self.tape.iter().flat_map(|(_, _, effects)| effects)
    }
}

/// The notices without their words.
pub(in crate::tests) fn kinds(notices: &[Notice]) -> Vec<&'static str> {
    notices
        .iter()
        .map(|notice| match notice {
            Notice::Refused { .. } => "refused",
            Notice::Declined { .. } => "declined",
            Notice::Withdrawn { .. } => "withdrawn",
            Notice::NotSaved { .. } => "not saved",
            Notice::EndNotSaved { .. } => "end not saved",
            Notice::Ended { .. } => "ended",
            Notice::Vanished { .. } => "vanished",
            Notice::SignInNeeded => "sign-in needed",
        })
        .collect()
}
