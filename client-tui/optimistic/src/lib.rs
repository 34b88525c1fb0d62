//! The pure heart of the terminal program: what is asked for is on the screen in the next frame, and
//! comes to agree with the server's log, whatever the network and the disk do.
//!
//! ```text
//!  intent ──▶ pending ──┐                        ┌──▶ effects: journal, send, subscribe, notify
//!                       ├─ predict ─▶ view       │
//!  facts ──▶ confirmed ─┘   (step 2)   step(state, input, now)
//!            ▲                                   │
//!            └───────── reconcile ◀──────────────┘    receipts, changes, pages (steps 5, 8, 9)
//! ```
//!
//! [`step()`] takes one [`Input`] and gives [`Effect`]s; [`view()`] shows the [`State`]. There is no I/O
//! here, no clock and no randomness: time and luck come in as [`Now`]. The modules stand in the order
//! in which one should read them.

#![warn(missing_docs)]

pub mod clock;
pub mod rules;
pub mod account;
pub mod intent;
pub mod record;
pub mod outcome;
pub mod input;
pub mod effect;
pub mod cached;
mod retry;
mod rows;
mod pending;
mod confirmed;
mod predict;
pub mod state;
mod step;
pub mod view;
pub mod case;
#[cfg(test)]
mod tests;

pub use clock::{Monotonic, Now};
pub use effect::Effect;
pub use input::Input;
pub use rules::{Rule, Rules};
pub use state::State;
pub use step::step;
pub use view::view;
