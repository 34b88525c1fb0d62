//! What can be odd about a journal that was found, and what a person is told about it: it may be why
//! something that they asked for is not there. Step 3 of an order's way.

use std::{fmt, path::PathBuf};

/// Something odd about a file that was coped with. It says itself in a sentence or two, with what to
/// do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Which file.
    pub file: PathBuf,
    /// What is odd about it.
    pub kind: OddityKind,
}

/// What is odd about a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// Its last record is not whole: the machine went down while it was written. It is cut off.
    Torn,
    /// So many records are not what was written once. They are left out.
    Damaged(usize),
    /// A Tiffin that is newer than this one has written it. It is left alone.
    Newer {
        /// The version of that one, where it says so.
        tiffin: Option<String>,
    },
    /// Nobody can say whose it is. It is left alone.
    Unreadable,
}

impl fmt::Display for Oddity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match &self.kind {
            OddityKind::Torn => write!(
                formatter,
                "The last record of a journal was torn and is cut off: what you asked for last may \
                 be missing. Look at your orders. ({file})"
            ),
            OddityKind::Damaged(records) => write!(
                formatter,
                "{records} of the records of a journal were damaged and are left out: look whether \
                 an order is missing, and place it again. ({file})"
            ),
            OddityKind::Newer { tiffin } => {
                let newer = tiffin.as_deref().unwrap_or("that is newer than this one");
                write!(
                    formatter,
                    "Something that is pending was written by a Tiffin {newer}: start that one to \
                     have it sent. Its journal is left as it is. ({file})"
                )
            }
            OddityKind::Unreadable => write!(
                formatter,
                "A journal is damaged from its beginning and is left as it is: what is pending in \
                 it is not sent. Move it away to hear no more of it. ({file})"
            ),
        }
    }
}
