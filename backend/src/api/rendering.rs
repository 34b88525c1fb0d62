//! What many subscribers are told in the same words, put into these words once.
//!
//! Step 8 of an order's way. A thousand operators who follow the whole log are told the same text of
//! an event, but for the id of each one's operation. So their subscription is executed in two parts: once
//! for each subscriber, to *open* it (its resolver says who may, and from where, and shows nothing), and
//! then once for each event and wording, to *render* the event. What stays of a subscriber is a cursor
//! ([`Subscriber`]) and its share in a [`Rendering`].
//!
//! Nothing that one may see can reach another that way: what is rendered is rendered for nobody, without
//! a caller, so a field that depends on who asks would be refused to all alike. Deliberately not here:
//! `orderChanges`, of which each message names the one before it, and which few terminals share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{BaseType, ExecutableDocument};
use async_graphql::{Executor, InputType, Request, ServerError, Variables};
use futures_util::StreamExt;
use shared::cursor::Position;

use super::door::{complete_codes, selected};
use super::scalars::CursorScalar;
use crate::eventing::plan::Committed;
use crate::eventing::subscriber::Subscriber;

#[cfg(test)]
mod tests;

/// How many events a rendering keeps the text of: subscribers who are no further apart than that
/// share it. Twice what one of them gets from the tail at a time.
const RECENT: u64 = 64;

/// What a resolver that many share is asked for.
pub(super) enum Part {
    /// To say who follows what, from where.
    Open(Opening),
    /// To show this event, whoever looks.
    Render(Arc<Committed>),
}

/// Where a resolver leaves the subscriber that it has opened. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Opening(Arc<Mutex<Option<Subscriber>>>);

/// What somebody asked for, and in which words. Equal for all who are told the same: from which cursor
/// one begins makes no difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wording {
    query: String,
    operation_name: Option<String>,
    /// As text, without cursors.
    variables: String,
}

/// The renderings that somebody has a share in.
#[derive(Default)]
pub(crate) struct Renderings(Mutex<BTreeMap<Wording, Weak<Rendering>>>);

/// The events of the log in one wording.
pub(super) struct Rendering {
    wording: Wording,
    document: ExecutableDocument,
    /// Those of whoever came first: a cursor among them shows nowhere.
    variables: Variables,
    /// By position modulo [`RECENT`], so that each new one takes the place of an old one.
    recent: Mutex<BTreeMap<u64, (Position, Arc<str>)>>,
}

impl Opening {
    pub(super) fn open(&self, subscriber: Subscriber) {
        *lock(&self.0) = Some(subscriber);
    }

    /// The subscriber, where the resolver has left one.
    pub(super) fn opened(&self) -> Option<Subscriber> {
        lock(&self.0).take()
    }
}

impl Wording {
    /// The wording of a request.
    ///
    /// # Errors
    /// The syntax error of a document that does not parse.
    pub(super) fn of(request: &mut Request) -> Result<Self, ServerError> {
        let mut variables = request.variables.clone();
        for definition in selected(request)?.into_iter().flat_map(|it| &it.variable_definitions) {
            let BaseType::Named(name) = &definition.node.var_type.node.base else { continue };
            if name.as_str() == CursorScalar::type_name() {
                variables.remove(&definition.node.name.node);
            }
        }
        let variables = variables.into_value().to_string();
        let (query, operation_name) = (request.query.clone(), request.operation_name.clone());
        Ok(Self { query, operation_name, variables })
    }
}

impl Renderings {
    /// The rendering in this wording.
    ///
    /// # Errors
    /// The syntax error of a document that does not parse.
    pub(super) fn share(
        &self,
        wording: Wording,
        variables: Variables,
    ) -> Result<Arc<Rendering>, ServerError> {
        let mut renderings = lock(&self.0);
        if let Some(rendering) = renderings.get(&wording).and_then(Weak::upgrade) {
            return Ok(rendering);
        }
        // As many as are shared, and those whose last share has gone since the last one came.
        renderings.retain(|_, rendering| rendering.strong_count() > 0);
        let document = parse_query(&wording.query)?;
        let recent = Mutex::default();
        let rendering =
            Arc::new(Rendering { wording: wording.clone(), document, variables, recent });
        renderings.insert(wording, Arc::downgrade(&rendering));
        Ok(rendering)
    }
}

impl Rendering {
    /// The response that shows this event, as JSON. Two who ask for it at the same moment may both make
    /// it: that is cheaper than to have all of them wait in a queue.
    ///
    /// # Errors
    /// The response cannot be written as JSON.
    pub(super) async fn of<E: Executor>(
        &self,
        committed: &Arc<Committed>,
        executor: &E,
    ) -> Result<Arc<str>, serde_json::Error> {
        let position = committed.event.position;
        let place = position.get() % RECENT;
        if let Some((of, text)) = lock(&self.recent).get(&place)
            && *of == position
        {
            return Ok(Arc::clone(text));
        }
        let mut request = Request::new(&self.wording.query)
            .variables(self.variables.clone())
            .data(Part::Render(Arc::clone(committed)));
        request.operation_name.clone_from(&self.wording.operation_name);
        request.set_parsed_query(self.document.clone());
        // There is one: the same operation has opened a subscriber.
        let response = executor.execute_stream(request, None).next().await.unwrap_or_default();
        let text: Arc<str> = serde_json::to_string(&complete_codes(response))?.into();
        lock(&self.recent).insert(place, (position, Arc::clone(&text)));
        Ok(text)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing here can be left half-changed by a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
