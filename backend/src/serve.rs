//! The composition root: which task holds which channel, and who ends when.
//!
//! ```text
//!  listener ─▶ api ──customers' door (512)──▶ ┌────────┐ ──claims (one a slot)──▶ ┌────────────┐
//!               │                             │ writer │ ──next due (newest)────▶ │ dispatcher │─▶ functions
//!               └──reader (4 connections)     └────────┘ ◀─functions' door (128)─ └────────────┘
//!                                              │ tail (ring of 1,024) ─▶ subscribers (a cursor each)
//! ```
//!
//! It ends in the order of that picture: the listener takes no more, the dispatcher lets its functions
//! finish, the writer empties its queue and folds the write-ahead log back into the file.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::serve::ListenerExt;
use shared::catalog::house;
use shared::function::Function;
use shared::policy::Policy;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::api::door::{Connections, Limits};
use crate::api::{self, Backend, Sessions};
use crate::cli::Serve;
use crate::clock::Clock;
use crate::eventing::consumer::Consumer;
use crate::eventing::dispatcher::Dispatcher;
use crate::eventing::follower::Runner;
use crate::eventing::follower::audit::Audit;
use crate::eventing::follower::insights::Insights;
use crate::eventing::follower::notifications::Notifications;
use crate::eventing::monitor::Monitor;
use crate::eventing::plan::Head;
use crate::eventing::request::{Answer, Request, Run, Standing};
use crate::eventing::retry::{DeliveryTiming, slots};
use crate::eventing::tail::Tail;
use crate::eventing::writer::queue::{CustomersDoor, FunctionsDoor, queue};
use crate::eventing::writer::{House, Verdict, Writer};
use crate::functions::Functions;
use crate::gateway::{Gateway, books_beside};
use crate::lab::{Death, Lab};
use crate::lock::ServerLock;
use crate::operator_token::OperatorToken;
use crate::safeguard::Safeguard;
use crate::store::fresh_log_id;
use crate::store::read::Reader;
use crate::store::sqlite::SqliteStore;

mod stop;

use stop::Stop;

/// How often what is old is looked for.
const FORGET_INTERVAL: Duration = Duration::from_mins(1);
/// The rest between two pages of it: most of the writer's time is left to others.
const FORGET_PAUSE: Duration = Duration::from_millis(50);

/// Serves until it is told to stop.
pub(crate) async fn serve(options: Serve) -> anyhow::Result<()> {
    let stop = Stop::watch(options.end_with_stdin).context("signals cannot be watched")?;
    let lock = ServerLock::take(&options.database)?;
    let clock = Clock::start();
    let mut engine = Engine::start(&options, clock).await?;
    let token_file = options.token_file();
    let operator = OperatorToken::of_file(&token_file)?;
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: is another program there? `--listen 127.0.0.1:0` takes a free port",
            options.listen
        )
    })?;
    let address = listener.local_addr().context("the address of the listener")?;
    let url = format!("http://{address}");
    lock.announce(&url, &token_file)?;
    warn_of_strangers(address);

    engine.record(Run::Started { version: env!("CARGO_PKG_VERSION").to_owned() }).await;
    match engine.standing {
        Standing::Held if options.resume => engine.resume().await?,
        Standing::Held => tracing::warn!(
            "replay has built this environment: nothing is handed out and no deadline strikes; \
             `serve --resume` lets it go on"
        ),
        Standing::Free => {}
    }

    let doors = CancellationToken::new();
    let limits = Limits { web_sockets_at_once: options.connections, ..Limits::default() };
    let connections = Connections::new(&limits, doors.clone());
    let router = api::router(engine.backend.clone(), operator, limits, connections.clone());
    let mut server = JoinSet::new();
    server.spawn(listen(listener, router, doors.clone()));
    announce(&url)?;
    options.die_at.into_iter().for_each(Death::await_it);

    let why = tokio::select! {
        why = stop.asked() => why,
        verdict = engine.writer_ended() => {
            return Err(verdict.err().unwrap_or_else(|| anyhow::anyhow!("the log writer ended")));
        }
    };
    tracing::info!(%why, "stopping: what is at work finishes");
    doors.cancel();
    stop::within_grace(async {
        connections.drained().await;
        while server.join_next().await.is_some() {}
    })
    .await;
    drop(server);
    engine.stop(&why.to_string()).await
}

/// The database as it was found, ready to go on.
struct Opened {
    store: SqliteStore,
    reader: Reader,
    head: Head,
    clock: Clock,
    monitor: Arc<Monitor>,
    standing: Standing,
    gateway: Gateway,
}

