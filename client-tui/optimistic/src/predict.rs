//! Step 2 of an order's way: what an order will be when all that is pending on it has gone through.
//!
//! The very rules of the server are asked, in the order in which the person asked. An intent that they
//! would not let pass any more is left out and marked *in doubt*: nothing fails here, and the server
//! has the last word. Nothing of this ever becomes a fact.

use std::collections::BTreeMap;

use jiff::Timestamp;
use shared::catalog::Catalog;
use shared::id::{CustomerId, MutationId};
use shared::order::Order;
use shared::order::command::Command;
use shared::order::decide::{Context, decide};
use shared::order::event::Event;
use shared::order::evolve::evolve;
use shared::order::refusal::Refusal;
use shared::policy::Policy;

use crate::intent::{AnyIntent, Intent, IntentKind};
use crate::pending::PendingMutation;
use crate::rules::{Rule, Rules};

/// The order to draw in place of the confirmed one, and what is in doubt about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Prediction {
    /// `None` where nothing can be drawn: the order itself is not known here.
    pub(crate) order: Option<Order>,
    /// Why an intent would not pass as things stand, in words.
    pub(crate) doubts: BTreeMap<MutationId, String>,
}

/// What a prediction looks at beside the order and the intents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knowledge<'a> {
    pub(crate) rules: Rules,
    /// The menus in force, as far as they are known.
    pub(crate) catalog: Option<&'a Catalog>,
    /// Whom the server takes us for; before the first sign-in nobody.
    pub(crate) customer_id: CustomerId,
}

/// Lays the pending mutations of one order, oldest first, over what is known of it.
///
/// It looks at no clock: each intent counts as of the moment when it was asked for, so that the same
/// intents over the same facts always give the same picture.
pub(crate) fn predict<'a>(
    confirmed: Option<&Order>,
    pending: impl Iterator<Item = &'a PendingMutation>,
    knowledge: Knowledge<'_>,
) -> Prediction {
    let mut prediction = Prediction { order: confirmed.cloned(), doubts: BTreeMap::new() };
    for mutation in pending {
        let is_unapplied =
            mutation.is_refused() && knowledge.rules.hold(Rule::RefusalUnappliesAtOnce);
        // A placing is drawn also when it was refused: the row shows what was not placed.
        let is_drawn =
            !is_unapplied || (mutation.kind() == IntentKind::Place && prediction.order.is_none());
        if is_drawn && let Err(doubt) = lay_over(&mut prediction.order, mutation, knowledge) {
            prediction.doubts.insert(mutation.mutation_id, doubt);
        }
    }
    prediction
}

/// What our rules say to this intent now; the words are for the person who asks.
pub(crate) fn would_pass(
    order: Option<&Order>,
    intent: &Intent,
    catalog: &Catalog,
    customer_id: CustomerId,
    at: Timestamp,
) -> Result<(), String> {
    ask(order, intent, catalog, customer_id, at).map(drop).map_err(in_words)
}

fn lay_over(
    order: &mut Option<Order>,
    mutation: &PendingMutation,
    knowledge: Knowledge<'_>,
) -> Result<(), String> {
    let PendingMutation { mutation_id, asked_at, .. } = mutation;
    let AnyIntent::Known(intent) = &mutation.intent else { return Ok(()) };
    let empty = Catalog::default();
    let seen = match intent {
        Intent::Place { seen, .. } => seen,
        Intent::Cancel { .. } | Intent::SetTip { .. } | Intent::Rate { .. } => {
            if order.is_none() {
                return Ok(());
            }
            &empty
        }
    };
    let data =
        ask(order.as_ref(), intent, seen, knowledge.customer_id, *asked_at).map_err(in_words)?;
    // The menu may have changed since; the placeholder keeps what the person saw.
    let doubt = match (intent, knowledge.catalog) {
        (Intent::Place { .. }, Some(catalog)) => {
            ask(None, intent, catalog, knowledge.customer_id, *asked_at).err().map(in_words)
        }
        (
            Intent::Place { .. }
            | Intent::Cancel { .. }
            | Intent::SetTip { .. }
            | Intent::Rate { .. },
            _,
        ) => None,
    };
    let recorded_at = order.as_ref().map_or(*asked_at, |order| order.updated_at.max(*asked_at));
    let order_id = intent.order_id();
    let event = Event { order_id, recorded_at, mutation_id: Some(*mutation_id), data };
    *order = evolve(order.take(), &event);
    doubt.map_or(Ok(()), Err)
}

fn ask(
    order: Option<&Order>,
    intent: &Intent,
    catalog: &Catalog,
    customer_id: CustomerId,
    at: Timestamp,
) -> Result<shared::order::event::OrderEvent, Refusal> {
    // Whatever order is shown to us is ours.
    let owner = order.map_or(customer_id, |order| order.customer_id);
    let command = match intent {
        Intent::Place { order: placed, .. } => {
            Command::Place { customer_id, order: placed.clone() }
        }
        Intent::Cancel { .. } => Command::RequestCancellation { customer_id: owner },
        Intent::SetTip { tip, .. } => Command::SetTip { customer_id: owner, tip: *tip },
        Intent::Rate { rating, .. } => Command::Rate { customer_id: owner, rating: *rating },
    };
    // The server's pace and deadlines are not known here; no status depends on them.
    let policy = Policy::default();
    decide(order, &command, &Context { now: at, catalog, policy: &policy, stock: None })
}

fn in_words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Early { why } | Refusal::Late { why } => why,
        Refusal::Denied(denial) => denial.message,
    }
}
