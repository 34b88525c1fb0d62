//! The first words on a connection: which log is this, and who are we to it?
//! Step 3 of an order's way.
//!
//! A token belongs to one log. Where the backend serves another one, or we have none, we sign in.
//! Where it refuses our token although its log is the one that we know, nobody but a person can help:
//! what is pending waits.

use optimistic::Input;
use optimistic::account::ConnectionId;
use shared::id::LogId;

use super::{Asked, Effect, LinkState, Moment, News, NextTry, Session};
use crate::link::contract::{Server, Session as NewSession};

impl Session {
    /// A connection stands. Menu and log are asked for at once, so that both are there after one
    /// round trip.
    pub(super) fn greet(&mut self, connection: ConnectionId) -> Vec<News> {
        self.connection = Some(connection);
        let mut news = vec![News::Link(LinkState::Greeting)];
        news.extend(self.ask(Asked::Server));
        news.extend(self.ask(Asked::Menu));
        news
    }

    /// The backend has said which log it serves.
    pub(super) fn recognise(&mut self, server: &Server) -> Vec<News> {
        let Some(connection) = self.connection else { return Vec::new() };
        let log_id = server.log_id;
        let Some(signed_in) = self.signed_in.clone().filter(|known| known.log_id == log_id) else {
            // A token of another log is worth nothing here.
            return self.ask(Asked::SignIn { log_id });
        };
        if self.refused.is_some() {
            return vec![News::Store(Input::AccessRefused), News::Link(LinkState::SignInNeeded)];
        }
        let account = signed_in.account();
        vec![
            News::Customer(signed_in.name),
            News::Link(LinkState::Live),
            News::Store(Input::LinkUp { connection, account, server_now: server.now }),
        ]
    }

    /// We are a customer of this log. Kept first; what is kept is what we connect with.
    pub(super) fn become_customer(&mut self, session: NewSession, log_id: LogId) -> Vec<News> {
        let server = self.endpoint.as_ref().map(ToString::to_string).unwrap_or_default();
        let new = session.into_signed_in(log_id, server);
        vec![News::Do(Effect::KeepSignIn { new, refused: self.refused.clone() })]
    }

    /// The backend does not accept our token: we ask it without one which log it serves.
    pub(super) fn turned_away(&mut self, message: String, moment: Moment) -> Vec<News> {
        let mut news = self.down();
        if let Some(token) = self.token() {
            self.refused = Some(token);
            news.extend(self.connect());
        } else {
            // Not even as nobody: the link waits until somebody asks it to try again.
            let since = moment.wall();
            let next_try = NextTry::WhenAsked;
            news.push(News::Link(LinkState::Offline { since, why: message, next_try }));
        }
        news
    }
}
