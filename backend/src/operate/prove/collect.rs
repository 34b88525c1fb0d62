//! Afterwards: waits until nothing moves any more, and takes down what everybody has to say.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::order::status::OrderStatus;
use shared::policy::Policy;
use shared::stock::event::StockEvent;
use tokio::time::timeout;
use uuid::Uuid;

use super::evidence::{Book, Ended, Evidence, Logged, as_number};
use super::follow::last_seen;
use super::house::{House, PACE};
use super::load::{Diner, Load};
use super::pause;
use super::speak::{Question, Said, Transport, position};
use crate::eventing::attempt::AttemptEnd;

/// How long a subscription may take to come to the end of the log once nothing fails any more.
const FOLLOW_MAX: Duration = Duration::from_secs(15);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const BACKLOG: &str =
    "{ server { cursor } insights { functions { pending running retrying dead } } }";
const EVENTS: &str = "query($after: Cursor) { page: events(after: $after, first: 200) {
    nodes { cursor type stream streamVersion orderId mutationId recordedAt data }
    pageInfo { hasNextPage endCursor } } }";
const HISTORIES: &str = "query($after: String) { page: deliveries(after: $after, first: 200) {
    nodes { history { outcome } } pageInfo { hasNextPage endCursor } } }";
const BOOKS: &str = "query($after: String) { page: books(after: $after, first: 200) {
    nodes { orderId capturedCents refundedCents captures refunds requests }
    pageInfo { hasNextPage endCursor } } }";
const ORDERS: &str = "query($after: String) { page: orders(after: $after, first: 200) {
    nodes { id version status totalCents tipCents waitingFor { who } timeline { status } }
    pageInfo { hasNextPage endCursor } } }";

/// Waits until all is settled, and collects.
///
/// # Errors
/// Somebody could not be asked.
pub(super) async fn collect(house: &House, load: &Load) -> anyhow::Result<Evidence> {
    calm(house).await?;
    let log = log(house).await?;
    for diner in &load.diners {
        if timeout(FOLLOW_MAX, followed_to_the_end(diner, &log)).await.is_err() {
            tracing::debug!("a subscription never came to the end of the log");
        }
    }
    let held = load.known.lock().clone();
    let mut orders = BTreeMap::new();
    for diner in &load.diners {
        orders.extend(orders_of(house, diner).await?);
    }
    Ok(Evidence {
        receipts: held.receipts,
        unanswered: held.unanswered,
        misuses: held.misuses,
        forgotten: held.forgotten,
        not_yet: not_yet(house).await?,
        grace: Policy::with_pace(PACE).durations.grace,
        histories: load.diners.iter().map(|it| it.history().clone()).collect(),
        books: books(house).await?,
        orders,
        log,
    })
}

/// Until nobody has anything left to do; dead letters are handed out once more.
async fn calm(house: &House) -> anyhow::Result<()> {
    let mut before = None;
    loop {
        house.redeliver_dead().await?;
        let now = house.operator(BACKLOG, &Value::Null).await?;
        let functions = now.pointer("/insights/functions").and_then(Value::as_array);
        let counts = functions.context("all functions")?.iter().filter_map(Value::as_object);
        let idle = counts.flat_map(|it| it.values()).all(|count| count.as_u64() == Some(0));
        let head = now.pointer("/server/cursor").cloned();
        if idle && head == before {
            return Ok(());
        }
        before = head;
        pause(LOOK_AGAIN).await;
    }
}