impl Opened {
    async fn open(options: &Serve, clock: Clock, timing: &DeliveryTiming) -> anyhow::Result<Self> {
        let mut store = open(&options.database)?;
        let reader = Reader::new(options.database.clone());
        let head = reader.head().await?;
        let clock = clock.not_before(head.recorded_at);
        let leases =
            store.recover(clock.now(), timing).context("the deliveries could not be recovered")?;
        store.plan_schedules(clock.now()).context("the schedules could not be planned")?;
        if leases > 0 {
            tracing::info!(leases, "deliveries that were at work go on");
        }
        let monitor = Arc::new(Monitor::new(paused(&store)?));
        let standing = store.standing()?;
        let gateway = Gateway::open(&books_beside(&options.database))
            .context("the books of the payment gateway could not be opened")?;
        Ok(Self { store, reader, head, clock, monitor, standing, gateway })
    }
}

/// The writer, the dispatcher and what they share.
struct Engine {
    backend: Backend,
    /// The queue lasts as long as this door, so that the last word, that we stop, gets in.
    own_door: FunctionsDoor,
    standing: Standing,
    writer: Option<JoinHandle<Verdict>>,
    writer_gone: watch::Receiver<()>,
    tasks: JoinSet<()>,
    functions_stop: CancellationToken,
}

impl Engine {
    async fn start(options: &Serve, clock: Clock) -> anyhow::Result<Self> {
        let timing = options.timing();
        let lab = lab(options);
        let Opened { store, reader, head, clock, monitor, standing, gateway } =
            Opened::open(options, clock, &timing).await?;
        let catalog = Arc::new(house::of_the_house());
        let policy = policy(options);
        let tail = Arc::new(Tail::new(head.position));

        let (customers, functions_door, queue) = queue();
        let (claims_in, claims) = mpsc::channel(Function::ALL.into_iter().map(slots).sum());
        let (due_in, next_due) = watch::channel(None);
        let house = House {
            catalog: Arc::clone(&catalog),
            policy: policy.clone(),
            timing: timing.clone(),
            worker: format!("process {}", std::process::id()),
        };
        let (tail_in, monitor_in) = (Arc::clone(&tail), Arc::clone(&monitor));
        let writer = Writer::new(store, house, tail_in, monitor_in, claims_in, due_in);
        let writer = standing_so(writer, standing);
        let functions = Functions {
            catalog: Arc::clone(&catalog),
            policy: Arc::new(policy),
            gateway: gateway.clone(),
        };
        let (followers_door, own_door) = (functions_door.clone(), functions_door.clone());
        let dispatcher = Dispatcher {
            claims,
            next_due,
            door: functions_door,
            functions,
            timing,
            clock,
            lab: lab.clone(),
        };

        let (gone_in, writer_gone) = watch::channel(());
        let runtime = tokio::runtime::Handle::current();
        let work = move || {
            // Dropped when the thread ends, however it ends: that is how the others learn of it.
            let _gone = gone_in;
            writer.run(queue, clock, &runtime)
        };
        let thread = std::thread::Builder::new().name("log-writer".to_owned()).spawn(work);
        let functions_stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(dispatcher.run(functions_stop.clone()));
        let (its_tail, its_monitor) = (Arc::clone(&tail), Arc::clone(&monitor));
        let runner = Runner::new(reader.clone(), its_tail, its_monitor, followers_door);
        follow_the_log(&mut tasks, runner, &functions_stop);
        tasks.spawn(forget_old(customers.clone(), functions_stop.clone()));
        let log_id = head.log_id;
        let backend = Backend {
            log_id,
            writer: customers,
            reader,
            tail,
            monitor,
            gateway,
            sessions: Sessions::default(),
            catalog,
            clock,
            lab,
        };
        let thread = thread.context("the log writer's thread could not be started")?;
        let writer = Some(thread);
        Ok(Self { backend, own_door, standing, writer, writer_gone, tasks, functions_stop })
    }

    /// Puts on record that we begin or end. Where that cannot be written, the log knows less of us,
    /// and nothing else is lost.
    async fn record(&self, run: Run) {
        if self.own_door.ask(Request::Record(run)).await.is_err() {
            tracing::warn!("the log does not know of this start or stop: it could not be written");
        }
    }

    /// An environment that was held goes on by itself; whether it may is decided by whoever starts us.
    async fn resume(&self) -> anyhow::Result<()> {
        let resumed = self.own_door.ask(Request::Record(Run::Resumed)).await;
        resumed.context("this environment still stands still")?;
        tracing::info!("this environment goes on by itself from now on");
        Ok(())
    }

