//! A mutation of the contract as a customer sends it: again and again, until an answer comes.

use anyhow::Context;
use serde_json::{Value, json};
use uuid::Uuid;

use super::evidence::Receipt;
use super::speak::position;

/// A mutation, ready to be sent any number of times.
pub(super) struct Mutation {
    /// The idempotency key.
    pub id: Uuid,
    /// The order that it is about.
    pub order: Uuid,
    /// The GraphQL document.
    pub document: String,
    /// The mutation's name.
    pub field: &'static str,
    /// Its input.
    pub variables: Value,
}

impl Mutation {
    /// One with this input, of this type.
    pub(super) fn new(
        field: &'static str,
        input: &str,
        id: Uuid,
        order: Uuid,
        variables: &Value,
    ) -> Self {
        let receipt = "mutationId cursor replayed refusal { code }";
        let document =
            format!("mutation($input: {input}!) {{ {field}(input: $input) {{ {receipt} }} }}");
        Self { id, order, document, field, variables: json!({ "input": variables }) }
    }

    /// The same id for another order: a client in error.
    pub(super) fn for_another_order(&self, order: Uuid) -> Self {
        let mut variables = self.variables.clone();
        if let Some(id) = variables.pointer_mut("/input/orderId") {
            *id = json!(order);
        }
        Self { order, variables, document: self.document.clone(), ..*self }
    }

    /// The receipt that came for it.
    ///
    /// # Errors
    /// What came is none.
    pub(super) fn receipt(&self, data: &Value) -> anyhow::Result<Receipt> {
        let receipt = data.get(self.field).context("an answer without a receipt")?;
        let refusal = receipt.pointer("/refusal/code").and_then(Value::as_str);
        Ok(Receipt {
            mutation: self.id,
            order: self.order,
            position: position(receipt.get("cursor").context("a receipt without a cursor")?)?,
            refusal: refusal.map(str::to_owned),
            replayed: receipt.get("replayed").and_then(Value::as_bool).context("`replayed`")?,
        })
    }
}
