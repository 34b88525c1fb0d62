//! All that can happen to the program, as plain data: a run can be written down and played again.
//! Steps 3, 5 and 8 of an order's way.

use optimistic::Input;

use super::cart::Cart;
use crate::link::{LinkCommand, LinkEvent};
use crate::own_backend::OwnBackendEvent;
use crate::profile::SignedIn;
use crate::terminal::TerminalEvent;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// The program begins.
    Begin,
    /// Step 1 of an order's way: somebody pressed a key, pasted, looked away.
    Terminal(TerminalEvent),
    /// Steps 5 and 8: something came over the link, or became of it.
    Network(Network),
    /// What the disk says to the store: restored, written, failed.
    Store(Box<Input>),
    /// The cart that somebody has left when the program ended last.
    CartRestored(Box<Cart>),
    /// The backend of our own has come to another state.
    Backend(OwnBackendEvent),
    /// The sign-in is kept: from now on we are this customer.
    SignedIn(SignedIn),
    /// Something at the edge failed that a person should know of, with the next step.
    Trouble(String),
    /// Time has passed; due when [`next_wakeup`](super::next_wakeup) says so, harmless at any other
    /// time.
    Tick,
}

/// News of the link.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// The link says this.
    Event(LinkEvent),
    /// The link did not take this command: nothing of it was sent.
    Busy(LinkCommand),
    /// Perhaps a long time has passed without us (sleep, suspension): is the connection alive?
    Awake,
}
