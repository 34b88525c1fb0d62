//! What a person can tell the program to do, whichever key says it. Step 1 of an order's way.

use serde::{Deserialize, Serialize};

use super::pane::Pane;

/// One command; what it does to the selected thing depends on the pane that has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Command {
    /// Leave.
    Quit,
    /// Leave the terminal to the shell until it is continued.
    Suspend,
    /// Show or hide all keys.
    ToggleHelp,
    /// One level back; never leaves the program.
    Back,
    /// The focus goes to this pane.
    GoTo(Pane),
    /// The focus goes to the next pane.
    NextPane,
    /// The focus goes to the pane before.
    PreviousPane,
    /// The selection moves.
    Select(Step),
    /// From a restaurant to its menu.
    OpenMenu,
    /// One portion of the selected dish more, a higher tip, or a star more.
    More,
    /// One portion less, a lower tip, or a star less.
    Less,
    /// Takes the selected row out of the cart.
    RemoveRow,
    /// Writes the note for the kitchen.
    EditNote,
    /// Writes where to deliver.
    EditDeliverTo,
    /// Writes when to deliver.
    EditWhen,
    /// Whatever the selected row of the cart is for.
    UseRow,
    /// Places the order.
    PlaceOrder,
    /// Cancels the selected order, takes it back, or dismisses its refusal, whichever applies.
    Remove,
    /// Begins to change the tip of the selected order.
    EnterTip,
    /// Begins to rate the selected order.
    EnterRating,
    /// Sends what is pending on the selected order again, now.
    SendAgain,
    /// Shows the events of the selected order.
    ShowEvents,
    /// All events, or those of one order.
    ToggleFilter,
    /// Says yes to the question on the screen.
    Confirm,
    /// Says no to it.
    Decline,
    /// Takes over what was entered: a text, a tip, a rating.
    Keep,
    /// Leaves it as it was.
    Leave,
}

/// How far the selection moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Some rows up.
    PageUp,
    /// Some rows down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

impl Step {
    /// How many rows a page is. The same at every size of the terminal, so that a key does the same
    /// thing everywhere; it is what the smallest terminal shows.
    const PAGE: usize = 6;

    /// Where this step leads from `here` (the first row where nothing was selected) in a list of
    /// `length` rows; `None` in an empty one.
    pub fn from(self, here: Option<usize>, length: usize) -> Option<usize> {
        let last = length.checked_sub(1)?;
        let Some(here) = here else { return Some(if self == Self::Last { last } else { 0 }) };
        let there = match self {
            Self::Up => here.saturating_sub(1),
            Self::Down => here.saturating_add(1),
            Self::PageUp => here.saturating_sub(Self::PAGE),
            Self::PageDown => here.saturating_add(Self::PAGE),
            Self::First => 0,
            Self::Last => last,
        };
        Some(there.min(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stops_at_both_ends_and_survives_an_empty_list() {
        assert_eq!(Step::Up.from(Some(0), 3), Some(0));
        assert_eq!(Step::Down.from(Some(2), 3), Some(2));
        assert_eq!(Step::PageDown.from(Some(0), 3), Some(2));
        assert_eq!(Step::Last.from(Some(0), 3), Some(2));
        assert_eq!(Step::Down.from(None, 3), Some(0));
        assert_eq!(Step::Down.from(Some(7), 3), Some(2));
        assert_eq!(Step::Down.from(Some(0), 0), None);
    }
}
