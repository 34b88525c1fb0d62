//! For the tool that measures: the writer, its store and the dispatcher as a server puts them together, but
//! without doors in front of them and without functions behind them. So what *they* cost can be told from
//! what HTTP and GraphQL cost. Hidden in the documentation: nobody else has any business here.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, bail, ensure};
use shared::catalog::house;
use shared::function::Function;
use shared::id::{CustomerId, MutationId, OrderId};
use shared::order::command::{Command, LineRequest, OrderDraft, PlaceOrder, Quantity};
use shared::order::tip::Tip;
use shared::policy::Policy;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::clock::Clock;
use crate::eventing::delivery::Outcome;
use crate::eventing::dispatcher::Dispatcher;
use crate::eventing::log::InputHash;
use crate::eventing::monitor::Monitor;
use crate::eventing::plan::Head;
use crate::eventing::request::{Answer, Mutation, Request};
use crate::eventing::retry::{DeliveryTiming, slots};
use crate::eventing::tail::Tail;
use crate::eventing::writer::queue::{CustomersDoor, queue};
use crate::eventing::writer::{House, Verdict, Writer};
use crate::functions::{Call, Handlers};
use crate::lab::Lab;
use crate::secret::hash;
use crate::store::fresh_log_id;
use crate::store::read::Reader;
use crate::store::sqlite::SqliteStore;

/// Who is told of each order whose first handler begins.
pub type Begun = mpsc::Sender<Uuid>;

/// A writer at work on a file of its own.
#[derive(Debug)]
pub struct Workbench {
    door: CustomersDoor,
    dispatcher: JoinSet<()>,
    writer: JoinHandle<Verdict>,
    shutdown: CancellationToken,
}

/// Somebody who orders, always the same dish.
#[derive(Clone, Debug)]
pub struct Customer {
    door: CustomersDoor,
    id: CustomerId,
    order: OrderDraft,
}

/// What happens to the deliveries that orders bring.
#[derive(Debug)]
pub enum Work {
    /// Nothing is handed out: orders become durable, and that is all.
    Held,
    /// Each goes to a handler, which says that it began, and does nothing.
    HandedOut(Begun),
}

/// Says that it began, if anybody listens.
#[derive(Clone, Debug)]
struct SaysWhenItBegins(Option<Begun>);

impl Handlers for SaysWhenItBegins {
    async fn handle(&self, _: Function, call: Call) -> Outcome {
        if let Some(begun) = &self.0 {
            let listens = begun.send(call.order.id.uuid()).await.is_ok();
            tracing::trace!(listens, "began");
        }
        Outcome::Done(Vec::new())
    }
}

impl Workbench {
    /// Opens one over this file; within a run time.
    ///
    /// # Errors
    /// The file cannot be opened, or the writer's thread not be started.
    pub async fn open(database: &Path, work: Work) -> anyhow::Result<Self> {
        let store = SqliteStore::open(database, fresh_log_id())?;
        let Head { position, recorded_at, .. } = Reader::new(database.to_owned()).head().await?;
        let clock = Clock::start().not_before(recorded_at);
        let timing = DeliveryTiming::default();
        let house = House {
            catalog: Arc::new(house::of_the_house()),
            policy: Policy::with_pace(1.0),
            timing: timing.clone(),
            worker: "the workbench".to_owned(),
        };
        let (door, functions_door, queue) = queue();
        let (claims_in, claims) = mpsc::channel(Function::ALL.into_iter().map(slots).sum());
        let (due_in, next_due) = watch::channel(None);
        let (tail, monitor) = (Tail::new(position), Monitor::new(store.paused()?));
        let writer =
            Writer::new(store, house, Arc::new(tail), Arc::new(monitor), claims_in, due_in);
        let (writer, begun) = match work {
            Work::Held => (writer.held(), None),
            Work::HandedOut(begun) => (writer, Some(begun)),
        };
        let (functions, lab) = (SaysWhenItBegins(begun), Lab::closed());
        let dispatcher =
            Dispatcher { claims, next_due, door: functions_door, functions, timing, clock, lab };
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(dispatcher.run(shutdown.clone()));
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("log-writer".to_owned());
        let writer = thread.spawn(move || writer.run(queue, clock, &runtime))?;
        Ok(Self { door, dispatcher: tasks, writer, shutdown })
    }

    /// Somebody who orders there.
    ///
    /// # Errors
    /// There is nothing to order.
    pub fn customer(&self) -> anyhow::Result<Customer> {
        let catalog = house::of_the_house();
        let restaurant = catalog.restaurants.first().context("there is no restaurant")?;
        let dish = restaurant.menu.first().context("there is no dish")?;
        let order = OrderDraft {
            order_id: OrderId::new(fresh_id()),
            restaurant_id: restaurant.id,
            lines: vec![LineRequest { menu_item_id: dish.id, quantity: Quantity::try_from(1)? }],
            tip: Tip::default(),
            note: None,
            deliver_to: None,
            expected_subtotal: None,
            placed_at: None,
            scheduled_for: None,
        };
        Ok(Customer { door: self.door.clone(), id: CustomerId::new(fresh_id()), order })
    }

    /// Ends as a server does; nobody may order any more.
    ///
    /// # Errors
    /// The writer has not ended in order.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        while self.dispatcher.join_next().await.is_some() {}
        drop(self.door);
        let joined = tokio::task::spawn_blocking(move || self.writer.join()).await?;
        match joined {
            Ok(Verdict::Continue) => Ok(()),
            Ok(Verdict::Stop) => bail!("the outcome of a commit is unknown"),
            Err(_) => bail!("the log writer panicked"),
        }
    }
}

impl Customer {
    /// Orders, waits until that is durable, and gives the order's id.
    ///
    /// # Errors
    /// It was refused, or could not be written.
    pub async fn order(&self) -> anyhow::Result<Uuid> {
        let order_id = OrderId::new(fresh_id());
        let draft = OrderDraft { order_id, ..self.order.clone() };
        let order = PlaceOrder::try_from(draft)?;
        let asked = Mutation {
            customer_id: self.id,
            mutation_id: MutationId::new(fresh_id()),
            input_hash: InputHash(hash(order_id.uuid())),
            order_id,
            command: Command::Place { customer_id: self.id, order },
        };
        let answer = self.door.ask(Request::Mutate(asked)).await?;
        let accepted = matches!(&answer, Answer::Receipt(receipt) if receipt.refusal.is_none());
        ensure!(accepted, "it was not accepted: {answer:?}");
        Ok(order_id.uuid())
    }
}

/// As the terminal program makes them.
fn fresh_id() -> Uuid {
    #[expect(clippy::disallowed_methods, reason = "the edge: these customers stand outside")]
    Uuid::now_v7()
}
