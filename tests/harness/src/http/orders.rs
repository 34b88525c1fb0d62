//! What nearly every scenario does: sign in, place an order, cancel it, change its tip, rate it,
//! look at it, wait for it.
//! The documents ask for what the whole contract promises of an order's life; a scenario that
//! needs other fields writes its own document.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Client;
use crate::graphql::text;
use crate::wait::{Attempt, eventually};

/// What the helpers ask of an order.
const ORDER_FIELDS: &str = "
    id version status payment cancelRequested reason courier note deliverTo rating
    subtotalCents tipCents totalCents placedAt updatedAt mutationIds
    restaurant { id name }
    lines { menuItemId name quantity unitPriceCents }
    waitingFor { who since until }
    timeline { status at }";
/// What the helpers ask of a receipt.
const RECEIPT_FIELDS: &str = "
    mutationId cursor replayed refusal { code message orderVersion }";
/// The statuses after which no other comes.
const FINAL: [&str; 4] = ["DELIVERED", "REJECTED", "PAYMENT_DECLINED", "CANCELLED"];

/// Who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The customer's id.
    pub id: Uuid,
    /// The bearer token, shown only once.
    pub token: String,
}

/// The input of `placeOrder`. Everything is public, so that a test can send what no client would.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceOrder {
    /// Idempotency key.
    pub mutation_id: Uuid,
    /// Chosen by the client.
    pub order_id: Uuid,
    /// Who cooks.
    pub restaurant_id: Uuid,
    /// Menu item and quantity.
    pub lines: Vec<(Uuid, i64)>,
    /// Optional fields of the input by their name in the schema.
    pub optional: Map<String, Value>,
}

impl PlaceOrder {
    /// An order without lines, with fresh ids.
    pub fn new(restaurant_id: Uuid) -> Self {
        Self {
            mutation_id: fresh_id(),
            order_id: fresh_id(),
            restaurant_id,
            lines: Vec::new(),
            optional: Map::new(),
        }
    }

    /// One line more.
    #[must_use]
    pub fn line(mut self, menu_item_id: Uuid, quantity: i64) -> Self {
        self.lines.push((menu_item_id, quantity));
        self
    }

    /// With an optional field of the input, such as `tipCents` or `note`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.optional.insert(field.to_owned(), value.into());
        self
    }

    /// The `PlaceOrderInput`, for whoever sends it by other ways.
    pub fn input(&self) -> Value {
        let line = |(id, quantity): &(Uuid, i64)| json!({ "menuItemId": id.to_string(), "quantity": quantity });
        let mut input = self.optional.clone();
        input.extend([
            ("mutationId".into(), self.mutation_id.to_string().into()),
            ("orderId".into(), self.order_id.to_string().into()),
            ("restaurantId".into(), self.restaurant_id.to_string().into()),
            ("lines".into(), self.lines.iter().map(line).collect()),
        ]);
        Value::Object(input)
    }
}

/// The document that `Client::place_order` sends; its variable is `input`.
pub fn place_order_document() -> String {
    mutation("placeOrder", "PlaceOrderInput")
}

/// The document that `Client::cancel_order` sends; its variable is `input`.
pub fn cancel_order_document() -> String {
    mutation("cancelOrder", "CancelOrderInput")
}

/// The document that `Client::set_tip` sends; its variable is `input`.
pub fn set_tip_document() -> String {
    mutation("setTip", "SetTipInput")
}

/// The document that `Client::rate_order` sends; its variable is `input`.
pub fn rate_order_document() -> String {
    mutation("rateOrder", "RateOrderInput")
}

/// A new id as clients make them: UUID version 7.
#[expect(clippy::disallowed_methods, reason = "the tests stand outside, where ids come from")]
pub fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

impl Client {
    /// Makes a customer of this name. `client.with_token(customer.token)` then speaks for them.
    pub fn sign_in(&self, name: &str) -> Result<Customer> {
        let document = "mutation($name: String!) { signIn(name: $name) { token customer { id } } }";
        let data = self.query(document, &json!({ "name": name }))?;
        let token = text(&data, "/signIn/token");
        ensure!(!token.is_empty(), "signIn gave no token: {data:#}");
        let id = text(&data, "/signIn/customer/id")
            .parse()
            .with_context(|| format!("signIn gave no customer's id: {data:#}"))?;
        Ok(Customer { id, token })
    }

