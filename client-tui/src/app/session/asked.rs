//! What was asked, and what becomes of it: an answer, a failure, silence. Step 3 of an order's way.

use optimistic::Input;
use optimistic::input::{PageToken, SubscriptionEnd};
use optimistic::intent::IntentKind;
use serde_json::Value;
use shared::cursor::Cursor;
use shared::id::{CustomerId, LogId, MutationId, OrderId};

use super::{Effect, Later, MenuWanted, Moment, News, RequestId, Session};
use crate::link::contract::{self, AnswerError, GraphqlErrors};

/// A request that has no last event yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// Which log do you serve?
    Server,
    /// Let us be a customer of this log.
    SignIn {
        /// The log that the backend serves.
        log_id: LogId,
    },
    /// What can be ordered?
    Menu,
    /// What has happened to this order?
    Events(OrderId),
    /// A page of our orders.
    Page(Option<PageToken>),
    /// The changes to our orders.
    Changes,
    /// Something that a person wants.
    Mutation {
        /// Its id.
        mutation_id: MutationId,
        /// What is wanted.
        kind: IntentKind,
    },
}

impl Asked {
    /// The mutation that was sent with it, where one was.
    pub(super) fn mutation_id(&self) -> Option<MutationId> {
        match self {
            Self::Mutation { mutation_id, .. } => Some(*mutation_id),
            Self::Server
            | Self::SignIn { .. }
            | Self::Menu
            | Self::Events(_)
            | Self::Page(_)
            | Self::Changes => None,
        }
    }
}

impl Session {
    /// An answer has come.
    pub(super) fn answered(&mut self, id: RequestId, payload: Value, moment: Moment) -> Vec<News> {
        let customer = self.signed_in.as_ref().map(|signed_in| signed_in.customer_id);
        let customer = customer.unwrap_or(NOBODY);
        let Some(asked) = self.running.get(&id).cloned() else { return Vec::new() };
        if asked != Asked::Changes {
            self.running.remove(&id);
        }
        let read = match &asked {
            Asked::Server => contract::read_server(payload).map(|server| self.recognise(&server)),
            Asked::SignIn { log_id } => contract::read_sign_in(payload)
                .map(|session| self.become_customer(session, *log_id)),
            Asked::Menu => contract::read_menu(payload).map(|menu| self.take_menu(menu)),
            Asked::Events(_) => contract::read_events(payload).map(|events| {
                let news = |(at, event): (Cursor, _)| News::Event(at.log_id, event);
                events.into_iter().map(news).collect()
            }),
            Asked::Page(after) => contract::read_orders(payload, after.clone(), customer)
                .map(|page| vec![News::Store(Input::PageLoaded(page))]),
            Asked::Changes => contract::read_order_change(payload, customer).map(|read| {
                let log_id = read.change.cursor.log_id;
                let event = read.event.map(|event| News::Event(log_id, event));
                event.into_iter().chain([News::Store(Input::Changed(read.change))]).collect()
            }),
            Asked::Mutation { kind, .. } => contract::read_receipt(*kind, payload, customer)
                .map(|receipt| vec![News::Store(Input::Answered(receipt))]),
        };
        read.unwrap_or_else(|error| self.no(id, asked, &error, moment))
    }

    fn take_menu(&mut self, menu: contract::Menu) -> Vec<News> {
        let mut news = vec![News::Store(Input::CatalogLoaded(menu.catalog))];
        if std::mem::replace(&mut self.menu, MenuWanted::AsAsked) == MenuWanted::Newer {
            news.extend(self.ask(Asked::Menu));
        }
        news
    }

    /// The request was not executed.
    pub(super) fn failed(&mut self, id: RequestId, errors: &Value, moment: Moment) -> Vec<News> {
        let Some(asked) = self.running.remove(&id) else { return Vec::new() };
        self.no(id, asked, &GraphqlErrors::of_failure(errors).into(), moment)
    }

    /// The answer is an error, or not to be understood.
    fn no(
        &mut self,
        id: RequestId,
        asked: Asked,
        error: &AnswerError,
        moment: Moment,
    ) -> Vec<News> {
        let remark = News::Do(Effect::Remark(format!("{asked:?} was answered with: {error}")));
        let news = match asked {
            Asked::Server | Asked::SignIn { .. } | Asked::Menu => {
                self.do_later(Later::Ask(asked), moment);
                None
            }
            // Only for looking: whoever asks again gets another answer.
            Asked::Events(_) => None,
            Asked::Page(_) => Some(Input::PageFailed { reason: error.to_string() }),
            Asked::Changes => {
                // A message that is not understood does not end the subscription; we do.
                self.running.remove(&id);
                self.changes = None;
                Some(Input::SubscriptionEnded(error.subscription_end()))
            }
            Asked::Mutation { mutation_id, .. } => {
                Some(Input::Failed { mutation_id, failure: error.failure() })
            }
        };
        [remark].into_iter().chain(news.map(News::Store)).collect()
    }

    /// Nothing more will come.
    pub(super) fn completed(&mut self, id: RequestId) -> Vec<News> {
        match self.running.remove(&id) {
            Some(Asked::Changes) => {
                self.changes = None;
                let reason = "the backend ended the subscription".to_owned();
                let end = SubscriptionEnd::Interrupted { reason };
                vec![News::Store(Input::SubscriptionEnded(end))]
            }
            Some(Asked::Mutation { mutation_id, .. }) => {
                let reason = "the backend ended the request without an answer".to_owned();
                vec![News::Store(Input::OutcomeUnknown { mutation_id, reason })]
            }
            Some(Asked::Page(_)) => {
                let reason = "the backend ended the request without an answer".to_owned();
                vec![News::Store(Input::PageFailed { reason })]
            }
            Some(Asked::Server | Asked::SignIn { .. } | Asked::Menu | Asked::Events(_)) | None => {
                Vec::new()
            }
        }
    }

    /// The connection ended before the answer; its end is reported next, and what it means for the
    /// facts follows from that.
    pub(super) fn lost(&mut self, id: RequestId) -> Vec<News> {
        let asked = self.running.remove(&id);
        let mutation_id = asked.as_ref().and_then(Asked::mutation_id);
        let reason = "the connection ended before the answer".to_owned();
        let unknown = mutation_id.map(|id| Input::OutcomeUnknown { mutation_id: id, reason });
        unknown.map(News::Store).into_iter().collect()
    }

    /// Not one byte has left.
    pub(super) fn not_sent(&mut self, id: RequestId, moment: Moment) -> Vec<News> {
        let Some(asked) = self.running.remove(&id) else { return Vec::new() };
        let reason = "the request could not be sent".to_owned();
        let input = match asked {
            Asked::Mutation { mutation_id, .. } => Input::NotSent { mutation_id },
            Asked::Events(_) => return Vec::new(),
            Asked::Page(_) => Input::PageFailed { reason },
            Asked::Changes => {
                self.changes = None;
                Input::SubscriptionEnded(SubscriptionEnd::Interrupted { reason })
            }
            Asked::Server | Asked::SignIn { .. } | Asked::Menu => {
                self.do_later(Later::Ask(asked), moment);
                return Vec::new();
            }
        };
        vec![News::Store(input)]
    }
}

/// For answers that have no customer in them, before anybody has signed in.
const NOBODY: CustomerId = CustomerId::new(uuid::Uuid::nil());
