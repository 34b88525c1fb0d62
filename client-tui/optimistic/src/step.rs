//! The one function that changes the store.

use crate::clock::Now;
use crate::effect::Effect;
use crate::input::Input;
use crate::state::State;

/// Takes one thing that happened in, and says what is to be done, in order.
///
/// Total: no input in any state panics or fails. What makes no sense any more (an answer to a
/// mutation that is settled, a page of another log) changes nothing.
pub fn step(state: &mut State, input: Input, now: Now) -> Vec<Effect> {
    let _ = (state, input, now);
    Vec::new()
}
