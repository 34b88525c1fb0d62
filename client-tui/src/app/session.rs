//! The conversation with the backend: who we are, what was asked, what an answer means.
//!
//! Steps 3, 5 and 8 of an order's way pass here as plain data: the store's effects become requests,
//! the link's events become inputs of the store. On each new connection we ask which log it serves,
//! sign in where we have to, and only then say to the store that the link is up; so nothing pending
//! ever goes out under another name. No socket in here, no clock, no file.

mod greeting;
mod asked;

use std::collections::BTreeMap;
use std::time::Duration;

use optimistic::account::ConnectionId;
use optimistic::{Effect as StoreEffect, Input, Monotonic};
use shared::id::{LogId, OrderId};

use super::connection::{LinkState, NextTry};
use super::effect::Effect;
use super::message::Network;
use super::moment::Moment;
use crate::link::contract::{self, LoggedEvent};
use crate::link::{Endpoint, LinkCommand, LinkEvent, RequestId, RequestKind, Target};
use crate::profile::{SignedIn, Token};
use asked::Asked;

/// How long we wait before we ask a backend again that could not say who it is or what is on the
/// menu. Its connection stands, so the link's own back-off does not apply.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// One conversation, over as many connections as it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The name to sign in with.
    name: String,
    signed_in: Option<SignedIn>,
    /// The token that the backend does not accept any more: we ask without one what log it serves.
    refused: Option<Token>,
    endpoint: Option<Endpoint>,
    connection: Option<ConnectionId>,
    running: BTreeMap<RequestId, Asked>,
    next_request: u64,
    changes: Option<RequestId>,
    later: Option<(Monotonic, Later)>,
    menu: MenuWanted,
}

/// Whether the menu that was asked for is new enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MenuWanted {
    /// It is.
    AsAsked,
    /// Something has happened since.
    Newer,
}

/// What could not be done and is done again after a while.
#[derive(Clone, Debug, PartialEq)]
enum Later {
    Ask(Asked),
    Connect,
}

/// What comes of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum News {
    /// This is to be done.
    Do(Effect),
    /// The store has to know.
    Store(Input),
    /// The state of the link, for the header.
    Link(LinkState),
    /// As whom we order.
    Customer(String),
    /// An event, for whoever looks under the hood.
    Event(LogId, LoggedEvent),
}

impl Session {
    /// Nobody is at the other end yet. `name` is for the first sign-in.
    pub fn new(name: String, signed_in: Option<SignedIn>) -> Self {
        Self {
            name,
            signed_in,
            refused: None,
            endpoint: None,
            connection: None,
            running: BTreeMap::new(),
            next_request: 0,
            changes: None,
            later: None,
            menu: MenuWanted::AsAsked,
        }
    }

    /// The backend is there.
    pub(super) fn reach(&mut self, endpoint: Endpoint) -> Vec<News> {
        self.endpoint = Some(endpoint);
        self.refused = None;
        self.connect()
    }

    /// We are this customer now.
    pub(super) fn be(&mut self, signed_in: SignedIn) -> Vec<News> {
        self.signed_in = Some(signed_in);
        self.refused = None;
        self.connect()
    }

    /// Connects as whom we are, or as nobody where our token was refused.
    fn connect(&mut self) -> Vec<News> {
        let Some(endpoint) = self.endpoint.clone() else { return Vec::new() };
        let target = Target { endpoint, token: self.token() };
        vec![News::Do(Effect::Link(LinkCommand::Connect(target)))]
    }

    fn token(&self) -> Option<Token> {
        let token = self.signed_in.as_ref().map(|signed_in| &signed_in.token);
        token.filter(|token| self.refused.as_ref() != Some(token)).cloned()
    }

    /// When something is to be asked again.
    pub(super) fn next_wakeup(&self) -> Option<Monotonic> {
        self.later.as_ref().map(|(due, _)| *due)
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Monotonic) -> Vec<News> {
        match self.later.take() {
            Some((due, Later::Ask(asked))) if due <= now => self.ask(asked),
            Some((due, Later::Connect)) if due <= now => self.connect(),
            waiting => {
                self.later = waiting;
                Vec::new()
            }
        }
    }

    /// Asks for the menu again: what we know of it may be old. One question is under way at a time;
    /// whoever wants it newer meanwhile gets one more after its answer, however many they are.
    pub(super) fn refresh_menu(&mut self) -> Vec<News> {
        if self.running.values().any(|asked| *asked == Asked::Menu) {
            self.menu = MenuWanted::Newer;
            return Vec::new();
        }
        self.ask(Asked::Menu)
    }

    /// Asks what has happened to this order before we listened.
    pub(super) fn ask_for_events(&mut self, order_id: OrderId) -> Vec<News> {
        self.ask(Asked::Events(order_id))
    }

