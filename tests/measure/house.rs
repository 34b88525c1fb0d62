//! A server to measure: the real program on an empty database, a customer who has signed in, a dish
//! that can be ordered, and the operator's way to pause the functions.

use std::path::Path;

use anyhow::{Context, Result};
use harness::{Backend, BackendOptions, Client, PlaceOrder, WebSocket};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connection::Connection;

/// A dish without surprises: its price ends in no 13 cents, and there is enough of it.
const DISH: &str = "Three-tier Tiffin";
/// What the terminal program sends, word for word.
const OPERATIONS: &str = include_str!("../../shared/src/operations/orders.graphql");

/// A server and what is needed to order there.
pub(crate) struct House {
    /// The server.
    pub backend: Backend,
    /// The customer's token.
    pub token: String,
    restaurant: Uuid,
    dish: Uuid,
}

/// Whether those who consume events do so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consumers {
    /// They do.
    Running,
    /// What is there for them waits.
    Paused,
}

impl House {
    /// Opens one whose simulated durations are multiplied by `pace`.
    pub(crate) fn open(binary: &Path, pace: f64) -> Result<Self> {
        Self::open_with(binary, BackendOptions { pace, ..BackendOptions::default() })
    }

    /// Opens one that is started so.
    pub(crate) fn open_with(binary: &Path, options: BackendOptions) -> Result<Self> {
        Self::of(Backend::start(binary, options)?)
    }

    /// Moves into one that runs.
    pub(crate) fn of(backend: Backend) -> Result<Self> {
        let client = Client::new(backend.url());
        let token = client.sign_in("Ada")?.token;
        let menu = client.restaurants()?;
        let (restaurant, dish) =
            menu.iter().find_map(dish).with_context(|| format!("nobody offers {DISH}"))?;
        Ok(Self { backend, token, restaurant, dish })
    }

    /// One more order.
    pub(crate) fn one_more(&self) -> PlaceOrder {
        PlaceOrder::new(self.restaurant).line(self.dish, 1)
    }

    /// The bytes of one more order.
    pub(crate) fn order(&self) -> Vec<u8> {
        let body = json!({
            "query": OPERATIONS, "operationName": "PlaceOrder",
            "variables": { "input": self.one_more().input() },
        });
        Connection::post(&self.token, &body.to_string())
    }

    /// The customer's own connection.
    pub(crate) fn socket(&self) -> Result<WebSocket> {
        WebSocket::connect(&self.backend.url(), Some(&self.token))
    }

    /// The operator's client.
    pub(crate) fn operator(&self) -> Result<Client> {
        Ok(Client::new(self.backend.url()).with_token(self.operator_token()?))
    }

    /// The operator's token.
    pub(crate) fn operator_token(&self) -> Result<String> {
        let file = self.backend.data_directory().join("tiffin.db.operator-token");
        let token = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(token.trim_end().to_owned())
    }

    /// Has every function and every follower of the log pause, or go on. While they pause, receipts are
    /// all that happens.
    pub(crate) fn set(&self, consumers: Consumers) -> Result<()> {
        let operator = self.operator()?;
        let stats = operator.query("{ insights { functions { name } } }", &Value::Null)?;
        let all = stats.pointer("/insights/functions").and_then(Value::as_array);
        for consumer in all.context("no functions")? {
            let paused = consumers == Consumers::Paused;
            let variables = json!({ "function": consumer.get("name"), "paused": paused });
            let document = "mutation($function: String!, $paused: Boolean!) {
                setPaused(function: $function, paused: $paused) { name } }";
            operator.query(document, &variables)?;
        }
        Ok(())
    }
}

/// Restaurant and id of [`DISH`], if it is on this menu.
fn dish(restaurant: &Value) -> Option<(Uuid, Uuid)> {
    let id = |value: &Value| value.get("id")?.as_str()?.parse().ok();
    let menu = restaurant.get("menu")?.as_array()?;
    let dish = menu.iter().find(|dish| dish.get("name").and_then(Value::as_str) == Some(DISH))?;
    Some((id(restaurant)?, id(dish)?))
}
