//! The terminal program: step 1 (a key) to step 9 (the screen agrees with the log again).

pub mod cli;
pub mod paths;
pub mod logging;
pub mod terminal;
pub mod replace_file;
pub mod profile;
pub mod clock;
pub mod link;
pub mod journal;
pub mod sealed_file;
pub mod cache;
pub mod kept_cart;
pub mod own_backend;
pub mod app;
pub mod ui;
mod replay_case;
mod run;

pub use run::start as run;
