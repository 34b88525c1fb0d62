//! A connection while it lives: requests out, answers in, and neither waits for the other.
//! Steps 3, 5 and 8 of an order's way.
//!
//! Only the consumer of the events is waited for. While it takes none the connection stands still:
//! nothing is read, so the backend's own bounds hold for this client and nothing piles up here.

use std::pin::pin;

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use optimistic::account::ConnectionId;
use serde_json::Value;
use tokio::{
    sync::mpsc,
    time::{sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, Message},
};

use super::{
    super::{
        LinkCommand, LinkEvent, Target,
        heartbeat::{Heartbeat, Pulse},
        protocol::{NotSentReason, Protocol, Received, RequestId, RequestKind, Violation},
    },
    Broken, Connection, GOODBYE_DEADLINE, Socket, WRITE_DEADLINE,
};
use crate::clock::now;

/// How many messages may wait to be written. At this bound no further command is taken.
const OUTGOING_LIMIT: usize = 32;

/// Why a connection is over.
pub(in super::super) enum Ending {
    /// It broke, or the backend closed it.
    Broken(Broken),
    /// Somebody wants another one.
    Replaced(Target),
    /// Nobody is there any more who could want anything.
    Released,
}

impl From<Broken> for Ending {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// A message that waits to be written, and the request that it starts, if it starts one.
struct Outgoing {
    message: Message,
    starts: Option<RequestId>,
}

impl Outgoing {
    fn text(text: String) -> Self {
        Self { message: Message::text(text), starts: None }
    }
}

/// Runs a connection to its end. Each request that was started has had its last event when this
/// returns.
pub(in super::super) async fn drive<S: Socket>(
    connection: Connection<S>,
    commands: &mut mpsc::Receiver<LinkCommand>,
    events: &mpsc::Sender<LinkEvent>,
) -> Ending {
    let Connection { id, socket, protocol } = connection;
    let (mut sink, mut stream) = socket.split();
    let (outgoing, mut queue) = mpsc::channel(OUTGOING_LIMIT);
    let mut live = Live { id, protocol, outgoing, heartbeat: Heartbeat::start(now()) };
    let ending = {
        let mut writer = pin!(write(&mut sink, &mut queue, events));
        loop {
            let outcome = tokio::select! {
                broken = &mut writer => Err(broken.into()),
                frame = stream.next() => live.take_frame(frame),
                (room, command) = next_command(live.outgoing.clone(), commands) => live.take_command(room, command),
                () = sleep_until(live.heartbeat.due()) => live.beat(),
            };
            match outcome {
                Ok(None) => {}
                Ok(Some(event)) => {
                    if events.send(event).await.is_err() {
                        break Ending::Released;
                    }
                    // While nothing was read the silence was ours.
                    live.heartbeat.heard(now());
                }
                Err(ending) => break ending,
            }
        }
    };
    settle(live.protocol, queue, events).await;
    if let Some(farewell) = farewell(&ending) {
        say_goodbye(sink, stream, farewell).await;
    }
    ending
}

/// What a connection knows while it lives. Each step may have one event to tell.
struct Live {
    id: ConnectionId,
    protocol: Protocol,
    outgoing: mpsc::Sender<Outgoing>,
    heartbeat: Heartbeat,
}

type Step = Result<Option<LinkEvent>, Ending>;

impl Live {
    fn take_frame(&mut self, frame: Option<Result<Message, tungstenite::Error>>) -> Step {
        let message = frame.ok_or(Broken::Ended)?.map_err(Broken::from)?;
        self.heartbeat.heard(now());
        match message {
            Message::Text(text) => self.take_text(&text),
            Message::Close(frame) => Err(Broken::closed(frame).into()),
            Message::Binary(_) => Err(Broken::from(Violation::Binary).into()),
            // tungstenite answers the pings of the WebSocket by itself.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
        }
    }

    fn take_text(&mut self, text: &str) -> Step {
        match self.protocol.receive(text).map_err(Broken::from)? {
            Received::Next { id, payload } => Ok(Some(LinkEvent::Next { id, payload })),
            Received::Failed { id, errors } => Ok(Some(LinkEvent::Failed { id, errors })),
            Received::Complete { id } => Ok(Some(LinkEvent::Complete { id })),
            Received::Reply(reply) => {
                self.send_if_there_is_room(reply);
                Ok(None)
            }
            Received::Acknowledged | Received::Nothing => Ok(None),
        }
    }

