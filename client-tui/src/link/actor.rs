//! The link's life: idle, connecting, connected, waiting, and around again.
//! Steps 3, 5 and 8 of an order's way.

use std::{future::Future, io, pin::pin, time::Duration};

use optimistic::account::ConnectionId;
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use super::{
    COMMAND_LIMIT, EVENT_LIMIT, Endpoint, LinkCommand, LinkEvent, LinkHandle, NotSentReason,
    Socket, Target,
    backoff::Backoff,
    connection::{Broken, Connection, Ending, drive, open},
};
use crate::clock::now;

/// How long it may take until a backend has acknowledged a connection.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// A connection that lived this long was a success; one that ends sooner counts as one more failure,
/// so that a backend which accepts and then closes is not asked without a pause.
pub const STEADY_AFTER: Duration = Duration::from_secs(5);

/// Makes sockets. Its guarantee: a socket that it returns is connected to that endpoint.
pub trait Dial: Send {
    type Socket: Socket;

    /// Connects once, without a deadline of its own.
    fn dial(
        &mut self,
        endpoint: &Endpoint,
    ) -> impl Future<Output = io::Result<Self::Socket>> + Send;
}

/// Plain TCP.
#[derive(Debug, Clone, Copy)]
pub struct Tcp;

impl Dial for Tcp {
    type Socket = TcpStream;

    async fn dial(&mut self, endpoint: &Endpoint) -> io::Result<TcpStream> {
        let socket = TcpStream::connect(endpoint.address()).await?;
        // A mutation is a small message that must not wait for the next one (Nagle).
        socket.set_nodelay(true)?;
        Ok(socket)
    }
}

/// The task that owns the connection.
pub struct Link<D> {
    dialer: D,
    /// From 0 to 1, for the jitter.
    random: fn() -> f64,
    commands: mpsc::Receiver<LinkCommand>,
    events: mpsc::Sender<LinkEvent>,
    backoff: Backoff,
    /// How many connections have been tried; the number of the last one is its id.
    connections: u64,
}

/// Where the link is between two steps, and what it needs there.
enum Phase<S> {
    /// Nothing to connect to, or a refusal that another try would only repeat.
    Idle {
        refused: Option<Target>,
    },
    Connecting {
        target: Target,
    },
    Connected {
        target: Target,
        connection: Box<Connection<S>>,
    },
    Waiting {
        target: Target,
        until: Instant,
    },
}

/// What a command means while there is no connection.
enum NextMove {
    Nothing,
    TryNow,
    Connect(Target),
}

/// Nobody holds a handle any more, or nobody takes the events: the link has no reason to go on.
struct Released;

impl Link<Tcp> {
    /// A link over TCP that does nothing until it is told where to connect.
    pub fn over_tcp() -> (Self, LinkHandle, mpsc::Receiver<LinkEvent>) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the edge: the jitter of the waits is drawn here"
        )]
        let random = rand::random::<f64>;
        Self::new(Tcp, random)
    }
}

impl<D: Dial> Link<D> {
    /// A link over the sockets of `dialer`; `random` gives numbers from 0 to 1.
    pub fn new(dialer: D, random: fn() -> f64) -> (Self, LinkHandle, mpsc::Receiver<LinkEvent>) {
        let (command_sender, commands) = mpsc::channel(COMMAND_LIMIT);
        let (events, event_receiver) = mpsc::channel(EVENT_LIMIT);
        let link =
            Self { dialer, random, commands, events, backoff: Backoff::default(), connections: 0 };
        (link, LinkHandle { commands: command_sender }, event_receiver)
    }

    /// Runs until the last handle is dropped; then says goodbye and returns.
    pub async fn run(mut self) {
        let mut phase = Phase::Idle { refused: None };
        while let Ok(next) = self.step(phase).await {
            phase = next;
        }
    }

    async fn step(&mut self, phase: Phase<D::Socket>) -> Result<Phase<D::Socket>, Released> {
        match phase {
            Phase::Idle { refused } => self.idle(refused).await,
            Phase::Connecting { target } => self.connect(target).await,
            Phase::Connected { target, connection } => {
                self.stay_connected(target, *connection).await
            }
            Phase::Waiting { target, until } => self.wait(target, until).await,
        }
    }

