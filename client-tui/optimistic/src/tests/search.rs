//! Two searches for what nobody has thought of, over the real store and the same world.
//!
//! ```text
//!  happening ──▶ world: terminals (real `step`), disk, network, server (a log and its plain fold)
//!                  │
//!                  └──▶ invariants I1 to I12, after every happening
//! ```
//!
//! `random` draws long sequences with every fault there is, and shrinks what fails; `exhaustive` tries
//! every sequence within small bounds. Neither knows a single case by name: those are the other tests.

mod happening;
mod terminal;
mod disk;
mod chronicle;
mod world;
mod fair;
mod invariants;
mod random;
mod exhaustive;