    fn take_command(
        &mut self,
        room: mpsc::OwnedPermit<Outgoing>,
        command: Option<LinkCommand>,
    ) -> Step {
        match command {
            Some(LinkCommand::Execute { connection, id, kind, body }) => {
                Ok(self.start(room, connection, id, kind, &body))
            }
            Some(LinkCommand::Stop { id }) => {
                if let Some(text) = self.protocol.stop(id) {
                    room.send(Outgoing::text(text));
                }
                Ok(None)
            }
            Some(LinkCommand::TryNow) => {
                let pulse = self.heartbeat.ask(now());
                self.act_on(pulse)
            }
            Some(LinkCommand::Connect(target)) => Err(Ending::Replaced(target)),
            None => Err(Ending::Released),
        }
    }

    fn start(
        &mut self,
        room: mpsc::OwnedPermit<Outgoing>,
        connection: ConnectionId,
        id: RequestId,
        kind: RequestKind,
        body: &Value,
    ) -> Option<LinkEvent> {
        if connection != self.id {
            return Some(LinkEvent::NotSent { id, reason: NotSentReason::NoConnection });
        }
        match self.protocol.start(id, kind, body) {
            Ok(text) => {
                room.send(Outgoing { message: Message::text(text), starts: Some(id) });
                None
            }
            Err(reason) => Some(LinkEvent::NotSent { id, reason }),
        }
    }

    fn beat(&mut self) -> Step {
        let pulse = self.heartbeat.pulse(now());
        self.act_on(pulse)
    }

    fn act_on(&mut self, pulse: Pulse) -> Step {
        match pulse {
            Pulse::Quiet => Ok(None),
            Pulse::Ask => {
                self.send_if_there_is_room(Protocol::ping());
                Ok(None)
            }
            Pulse::Dead => Err(Broken::Silent.into()),
        }
    }

    /// For signs of life. Where there is no room the peer reads nothing, and the deadline of the
    /// write that it holds up decides.
    fn send_if_there_is_room(&self, text: String) {
        if self.outgoing.try_send(Outgoing::text(text)).is_err() {
            tracing::debug!("a sign of life was left out: the backend reads nothing");
        }
    }
}

/// A command, together with room for the message that it may make. Loses nothing when dropped.
async fn next_command(
    outgoing: mpsc::Sender<Outgoing>,
    commands: &mut mpsc::Receiver<LinkCommand>,
) -> (mpsc::OwnedPermit<Outgoing>, Option<LinkCommand>) {
    match outgoing.reserve_owned().await {
        Ok(room) => (room, commands.recv().await),
        // The queue is closed only after the connection: there is nothing to do but to wait for that.
        Err(_) => std::future::pending().await,
    }
}

/// Writes what is queued until a write fails; that is the only way in which it ends. Dropped between
/// two messages it has taken none from the queue that it has not also begun to write.
async fn write<S: Socket>(
    sink: &mut SplitSink<WebSocketStream<S>, Message>,
    queue: &mut mpsc::Receiver<Outgoing>,
    events: &mpsc::Sender<LinkEvent>,
) -> Broken {
    loop {
        // Room for `Sending` comes first: once taken from the queue, a message goes out.
        let Ok(room) = events.reserve().await else { return Broken::Ended };
        let Some(outgoing) = queue.recv().await else { return Broken::Ended };
        if let Some(id) = outgoing.starts {
            room.send(LinkEvent::Sending { id });
        }
        match timeout(WRITE_DEADLINE, sink.send(outgoing.message)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error.into(),
            Err(_) => return Broken::Stuck,
        }
    }
}

/// The message to end with; `None` where nobody is there any more to read it.
fn farewell(ending: &Ending) -> Option<Message> {
    match ending {
        Ending::Replaced(_) | Ending::Released => Some(Message::Close(None)),
        Ending::Broken(broken) => broken.farewell(),
    }
}

/// Sends a close frame and waits for the answer: whoever just drops a socket looks like a crash from
/// the other side.
async fn say_goodbye<S: Socket>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    mut stream: SplitStream<WebSocketStream<S>>,
    farewell: Message,
) {
    let goodbye = async {
        // Errors are of no interest any more: the connection is given up.
        if sink.send(farewell).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    // A peer that does not finish the goodbye in time has lost only that: we are leaving.
    let _ = timeout(GOODBYE_DEADLINE, goodbye).await;
}

/// Tells the end of all requests that have none yet. What still waited in the queue was never sent;
/// of all others nobody here knows what became of them.
async fn settle(
    mut protocol: Protocol,
    mut queue: mpsc::Receiver<Outgoing>,
    events: &mpsc::Sender<LinkEvent>,
) {
    let mut told = Vec::new();
    while let Ok(outgoing) = queue.try_recv() {
        if let Some(id) = outgoing.starts.filter(|id| protocol.is_running(*id)) {
            protocol.forget(id);
            told.push(LinkEvent::NotSent { id, reason: NotSentReason::NoConnection });
        }
    }
    told.extend(protocol.into_running().map(|id| LinkEvent::Lost { id }));
    for event in told {
        if events.send(event).await.is_err() {
            // Nobody is left to be told.
            return;
        }
    }
}
