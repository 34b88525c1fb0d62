//! A customer's subscription: it breaks with every death of the backend, and now and then by itself, and
//! goes on after the last cursor that it saw.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use serde_json::{Value, json};

use super::evidence::{Followed, History, Message, Seen};
use super::house::House;
use super::pause;
use super::speak::{Socket, position};

/// A subscription is cut by its client after so many messages at most.
const MESSAGES_MAX: usize = 120;
/// Before it connects again.
const CONNECT_AGAIN: Duration = Duration::from_millis(20);
const DOCUMENT: &str = "subscription($after: Cursor) { orderChanges(after: $after) {
    cursor previous event { type } order { id version status } } }";

/// Follows for ever; what came is in the history.
pub(super) async fn follow(
    house: Arc<House>,
    token: String,
    log_id: String,
    history: Arc<Mutex<History>>,
    seed: u64,
) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut after = 0;
    loop {
        let most = random.random_range(1..=MESSAGES_MAX);
        let ended = connection(&house, &token, &log_id, &history, after, most).await;
        if let Err(error) = ended {
            tracing::debug!(%error, "a subscription broke");
        }
        let reached = last_seen(&history.lock().unwrap_or_else(PoisonError::into_inner));
        after = reached.unwrap_or(after);
        pause(CONNECT_AGAIN).await;
    }
}

/// Up to where a subscription has seen everything.
pub(super) fn last_seen(history: &History) -> Option<u64> {
    let messages = history.connections.iter().flat_map(|it| &it.messages);
    messages.last().map(|message| message.position)
}

async fn connection(
    house: &House,
    token: &str,
    log_id: &str,
    history: &Mutex<History>,
    after: u64,
    most: usize,
) -> anyhow::Result<()> {
    let mut socket = Socket::open(house.address(), Some(token)).await?;
    let variables = json!({ "after": format!("{log_id}:{after}") });
    socket.begin(DOCUMENT, &variables).await?;
    let followed = Followed { after, messages: Vec::new() };
    history.lock().unwrap_or_else(PoisonError::into_inner).connections.push(followed);
    for _ in 0..most {
        let message = read(&socket.next().await?)?;
        let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = history.connections.last_mut() {
            connection.messages.push(message);
        }
    }
    Ok(())
}

fn read(next: &Value) -> anyhow::Result<Message> {
    let change = next.pointer("/data/orderChanges").context("no change")?;
    let of = |name: &str| change.get(name).filter(|it| !it.is_null());
    Ok(Message {
        position: position(of("cursor").context("a change without a cursor")?)?,
        previous: of("previous").map(position).transpose()?,
        order: of("order").map(Seen::deserialize).transpose()?,
    })
}
