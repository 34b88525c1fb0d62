//! What a plan promises, promise by promise. What must hold of *every* log is checked by the fixture
//! with each write.

mod mutations;
mod runs;
mod schedules;
mod completions;
mod due;
mod later;
mod operators;
mod explained;
mod old;
mod any_history;
mod waiting;
mod portions;
