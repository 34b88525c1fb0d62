//! The customers: they order, cancel, change tips, rate, and repeat themselves.
//!
//! Whoever gets no answer asks again under the same mutationId, over whichever transport, until one comes;
//! and some ask again although one came, or twice at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::catalog::{Catalog, house};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::{Builder, Uuid};

use super::evidence::{History, Receipt};
use super::follow::follow;
use super::house::House;
use super::pause;
use super::speak::{Question, Said, Transport, position};

/// How many customers there are at most: each is a task and a subscription.
const CUSTOMERS_MAX: u32 = 16;
/// Before the same is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(30);
/// How often the same is asked at most: far more than any number of deaths takes.
const ASKED_MAX: u32 = 2_000;

/// All customers, at work.
pub(super) struct Load {
    customers: JoinSet<anyhow::Result<()>>,
    /// They end with the load.
    followers: JoinSet<()>,
    placed: watch::Receiver<u32>,
    /// What the customers know between them.
    pub(super) known: Arc<Known>,
    /// Who they are.
    pub(super) diners: Vec<Diner>,
}

/// What customers hold in their hands.
#[derive(Default)]
pub(super) struct Known(Mutex<Held>);

#[derive(Clone, Default)]
pub(super) struct Held {
    /// Each answer that came.
    pub receipts: Vec<Receipt>,
    /// How often none came.
    pub unanswered: u64,
}

/// A customer as the others see them.
#[derive(Clone)]
pub(super) struct Diner {
    /// Their token.
    pub token: String,
    /// What their subscription has said.
    pub history: Arc<Mutex<History>>,
}

struct Customer {
    house: Arc<House>,
    known: Arc<Known>,
    diner: Diner,
    catalog: Arc<Catalog>,
    random: StdRng,
    placed: Arc<watch::Sender<u32>>,
}

/// A mutation, ready to be sent any number of times.
struct Mutation {
    id: Uuid,
    order: Uuid,
    document: String,
    field: &'static str,
    variables: Value,
}