    async fn idle(&mut self, refused: Option<Target>) -> Result<Phase<D::Socket>, Released> {
        loop {
            let command = self.commands.recv().await;
            match (without_connection(command, &self.events).await?, &refused) {
                (NextMove::Connect(target), _) => return Ok(Phase::Connecting { target }),
                (NextMove::TryNow, Some(target)) => {
                    return Ok(Phase::Connecting { target: target.clone() });
                }
                (NextMove::TryNow, None) | (NextMove::Nothing, _) => {}
            }
        }
    }

    async fn connect(&mut self, target: Target) -> Result<Phase<D::Socket>, Released> {
        tell(&self.events, LinkEvent::Connecting).await?;
        self.connections = self.connections.saturating_add(1);
        let id = ConnectionId::new(self.connections);
        let connected = {
            let mut connected = pin!(reach(&mut self.dialer, &target, id));
            loop {
                tokio::select! {
                    connected = &mut connected => break connected,
                    command = self.commands.recv() => match without_connection(command, &self.events).await? {
                        NextMove::Connect(target) => return Ok(Phase::Connecting { target }),
                        NextMove::TryNow | NextMove::Nothing => {}
                    }
                }
            }
        };
        match connected {
            Ok(connection) => {
                tell(&self.events, LinkEvent::Connected { connection: id }).await?;
                Ok(Phase::Connected { target, connection: Box::new(connection) })
            }
            Err(broken) => self.after(broken, target).await,
        }
    }

    async fn stay_connected(
        &mut self,
        target: Target,
        connection: Connection<D::Socket>,
    ) -> Result<Phase<D::Socket>, Released> {
        let since = now();
        let ending = drive(connection, &mut self.commands, &self.events).await;
        if now() >= since + STEADY_AFTER {
            self.backoff.reset();
        }
        match ending {
            Ending::Broken(broken) => self.after(broken, target).await,
            Ending::Replaced(target) => Ok(Phase::Connecting { target }),
            Ending::Released => Err(Released),
        }
    }

    async fn wait(&mut self, target: Target, until: Instant) -> Result<Phase<D::Socket>, Released> {
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(Phase::Connecting { target }),
                command = self.commands.recv() => match without_connection(command, &self.events).await? {
                    NextMove::Connect(target) => return Ok(Phase::Connecting { target }),
                    NextMove::TryNow => return Ok(Phase::Connecting { target }),
                    NextMove::Nothing => {}
                }
            }
        }
    }

    /// What comes after a connection that could not be made, or has ended.
    async fn after(
        &mut self,
        broken: Broken,
        target: Target,
    ) -> Result<Phase<D::Socket>, Released> {
        if let Broken::Refused { message } = broken {
            tell(&self.events, LinkEvent::Refused { message }).await?;
            return Ok(Phase::Idle { refused: Some(target) });
        }
        let retry_in = self.backoff.next_delay((self.random)());
        let until = now() + retry_in;
        tracing::info!(why = %broken, ?retry_in, "no connection to the backend");
        let event = LinkEvent::Disconnected {
            why: broken.to_string(),
            close_code: broken.close_code(),
            retry_in,
        };
        tell(&self.events, event).await?;
        Ok(Phase::Waiting { target, until })
    }
}

/// From an endpoint to an acknowledged connection, within [`CONNECT_DEADLINE`].
async fn reach<D: Dial>(
    dialer: &mut D,
    target: &Target,
    id: ConnectionId,
) -> Result<Connection<D::Socket>, Broken> {
    let reached = async {
        let socket = dialer.dial(&target.endpoint).await.map_err(Broken::Unreachable)?;
        open(socket, &target.endpoint, target.token.as_ref(), id).await
    };
    timeout(CONNECT_DEADLINE, reached).await.unwrap_or(Err(Broken::NoAnswer))
}

/// Answers a command that cannot be carried out now, or says what comes next.
async fn without_connection(
    command: Option<LinkCommand>,
    events: &mpsc::Sender<LinkEvent>,
) -> Result<NextMove, Released> {
    match command.ok_or(Released)? {
        LinkCommand::Execute { id, .. } => {
            tell(events, LinkEvent::NotSent { id, reason: NotSentReason::NoConnection }).await?;
            Ok(NextMove::Nothing)
        }
        // Whatever ran has had its end with the connection.
        LinkCommand::Stop { .. } => Ok(NextMove::Nothing),
        LinkCommand::TryNow => Ok(NextMove::TryNow),
        LinkCommand::Connect(target) => Ok(NextMove::Connect(target)),
    }
}

async fn tell(events: &mpsc::Sender<LinkEvent>, event: LinkEvent) -> Result<(), Released> {
    events.send(event).await.map_err(|_| Released)
}
