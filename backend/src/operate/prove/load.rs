//! The customers: they order, cancel, change tips, rate, and repeat themselves.
//!
//! Whoever gets no answer asks again under the same mutationId, over whichever transport, until one comes;
//! and some ask again although one came, or twice at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use shared::catalog::{Catalog, house};
use shared::policy::Limits;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::{Builder, Uuid};

use super::evidence::{History, Misuse, Receipt};
use super::follow::follow;
use super::house::House;
use super::mutation::Mutation;
use super::pause;
use super::speak::{Question, Said, Transport};
use crate::clock::Clock;

/// How many customers there are at most: each is a task and a subscription.
const CUSTOMERS_MAX: u32 = 16;
/// Before the same is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(30);
/// How long somebody thinks before they change their mind: the grace, and a little more.
const SECOND_THOUGHTS_MAX: Duration = Duration::from_millis(120);
/// How long somebody waits for the first of their orders, once all are placed.
const DELIVERED_MAX: Duration = Duration::from_secs(10);
/// How often the same is asked at most: far more than any number of deaths takes.
const ASKED_MAX: u32 = 2_000;

/// How long somebody waits for word of their order before they change their mind.
const DECIDED_MAX: Duration = Duration::from_millis(500);

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
    /// What became of ids that were sent with another input.
    pub misuses: Vec<Misuse>,
    /// How many customers were no longer known.
    pub forgotten: u64,
}

/// Who had signed in is not known any more.
#[derive(Debug, Error)]
#[error("a customer who had signed in is not known any more")]
struct Forgotten;

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
    clock: Clock,
    random: StdRng,
    placed: Arc<watch::Sender<u32>>,
}

