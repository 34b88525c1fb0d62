//! Questions to the tables whose answer must be empty. Each row of an answer is a finding, in words.
//!
//! They are plain SQL, so that anybody can ask them with nothing but the sqlite3 command.

use rusqlite::Connection;

use super::verdict::Findings;
use crate::store::StoreError;

/// How many rows of one answer are told in words, so that the next answer is heard, too.
const TOLD_MAX: usize = 3;

/// The log by itself: positions, time, causes, and where it ends.
pub(super) const LOG: [&str; 5] = [
    "SELECT format('position %d is missing: after %d comes %d', before + 1, before, seq)
     FROM (SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM event)
     WHERE seq <> before + 1",
    "SELECT format('the head says %d, but the last event stands at %d', log_head.seq, last)
     FROM log_head, (SELECT coalesce(max(seq), 0) AS last FROM event) WHERE log_head.seq <> last",
    "SELECT format('time goes back at position %d', seq)
     FROM (SELECT seq, recorded_at, lag(recorded_at) OVER (ORDER BY seq) AS before FROM event)
     WHERE recorded_at < before",
    "SELECT format('the event at position %d names a cause that does not stand before it', seq)
     FROM event AS effect WHERE causation_id IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM event AS cause WHERE cause.id = effect.causation_id AND cause.seq < effect.seq)",
    "SELECT format('%s has no version %d', stream, before + 1)
     FROM (SELECT stream, stream_version,
               lag(stream_version, 1, 0) OVER (PARTITION BY stream ORDER BY stream_version) AS before
           FROM event)
     WHERE stream_version <> before + 1",
];

/// What stands in the table of streams, and not in the log.
pub(super) const STREAMS: [&str; 2] = [
    "SELECT format('%s has a state, but no event', stream)
     FROM stream WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.stream = stream.stream)",
    "SELECT format('%s was paused, and is not', value)
     FROM stream, json_each(stream.state, '$.paused') WHERE stream = 'system'
         AND value NOT IN (SELECT function FROM consumer WHERE paused = 1)",
];

/// What was answered, against what has happened.
pub(super) const RECEIPTS: [&str; 3] = [
    "SELECT format('the mutation of the event at position %d has no receipt that says so', seq)
     FROM event WHERE mutation_id IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM receipt WHERE owner = event.customer_id AND refusal IS NULL
              AND receipt.mutation_id = event.mutation_id AND receipt.seq = event.seq
              AND receipt.input_hash IS event.input_hash)",
    "SELECT format('the receipt of mutation %s promises an event that is not at position %d',
         mutation_id, seq)
     FROM receipt WHERE refusal IS NULL AND NOT EXISTS
         (SELECT 1 FROM event WHERE event.seq = receipt.seq
              AND event.mutation_id = receipt.mutation_id AND event.customer_id = owner)",
    "SELECT format('mutation %s was refused at position %d, where the log has not been yet',
         mutation_id, receipt.seq)
     FROM receipt, log_head WHERE refusal IS NOT NULL AND receipt.seq > log_head.seq",
];

/// Deliveries that nobody asked for, and dead letters of which nobody was told.
pub(super) const DELIVERIES: [&str; 4] = [
    "SELECT format('%s is to handle position %d, where no event is', function, seq)
     FROM delivery WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.seq = delivery.seq)",
    "SELECT format('%s gave up on position %d, and no event says so', function, delivery.seq)
     FROM delivery JOIN event ON event.seq = delivery.seq WHERE status = 'dead'
         AND (function, event.id) NOT IN
         (SELECT source, causation_id FROM event WHERE type = 'DeliveryDied')",
    "SELECT format('%s gave up on position %d, and its dead letter is gone', died.source, event.seq)
     FROM event AS died JOIN event ON event.id = died.causation_id
     WHERE died.type = 'DeliveryDied'
         AND event.id NOT IN (SELECT causation_id FROM event WHERE type = 'DeliveryRedelivered')
         AND NOT EXISTS (SELECT 1 FROM delivery WHERE function = died.source AND delivery.seq = event.seq)",
    "SELECT format('%s waits for position %d in the place of another customer', function, delivery.seq)
     FROM delivery JOIN event ON event.seq = delivery.seq
     WHERE status IN ('pending', 'leased') AND delivery.customer_id IS NOT event.customer_id",
];

/// Whoever was validated with a limited dish has its portions, or the kitchen makes them without end since.
pub(super) const PORTIONS: [&str; 1] = [
    "SELECT format('order %s was validated at position %d and given no portions', order_id, validated.seq)
     FROM (SELECT data ->> '$.orderId' AS order_id FROM event
           WHERE stream >= 'restaurant:' AND stream < 'restaurant;' AND type = 'PortionsClaimed')
     JOIN event AS validated
         ON validated.stream = 'order:' || order_id AND validated.type = 'OrderValidated'
     WHERE NOT EXISTS (SELECT 1 FROM event WHERE seq = validated.seq + 1
         AND causation_id = validated.id AND type IN ('PortionsTaken', 'ClaimDropped'))",
];

/// Asks, and adds what should not have been answered.
pub(super) fn ask(
    log: &Connection,
    questions: &[&str],
    findings: &mut Findings,
) -> Result<(), StoreError> {
    for question in questions {
        let mut statement = log.prepare(question)?;
        let mut rows = statement.query([])?;
        let mut told = 0;
        while let Some(row) = rows.next()? {
            if told < TOLD_MAX {
                findings.add(row.get(0)?);
                told += 1;
            } else {
                findings.count();
            }
        }
    }
    Ok(())
}
