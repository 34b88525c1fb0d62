//! For the tests of both handlers: a schema with everything that goes well or wrong, somebody at
//! the door, and a server on a real socket.

#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::{Context, Data, Object, Schema, Subscription, ValidationMode};
use axum::serve::ListenerExt;
use futures_util::{Stream, StreamExt, stream};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Admitted, Authenticate, Connections, Credentials, DoorError, Executors, Limits, router,
};
use crate::api::sessions::OpenSession;
use crate::lab::Lab;

/// Longer than anything here takes on a busy machine: what is not there by then does not come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a test can see of the resolvers, and do to them.
pub(crate) struct Levers {
    /// `slow` answers once it gets one of these.
    pub(crate) release: Semaphore,
    /// One for each `slow` that has begun.
    pub(crate) begun: Semaphore,
    /// One for each stream of a subscription that has been dropped.
    pub(crate) dropped: Semaphore,
    /// How often `rename` was executed.
    pub(crate) renamed: AtomicUsize,
    /// How many items `flood` has made.
    pub(crate) flooded: AtomicUsize,
}

/// Waits for one of something that a test counts.
pub(crate) async fn one_of(semaphore: &Semaphore) {
    timeout(PATIENCE, semaphore.acquire()).await.expect("it happens in time").unwrap().forget();
}

/// Who the caller is, as the resolvers see it.
struct Caller(String);

struct DropGuard(Arc<Levers>);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.0.dropped.add_permits(1);
    }
}

pub(crate) struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "hello"
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn who(&self, context: &Context<'_>) -> String {
        context.data_unchecked::<Caller>().0.clone()
    }

    async fn fails(&self) -> async_graphql::Result<Option<String>> {
        Err("no soup today".into())
    }

    async fn panics(&self) -> Option<String> {
        let number: u32 = "no number".parse().expect("a bug in a resolver");
        Some(number.to_string())
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn rename(&self, context: &Context<'_>, name: String) -> String {
        context.data_unchecked::<Arc<Levers>>().renamed.fetch_add(1, Ordering::SeqCst);
        name
    }

    async fn slow(&self, context: &Context<'_>) -> &str {
        let levers = context.data_unchecked::<Arc<Levers>>();
        levers.begun.add_permits(1);
        levers.release.acquire().await.unwrap().forget();
        "at last"
    }
}

pub(crate) struct Subscriptions;

#[Subscription]
impl Subscriptions {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    /// Always ready, in pieces of 16 KiB.
    async fn flood<'context>(
        &self,
        context: &Context<'context>,
    ) -> impl Stream<Item = String> + use<'context> {
        let levers = Arc::clone(context.data_unchecked::<Arc<Levers>>());
        let guard = DropGuard(Arc::clone(&levers));
        stream::repeat("water ".repeat(16 * 1024 / 6)).inspect(move |_| {
            let _held = &guard;
            levers.flooded.fetch_add(1, Ordering::SeqCst);
        })
    }

    async fn tick(&self) -> impl Stream<Item = bool> {
        stream::unfold(interval(Duration::from_millis(5)), async |mut ticks| {
            ticks.tick().await;
            Some((true, ticks))
        })
    }

    /// Says that it is there, and nothing more.
    async fn hangs<'context>(
        &self,
        context: &Context<'context>,
    ) -> impl Stream<Item = bool> + use<'context> {
        let guard = DropGuard(Arc::clone(context.data_unchecked::<Arc<Levers>>()));
        stream::once(async { true }).chain(stream::pending()).inspect(move |_| {
            let _held = &guard;
        })
    }

    async fn never(&self) -> async_graphql::Result<stream::Empty<bool>> {
        Err("no stream today".into())
    }

    /// Fails at every second item.
    async fn stumbles(&self) -> impl Stream<Item = Stumble> {
        stream::iter([Stumble(1), Stumble(2), Stumble(3)])
    }
}

struct Stumble(i32);

#[Object]
impl Stumble {
    async fn number(&self) -> async_graphql::Result<i32> {
        if self.0 % 2 == 0 { Err("stumbled".into()) } else { Ok(self.0) }
    }
}

/// Knows the token `good` and any operator.
struct Doorkeeper;

impl Authenticate for Doorkeeper {
    async fn authenticate(&self, credentials: Credentials) -> Result<Admitted, DoorError> {
        let customer = match credentials.authorization.as_deref() {
            None => "nobody",
            Some("Bearer good") => "somebody",
            Some("Bearer down") => {
                return Err(DoorError::Unavailable {
                    message: "the book of guests cannot be read".to_owned(),
                });
            }
            Some("Bearer forever") => std::future::pending().await,
            Some(_) => {
                return Err(DoorError::Refused {
                    message: "this token is not known here: sign in again".to_owned(),
                });
            }
        };
        let operator =
            credentials.operator.map(|token| format!(" with {token}")).unwrap_or_default();
        let mut data = Data::default();
        data.insert(Caller(format!("{customer}{operator}")));
        Ok(Admitted { data, session: OpenSession::ENDLESS })
    }
}

/// A server that ends with its test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) levers: Arc<Levers>,
    pub(crate) connections: Connections,
    pub(crate) shutdown: CancellationToken,
    serving: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start(limits: Limits) -> Self {
        Self::start_with(limits, Lab::closed()).await
    }

    pub(crate) async fn start_with(limits: Limits, lab: Lab) -> Self {
        let levers = Arc::new(Levers {
            release: Semaphore::new(0),
            begun: Semaphore::new(0),
            dropped: Semaphore::new(0),
            renamed: AtomicUsize::new(0),
            flooded: AtomicUsize::new(0),
        });
        let schema = |mode| {
            let builder = Schema::build(Query, Mutation, Subscriptions).validation_mode(mode);
            builder.data(Arc::clone(&levers)).finish()
        };
        let trusting = schema(ValidationMode::Fast);
        let executors = Executors::new(schema(ValidationMode::Strict), || trusting);
        let shutdown = CancellationToken::new();
        let connections = Connections::new(&limits, shutdown.clone());
        let router = router(executors, Arc::new(Doorkeeper), limits, connections.clone(), lab);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        let ended = shutdown.clone().cancelled_owned();
        let mut serving = JoinSet::new();
        serving.spawn(async {
            axum::serve(listener, router).with_graceful_shutdown(ended).await.unwrap();
        });
        Self { address, levers, connections, shutdown, serving }
    }

    /// Shuts down, and waits until nothing runs any more.
    pub(crate) async fn end(mut self) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.serving.join_next()).await.expect("HTTP ends in time");
        timeout(PATIENCE, self.connections.drained()).await.expect("WebSockets end in time");
    }
}