    /// Ends only when the writer has ended by itself, which it never should.
    async fn writer_ended(&mut self) -> anyhow::Result<()> {
        // Nothing is ever sent: an error means that the other end is gone.
        while self.writer_gone.changed().await.is_ok() {}
        let Some(writer) = self.writer.take() else { bail!("the log writer has ended already") };
        match writer.join() {
            Ok(Verdict::Stop) => bail!(
                "the database did not say whether a commit happened; start the server again, and \
                 recovery decides"
            ),
            Ok(Verdict::Continue) => bail!("the log writer ended too early"),
            Err(_) => bail!("the log writer panicked; start the server again"),
        }
    }

    /// Lets the functions finish, then the writer.
    async fn stop(mut self, reason: &str) -> anyhow::Result<()> {
        self.functions_stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.record(Run::Stopped { reason: reason.to_owned() }).await;
        let Self { backend, own_door, writer, .. } = self;
        close(own_door, backend.writer);
        let Some(writer) = writer else { return Ok(()) };
        let joined = tokio::task::spawn_blocking(move || writer.join()).await?;
        match joined {
            Ok(Verdict::Continue) => Ok(()),
            Ok(Verdict::Stop) => bail!("the last commit's outcome is unknown; recovery decides"),
            Err(_) => bail!("the log writer panicked while it stopped"),
        }
    }
}

/// What is paused still is after a restart; whoever starts the server should know.
fn paused(store: &SqliteStore) -> anyhow::Result<BTreeSet<Consumer>> {
    let paused = store.paused().context("what is paused could not be read")?;
    for consumer in &paused {
        tracing::warn!(%consumer, "is paused: nothing of it is attempted");
    }
    Ok(paused)
}

/// Each follower is a task of its own: none waits for another.
fn follow_the_log(tasks: &mut JoinSet<()>, runner: Runner, stop: &CancellationToken) {
    tasks.spawn(runner.clone().run::<Insights>(stop.clone()));
    tasks.spawn(runner.clone().run::<Notifications>(stop.clone()));
    tasks.spawn(runner.run::<Audit>(stop.clone()));
}

/// Now and then what is old goes, page after page until nothing old is left: so it cannot grow faster than
/// it goes, and nobody waits for more than one page.
async fn forget_old(door: CustomersDoor, stop: CancellationToken) {
    let mut wait = FORGET_INTERVAL;
    while tokio::time::timeout(wait, stop.cancelled()).await.is_err() {
        wait = match door.ask(Request::ForgetOld).await {
            Ok(Answer::MoreIsOld) => FORGET_PAUSE,
            Ok(_) => FORGET_INTERVAL,
            Err(error) => {
                tracing::debug!(%error, "what is old goes later");
                FORGET_INTERVAL
            }
        };
    }
}

/// The writer ends when nobody can ask it any more.
fn close(own: FunctionsDoor, customers: CustomersDoor) {
    drop((own, customers));
}

fn open(database: &Path) -> anyhow::Result<SqliteStore> {
    SqliteStore::open(database, fresh_log_id())
        .with_context(|| format!("the database {} could not be opened", database.display()))
}

fn standing_so(writer: Writer, standing: Standing) -> Writer {
    match standing {
        Standing::Free => writer,
        Standing::Held => writer.held(),
    }
}

/// The numbers of the business, as they were asked for.
fn policy(options: &Serve) -> Policy {
    let mut policy = options.policy();
    if Safeguard::Grace.is_gone() {
        policy.durations.grace = Duration::ZERO;
    }
    policy
}

/// Faults can be injected only where somebody has asked for that.
fn lab(options: &Serve) -> Lab {
    if !options.lab {
        return Lab::closed();
    }
    tracing::warn!("this server has a lab: its operator may have it fail on purpose");
    Lab::open()
}

async fn listen(listener: TcpListener, router: Router, doors: CancellationToken) {
    // Without this, a second small frame waits for the first one's acknowledgement, some 40 ms.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let stopped = async move { doors.cancelled().await };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the listener failed");
    }
}

fn warn_of_strangers(address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "others on the network can reach this server, without encryption");
    }
}

#[expect(clippy::print_stdout, reason = "this line is part of the command's contract")]
fn announce(url: &str) -> anyhow::Result<()> {
    use std::io::Write;
    println!("listening on {url}");
    std::io::stdout().flush().context("standard output is closed")
}
