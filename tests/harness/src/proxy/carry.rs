//! Carrying one connection through the proxy, and the state of the network that all connections
//! look at before each piece and each message. Whoever waits (for the mode to change, for a delay to pass) waits
//! on one condition, so that a cut is noticed at once everywhere.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Mode;
use super::fate::{Fate, Fates, Meant, Sender};
use super::frames::{Splitter, Unit};

/// How much one direction of a connection has in hand at most, in bytes.
const PIECE: usize = 16 * 1024;
/// Connections carried at once: more than any scenario opens. Further ones are dropped.
const MOST_CONNECTIONS: usize = 256;
/// How long connecting to the backend may take; on loopback it is at once or never.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Network {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    upstream: SocketAddr,
    /// The ends of each open connection, by its number; one that is not here is dead, and its
    /// threads are about to notice.
    connections: BTreeMap<Number, Vec<TcpStream>>,
    next: Number,
    fates: Fates,
}

type Number = u64;

impl Network {
    pub(super) fn towards(upstream: SocketAddr) -> Self {
        Self {
            state: Mutex::new(State {
                mode: Mode::Pass,
                upstream,
                connections: BTreeMap::new(),
                next: 0,
                fates: Fates::default(),
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn mode(&self) -> Mode {
        self.lock().mode
    }

    pub(super) fn lead_to(&self, upstream: SocketAddr) {
        self.lock().upstream = upstream;
    }

    pub(super) fn befall(&self, meant: Meant, fate: Fate) {
        self.lock().fates.add(meant, fate);
    }

    pub(super) fn spare(&self) {
        self.lock().fates.clear();
    }

    /// How many fates still wait for their messages.
    pub(super) fn fates_left(&self) -> usize {
        self.lock().fates.left()
    }

    pub(super) fn set(&self, mode: Mode) {
        let mut state = self.lock();
        state.mode = mode;
        if mode == Mode::Cut {
            while let Some((_, ends)) = state.connections.pop_first() {
                drop_ends(&ends);
            }
        }
        self.changed.notify_all();
    }

    /// Takes a connection on, unless the line is cut or there are too many.
    fn admit(&self, client: TcpStream) -> Option<Number> {
        let mut state = self.lock();
        if state.mode == Mode::Cut || state.connections.len() >= MOST_CONNECTIONS {
            return None;
        }
        let number = state.next;
        state.next += 1;
        state.connections.insert(number, vec![client]);
        Some(number)
    }

    /// Adds the other end, unless the connection was cut meanwhile.
    fn attach(&self, number: Number, upstream: TcpStream) -> bool {
        let mut state = self.lock();
        let ends = state.connections.get_mut(&number);
        ends.map(|ends| ends.push(upstream)).is_some()
    }

    fn disconnect(&self, number: Number) {
        if let Some(ends) = self.lock().connections.remove(&number) {
            drop_ends(&ends);
        }
        self.changed.notify_all();
    }

    /// Holds a piece back as long as the mode says; then whether it still has somewhere to go.
    fn let_through(&self, number: Number) -> bool {
        let alive = |state: &State| state.connections.contains_key(&number);
        let mut state = self.lock();
        if let Mode::Delay(way) = state.mode {
            let waited = self.changed.wait_timeout_while(state, way, |state| alive(state));
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        let stalled = |state: &mut State| state.mode == Mode::Stall && alive(state);
        let waited = self.changed.wait_while(state, stalled);
        alive(&waited.unwrap_or_else(PoisonError::into_inner))
    }

    /// No code that holds the lock can leave the state half changed, so a panic poisons nothing.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries a connection on threads of its own, which end with it.
pub(super) fn carry(client: TcpStream, network: &Arc<Network>) -> io::Result<()> {
    let Some(number) = network.admit(client.try_clone()?) else {
        return Ok(());
    };
    let network = Arc::clone(network);
    thread::Builder::new().name(format!("proxy {number}")).spawn(move || {
        // An error is a lost connection, and that is what both sides see next.
        let _ = both_ways(&client, number, &network);
        network.disconnect(number);
    })?;
    Ok(())
}

fn both_ways(client: &TcpStream, number: Number, network: &Network) -> io::Result<()> {
    if !network.let_through(number) {
        return Ok(());
    }
    let address = network.lock().upstream;
    let upstream = TcpStream::connect_timeout(&address, CONNECT_DEADLINE)?;
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    if !network.attach(number, upstream.try_clone()?) {
        return Ok(());
    }
    thread::scope(|scope| {
        let back = thread::Builder::new().name(format!("proxy {number} back"));
        let (there, home) =
            (Way::new(&upstream, Sender::Client), Way::new(client, Sender::Backend));
        back.spawn_scoped(scope, || one_way(&upstream, home, number, network))?;
        one_way(client, there, number, network);
        Ok(())
    })
}

/// Carries one direction to its end. The end of the stream travels like any other piece; an error
/// takes the other direction with it.
fn one_way(mut from: &TcpStream, mut way: Way, number: Number, network: &Network) {
    let mut piece = vec![0; PIECE];
    let mut next = || -> io::Result<Option<()>> {
        let length = from.read(&mut piece)?;
        if !network.let_through(number) {
            return Ok(None);
        }
        if length == 0 {
            way.end()?;
            return Ok(None);
        }
        way.carry(piece.get(..length).unwrap_or_default(), network)?;
        Ok(Some(()))
    };
    loop {
        match next() {
            Ok(Some(())) => {}
            Ok(None) => break,
            Err(_) => {
                network.disconnect(number);
                break;
            }
        }
    }
}

/// One direction of a connection, message by message.
struct Way<'a> {
    to: &'a TcpStream,
    sender: Sender,
    splitter: Splitter,
    /// A message that the next one goes before.
    overtaken: Vec<u8>,
}

impl<'a> Way<'a> {
    fn new(to: &'a TcpStream, sender: Sender) -> Self {
        Self { to, sender, splitter: Splitter::new(), overtaken: Vec::new() }
    }

    fn carry(&mut self, piece: &[u8], network: &Network) -> io::Result<()> {
        for unit in self.splitter.take(piece)? {
            match unit {
                Unit::Bytes(bytes) => self.to.write_all(&bytes)?,
                Unit::Message { frames, text } => {
                    let fate = network.lock().fates.of(self.sender, &text);
                    self.carry_message(&frames, fate, network)?;
                }
            }
        }
        Ok(())
    }

    fn carry_message(
        &mut self,
        frames: &[u8],
        fate: Option<Fate>,
        network: &Network,
    ) -> io::Result<()> {
        match fate {
            None => self.to.write_all(frames)?,
            Some(Fate::Doubled) => self.to.write_all(&[frames, frames].concat())?,
            Some(Fate::Lost) => return Ok(()),
            Some(Fate::LostInACut) => {
                network.set(Mode::Cut);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Some(Fate::Overtaken) => {
                self.overtaken.extend_from_slice(frames);
                return Ok(());
            }
        }
        self.to.write_all(&std::mem::take(&mut self.overtaken))
    }

    /// Nothing more comes; what was held back goes as it is.
    fn end(&mut self) -> io::Result<()> {
        let splitter = std::mem::replace(&mut self.splitter, Splitter::new());
        self.to.write_all(&[std::mem::take(&mut self.overtaken), splitter.into_rest()].concat())?;
        self.to.shutdown(Shutdown::Write)
    }
}

fn drop_ends(ends: &[TcpStream]) {
    for end in ends {
        // An end that its peer has closed already is as shut as can be.
        let _ = end.shutdown(Shutdown::Both);
    }
}
