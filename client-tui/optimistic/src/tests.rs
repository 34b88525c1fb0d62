//! The hard cases by name, and searches for what nobody has named.
//!
//! `world` has a server (a log and its plain fold) and a client (the store with a disk and a link to
//! it); the files after it go through the cases, grouped as one meets them.

mod world;
mod answers;
mod changes;
mod snapshots;
mod layers;
mod failures;
mod tips;
mod races;
mod durability;
mod bounds;
mod cases;
mod rules;
mod search;
