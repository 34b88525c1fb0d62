//! What is old: deliveries that have long been done, a page of them.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::cursor::Position;
use shared::function::Function;

use crate::eventing::delivery::Delivery;
use crate::eventing::plan::OLD_MAX;
use crate::store::StoreError;
use crate::store::row::{self, DELIVERY_COLUMNS};

/// Deliveries that are done and whose last lease ended before this, of events that are as old.
pub(super) fn done_before(
    db: &Connection,
    head: Position,
    before: Timestamp,
) -> Result<Vec<Delivery>, StoreError> {
    let last = last_before(db, head, before)?;
    // Along the key, from its beginning: whatever is done and old is gone from there, so only dead letters
    // and what takes very long are passed over.
    let sql = format!(
        "SELECT {DELIVERY_COLUMNS} FROM delivery
         WHERE function = ?1 AND seq <= ?2 AND status = 'done' AND due_at < ?3
         ORDER BY seq LIMIT ?4"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut old = Vec::new();
    for function in Function::ALL {
        let left = i64::try_from(OLD_MAX.saturating_sub(old.len())).unwrap_or(0);
        let name = function.name();
        let mut rows = statement.query(params![name, last.get(), before.as_millisecond(), left])?;
        while let Some(row) = rows.next()? {
            old.push(row::delivery(row)?);
        }
    }
    Ok(old)
}

/// The position of the last event that was recorded before this. Time never goes back along the log, so
/// some twenty steps find it, however long the log is.
fn last_before(db: &Connection, head: Position, before: Timestamp) -> Result<Position, StoreError> {
    let mut statement = db.prepare_cached("SELECT recorded_at FROM event WHERE seq = ?1")?;
    let (mut known, mut beyond) = (0, head.get().saturating_add(1));
    while beyond - known > 1 {
        let middle = known.midpoint(beyond);
        let recorded_at: i64 = statement.query_row([middle], |row| row.get(0))?;
        if recorded_at < before.as_millisecond() { known = middle } else { beyond = middle }
    }
    Ok(Position::new(known))
}
