//! Is the log still what `audit` read, event by event, when it was new?

use rusqlite::Connection;

use super::verdict::{Check, Findings};
use crate::eventing::consumer::Follower;
use crate::eventing::follower::Progress;
use crate::eventing::follower::audit::Audit;
use crate::operate::scan::{Along, each_event};
use crate::operate::words::grouped;
use crate::store::StoreError;
use crate::store::sqlite::progress;

/// Makes the chain of hashes once more, up to where `audit` has come.
pub(super) fn check(log: &Connection) -> Result<Check, StoreError> {
    let Progress { cursor, state } = progress(log, Follower::Audit)?;
    let Some(kept) = state else {
        return Ok(Check::not_compared("audit", "it has read nothing yet".to_owned()));
    };
    let mut findings = Findings::default();
    let kept: Audit = serde_json::from_str(&kept).unwrap_or_else(|why| {
        findings.add(format!("what it kept cannot be read: {why}"));
        Audit::default()
    });
    let mut made = Audit::default();
    each_event(log, Along::Positions, |event| -> Result<(), StoreError> {
        // What cannot be read is told where the streams are folded, and breaks the chain.
        if let Some(event) = event.ok().filter(|event| event.position <= cursor) {
            made.read(&event);
        }
        Ok(())
    })?;
    let at = grouped(cursor.get());
    if made != kept {
        let (made, kept) = (&made.chain, &kept.chain);
        findings.add(format!(
            "up to position {at} the log gives the chain {made}, and it was {kept} when it was read"
        ));
    }
    let by_source =
        made.by_source.iter().map(|(source, events)| format!("{} by {source}", grouped(*events)));
    let by_source = by_source.collect::<Vec<_>>().join(", ");
    let summary =
        format!("nothing was changed up to position {at}, chain {}: {by_source}", made.chain);
    Ok(Check::new("audit", summary, findings))
}
