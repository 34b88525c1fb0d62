//! What became of a mutation, kept for explanation: what was asked and seen, what was decided, and what
//! stood in the way.
//! Step 9 of an order's way.

mod explanation;

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::cursor::Version;
use shared::id::{MutationId, OrderId};
use shared::order::StatusChange;

use crate::intent::IntentKind;
use crate::record::{Seen, Settlement};
use crate::rules::Rules;

/// The outcomes that are kept; older ones are forgotten first. An evening has a few dozen.
pub const OUTCOMES_MAX: usize = 200;

/// The one end of one mutation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    /// The mutation.
    pub mutation_id: MutationId,
    /// The order that it was about.
    pub order_id: OrderId,
    /// What was asked for.
    pub asked: IntentKind,
    /// When it was asked for, by the server's clock as far as it was known.
    pub asked_at: Timestamp,
    /// What was seen of the order then; `None` of a placing, and of what an older journal held.
    pub seen: Option<Seen>,
    /// When it was decided, by the same clock.
    pub settled_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// The version of the order that we had when it was decided.
    pub decided_on: Option<Version>,
    /// The fact that stood in the way of what was refused, where it was one: when the kitchen began,
    /// when the order ended.
    pub beaten_by: Option<StatusChange>,
    /// What was decided.
    pub settlement: Settlement,
}

impl Outcome {
    /// What became of it, in one sentence for a person.
    pub fn words(&self) -> String {
        let noun = self.asked.noun();
        match &self.settlement {
            Settlement::Confirmed => format!("The {noun} went through."),
            Settlement::Refused(refused) => format!("The {noun} was refused: {}", refused.message),
            Settlement::Withdrawn => {
                format!("The {noun} was taken back before it was sent.")
            }
            Settlement::OrderNotPlaced => {
                format!("The {noun} has nothing to act on: the order was not placed.")
            }
            Settlement::Vanished => format!(
                "The {noun} was accepted, but the server no longer has this order. \
                 Its log has lost something: look at your orders and ask again if need be."
            ),
            Settlement::Abandoned if self.asked == IntentKind::Unknown => {
                "Something that only a newer Tiffin can do was given up.".to_owned()
            }
            Settlement::Abandoned => format!(
                "The {noun} was given up: it was sent as another customer, and whether it went \
                 through cannot be seen as this one."
            ),
        }
    }
}

/// The latest outcomes, oldest first, at most [`OUTCOMES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Outcomes(VecDeque<Outcome>);

impl Outcomes {
    pub(crate) fn push(&mut self, outcome: Outcome, rules: Rules) {
        if self.0.len() >= rules.bound(OUTCOMES_MAX) {
            self.0.pop_front();
        }
        self.0.push_back(outcome);
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Outcome> {
        self.0.iter()
    }
}
