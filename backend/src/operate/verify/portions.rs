//! Was no portion sold twice, and does what was taken and given back match what became of the orders?
//!
//! Goes along the restaurants' streams and folds them again, in constant memory: a shelf holds only so
//! much. An order's event and what it means for portions stand next to each other in the log.

use rusqlite::{Connection, OptionalExtension};
use shared::cursor::Position;
use shared::id::OrderId;
use shared::order::event::OrderEvent;
use shared::stock::Stock;
use shared::stock::event::StockEvent;

use super::questions;
use super::verdict::{Check, Findings};
use crate::eventing::log::{Body, LogEvent, StreamName, StreamState};
use crate::operate::scan::legible;
use crate::operate::words::{counted, grouped};
use crate::store::StoreError;
use crate::store::row::EVENT_COLUMNS;
use crate::store::sqlite::event_at;

/// Goes along the restaurants' streams.
pub(super) fn check(log: &Connection) -> Result<Check, StoreError> {
    let mut walk =
        Walk { log, shelf: None, taken: 0, given_back: 0, findings: Findings::default() };
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM event WHERE stream >= 'restaurant:' AND stream < 'restaurant;'
         ORDER BY stream, stream_version"
    );
    let mut statement = log.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // What cannot be read is told where the streams are folded.
        if let Ok(event) = legible(row)? {
            walk.see(&event)?;
        }
    }
    walk.end_of_stream()?;
    questions::ask(log, &questions::PORTIONS, &mut walk.findings)?;
    let (taken, given_back) = (counted(walk.taken, "order"), grouped(walk.given_back));
    let summary =
        format!("{taken} took limited dishes, {given_back} gave them back, none sold twice");
    Ok(Check::new("portions", summary, walk.findings))
}

/// How far the walk has come.
struct Walk<'a> {
    log: &'a Connection,
    /// The restaurant that it is at, and what is left there.
    shelf: Option<(StreamName, Stock)>,
    taken: u64,
    given_back: u64,
    findings: Findings,
}

impl Walk<'_> {
    fn see(&mut self, event: &LogEvent) -> Result<(), StoreError> {
        let Body::Restaurant(data) = &event.body else { return Ok(()) };
        if self.shelf.as_ref().is_some_and(|(name, _)| *name != event.stream) {
            self.end_of_stream()?;
        }
        let before = self.shelf.take().map(|(_, stock)| stock).unwrap_or_default();
        if let StockEvent::PortionsReset { .. } = data {
            self.everybody_has_given_back(&before, event.position)?;
        }
        if let Some(oddity) = oddity(&before, data) {
            self.findings.add(format!("position {} {oddity}", event.position));
        }
        self.compare_with_order(event, data)?;
        self.taken += u64::from(matches!(data, StockEvent::PortionsTaken { .. }));
        self.given_back += u64::from(matches!(data, StockEvent::PortionsGivenBack { .. }));
        if let Some(StreamState::Restaurant(stock)) =
            event.fold(Some(StreamState::Restaurant(before)))
        {
            self.shelf = Some((event.stream, stock));
        }
        Ok(())
    }

    fn end_of_stream(&mut self) -> Result<(), StoreError> {
        match self.shelf.take() {
            Some((_, stock)) => self.everybody_has_given_back(&stock, Position::new(u64::MAX)),
            None => Ok(()),
        }
    }

    /// Nobody who ended unfulfilled before this position keeps any portions.
    fn everybody_has_given_back(
        &mut self,
        stock: &Stock,
        before: Position,
    ) -> Result<(), StoreError> {
        for order in stock.takers() {
            let ended = ended_at(self.log, order)?.filter(|ended| *ended < before);
            if let Some(ended) = ended {
                self.findings
                    .add(format!("order {order} ended at position {ended} and kept its portions"));
            }
        }
        Ok(())
    }

    /// What an order's event means stands right behind that event.
    fn compare_with_order(
        &mut self,
        event: &LogEvent,
        data: &StockEvent,
    ) -> Result<(), StoreError> {
        let Some(order_id) = data.order_id() else { return Ok(()) };
        let before = Position::new(event.position.get().saturating_sub(1));
        let cause = match event_at(self.log, before) {
            Ok(cause) => cause,
            // Told where the streams are folded.
            Err(StoreError::Unreadable { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let follows = cause.is_some_and(|cause| {
            let Body::Order(of_order) = &cause.body else { return false };
            event.causation_id == Some(cause.id)
                && cause.stream == StreamName::Order(order_id)
                && means(of_order, data)
        });
        if !follows {
            let (position, what) = (event.position, event.type_name());
            self.findings
                .add(format!("position {position} ({what}) does not follow from order {order_id}"));
        }
        Ok(())
    }
}

/// Whether an order's event can mean this for portions.
fn means(of_order: &OrderEvent, data: &StockEvent) -> bool {
    let ends = matches!(
        of_order,
        OrderEvent::OrderRejected { .. }
            | OrderEvent::PaymentDeclined { .. }
            | OrderEvent::OrderCancelled { .. }
    );
    let validates = matches!(of_order, OrderEvent::OrderValidated { .. });
    match data {
        StockEvent::PortionsClaimed { .. } => matches!(of_order, OrderEvent::OrderPlaced { .. }),
        StockEvent::PortionsTaken { .. } => validates,
        StockEvent::ClaimDropped { .. } => validates || ends,
        StockEvent::PortionsGivenBack { .. } => ends,
        StockEvent::PortionsReset { .. } => false,
    }
}

/// What cannot be done to this shelf, in words.
fn oddity(stock: &Stock, event: &StockEvent) -> Option<String> {
    match event {
        StockEvent::PortionsTaken { order_id, portions, .. } if !stock.has(portions) => {
            Some(format!("gives order {order_id} more than there is"))
        }
        StockEvent::PortionsGivenBack { order_id, portions }
            if stock.taken_by(*order_id) != Some(portions) =>
        {
            Some(format!("takes back what order {order_id} does not have"))
        }
        StockEvent::PortionsReset { .. }
        | StockEvent::PortionsClaimed { .. }
        | StockEvent::PortionsTaken { .. }
        | StockEvent::ClaimDropped { .. }
        | StockEvent::PortionsGivenBack { .. } => None,
    }
}

/// Where an order ended unfulfilled, if it has.
fn ended_at(log: &Connection, order: OrderId) -> Result<Option<Position>, StoreError> {
    let mut statement = log.prepare_cached(
        "SELECT seq FROM event WHERE stream = ?1
             AND type IN ('OrderRejected', 'PaymentDeclined', 'OrderCancelled')
         ORDER BY stream_version LIMIT 1",
    )?;
    let name = StreamName::Order(order).to_string();
    Ok(statement.query_row([name], |row| row.get(0)).optional()?.map(Position::new))
}