/// Until the subscription has said the last thing that concerns it. That it says everything is checked
/// later.
async fn followed_to_the_end(diner: &Diner, log: &[Logged]) {
    let orders = diner.history().orders.clone();
    let concerns = |event: &&Logged| event.order.is_some_and(|it| orders.contains(&it));
    let last = log.iter().rev().find(concerns).map(|event| event.position);
    while last_seen(&diner.history()) < last {
        pause(LOOK_AGAIN).await;
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventNode {
    cursor: Value,
    r#type: String,
    stream: String,
    stream_version: u32,
    order_id: Option<Uuid>,
    mutation_id: Option<Uuid>,
    recorded_at: Timestamp,
    data: Value,
}

impl EventNode {
    /// What it says of a restaurant's portions, where it does.
    fn portions(&self) -> anyhow::Result<Option<StockEvent>> {
        if !self.stream.starts_with("restaurant:") {
            return Ok(None);
        }
        let event = json!({ "type": self.r#type, "data": self.data });
        Ok(Some(StockEvent::deserialize(event).context("an event of a restaurant")?))
    }
}

async fn log(house: &House) -> anyhow::Result<Vec<Logged>> {
    let mut log = Vec::new();
    let mut pages = Pages::default();
    while let Some(after) = pages.next() {
        let data = house.operator(EVENTS, &after).await?;
        for node in pages.take::<EventNode>(&data)? {
            let portions = node.portions()?;
            log.push(Logged {
                portions,
                position: position(&node.cursor)?,
                kind: node.r#type,
                stream: node.stream,
                stream_version: node.stream_version,
                order: node.order_id,
                mutation: node.mutation_id,
                recorded_at: node.recorded_at,
            });
        }
    }
    Ok(log)
}

#[derive(Deserialize)]
struct DeliveryNode {
    history: Vec<AttemptNode>,
}

#[derive(Deserialize)]
struct AttemptNode {
    outcome: String,
}

/// How many attempts came too early, as the histories of all deliveries tell it.
async fn not_yet(house: &House) -> anyhow::Result<u64> {
    let mut count = 0;
    let mut pages = Pages::default();
    while let Some(after) = pages.next() {
        let data = house.operator(HISTORIES, &after).await?;
        let attempts = pages.take::<DeliveryNode>(&data)?.into_iter().flat_map(|it| it.history);
        count += attempts.filter(|it| it.outcome == AttemptEnd::NotYet.word()).count();
    }
    Ok(as_number(count))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BookNode {
    order_id: Uuid,
    #[serde(flatten)]
    book: Book,
}

async fn books(house: &House) -> anyhow::Result<BTreeMap<Uuid, Book>> {
    let mut books = BTreeMap::new();
    let mut pages = Pages::default();
    while let Some(after) = pages.next() {
        let data = house.operator(BOOKS, &after).await?;
        books.extend(pages.take::<BookNode>(&data)?.into_iter().map(|it| (it.order_id, it.book)));
    }
    Ok(books)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderNode {
    id: Uuid,
    version: u32,
    status: OrderStatus,
    total_cents: u64,
    tip_cents: u64,
    waiting_for: Option<WaitNode>,
    timeline: Vec<StatusNode>,
}

#[derive(Deserialize)]
struct WaitNode {
    who: String,
}

#[derive(Deserialize)]
struct StatusNode {
    status: OrderStatus,
}

async fn orders_of(house: &House, diner: &Diner) -> anyhow::Result<Vec<(Uuid, Ended)>> {
    let mut orders = Vec::new();
    let mut pages = Pages::default();
    while let Some(after) = pages.next() {
        let question = Question { token: Some(&diner.token), document: ORDERS, variables: &after };
        let said = question.ask(house.address(), Transport::Http).await?;
        let data = match said {
            Said::Data(data) => data,
            // Whoever is not known any more has no orders either: that will be missed.
            Said::Error(code) if code == "UNAUTHENTICATED" => break,
            Said::Error(code) => anyhow::bail!("a page of orders was refused: {code}"),
        };
        for node in pages.take::<OrderNode>(&data)? {
            let ended = Ended {
                version: node.version,
                status: node.status,
                waits_for: node.waiting_for.map(|it| it.who),
                total_cents: node.total_cents,
                tip_cents: node.tip_cents,
                timeline: node.timeline.into_iter().map(|it| it.status).collect(),
            };
            orders.push((node.id, ended));
        }
    }
    Ok(orders)
}

/// Page after page, until there is none.
#[derive(Default)]
struct Pages {
    after: Value,
    ended: Ending,
}

#[derive(Default, PartialEq)]
enum Ending {
    #[default]
    More,
    Last,
}

impl Pages {
    /// The variables of the next page, where there is one.
    fn next(&self) -> Option<Value> {
        (self.ended == Ending::More).then(|| json!({ "after": self.after }))
    }

    fn take<T: DeserializeOwned>(&mut self, data: &Value) -> anyhow::Result<Vec<T>> {
        let page = data.get("page").context("a page")?;
        let info = page.get("pageInfo").context("a page's end")?;
        self.after = info.get("endCursor").cloned().unwrap_or_default();
        if info.get("hasNextPage") != Some(&Value::Bool(true)) {
            self.ended = Ending::Last;
        }
        Ok(Vec::deserialize(page.get("nodes").context("a page's nodes")?)?)
    }
}
