//! Many clients at once, each of which asks again as soon as it is answered. They share one thread, so
//! that the server keeps as much of the machine as there is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// After so long.
    Passed(Duration),
    /// After so many.
    Done(usize),
}

/// What all clients of a load look at.
#[derive(Debug)]
pub(crate) struct Pace {
    watch: Stopwatch,
    until: Until,
    begun: AtomicUsize,
}

impl Load {
    /// What these clients have come to, each with its own times, since `pace` began.
    pub(crate) async fn of(
        mut clients: JoinSet<Result<Vec<Duration>>>,
        pace: &Pace,
    ) -> Result<Self> {
        let mut times = Vec::new();
        while let Some(ended) = clients.join_next().await {
            times.extend(ended??);
        }
        Ok(Self { lasted: pace.watch.elapsed(), answers: Samples::new(times) })
    }

    /// Answers in a second.
    pub(crate) fn per_second(&self) -> f64 {
        let count = u32::try_from(self.answers.count()).unwrap_or(u32::MAX);
        f64::from(count) / self.lasted.as_secs_f64()
    }
}

impl Pace {
    /// Begins now.
    pub(crate) fn begin(until: Until) -> Arc<Self> {
        Arc::new(Self { watch: Stopwatch::start(), until, begun: AtomicUsize::new(0) })
    }

    /// Whether one more is to be done; whoever asks does it then.
    pub(crate) fn one_more(&self) -> bool {
        match self.until {
            Until::Passed(time) => self.watch.elapsed() < time,
            Until::Done(count) => self.begun.fetch_add(1, Ordering::Relaxed) < count,
        }
    }
}

/// So many clients order without a pause.
pub(crate) async fn orders(house: &Arc<House>, clients: usize, until: Until) -> Result<Load> {
    let pace = Pace::begin(until);
    let mut running = JoinSet::new();
    for _ in 0..clients {
        running.spawn(one(Arc::clone(house), house.backend.address(), Arc::clone(&pace)));
    }
    Load::of(running, &pace).await
}

async fn one(house: Arc<House>, address: SocketAddr, pace: Arc<Pace>) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::new();
    while pace.one_more() {
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
