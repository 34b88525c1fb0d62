//! What functions promise: each minds its own business, asks the bank only when it should, and may be
//! called in any order and any number of times.

mod alone;
mod any_delivery;
mod late_tip;
mod grace;
