//! The rules of `graphql-transport-ws`: which message may come when, and what follows from it.
//! Pure. Step 3 of an order's way.
//!
//! A session knows how far the greeting has come and which operations run. It says what to do next;
//! the connection does it and reports back ([`Session::acknowledge`], [`Session::started`],
//! [`Session::take_ended`]).

use std::collections::BTreeMap;

use async_graphql::{Request, ServerError};
use serde_json::{Map, Value};

use super::closing::Closing;
use super::message::ClientMessage;
use crate::api::door::{Code, Credentials, failure};

/// `Caller` is what a greeting brings and each operation needs, `Handle` stands for a running
/// operation.
pub(super) struct Session<Caller, Handle> {
    greeting: Greeting<Caller>,
    running: BTreeMap<String, Handle>,
    operations_at_once: usize,
}

/// How far the greeting has come.
enum Greeting<Caller> {
    Awaited,
    Received,
    Acknowledged(Caller),
}

/// What follows from a message.
pub(super) enum Step<Caller, Handle> {
    Nothing,
    /// Find out who this is, then [`Session::acknowledge`] them or close.
    Authenticate(Credentials),
    /// Execute this for them, then report [`Session::started`].
    Start {
        id: String,
        operation: Box<Request>,
        caller: Caller,
    },
    /// Do not execute it, and say so.
    Refuse {
        id: String,
        error: ServerError,
    },
    /// End it. It does not run for this session any more; its id is free.
    Stop(Handle),
    Pong {
        payload: Option<Map<String, Value>>,
    },
    Close(Closing),
}

impl<Caller: Clone, Handle> Session<Caller, Handle> {
    pub(super) fn new(operations_at_once: usize) -> Self {
        Self { greeting: Greeting::Awaited, running: BTreeMap::new(), operations_at_once }
    }

    /// Whether nobody has introduced themselves yet.
    pub(super) fn awaits_init(&self) -> bool {
        matches!(self.greeting, Greeting::Awaited)
    }

    pub(super) fn receive(&mut self, text: &str) -> Step<Caller, Handle> {
        match ClientMessage::parse(text) {
            Err(error) => Step::Close(Closing::InvalidMessage { why: error.to_string() }),
            Ok(ClientMessage::Init(credentials)) => self.receive_init(credentials),
            Ok(ClientMessage::Subscribe { id, operation }) => self.receive_subscribe(id, operation),
            // One that has just ended by itself is no mistake: the messages have crossed.
            Ok(ClientMessage::Complete { id }) => {
                self.running.remove(&id).map_or(Step::Nothing, Step::Stop)
            }
            Ok(ClientMessage::Ping { payload }) => Step::Pong { payload },
            Ok(ClientMessage::Pong) => Step::Nothing,
        }
    }

    /// The caller is known; operations may come.
    pub(super) fn acknowledge(&mut self, caller: Caller) {
        self.greeting = Greeting::Acknowledged(caller);
    }

    /// The operation with this id runs.
    pub(super) fn started(&mut self, id: String, handle: Handle) {
        self.running.insert(id, handle);
    }

    /// An operation has ended by itself: frees its id and says which it was, or `None` where the
    /// client has stopped it before.
    pub(super) fn take_ended(&mut self, is_it: impl Fn(&Handle) -> bool) -> Option<String> {
        let id = self.running.iter().find(|(_, handle)| is_it(handle)).map(|(id, _)| id.clone())?;
        self.running.remove(&id);
        Some(id)
    }

    fn receive_init(&mut self, credentials: Credentials) -> Step<Caller, Handle> {
        match self.greeting {
            Greeting::Awaited => {
                self.greeting = Greeting::Received;
                Step::Authenticate(credentials)
            }
            Greeting::Received | Greeting::Acknowledged(_) => Step::Close(Closing::TooManyInits),
        }
    }

