//! The tail: one event to many operators, held against a bare broadcast of the same bytes to as many
//! listeners in the same run, and what a subscriber costs who listens, or never does.
//! Step 8 of an order's way.
//!
//! A round is one event: the time of each subscriber counts from when whoever causes the event begins to
//! ask for it, so ours has a commit in it and the bare one has not. Rounds of both take turns, so that
//! what else the machine does falls on both.

mod audience;
mod broadcaster;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::{BackendOptions, Pid};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::books::Books;
use crate::connection::Connection;
use crate::figure::{Bound, Figure, Quantity};
use crate::house::{Consumers, House};
use crate::samples::Samples;
use audience::{Audience, Greeting};
use broadcaster::Broadcaster;
pub(crate) use broadcaster::{COMMAND, broadcast};

/// What an operator's page asks for.
const EVENTS: &str = "subscription($after: Cursor) { events(after: $after) {
    id cursor type message stream streamVersion orderId orderVersion mutationId causationId source
    occurredAt recordedAt data } }";
/// Subscribers, rounds of each kind, and how many times the bare broadcast's p99 ours may take.
const SIZES: [(usize, usize, f64); 2] = [(1_000, 20, 1.7), (4_000, 8, 1.5)];
/// How many times the bare broadcast's processor time a delivery may take.
const PROCESSOR_BOUND: f64 = 1.5;
/// Resident memory of the server for each subscriber, in KiB.
const MEMORY_BOUND: u64 = 16;
/// Subscribers who never read, and events that they are told: more than their sockets hold.
const DEAF: (usize, usize) = (500, 300);
/// Events of which nobody hears, to know what one takes.
const UNHEARD: u32 = 200;
/// Files that this process and each server have open beside their sockets.
const OTHER_FILES: u64 = 200;

/// Measures all of it.
pub(crate) fn measure(backend: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for (subscribers, rounds, bound) in SIZES {
        // Two sockets for each subscriber here, and one in either server.
        allow_files(u64::try_from(subscribers * 2)? + OTHER_FILES)?;
        let house = house(backend, subscribers)?;
        let heard = runtime.block_on(both(&house, subscribers, rounds))?;
        heard.print(subscribers, bound);
    }
    let house = house(backend, DEAF.0)?;
    runtime.block_on(deaf(&house))
}

/// A server for so many subscribers, on which nothing happens of itself.
fn house(backend: &Path, subscribers: usize) -> Result<House> {
    let connections = subscribers + 1;
    let arguments = vec!["--connections".into(), connections.to_string().into()];
    let options = BackendOptions { pace: 1.0, arguments, ..BackendOptions::default() };
    let house = House::open_with(backend, options)?;
    house.set(Consumers::Paused)?;
    Ok(house)
}

/// Lets this process, and those that it starts, have so many files open.
fn allow_files(files: u64) -> Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < files) {
        ensure!(
            maximum.is_none_or(|most| files <= most),
            "{files} open files are needed, and {maximum:?} are allowed: raise it with `ulimit -Hn`"
        );
        setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum })?;
    }
    Ok(())
}

/// What a server did in all rounds.
struct Side {
    /// The ninety-ninth of a hundred subscribers, in the median round.
    p99: Duration,
    processor: Duration,
    /// What a subscriber took before it was told anything, and after all rounds; in KiB of the server's memory.
    idle: u64,
    after: u64,
}

struct Heard {
    ours: Side,
    bare: Side,
    /// What an event costs of which nobody hears; it is no delivery's.
    event: Duration,
    deliveries: u32,
    bytes: usize,
}

/// What an event costs the server by itself, in processor time: the mutation and its commit, of which
/// nobody hears.
async fn unheard(house: &House) -> Result<Duration> {
    let mut cause = Connection::open(house.backend.address()).await?;
    let before = Books::of(house.backend.pid()?)?;
    for _ in 0..UNHEARD {
        cause.ask(&house.order()).await?;
    }
    let after = Books::of(house.backend.pid()?)?;
    Ok(after.processor_time().saturating_sub(before.processor_time()) / UNHEARD)
}

/// Both, in turns.
async fn both(house: &House, subscribers: usize, rounds: usize) -> Result<Heard> {
    let event = unheard(house).await?;
    let mut ours = Running::ours(house, subscribers).await?;
    let text = ours.round().await?.1;
    let broadcaster = Broadcaster::start()?;
    let mut bare = Running::bare(&broadcaster, subscribers, &text).await?;
    bare.round().await?;
    let (before, before_bare) = (ours.books()?, bare.books()?);
    let (mut times, mut bare_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        times.push(ours.round().await?.0.percentile(99));
        bare_times.push(bare.round().await?.0.percentile(99));
    }
    let deliveries = u32::try_from(subscribers * rounds)?;
    let mut ours = ours.side(times, before)?;
    ours.processor = ours.processor.saturating_sub(event * u32::try_from(rounds)?);
    Ok(Heard {
        ours,
        event,
        bare: bare.side(bare_times, before_bare)?,
        deliveries,
        bytes: text.len(),
    })
}

/// A server, its subscribers, and how one event is caused.
struct Running<'a> {
    audience: Audience,
    cause: Connection,
    request: Box<dyn Fn() -> Vec<u8> + 'a>,
    pid: Pid,
    subscribers: u64,
    empty_kib: u64,
    idle_kib: u64,
}

