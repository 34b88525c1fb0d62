//! The terminal program: step 1 (a key) to step 9 (the screen agrees with the log again).

pub mod terminal;
