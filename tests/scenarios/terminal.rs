//! The terminal program as a person at a terminal has it: the real `tiffin` in a real
//! pseudo-terminal. They press keys and read the screen; now and then somebody kills something.
//!
//! Whoever reads the screen here looks for words and for how they stand there (solid, dim,
//! reversed), not for where they stand: how each screen is laid out is held elsewhere.

mod person;
mod agreement;
mod journal_file;

mod first_order;
mod placeholder;
mod cancelling;
mod tip_and_rating;
mod later;
mod ending_early;
mod offline;
mod lost_answers;
mod meddled;
mod random_walk;
mod odd_journals;
#[cfg(target_os = "linux")] // elsewhere nobody can bound the files of a process that runs
mod full_disk;
mod own_backend;
mod two_programs;
mod leaving;
mod typing;
mod any_terminal;
mod quiet;
mod replaying;