impl<'a> Running<'a> {
    async fn ours(house: &'a House, subscribers: usize) -> Result<Self> {
        let greeting = greeting(house)?;
        let pid = house.backend.pid()?;
        let address = house.backend.address();
        let empty_kib = Books::of(pid)?.resident_kib;
        let audience = Audience::open(address, "/graphql", subscribers, &greeting).await?;
        let cause = Connection::open(address).await?;
        let request = Box::new(|| house.order());
        Self::settled(audience, cause, request, pid, subscribers, empty_kib)
    }

    async fn bare(broadcaster: &Broadcaster, subscribers: usize, text: &str) -> Result<Self> {
        let empty_kib = Books::of(broadcaster.pid)?.resident_kib;
        let address = broadcaster.address;
        let audience = Audience::open(address, "/listen", subscribers, &Greeting::None).await?;
        let cause = Connection::open(address).await?;
        let request = Connection::post_text("/say", text);
        let request = Box::new(move || request.clone());
        Self::settled(audience, cause, request, broadcaster.pid, subscribers, empty_kib)
    }

    fn settled(
        audience: Audience,
        cause: Connection,
        request: Box<dyn Fn() -> Vec<u8> + 'a>,
        pid: Pid,
        subscribers: usize,
        empty_kib: u64,
    ) -> Result<Self> {
        let (subscribers, idle_kib) = (u64::try_from(subscribers)?, Books::of(pid)?.resident_kib);
        Ok(Self { audience, cause, request, pid, subscribers, empty_kib, idle_kib })
    }

    /// One event, and how long it took to reach each subscriber; and its text.
    async fn round(&mut self) -> Result<(Samples, String)> {
        let request = (self.request)();
        self.audience.begin();
        self.cause.ask(&request).await?;
        self.audience.all_heard().await
    }

    fn books(&self) -> Result<Books> {
        Books::of(self.pid)
    }

    fn side(&self, times: Vec<Duration>, before: Books) -> Result<Side> {
        let books = self.books()?;
        let each = |kib: u64| kib.saturating_sub(self.empty_kib) / self.subscribers.max(1);
        Ok(Side {
            p99: Samples::new(times).median(),
            processor: books.processor_time().saturating_sub(before.processor_time()),
            idle: each(self.idle_kib),
            after: each(books.resident_kib),
        })
    }
}

/// How an operator begins to follow the log from its present end.
fn greeting(house: &House) -> Result<Greeting> {
    let server = house.operator()?.query("{ server { cursor } }", &Value::Null)?;
    let after = server.pointer("/server/cursor").context("a server without a cursor")?;
    let payload = json!({ "query": EVENTS, "variables": { "after": after } });
    Ok(Greeting::Subscribe {
        token: house.operator_token()?,
        message: json!({ "type": "subscribe", "id": "1", "payload": payload }).to_string(),
    })
}

impl Heard {
    fn print(&self, subscribers: usize, bound: f64) {
        let Self { ours, bare, event, deliveries, bytes } = self;
        Figure {
            what: format!("one event to {subscribers} operators, p99, over a bare broadcast"),
            measured: Quantity::ratio(ours.p99, bare.p99),
            bound: Bound::AtMost(Quantity::Times(bound)),
            anchor: format!(
                "{} / {} for {bytes} bytes; ours from the mutation on, with its commit",
                Quantity::Time(ours.p99),
                Quantity::Time(bare.p99),
            ),
        }
        .print();
        Figure {
            what: format!("processor time for each delivery to {subscribers}, over the bare one's"),
            measured: Quantity::ratio(ours.processor, bare.processor),
            bound: Bound::AtMost(Quantity::Times(PROCESSOR_BOUND)),
            anchor: format!(
                "{:?} / {:?}; the {} of each event itself are not in it",
                ours.processor / *deliveries,
                bare.processor / *deliveries,
                Quantity::Time(*event),
            ),
        }
        .print();
        let moments =
            [("idle", ours.idle, bare.idle), ("after deliveries", ours.after, bare.after)];
        for (when, each, bare) in moments {
            Figure {
                what: format!("resident memory for each of {subscribers} subscribers, {when}"),
                measured: Quantity::Kibibytes(each),
                bound: Bound::AtMost(Quantity::Kibibytes(MEMORY_BOUND)),
                anchor: format!("{} of the bare broadcast", Quantity::Kibibytes(bare)),
            }
            .print();
        }
    }
}

/// Subscribers who open a socket, subscribe, and never read.
async fn deaf(house: &House) -> Result<()> {
    let (subscribers, events) = DEAF;
    let greeting = greeting(house)?;
    let backend = &house.backend;
    let mut cause = Connection::open(backend.address()).await?;
    let empty = Books::of(backend.pid()?)?.resident_kib;
    let sockets = audience::deaf(backend.address(), subscribers, &greeting).await?;
    for _ in 0..events {
        cause.ask(&house.order()).await?;
    }
    let full = Books::of(backend.pid()?)?.resident_kib;
    Figure {
        what: format!("resident memory for each of {subscribers} subscribers who never read"),
        measured: Quantity::Kibibytes(full.saturating_sub(empty) / u64::try_from(subscribers)?),
        bound: Bound::AtMost(Quantity::Kibibytes(2 * MEMORY_BOUND)),
        anchor: format!("after {events} events; their sockets hold the rest"),
    }
    .print();
    drop(sockets);
    Ok(())
}
