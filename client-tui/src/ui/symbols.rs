//! Every symbol of our own that is not ASCII, and what it means: nowhere else is one written.
//! Steps 2 and 9 of an order's way.
//!
//! Each is one cell wide in every terminal: no emoji, and none of the characters that take two cells
//! where East Asian text is at home. (The lines of the frames are the one exception; terminals know
//! them.)

/// Decided, and not sent yet.
pub(crate) const QUEUED: &str = "◌";
/// On its way, no answer yet.
pub(crate) const SENDING: &str = "◔";
/// The answer did not come.
pub(crate) const CHECKING: &str = "?";
/// It is on record; the change that confirms it is still to come.
pub(crate) const ACCEPTED: &str = "◕";
/// The answer was no.
pub(crate) const REFUSED: &str = "!";
/// Confirmed, and under way.
pub(crate) const UNDER_WAY: &str = "▮";
/// Reached; at the door; connected.
pub(crate) const DONE: &str = "✓";
/// Ended without food.
pub(crate) const ENDED_EARLY: &str = "✗";
/// A step of the way that is still to come.
pub(crate) const TO_COME: &str = "◦";
/// The selected row; the step where an order stands.
pub(crate) const HERE: &str = "▸";
/// A step of the small track that is reached.
pub(crate) const TRACK_DONE: &str = "▰";
/// A step of the small track that is not.
pub(crate) const TRACK_OPEN: &str = "▱";
/// A star of a rating. Not the common black star, which takes two cells in some terminals.
pub(crate) const STAR: &str = "✭";
/// A star that was not given.
pub(crate) const NO_STAR: &str = "✩";

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::CellWidth;

    const ALL: [&str; 14] = [
        QUEUED,
        SENDING,
        CHECKING,
        ACCEPTED,
        REFUSED,
        UNDER_WAY,
        DONE,
        ENDED_EARLY,
        TO_COME,
        HERE,
        TRACK_DONE,
        TRACK_OPEN,
        STAR,
        NO_STAR,
    ];

    #[test]
    fn each_is_one_cell_wide_and_means_one_thing() {
        let distinct: std::collections::BTreeSet<&str> = ALL.into_iter().collect();
        assert_eq!(distinct.len(), ALL.len());
        assert!(ALL.into_iter().all(|symbol| symbol.cell_width() == 1));
    }
}
