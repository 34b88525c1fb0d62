//! The program without its edges, the Elm way: model, messages, one `update`, effects as data.
//!
//! Steps 1, 2 and 9 of an order's way. A key becomes a command by the key table, a command changes
//! the model and names effects; the loop in `run.rs` performs them and brings what comes of them
//! back as messages. There is no I/O here, no clock and no randomness.

pub mod pane;
pub mod cart;
pub mod later;
pub mod entry;
pub mod events;
pub mod toasts;
pub mod connection;
pub mod session;
pub mod model;
pub mod moment;
pub mod command;
pub mod keymap;
pub mod message;
pub mod effect;
mod update;
#[cfg(test)]
pub(crate) mod fixture;

pub use effect::Effect;
pub use message::Message;
pub use model::Model;
pub use moment::Moment;
pub use update::{next_wakeup, update};
