//! A customer's mutation: once carried out or refused, it is answered the same for ever.
//! Steps 4 and 5 of an order's way.

use shared::cursor::Position;
use shared::order::refusal::{Denial, DenialCode, Refusal};

use super::StoredReceipt;
use super::draft::{Cause, Draft};
use crate::eventing::log::Source;
use crate::eventing::request::{Answer, Mutation, Receipt, RefusalReceipt, Replay};
use crate::safeguard::Safeguard;

pub(super) fn mutate(draft: &mut Draft<'_>, asked: &Mutation) -> Answer {
    let key = (asked.customer_id, asked.mutation_id);
    if let Some(known) = draft.receipt(&key).cloned() {
        let is_the_same = known.input_hash == asked.input_hash;
        return if is_the_same || Safeguard::InputHash.is_gone() {
            answer(draft, asked, known, Replay::Replayed)
        } else {
            Answer::IdempotencyConflict
        };
    }
    let (position, refusal) = match carry_out(draft, asked) {
        Ok(position) => (position, None),
        Err(refusal) => (draft.position(), Some(refusal)),
    };
    let receipt = StoredReceipt { input_hash: asked.input_hash.clone(), position, refusal };
    draft.keep_receipt(key, receipt.clone());
    answer(draft, asked, receipt, Replay::First)
}

/// Says where the event stands that it comes to.
fn carry_out(draft: &mut Draft<'_>, asked: &Mutation) -> Result<Position, RefusalReceipt> {
    let order = draft.order(asked.order_id);
    let order_version = order.map(|order| order.version);
    let event = draft
        .decide(order, &asked.command)
        .map_err(|refusal| RefusalReceipt { denial: denial(refusal), order_version })?;
    let cause = Cause {
        source: Source::Customer,
        mutation: Some((asked.mutation_id, asked.input_hash.clone())),
        causation_id: None,
    };
    Ok(draft.append_to_order(asked.order_id, event, cause))
}

/// To a customer, whatever cannot be done now is denied: nobody waits in the queue for them.
fn denial(refusal: Refusal) -> Denial {
    match refusal {
        Refusal::Denied(denial) => denial,
        Refusal::Early { why } | Refusal::Late { why } => Denial {
            code: DenialCode::OrderClosed,
            message: format!("This cannot be done: {why}."),
        },
    }
}

fn answer(draft: &Draft<'_>, asked: &Mutation, stored: StoredReceipt, replay: Replay) -> Answer {
    let order = draft.order(asked.order_id);
    let own = order.filter(|order| order.customer_id == asked.customer_id);
    Answer::Receipt(Box::new(Receipt {
        mutation_id: asked.mutation_id,
        position: stored.position,
        replay,
        // Of somebody else's order, not even the version is told.
        refusal: stored.refusal.map(|refusal| RefusalReceipt {
            order_version: refusal.order_version.filter(|_| own.is_some()),
            ..refusal
        }),
        order: own.cloned(),
    }))
}
