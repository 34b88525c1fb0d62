//! What a journal file holds: a first line that says what it is, then one record per line.
//! Step 3 of an order's way.
//!
//! Each line stands for itself. The last one may be torn (the machine went down while it was
//! written); others that are damaged are left out, which loses at most that a mutation was sent or
//! settled, and then it is asked again with its old id.

use optimistic::{
    account::ProfileId,
    record::{Ledger, Record},
};
use serde::{Deserialize, Serialize};

use super::{
    line::{opened, sealed},
    oddity::OddityKind,
};

/// The format in which files are written. It is raised with whatever an older build must not read
/// past, such as a new field of an intent. A new kind of intent needs no new format: a build that
/// does not know it keeps it word for word.
const FORMAT: u32 = 2;
/// The oldest format that is read. What is adopted is written anew, and so upgraded: format 1 had
/// the same records, and did not say which Tiffin wrote them.
const OLDEST_FORMAT: u32 = 1;
/// For whoever finds the file and is too old for it.
const OUR_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The first line of a file of format 2.
#[derive(Debug, Serialize)]
struct Header {
    format: u32,
    tiffin: &'static str,
    profile: ProfileId,
}

/// What the first line says in every format, also in those to come.
#[derive(Debug, Deserialize)]
struct Cover {
    format: u32,
    tiffin: Option<String>,
}

/// What the first line says in the formats that are read.
#[derive(Debug, Deserialize)]
struct Owner {
    profile: ProfileId,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pages {
    /// Records of this profile, and what was odd about them.
    Of { profile: ProfileId, records: Vec<Record>, oddity: Option<OddityKind> },
    /// Nothing: its program died before it had written a whole line.
    Blank,
    /// Something that is left alone, and why.
    NotOurs(OddityKind),
}

/// The bytes of a file with these records.
pub(super) fn written(profile: ProfileId, ledger: &Ledger) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    let header = Header { format: FORMAT, tiffin: OUR_VERSION, profile };
    sealed(&serde_json::to_string(&header)?, &mut bytes);
    for record in ledger.records() {
        sealed(&serde_json::to_string(&record)?, &mut bytes);
    }
    Ok(bytes)
}

/// What these bytes hold.
pub(super) fn read(bytes: &[u8]) -> Pages {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let Some(first) = lines.next().and_then(|first| first.strip_suffix(b"\n")) else {
        return Pages::Blank;
    };
    let (profile, tiffin) = match header(first) {
        Ok(read) => read,
        Err(oddity) => return Pages::NotOurs(oddity),
    };
    let mut records = Vec::new();
    let (mut torn, mut damaged) = (0_usize, 0_usize);
    for line in lines {
        let Some(whole) = line.strip_suffix(b"\n") else {
            torn += 1;
            continue;
        };
        match opened(whole).map(serde_json::from_str) {
            Some(Ok(record)) => records.push(record),
            // As it was written, but no record that this build knows.
            Some(Err(_)) => return Pages::NotOurs(OddityKind::Newer { tiffin }),
            None => damaged += 1,
        }
    }
    let oddity = match (torn, damaged) {
        (0, 0) => None,
        (_, 0) => Some(OddityKind::Torn),
        (_, damaged) => Some(OddityKind::Damaged(damaged)),
    };
    Pages::Of { profile, records, oddity }
}

/// Whose the file is, and which Tiffin wrote it.
fn header(line: &[u8]) -> Result<(ProfileId, Option<String>), OddityKind> {
    let json = opened(line).ok_or(OddityKind::Unreadable)?;
    let Cover { format, tiffin } =
        serde_json::from_str(json).map_err(|_| OddityKind::Unreadable)?;
    if !(OLDEST_FORMAT..=FORMAT).contains(&format) {
        return Err(OddityKind::Newer { tiffin });
    }
    let Owner { profile } = serde_json::from_str(json).map_err(|_| OddityKind::Unreadable)?;
    Ok((profile, tiffin))
}
