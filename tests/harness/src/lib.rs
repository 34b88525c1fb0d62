//! What the end-to-end tests stand on: real processes, real sockets, a real pseudo-terminal and a
//! faulty network, each driven by ordinary synchronous functions, so that a scenario reads like
//! the story it tells.
//!
//! It knows the public contract (commands, GraphQL, the one line that `serve` prints) and nothing
//! of how either side is built: it depends on none of their packages, so that what both sides
//! believe wrongly together still fails a test.

#![expect(
    clippy::missing_errors_doc,
    reason = "every function here fails the way a test does: with a sentence for whoever reads the report"
)]

pub mod wait;

pub mod port;
pub mod process;

pub mod backend;
mod graphql;
pub mod http;
pub mod websocket;

pub mod proxy;
pub mod terminal;

pub use backend::{Backend, BackendOptions, Port};
pub use graphql::GraphqlError;
pub use http::{Client, Customer, PlaceOrder};
pub use proxy::Proxy;
pub use rustix::process::{Pid, Signal};
pub use terminal::{Key, Size, Terminal, TerminalOptions};
pub use wait::{Attempt, Stopwatch, eventually, stays};
pub use websocket::{Closed, Received, Subscription, Told, WebSocket};
