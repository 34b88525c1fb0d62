//! What is due, and whose turn it is: the deliveries that a batch may hand out.
//! Step 6 of an order's way.
//!
//! The rule is [`turns`](crate::eventing::turns); here stand the questions that it asks, each a step or two
//! in an index of what is open.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::cursor::Position;
use shared::function::Function;
use shared::id::CustomerId;

use super::{Keys, delivery_at, event_at};
use crate::eventing::delivery::DeliveryKey;
use crate::eventing::plan::DueDelivery;
use crate::eventing::turns::{Dealt, DueWork, deal};
use crate::store::StoreError;

/// What of a function is open at a moment.
struct Open<'a> {
    db: &'a Connection,
    function: Function,
    now: Timestamp,
}

/// What is due of each function, at most its free slots, and who then had the last turn.
pub(super) fn in_turn(
    db: &Connection,
    keys: &Keys,
    now: Timestamp,
) -> Result<(Vec<DueDelivery>, BTreeMap<Function, CustomerId>), StoreError> {
    let (mut due, mut turns) = (Vec::new(), BTreeMap::new());
    for (function, slots) in &keys.slots {
        let mut open = Open { db, function: *function, now };
        let Dealt { positions, last } = deal(&mut open, keys.turns.get(function).copied(), *slots)?;
        for position in positions {
            due.push(open.delivery(position)?);
        }
        turns.extend(last.map(|last| (*function, last)));
    }
    Ok((due, turns))
}

impl Open<'_> {
    fn delivery(&self, position: Position) -> Result<DueDelivery, StoreError> {
        let what = || format!("{} of position {position}", self.function);
        let delivery = delivery_at(self.db, DeliveryKey { function: self.function, position })?
            .ok_or_else(|| StoreError::unreadable(what(), "it is gone"))?;
        let event = event_at(self.db, position)?
            .ok_or_else(|| StoreError::unreadable(what(), "the log has no event there"))?;
        Ok(DueDelivery { delivery, event: Arc::new(event) })
    }

    fn due_at(&self) -> i64 {
        self.now.as_millisecond()
    }
}

impl DueWork for Open<'_> {
    type Error = StoreError;

    fn next_customer(
        &mut self,
        after: Option<CustomerId>,
    ) -> Result<Option<CustomerId>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT customer_id FROM delivery INDEXED BY delivery_in_turn
             WHERE function = ?1 AND status IN ('pending', 'leased') AND customer_id > ?2
             ORDER BY customer_id LIMIT 1",
        )?;
        let after = after.map(|customer| customer.to_string()).unwrap_or_default();
        let found: Option<String> = statement
            .query_row(params![self.function.name(), after], |row| row.get(0))
            .optional()?;
        let parsed = found.map(|id| id.parse()).transpose();
        parsed.map_err(|why| StoreError::unreadable("whose delivery it is", why))
    }

    fn due_of(&mut self, customer: CustomerId, most: usize) -> Result<Vec<Position>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT seq FROM delivery INDEXED BY delivery_in_turn
             WHERE function = ?1 AND status IN ('pending', 'leased') AND customer_id = ?2
                 AND due_at <= ?3
             ORDER BY due_at, seq LIMIT ?4",
        )?;
        let customer = customer.to_string();
        let rows = statement.query_map(
            params![self.function.name(), customer, self.due_at(), limit(most)],
            |row| row.get(0).map(Position::new),
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn oldest(&mut self, most: usize) -> Result<Vec<Position>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT seq FROM delivery INDEXED BY delivery_due
             WHERE function = ?1 AND status IN ('pending', 'leased') AND due_at <= ?2
             ORDER BY due_at, seq LIMIT ?3",
        )?;
        let rows = statement
            .query_map(params![self.function.name(), self.due_at(), limit(most)], |row| {
                row.get(0).map(Position::new)
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