    /// All restaurants with their menus, as the schema has them.
    pub fn restaurants(&self) -> Result<Vec<Value>> {
        let document = "{ restaurants { id name cuisine open
            menu { id name description priceCents available } } }";
        let mut data = self.query(document, &Value::Null)?;
        match data.pointer_mut("/restaurants").map(Value::take) {
            Some(Value::Array(restaurants)) => Ok(restaurants),
            other => anyhow::bail!("no list of restaurants: {other:?}"),
        }
    }

    /// Sends `placeOrder` and gives the receipt, which may hold a refusal.
    pub fn place_order(&self, order: &PlaceOrder) -> Result<Value> {
        let variables = json!({ "input": order.input() });
        self.receipt("placeOrder", &place_order_document(), &variables)
    }

    /// Asks for a cancellation under a fresh mutation id and gives the receipt.
    pub fn cancel_order(&self, order_id: Uuid) -> Result<Value> {
        self.cancel_order_as(fresh_id(), order_id)
    }

    /// Asks for a cancellation under this mutation id and gives the receipt.
    pub fn cancel_order_as(&self, mutation_id: Uuid, order_id: Uuid) -> Result<Value> {
        let input = json!({
            "mutationId": mutation_id.to_string(),
            "orderId": order_id.to_string(),
        });
        let variables = json!({ "input": input });
        self.receipt("cancelOrder", &cancel_order_document(), &variables)
    }

    /// Sets the tip under a fresh mutation id and gives the receipt.
    pub fn set_tip(&self, order_id: Uuid, cents: i64) -> Result<Value> {
        let variables = set_tip_variables(fresh_id(), order_id, cents);
        self.receipt("setTip", &set_tip_document(), &variables)
    }

    /// Rates the order under a fresh mutation id and gives the receipt.
    pub fn rate_order(&self, order_id: Uuid, rating: i64) -> Result<Value> {
        let variables = rate_order_variables(fresh_id(), order_id, rating);
        self.receipt("rateOrder", &rate_order_document(), &variables)
    }

    /// The order as it stands; null where there is none that this client may see.
    pub fn order(&self, order_id: Uuid) -> Result<Value> {
        let document = format!("query($id: UUID!) {{ order(id: $id) {{ {ORDER_FIELDS} }} }}");
        let mut data = self.query(&document, &json!({ "id": order_id.to_string() }))?;
        taken(&mut data, "order")
    }

    /// Waits until the order has reached `status` (it may have gone on since: its timeline holds
    /// what it reached) and gives it as it stands. Ends at once if it reached another final one.
    pub fn wait_for_status(
        &self,
        order_id: Uuid,
        status: &str,
        deadline: Duration,
    ) -> Result<Value> {
        let what = format!("status {status} of order {order_id}");
        eventually(deadline, what, || match self.order(order_id) {
            Ok(order) if reached(&order, status) => Attempt::Done(order),
            Ok(order) if is_final(&order) => Attempt::Hopeless(format!("{order:#}")),
            Ok(order) => Attempt::NotYet(format!("{order:#}")),
            Err(error) => Attempt::NotYet(format!("{error:#}")),
        })
    }

    fn receipt(&self, mutation: &str, document: &str, variables: &Value) -> Result<Value> {
        let mut data = self.query(document, variables)?;
        taken(&mut data, mutation)
    }
}

/// The variables of [`set_tip_document`].
pub fn set_tip_variables(mutation_id: Uuid, order_id: Uuid, cents: i64) -> Value {
    json!({ "input": {
        "mutationId": mutation_id.to_string(), "orderId": order_id.to_string(), "tipCents": cents,
    } })
}

/// The variables of [`rate_order_document`].
pub fn rate_order_variables(mutation_id: Uuid, order_id: Uuid, rating: i64) -> Value {
    json!({ "input": {
        "mutationId": mutation_id.to_string(), "orderId": order_id.to_string(), "rating": rating,
    } })
}

fn mutation(name: &str, input_type: &str) -> String {
    format!(
        "mutation($input: {input_type}!) {{
            {name}(input: $input) {{ {RECEIPT_FIELDS} order {{ {ORDER_FIELDS} }} }}
        }}"
    )
}

