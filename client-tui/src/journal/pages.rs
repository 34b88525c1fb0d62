//! What a journal file holds: a first line that says what it is, then one record per line.
//! Step 3 of an order's way.
//!
//! Each line stands for itself. The last one may be torn (the program died while it wrote); others
//! that are damaged are left out, which loses at most that a mutation was sent or settled, and then
//! it is asked again with its old id.

use optimistic::{
    account::ProfileId,
    record::{Ledger, Record},
};
use serde::{Deserialize, Serialize};

use super::line::{opened, sealed};

/// The format of the lines. A file with another one was written by another Tiffin.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    profile: ProfileId,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pages {
    /// Records of this profile, and what was wrong with them in words.
    Of { profile: ProfileId, records: Vec<Record>, notice: Option<String> },
    /// Nothing: its program died before it had written a whole line.
    Blank,
    /// Something that this build does not understand; it is left alone.
    Foreign,
}

/// The bytes of a file with these records.
pub(super) fn written(profile: ProfileId, ledger: &Ledger) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    sealed(&serde_json::to_string(&Header { format: FORMAT, profile })?, &mut bytes);
    for record in ledger.records() {
        sealed(&serde_json::to_string(&record)?, &mut bytes);
    }
    Ok(bytes)
}

/// What these bytes hold.
pub(super) fn read(bytes: &[u8]) -> Pages {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let Some(header) = lines.next().and_then(|first| first.strip_suffix(b"\n")) else {
        return Pages::Blank;
    };
    let header = opened(header).and_then(|json| serde_json::from_str(json).ok());
    let Some(Header { format: FORMAT, profile }) = header else { return Pages::Foreign };
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
            Some(Err(_)) => return Pages::Foreign,
            None => damaged += 1,
        }
    }
    let notice = match (torn, damaged) {
        (0, 0) => None,
        (_, 0) => Some("its last record was torn and is cut off".to_owned()),
        (_, damaged) => Some(format!("{damaged} damaged records are left out")),
    };
    Pages::Of { profile, records, notice }
}