    /// What the store wants of the link.
    pub(super) fn perform(&mut self, effect: StoreEffect) -> Vec<News> {
        match effect {
            StoreEffect::Send { connection, mutation_id, intent } => {
                let body = contract::mutation(mutation_id, &intent);
                let asked = Asked::Mutation { mutation_id, kind: intent.kind() };
                vec![self.execute(connection, asked, RequestKind::Once, body)]
            }
            StoreEffect::Subscribe { connection, after } => {
                let stop = self.changes.take().map(|id| {
                    self.running.remove(&id);
                    News::Do(Effect::Link(LinkCommand::Stop { id }))
                });
                let body = contract::order_changes(after);
                let subscribe = self.execute(connection, Asked::Changes, RequestKind::Stream, body);
                stop.into_iter().chain([subscribe]).collect()
            }
            StoreEffect::LoadPage { connection, after } => {
                let body = contract::orders(after.as_ref());
                vec![self.execute(connection, Asked::Page(after), RequestKind::Once, body)]
            }
            StoreEffect::Reconnect { connection } if self.connection == Some(connection) => {
                self.connect()
            }
            StoreEffect::Reconnect { .. }
            | StoreEffect::Journal { .. }
            | StoreEffect::Notify(_)
            | StoreEffect::CacheDirty
            | StoreEffect::Remark(_) => Vec::new(),
        }
    }

    fn execute(
        &mut self,
        connection: ConnectionId,
        asked: Asked,
        kind: RequestKind,
        body: serde_json::Value,
    ) -> News {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        if asked == Asked::Changes {
            self.changes = Some(id);
        }
        self.running.insert(id, asked);
        News::Do(Effect::Link(LinkCommand::Execute { connection, id, kind, body }))
    }

    /// Asks the backend something of our own, on the connection that stands.
    fn ask(&mut self, asked: Asked) -> Vec<News> {
        let Some(connection) = self.connection else { return Vec::new() };
        let body = match &asked {
            Asked::Server => contract::server(),
            Asked::SignIn { .. } => contract::sign_in(&self.name),
            Asked::Menu => contract::menu(),
            Asked::Events(order_id) => contract::events(*order_id),
            Asked::Mutation { .. } | Asked::Page(_) | Asked::Changes => return Vec::new(),
        };
        vec![self.execute(connection, asked, RequestKind::Once, body)]
    }

    /// News of the link.
    pub(super) fn take(&mut self, network: Network, moment: Moment) -> Vec<News> {
        match network {
            Network::Awake => vec![News::Do(Effect::Link(LinkCommand::TryNow))],
            Network::Busy(LinkCommand::Execute { id, .. }) => self.not_sent(id, moment),
            Network::Busy(LinkCommand::Connect(_)) => {
                self.do_later(Later::Connect, moment);
                Vec::new()
            }
            // The one ends with its connection anyway, the other happens in its own time.
            Network::Busy(LinkCommand::Stop { .. } | LinkCommand::TryNow) => Vec::new(),
            Network::Event(event) => self.take_event(event, moment),
        }
    }

    fn take_event(&mut self, event: LinkEvent, moment: Moment) -> Vec<News> {
        match event {
            // Also where a connection was given up for another one.
            LinkEvent::Connecting => {
                let mut news = self.down();
                news.push(News::Link(LinkState::Connecting));
                news
            }
            LinkEvent::Connected { connection } => self.greet(connection),
            LinkEvent::Disconnected { why, retry_in, .. } => {
                let mut news = self.down();
                let next_try = NextTry::At(moment.monotonic().after(retry_in));
                let since = moment.wall();
                news.push(News::Link(LinkState::Offline { since, why, next_try }));
                news
            }
            LinkEvent::Refused { message } => self.turned_away(message, moment),
            LinkEvent::Sending { id } => {
                let mutation_id = self.running.get(&id).and_then(Asked::mutation_id);
                let started = mutation_id.map(|mutation_id| Input::SendStarted { mutation_id });
                started.map(News::Store).into_iter().collect()
            }
            LinkEvent::Next { id, payload } => self.answered(id, payload, moment),
            LinkEvent::Failed { id, errors } => self.failed(id, &errors, moment),
            LinkEvent::Complete { id } => self.completed(id),
            LinkEvent::Lost { id } => self.lost(id),
            LinkEvent::NotSent { id, .. } => self.not_sent(id, moment),
        }
    }

    fn do_later(&mut self, what: Later, moment: Moment) {
        self.later = Some((moment.monotonic().after(AGAIN_AFTER), what));
    }

    /// Whatever connection there was is gone.
    fn down(&mut self) -> Vec<News> {
        self.running.clear();
        self.changes = None;
        self.later = None;
        self.menu = MenuWanted::AsAsked;
        let was_up = self.connection.take().is_some();
        if was_up { vec![News::Store(Input::LinkDown)] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests;