impl Known {
    /// What they hold now.
    pub(super) fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Diner {
    /// What their subscription has said so far.
    pub(super) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Load {
    /// Signs customers in and has them place so many orders between them.
    pub(super) async fn start(house: &Arc<House>, seed: u64, orders: u32) -> anyhow::Result<Self> {
        let server = house.operator("{ server { logId } }", &Value::Null).await?;
        let log_id = server.pointer("/server/logId").and_then(Value::as_str);
        let log_id = log_id.context("which log it is")?.to_owned();
        let customers = orders.div_ceil(8).clamp(1, CUSTOMERS_MAX);
        let (placed_in, placed) = watch::channel(0);
        let placed_in = Arc::new(placed_in);
        let catalog = Arc::new(house::of_the_house());
        let (known, diners) = (Arc::default(), Vec::new());
        let (at_table, followers) = (JoinSet::new(), JoinSet::new());
        let mut load = Self { customers: at_table, followers, placed, known, diners };
        for number in 0..customers {
            let share = orders / customers + u32::from(number < orders % customers);
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(number.into());
            let diner = Diner { token: sign_in(house, number).await?, history: Arc::default() };
            let history = Arc::clone(&diner.history);
            let (token, log_id) = (diner.token.clone(), log_id.clone());
            load.followers.spawn(follow(Arc::clone(house), token, log_id, history, seed));
            load.diners.push(diner.clone());
            let customer = Customer {
                house: Arc::clone(house),
                known: Arc::clone(&load.known),
                diner,
                catalog: Arc::clone(&catalog),
                random: StdRng::seed_from_u64(seed),
                placed: Arc::clone(&placed_in),
            };
            load.customers.spawn(customer.live(share));
        }
        Ok(load)
    }

    /// Waits until so many orders are placed, or all are.
    pub(super) async fn until_placed(&mut self, orders: u32) {
        // An error means that all customers are done: more will not come.
        drop(self.placed.wait_for(|placed| *placed >= orders).await);
    }

    /// Waits until every customer has had an answer to everything.
    pub(super) async fn answered(&mut self) -> anyhow::Result<()> {
        while let Some(ended) = self.customers.join_next().await {
            ended.context("a customer's task broke")??;
        }
        Ok(())
    }
}

/// Signs somebody in. Where the answer is lost they are somebody else the next time.
async fn sign_in(house: &House, number: u32) -> anyhow::Result<String> {
    let document = "mutation($name: String!) { signIn(name: $name) { token } }";
    let variables = json!({ "name": format!("Customer {number}") });
    let question = Question { token: None, document, variables: &variables };
    for _ in 0..ASKED_MAX {
        if let Ok(Said::Data(data)) = question.ask(house.address(), Transport::Http).await {
            let token = data.pointer("/signIn/token").and_then(Value::as_str);
            return Ok(token.context("a session without a token")?.to_owned());
        }
        pause(ASK_AGAIN).await;
    }
    bail!("nobody could sign in")
}

impl Customer {
    async fn live(mut self, orders: u32) -> anyhow::Result<()> {
        let mut sent = Vec::new();
        for _ in 0..orders {
            let place = self.place()?;
            let order = place.order;
            self.diner.history().orders.push(order);
            self.send(&place).await?;
            self.placed.send_modify(|placed| *placed += 1);
            sent.push(place);
            for change in self.changes_of_mind(order) {
                self.send(&change).await?;
                sent.push(change);
            }
            // Long after, perhaps after a death: the same again gets the same answer.
            if self.random.random_bool(0.3)
                && let Some(earlier) = sent.choose(&mut self.random)
            {
                let over = self.transport();
                self.answer(earlier, over).await?;
            }
        }
        Ok(())
    }

    /// Sends a mutation until it is answered, sometimes twice at once.
    async fn send(&mut self, mutation: &Mutation) -> anyhow::Result<()> {
        let over = self.transport();
        if self.random.random_bool(0.2) {
            let both = tokio::join!(
                self.answer(mutation, Transport::Http),
                self.answer(mutation, Transport::WebSocket)
            );
            both.0.and(both.1)
        } else {
            self.answer(mutation, over).await
        }
    }

    async fn answer(&self, mutation: &Mutation, over: Transport) -> anyhow::Result<()> {
        let Mutation { document, variables, .. } = mutation;
        let question = Question { token: Some(&self.diner.token), document, variables };
        for _ in 0..ASKED_MAX {
            match question.ask(self.house.address(), over).await {
                Ok(Said::Data(data)) => {
                    let receipt = mutation.receipt(&data)?;
                    self.known.lock().receipts.push(receipt);
                    return Ok(());
                }
                Ok(Said::Error(code)) if !["UNAVAILABLE", "RATE_LIMITED"].contains(&&*code) => {
                    bail!("{} of order {} got {code}", mutation.field, mutation.order)
                }
                Ok(Said::Error(_)) | Err(_) => {
                    self.known.lock().unanswered += 1;
                    pause(ASK_AGAIN).await;
                }
            }
        }
        bail!("{} of order {} was never answered", mutation.field, mutation.order)
    }

    fn transport(&mut self) -> Transport {
        if self.random.random_bool(0.7) { Transport::Http } else { Transport::WebSocket }
    }

    fn fresh_id(&mut self) -> Uuid {
        Builder::from_random_bytes(self.random.random()).into_uuid()
    }

    /// An order of anything anywhere; some of it nobody can pay or make.
    fn place(&mut self) -> anyhow::Result<Mutation> {
        let catalog = Arc::clone(&self.catalog);
        let restaurant = catalog.restaurants.choose(&mut self.random).context("a restaurant")?;
        let dish = restaurant.menu.choose(&mut self.random).context("a dish")?;
        let (id, order) = (self.fresh_id(), self.fresh_id());
        let input = json!({
            "mutationId": id, "orderId": order, "restaurantId": restaurant.id,
            "lines": [{ "menuItemId": dish.id, "quantity": self.random.random_range(1..=6) }],
            "tipCents": self.tip(),
        });
        Ok(Mutation::new("placeOrder", "PlaceOrderInput", id, order, &input))
    }

    /// What they think of next; some of it comes too early or too late, and is refused.
    fn changes_of_mind(&mut self, order: Uuid) -> Vec<Mutation> {
        let mut changes = Vec::new();
        if self.random.random_bool(0.3) {
            let (id, tip) = (self.fresh_id(), self.tip());
            let input = json!({ "mutationId": id, "orderId": order, "tipCents": tip });
            changes.push(Mutation::new("setTip", "SetTipInput", id, order, &input));
        }
        if self.random.random_bool(0.25) {
            let id = self.fresh_id();
            let input = json!({ "mutationId": id, "orderId": order });
            changes.push(Mutation::new("cancelOrder", "CancelOrderInput", id, order, &input));
        }
        if self.random.random_bool(0.2) {
            // One of long ago may have arrived by now.
            let orders = self.diner.history().orders.clone();
            let order = orders.choose(&mut self.random).copied().unwrap_or(order);
            let (id, rating) = (self.fresh_id(), self.random.random_range(1..=5));
            let input = json!({ "mutationId": id, "orderId": order, "rating": rating });
            changes.push(Mutation::new("rateOrder", "RateOrderInput", id, order, &input));
        }
        changes
    }

    /// A tip; one in eight is 13 cents, which no bank pays.
    fn tip(&mut self) -> u32 {
        if self.random.random_bool(0.125) { 13 } else { self.random.random_range(0..=5) * 100 }
    }
}

impl Mutation {
    fn new(field: &'static str, input: &str, id: Uuid, order: Uuid, variables: &Value) -> Self {
        let receipt = "mutationId cursor replayed refusal { code }";
        let document =
            format!("mutation($input: {input}!) {{ {field}(input: $input) {{ {receipt} }} }}");
        Self { id, order, document, field, variables: json!({ "input": variables }) }
    }

    fn receipt(&self, data: &Value) -> anyhow::Result<Receipt> {
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
