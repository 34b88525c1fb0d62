//! Many clients at once, each of which asks again as soon as it is answered. They share one thread, so
//! that the server keeps as much of the machine as there is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use harness::wait::Stopwatch;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::house::House;
use crate::samples::Samples;

/// What many clients have come to.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// How long each answer took.
    pub answers: Samples,
    /// How long it all lasted.
    pub lasted: Duration,
}

impl Load {
    /// Answers in a second.
    pub(crate) fn per_second(&self) -> f64 {
        let count = u32::try_from(self.answers.count()).unwrap_or(u32::MAX);
        f64::from(count) / self.lasted.as_secs_f64()
    }
}

/// So many clients order without a pause for so long.
pub(crate) async fn orders(house: &Arc<House>, clients: usize, time: Duration) -> Result<Load> {
    let watch = Stopwatch::start();
    let mut running = JoinSet::new();
    for _ in 0..clients {
        running.spawn(one(Arc::clone(house), house.backend.address(), watch, time));
    }
    let mut times = Vec::new();
    while let Some(ended) = running.join_next().await {
        times.extend(ended??);
    }
    Ok(Load { answers: Samples::new(times), lasted: watch.elapsed() })
}

async fn one(
    house: Arc<House>,
    address: SocketAddr,
    all: Stopwatch,
    time: Duration,
) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::new();
    while all.elapsed() < time {
        let request = house.order();
        let watch = Stopwatch::start();
        let answer = connection.ask(&request).await?;
        times.push(watch.elapsed());
        accepted(answer)?;
    }
    Ok(times)
}

/// A receipt without errors and without a refusal: both would be quicker than an order.
fn accepted(answer: &[u8]) -> Result<()> {
    let text = String::from_utf8_lossy(answer);
    ensure!(text.contains(r#""refusal":null"#) && !text.contains("\"errors\""), "{text}");
    Ok(())
}