/// What somebody is hungry for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hunger {
    Anything,
    /// Something of which there is not enough for all.
    Limited,
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
        let (catalog, clock) = (Arc::new(house::of_the_house()), Clock::start());
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
                clock,
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
            match ended.context("a customer's task broke")? {
                Err(error) if error.is::<Forgotten>() => self.known.lock().forgotten += 1,
                ended => ended?,
            }
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
            let limited = self.random.random_bool(0.35);
            let hunger = if limited { Hunger::Limited } else { Hunger::Anything };
            let place = self.place(hunger)?;
            let order = place.order;
            self.diner.history().orders.push(order);
            self.send(&place).await?;
            self.placed.send_modify(|placed| *placed += 1);
            sent.push(place);
            if self.random.random_bool(0.7) {
                pause(SECOND_THOUGHTS_MAX.mul_f64(self.random.random_range(0.0..1.0))).await;
            }
            let mut changes = self.changes_of_mind(order);
            if hunger == Hunger::Limited && self.random.random_bool(0.5) {
                self.see_decided(order).await;
                changes = vec![self.cancel(order)];
            }
            for change in changes {
                self.send(&change).await?;
                sent.push(change);
            }
            if self.random.random_bool(0.3)
                && let Some(earlier) = sent.choose(&mut self.random)
            {
                self.come_back_to(earlier).await?;
            }
        }
        self.rate_what_came().await
    }

    /// Waits until an order is validated or rejected, as far as its customer sees; not for ever, for
    /// much may be due before it.
    async fn see_decided(&self, order: Uuid) {
        let decided = async {
            while !self.diner.history().is_decided(order) {
                pause(ASK_AGAIN).await;
            }
        };
        // Whoever waits in vain goes on.
        drop(timeout(DECIDED_MAX, decided).await);
    }

    /// Waits until something is delivered, and rates it; not for ever, for perhaps nothing ever is.
    async fn rate_what_came(&mut self) -> anyhow::Result<()> {
        let delivered = async {
            loop {
                if let Some(order) = self.diner.history().delivered() {
                    break order;
                }
                pause(ASK_AGAIN).await;
            }
        };
        let Ok(order) = timeout(DELIVERED_MAX, delivered).await else { return Ok(()) };
        let rating = self.rate(order);
        self.send(&rating).await
    }

    /// Long after, perhaps after a death: the same again gets the same answer, and its id stands for
    /// nothing else.
    async fn come_back_to(&mut self, earlier: &Mutation) -> anyhow::Result<()> {
        let over = self.transport();
        self.answer(earlier, over).await?;
        if self.random.random_bool(0.5) {
            let other = self.fresh_id();
            self.misuse(&earlier.for_another_order(other)).await?;
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
        match self.said(mutation, over).await? {
            Said::Data(data) => {
                let receipt = mutation.receipt(&data)?;
                self.known.lock().receipts.push(receipt);
                Ok(())
            }
            Said::Error(code) => {
                ensure!(code != "UNAUTHENTICATED", Forgotten);
                bail!("{} of order {} got {code}", mutation.field, mutation.order)
            }
        }
    }

    /// Sends a mutation whose id has been answered for another input.
    async fn misuse(&mut self, mutation: &Mutation) -> anyhow::Result<()> {
        let over = self.transport();
        let misuse = match self.said(mutation, over).await? {
            Said::Error(code) if code == "IDEMPOTENCY_CONFLICT" => Misuse::Refused,
            Said::Error(code) => bail!("another input for a mutation id got {code}"),
            Said::Data(_) => Misuse::Taken(mutation.id),
        };
        self.known.lock().misuses.push(misuse);
        Ok(())
    }

    /// Asks until an answer comes that says more than *not now*.
    async fn said(&self, mutation: &Mutation, over: Transport) -> anyhow::Result<Said> {
        let Mutation { document, variables, .. } = mutation;
        let question = Question { token: Some(&self.diner.token), document, variables };
        for _ in 0..ASKED_MAX {
            match question.ask(self.house.address(), over).await {
                Ok(Said::Error(code)) if ["UNAVAILABLE", "RATE_LIMITED"].contains(&&*code) => {}
                Ok(said) => return Ok(said),
                Err(_) => {}
            }
            self.known.lock().unanswered += 1;
            pause(ASK_AGAIN).await;
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
    fn place(&mut self, hunger: Hunger) -> anyhow::Result<Mutation> {
        let catalog = Arc::clone(&self.catalog);
        let dishes =
            catalog.restaurants.iter().flat_map(|it| it.menu.iter().map(move |dish| (it.id, dish)));
        let wished =
            dishes.filter(|(_, dish)| hunger == Hunger::Anything || dish.portions.is_some());
        let (restaurant, dish) = wished.choose(&mut self.random).context("a dish")?;
        let (quantity, placed_at) = match hunger {
            Hunger::Anything => (1..=6, None),
            Hunger::Limited => (2..=5, self.placed_at()),
        };
        let (id, order) = (self.fresh_id(), self.fresh_id());
        let input = json!({
            "mutationId": id, "orderId": order, "restaurantId": restaurant,
            "lines": [{ "menuItemId": dish.id, "quantity": self.random.random_range(quantity) }],
            "tipCents": self.tip(), "placedAt": placed_at,
        });
        Ok(Mutation::new("placeOrder", "PlaceOrderInput", id, order, &input))
    }

    /// Most have been on their way for as long as is believed, so that they can be decided at once.
    fn placed_at(&mut self) -> Option<Timestamp> {
        let window = Limits::OF_THE_HOUSE.fairness_window;
        let on_the_way = self.random.random_bool(0.7);
        on_the_way.then(|| self.clock.now().saturating_sub(window).unwrap_or(Timestamp::MIN))
    }

    /// What they think of next; some of it comes too early or too late, and is refused.
    fn changes_of_mind(&mut self, order: Uuid) -> Vec<Mutation> {
        let mut changes = Vec::new();
        if self.random.random_bool(0.3) {
            let (id, tip) = (self.fresh_id(), self.tip());
            let input = json!({ "mutationId": id, "orderId": order, "tipCents": tip });
            changes.push(Mutation::new("setTip", "SetTipInput", id, order, &input));
        }
        if self.random.random_bool(0.4) {
            changes.push(self.cancel(order));
        }
        if self.random.random_bool(0.2) {
            // One of long ago may have arrived by now.
            let orders = self.diner.history().orders.clone();
            let order = orders.choose(&mut self.random).copied().unwrap_or(order);
            changes.push(self.rate(order));
        }
        changes
    }

    fn cancel(&mut self, order: Uuid) -> Mutation {
        let id = self.fresh_id();
        let input = json!({ "mutationId": id, "orderId": order });
        Mutation::new("cancelOrder", "CancelOrderInput", id, order, &input)
    }

    fn rate(&mut self, order: Uuid) -> Mutation {
        let (id, rating) = (self.fresh_id(), self.random.random_range(1..=5));
        let input = json!({ "mutationId": id, "orderId": order, "rating": rating });
        Mutation::new("rateOrder", "RateOrderInput", id, order, &input)
    }

    /// A tip; one in eight is 13 cents, which no bank pays.
    fn tip(&mut self) -> u32 {
        if self.random.random_bool(0.125) { 13 } else { self.random.random_range(0..=5) * 100 }
    }
}
