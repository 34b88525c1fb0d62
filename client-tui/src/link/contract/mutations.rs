//! What is asked of an order, and the durable answer: steps 3 and 5 of an order's way.

use optimistic::{
    input::{Answer, Receipt},
    intent::{Intent, IntentKind},
    record::Refused,
};
use serde_json::Value;
use shared::{
    cursor::Cursor,
    id::{CustomerId, MutationId},
    money::Cents,
    order::command::PlaceOrder,
};
use uuid::Uuid;

use super::{
    AnswerError, body, data, documents,
    wire::{WireOrder, order, order_of, version},
};

order_of!(place_order);
order_of!(cancel_order);
order_of!(set_tip);
order_of!(rate_order);

/// Asks for it. The same id with the same intent makes the same request, each time.
pub fn mutation(mutation_id: MutationId, intent: &Intent) -> Value {
    match intent {
        Intent::Place { order, .. } => place_order(mutation_id, order),
        Intent::Cancel { order_id } => {
            use documents::cancel_order::{CancelOrderInput, Variables};
            let input =
                CancelOrderInput { mutation_id: mutation_id.uuid(), order_id: order_id.uuid() };
            body::<documents::CancelOrder>(Variables { input })
        }
        Intent::SetTip { order_id, tip } => {
            use documents::set_tip::{SetTipInput, Variables};
            let input = SetTipInput {
                mutation_id: mutation_id.uuid(),
                order_id: order_id.uuid(),
                tip_cents: (*tip).into(),
            };
            body::<documents::SetTip>(Variables { input })
        }
        Intent::Rate { order_id, rating } => {
            use documents::rate_order::{RateOrderInput, Variables};
            let input = RateOrderInput {
                mutation_id: mutation_id.uuid(),
                order_id: order_id.uuid(),
                rating: (*rating).into(),
            };
            body::<documents::RateOrder>(Variables { input })
        }
    }
}

fn place_order(mutation_id: MutationId, order: &PlaceOrder) -> Value {
    use documents::place_order::{OrderLineInput, PlaceOrderInput, Variables};
    let draft = order.draft();
    let lines = draft.lines.iter().map(|line| OrderLineInput {
        menu_item_id: line.menu_item_id.uuid(),
        quantity: line.quantity.into(),
    });
    let cents = |amount: Cents| i64::from(amount.get());
    let input = PlaceOrderInput {
        mutation_id: mutation_id.uuid(),
        order_id: draft.order_id.uuid(),
        restaurant_id: draft.restaurant_id.uuid(),
        lines: lines.collect(),
        tip_cents: Some(cents(draft.tip.cents())),
        note: draft.note.clone(),
        deliver_to: draft.deliver_to.clone(),
        expected_subtotal_cents: draft.expected_subtotal.map(cents),
        placed_at: draft.placed_at,
        scheduled_for: draft.scheduled_for,
    };
    body::<documents::PlaceOrder>(Variables { input })
}

/// Reads the answer to [`mutation`] of this kind.
///
/// # Errors
/// See [`AnswerError`]; [`AnswerError::failure`] says it in the terms of the store.
pub fn read_receipt(
    kind: IntentKind,
    payload: Value,
    customer_id: CustomerId,
) -> Result<Receipt, AnswerError> {
    const WHAT: &str = "a receipt";
    let receipt: WireReceipt = match kind {
        IntentKind::Place => data::<documents::PlaceOrder>(payload, WHAT)?.place_order.into(),
        IntentKind::Cancel => data::<documents::CancelOrder>(payload, WHAT)?.cancel_order.into(),
        IntentKind::SetTip => data::<documents::SetTip>(payload, WHAT)?.set_tip.into(),
        IntentKind::Rate => data::<documents::RateOrder>(payload, WHAT)?.rate_order.into(),
        IntentKind::Unknown => {
            return Err(AnswerError::not_understood(WHAT, "nothing of this kind is ever sent"));
        }
    };
    receipt.read(customer_id)
}

/// What a receipt has on the wire, whatever was asked for.
struct WireReceipt {
    mutation_id: Uuid,
    cursor: Cursor,
    /// Code, message, version of the order.
    refusal: Option<(String, String, Option<i64>)>,
    order: Option<WireOrder>,
}

/// The receipt of one document as that of any.
macro_rules! receipt_of {
    ($document:ident: $receipt:ident) => {
        impl From<documents::$document::$receipt> for WireReceipt {
            fn from(receipt: documents::$document::$receipt) -> Self {
                Self {
                    mutation_id: receipt.mutation_id,
                    cursor: receipt.cursor,
                    refusal: receipt
                        .refusal
                        .map(|refusal| (refusal.code, refusal.message, refusal.order_version)),
                    order: receipt.order.map(Into::into),
                }
            }
        }
    };
}

receipt_of!(place_order: ReceiptFields);
receipt_of!(cancel_order: ReceiptFields);
receipt_of!(set_tip: ReceiptFields);
receipt_of!(rate_order: ReceiptFields);

impl WireReceipt {
    fn read(self, customer_id: CustomerId) -> Result<Receipt, AnswerError> {
        let answer = match self.refusal {
            // What an accepted mutation has changed comes by the subscription.
            None => Answer::Accepted,
            Some((code, message, order_version)) => Answer::Refused {
                refused: Refused { code, message, order_version: order_version.and_then(version) },
                order: self
                    .order
                    .map(|fields| order(fields, customer_id))
                    .transpose()?
                    .map(Box::new),
            },
        };
        Ok(Receipt { mutation_id: MutationId::new(self.mutation_id), cursor: self.cursor, answer })
    }
}