fn taken(data: &mut Value, field: &str) -> Result<Value> {
    let found = data.get_mut(field).map(Value::take);
    found.with_context(|| format!("no `{field}` in {data:#}"))
}

fn reached(order: &Value, status: &str) -> bool {
    let timeline = order.get("timeline").and_then(Value::as_array);
    timeline.is_some_and(|changes| changes.iter().any(|change| text(change, "/status") == status))
}

fn is_final(order: &Value) -> bool {
    FINAL.contains(&text(order, "/status").as_str())
}

#[cfg(test)]
mod tests {
    use super::super::canned::Canned;
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(20);

    /// An answer to `order` with an order that went through these statuses.
    fn order_after(statuses: &[&str]) -> (u16, Value) {
        let timeline: Vec<_> = statuses.iter().map(|s| json!({ "status": s })).collect();
        let order = json!({ "status": statuses.last(), "timeline": timeline });
        (200, json!({ "data": { "order": order } }))
    }

    #[test]
    fn signing_in_gives_id_and_token() -> Result<()> {
        let id = fresh_id();
        let session = json!({ "token": "t0ken", "customer": { "id": id.to_string() } });
        let server = Canned::start([(200, json!({ "data": { "signIn": session } }))])?;
        let token = "t0ken".into();
        assert_eq!(Client::new(&server.url).sign_in("Ada")?, Customer { id, token });
        assert_eq!(server.asked()?[0].variable("/name"), "Ada");
        Ok(())
    }

    #[test]
    fn an_order_is_sent_with_its_ids_lines_and_chosen_fields() -> Result<()> {
        let receipt = json!({ "cursor": "c" });
        let server = Canned::start([(200, json!({ "data": { "placeOrder": receipt } }))])?;
        let dish = fresh_id();
        let order = PlaceOrder::new(fresh_id()).line(dish, 2).with("tipCents", 300);
        assert_eq!(Client::new(&server.url).place_order(&order)?, receipt);

        let asked = server.asked()?;
        let expected = json!({
            "mutationId": order.mutation_id.to_string(),
            "orderId": order.order_id.to_string(),
            "restaurantId": order.restaurant_id.to_string(),
            "lines": [{ "menuItemId": dish.to_string(), "quantity": 2 }],
            "tipCents": 300,
        });
        assert_eq!(asked[0].variable("/input"), expected);
        Ok(())
    }

    #[test]
    fn fresh_ids_differ_and_are_of_version_7() {
        let order = PlaceOrder::new(fresh_id());
        assert_ne!(order.mutation_id, order.order_id);
        assert_eq!(order.order_id.get_version_num(), 7);
    }

    #[test]
    fn each_cancellation_goes_out_under_an_id_of_its_own() -> Result<()> {
        let answer = || (200, json!({ "data": { "cancelOrder": {} } }));
        let server = Canned::start([answer(), answer()])?;
        let (client, order_id) = (Client::new(&server.url), fresh_id());
        client.cancel_order(order_id)?;
        client.cancel_order(order_id)?;

        let asked = server.asked()?;
        let sent = |name| [0, 1].map(|which: usize| asked[which].variable(name));
        assert_eq!(sent("/input/orderId"), [(); 2].map(|()| order_id.to_string()));
        let [first, second] = sent("/input/mutationId");
        assert_ne!(first, second);
        Ok(())
    }

    #[test]
    fn waiting_for_a_status_ends_when_the_order_has_passed_it() -> Result<()> {
        let missing = (200, json!({ "data": { "order": null } }));
        let server = Canned::start([
            missing,
            order_after(&["PLACED"]),
            order_after(&["PLACED", "VALIDATED", "PAID"]),
        ])?;
        let order = Client::new(&server.url).wait_for_status(fresh_id(), "VALIDATED", DEADLINE)?;
        assert_eq!(order["status"], "PAID");
        Ok(())
    }

    #[test]
    fn waiting_for_a_status_ends_at_once_when_the_order_ended_otherwise() -> Result<()> {
        let server = Canned::start([order_after(&["PLACED", "REJECTED"])])?;
        let error = Client::new(&server.url)
            .wait_for_status(fresh_id(), "PAID", DEADLINE)
            .expect_err("it was rejected");
        assert!(error.to_string().contains("REJECTED"), "{error}");
        Ok(())
    }
}
