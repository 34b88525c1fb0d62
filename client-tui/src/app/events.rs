//! The events of the log as they arrive: what the *under the hood* pane shows.
//!
//! Step 8 of an order's way, seen from outside. Only for looking: the state of an order never comes
//! from here but from the optimistic store.

use std::collections::BTreeMap;

use shared::cursor::Position;
use shared::id::{EventId, LogId, OrderId};

use crate::link::contract::LoggedEvent;

/// The events that are kept at most; the oldest go first. A dozen belong to one order, so this is an
/// evening for a whole street.
pub const EVENTS_MAX: usize = 1_000;

/// What is known of a log's events, in the order of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventLog {
    log_id: Option<LogId>,
    by_position: BTreeMap<Position, LoggedEvent>,
    positions: BTreeMap<EventId, Position>,
}

impl EventLog {
    /// Takes an event in; one that is known already changes nothing. The events of another log go.
    pub fn take(&mut self, log_id: LogId, event: LoggedEvent) {
        if self.log_id != Some(log_id) {
            *self = Self { log_id: Some(log_id), ..Self::default() };
        }
        self.positions.insert(event.id, event.position);
        self.by_position.insert(event.position, event);
        while self.by_position.len() > EVENTS_MAX {
            if let Some((_, oldest)) = self.by_position.pop_first() {
                self.positions.remove(&oldest.id);
            }
        }
    }

    /// All that are known, or those of one order, oldest first.
    pub fn shown(&self, only: Option<OrderId>) -> impl DoubleEndedIterator<Item = &LoggedEvent> {
        self.by_position.values().filter(move |event| only.is_none() || event.order_id == only)
    }

    /// The event with this id, while it is known.
    pub fn get(&self, id: EventId) -> Option<&LoggedEvent> {
        self.by_position.get(self.positions.get(&id)?)
    }

    /// The events that the handling of this one appended, oldest first.
    pub fn caused_by(&self, id: EventId) -> impl Iterator<Item = &LoggedEvent> {
        self.by_position.values().filter(move |event| event.causation_id == Some(id))
    }

    /// Whether nothing has arrived yet.
    pub fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use uuid::Uuid;

    const LOG: LogId = LogId::new(Uuid::from_u128(1));

    fn event(position: u64, cause: Option<u64>) -> LoggedEvent {
        let id = |number: u64| EventId::new(Uuid::from_u128(number.into()));
        LoggedEvent {
            id: id(position),
            position: Position::new(position),
            event_type: "OrderPlaced".to_owned(),
            message: String::new(),
            source: "customer".to_owned(),
            order_id: Some(OrderId::new(Uuid::from_u128(u128::from(position % 2)))),
            mutation_id: None,
            causation_id: cause.map(id),
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn positions<'a>(events: impl Iterator<Item = &'a LoggedEvent>) -> Vec<u64> {
        events.map(|event| event.position.get()).collect()
    }

    #[test]
    fn events_stand_in_the_order_of_the_log_whenever_they_arrive() {
        let mut log = EventLog::default();
        for position in [3, 1, 2, 3] {
            log.take(LOG, event(position, None));
        }
        assert_eq!(positions(log.shown(None)), [1, 2, 3]);
        let odd = event(1, None).order_id;
        assert_eq!(positions(log.shown(odd)), [1, 3]);
    }

    #[test]
    fn causes_are_found_in_both_directions() {
        let mut log = EventLog::default();
        for (position, cause) in [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(2))] {
            log.take(LOG, event(position, cause));
        }
        assert_eq!(positions(log.caused_by(event(1, None).id)), [2, 3]);
        let cause = log.get(event(4, None).id).and_then(|event| event.causation_id);
        assert_eq!(cause.and_then(|id| log.get(id)).map(|event| event.position.get()), Some(2));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_and_all_when_the_log_is_another() {
        let mut log = EventLog::default();
        for position in 1..=EVENTS_MAX as u64 + 1 {
            log.take(LOG, event(position, None));
        }
        assert_eq!(log.shown(None).count(), EVENTS_MAX);
        assert_eq!(log.get(event(1, None).id), None);
        log.take(LogId::new(Uuid::from_u128(2)), event(1, None));
        assert_eq!(positions(log.shown(None)), [1]);
    }
}