    fn receive_subscribe(&mut self, id: String, operation: Box<Request>) -> Step<Caller, Handle> {
        let caller = match &self.greeting {
            Greeting::Acknowledged(caller) => caller.clone(),
            Greeting::Awaited | Greeting::Received => return Step::Close(Closing::Unauthorized),
        };
        if self.running.contains_key(&id) {
            return Step::Close(Closing::OperationExists { id });
        }
        if self.running.len() >= self.operations_at_once {
            let message = format!(
                "{} operations run on this connection, the most that may: wait for one to end",
                self.operations_at_once
            );
            return Step::Refuse { id, error: failure(Code::RateLimited, message) };
        }
        Step::Start { id, operation, caller }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INIT: &str = r#"{"type":"connection_init"}"#;

    fn session() -> Session<(), u32> {
        Session::new(2)
    }

    fn greeted() -> Session<(), u32> {
        let mut session = session();
        assert!(matches!(session.receive(INIT), Step::Authenticate(_)));
        session.acknowledge(());
        session
    }

    fn subscribe(id: &str) -> String {
        format!(r#"{{"type":"subscribe","id":"{id}","payload":{{"query":"{{ a }}"}}}}"#)
    }

    fn complete(id: &str) -> String {
        format!(r#"{{"type":"complete","id":"{id}"}}"#)
    }

    fn code(step: &Step<(), u32>) -> Option<u16> {
        if let Step::Close(closing) = step { Some(closing.code()) } else { None }
    }

    #[test]
    fn an_operation_has_to_wait_for_the_acknowledgement() {
        let mut session = session();
        assert_eq!(code(&session.receive(&subscribe("1"))), Some(4401));
        let Step::Authenticate(_) = session.receive(INIT) else { panic!("no greeting") };
        assert_eq!(code(&session.receive(&subscribe("1"))), Some(4401));
        session.acknowledge(());
        assert!(matches!(session.receive(&subscribe("1")), Step::Start { .. }));
    }

    #[test]
    fn a_second_greeting_is_one_too_many_at_any_time() {
        let mut session = session();
        assert!(session.awaits_init());
        let Step::Authenticate(_) = session.receive(INIT) else { panic!("no greeting") };
        assert!(!session.awaits_init());
        assert_eq!(code(&session.receive(INIT)), Some(4429));
        session.acknowledge(());
        assert_eq!(code(&session.receive(INIT)), Some(4429));
    }

    #[test]
    fn an_id_is_taken_while_its_operation_runs_and_free_afterwards() {
        let mut session = greeted();
        session.started("1".to_owned(), 7);
        assert_eq!(code(&session.receive(&subscribe("1"))), Some(4409));
        assert_eq!(session.take_ended(|handle| *handle == 7), Some("1".to_owned()));
        assert!(matches!(session.receive(&subscribe("1")), Step::Start { .. }));
    }

    #[test]
    fn a_stopped_operation_is_handed_back_once_and_its_end_is_no_news() {
        let mut session = greeted();
        session.started("1".to_owned(), 7);
        assert!(matches!(session.receive(&complete("1")), Step::Stop(7)));
        assert!(matches!(session.receive(&complete("1")), Step::Nothing));
        session.started("1".to_owned(), 8);
        assert_eq!(session.take_ended(|handle| *handle == 7), None);
        assert!(matches!(session.receive(&complete("1")), Step::Stop(8)));
    }

    #[test]
    fn one_operation_too_many_is_refused_alone() {
        let mut session = greeted();
        session.started("1".to_owned(), 1);
        session.started("2".to_owned(), 2);
        let Step::Refuse { id, error } = session.receive(&subscribe("3")) else {
            panic!("not refused")
        };
        assert_eq!(id, "3");
        assert_eq!(error.extensions.unwrap().get("code"), Some(&"RATE_LIMITED".into()));
        assert!(matches!(session.receive(&complete("2")), Step::Stop(2)));
        assert!(matches!(session.receive(&subscribe("3")), Step::Start { .. }));
    }

    #[test]
    fn a_ping_is_answered_at_any_time_with_its_payload() {
        for mut session in [session(), greeted()] {
            let step = session.receive(r#"{"type":"ping","payload":{"a":1}}"#);
            let Step::Pong { payload: Some(payload) } = step else { panic!("no pong") };
            assert_eq!(payload["a"], 1);
            assert!(matches!(session.receive(r#"{"type":"ping"}"#), Step::Pong { payload: None }));
            assert!(matches!(session.receive(r#"{"type":"pong"}"#), Step::Nothing));
        }
    }

    #[test]
    fn what_is_no_message_closes_the_connection() {
        for text in
            ["", "{", "[]", r#"{"type":"connection_ack"}"#, r#"{"type":"subscribe","id":"1"}"#]
        {
            assert_eq!(code(&greeted().receive(text)), Some(4400), "{text}");
        }
    }
}
