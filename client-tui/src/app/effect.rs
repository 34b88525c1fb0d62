//! All that the program wants done. `update` names it; the loop does it, in order.

use optimistic::effect::{Flush, WriteId};
use optimistic::record::Record;

use crate::link::LinkCommand;
use crate::profile::{SignedIn, Token};

/// One thing to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Step 3 of an order's way, and every other request: hand this to the link.
    Link(LinkCommand),
    /// Append this to the journal, and say when it is as far as it has to be.
    Journal {
        /// The name of this write.
        write: WriteId,
        /// What.
        record: Record,
        /// How far.
        flush: Flush,
    },
    /// What is worth caching has changed: write it when there is leisure.
    WriteCache,
    /// Keep this sign-in, and say as whom we order now: another `tiffin` on the same data may have
    /// been faster.
    KeepSignIn {
        /// What the backend gave.
        new: SignedIn,
        /// The token that it does not accept any more, where there was one.
        refused: Option<Token>,
    },
    /// Give the terminal to the shell until it is continued.
    Suspend,
    /// Leave.
    Quit,
    /// For the log file.
    Remark(String),
}
