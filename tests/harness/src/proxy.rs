//! A faulty network on one machine: a TCP proxy between a client and a backend that a test lets
//! pass, slows down, freezes (half open: nothing moves and nobody is told) or cuts; and a meddler
//! that knows the messages of `graphql-transport-ws` and loses, doubles or reorders single ones.
//!
//! Two threads carry each connection, one for each direction, with at most one piece in hand;
//! what is held back waits in the sockets' buffers, as on a real network.

mod frames;
mod fate;
mod carry;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::port::Reservation;
use crate::wait::{Attempt, eventually};
use carry::{Network, carry};

pub use fate::{Fate, Meant};

/// How long opening the door again may take: processes are started within milliseconds, or within
/// seconds on a machine that is busy with other tests.
const DOOR_DEADLINE: Duration = Duration::from_secs(20);

/// What the network does with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They go through.
    Pass,
    /// Each piece waits this long before it goes on, and what comes meanwhile waits for it: the
    /// way takes between one and two delays in each direction.
    Delay(Duration),
    /// Connections are open and can be opened, and nothing goes through. What is held goes on
    /// when the mode changes to `Pass` or `Delay`.
    Stall,
    /// All connections are dropped, and new ones are refused.
    Cut,
}

/// A proxy on a free loopback port. Its connections and threads end when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    network: Arc<Network>,
    /// Accepts connections; none while the line is cut.
    door: Option<JoinHandle<()>>,
    /// Keeps the port while nobody listens on it.
    port: Reservation,
}

impl Proxy {
    /// Starts in mode `Pass` towards `upstream`.
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        let mut proxy = Self {
            network: Arc::new(Network::towards(upstream)),
            door: None,
            port: Reservation::of_a_free_port()?,
        };
        proxy.open_door()?;
        Ok(proxy)
    }

    /// Where clients connect to; the same for the proxy's whole life.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// `http://ADDRESS`, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Connections opened from now on go to another address: of a backend that came back there.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.network.lead_to(upstream);
    }

    /// What the network does now.
    pub fn mode(&self) -> Mode {
        self.network.mode()
    }

    /// Changes what the network does. When this returns the change holds for every further piece
    /// (after `Cut`: nobody is connected, and nobody can connect).
    pub fn set(&mut self, mode: Mode) -> Result<()> {
        if self.mode() == Mode::Cut {
            // A line that was cut in a message still has its door, or a last guest in it.
            self.close_door()?;
        }
        self.network.set(mode);
        match mode {
            Mode::Cut => self.close_door(),
            Mode::Pass | Mode::Delay(_) | Mode::Stall => self.open_door(),
        }
    }

    /// `set(Mode::Pass)`.
    pub fn pass(&mut self) -> Result<()> {
        self.set(Mode::Pass)
    }

    /// `set(Mode::Delay(way))`.
    pub fn delay(&mut self, way: Duration) -> Result<()> {
        self.set(Mode::Delay(way))
    }

    /// `set(Mode::Stall)`.
    pub fn stall(&mut self) -> Result<()> {
        self.set(Mode::Stall)
    }

    /// `set(Mode::Cut)`.
    pub fn cut(&mut self) -> Result<()> {
        self.set(Mode::Cut)
    }

    /// Lets this happen to that message, once. Of several fates for one message the first counts,
    /// and the others wait for the next message that they mean.
    pub fn befall(&self, meant: Meant, fate: Fate) {
        self.network.befall(meant, fate);
    }

    /// Calls off whatever has not befallen its message yet.
    pub fn spare_the_rest(&self) {
        self.network.spare();
    }

    /// Waits until all that was to befall messages has befallen them.
    pub fn wait_until_befallen(&self, deadline: Duration) -> Result<()> {
        eventually(deadline, "the messages that something was to befall", || {
            match self.network.fates_left() {
                0 => Attempt::Done(()),
                left => Attempt::NotYet(format!("{left} have not passed")),
            }
        })
    }

    fn open_door(&mut self) -> Result<()> {
        if self.door.is_some() {
            return Ok(());
        }
        // A process that another thread is just starting holds our sockets between fork and exec,
        // also the listener of a door that was closed: until then nobody else may listen.
        let listener = eventually(DOOR_DEADLINE, "opening the proxy's door", || {
            TcpListener::bind(self.address()).context("listening")
        })?;
        let network = Arc::clone(&self.network);
        let door = thread::Builder::new().name("proxy door".into());
        self.door = Some(door.spawn(move || welcome(&listener, &network))?);
        Ok(())
    }

    /// Closes the door behind whoever is inside; the mode is `Cut` already.
    fn close_door(&mut self) -> Result<()> {
        if let Some(door) = self.door.take() {
            // The knock wakes it from `accept`; where it is refused, the door is closed already.
            drop(TcpStream::connect(self.address()));
            if door.join().is_err() {
                anyhow::bail!("the thread that accepts the proxy's connections panicked");
            }
        }
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.network.set(Mode::Cut);
        // Its only error is a panic, which the thread has reported itself.
        let _ = self.close_door();
    }
}

/// Accepts connections until the line is cut.
fn welcome(listener: &TcpListener, network: &Arc<Network>) {
    while let Ok((client, _)) = listener.accept() {
        if network.mode() == Mode::Cut {
            break;
        }
        // One that cannot be carried is dropped: its client sees a lost connection.
        let _ = carry(client, network);
    }
}

#[cfg(test)]
mod tests;
