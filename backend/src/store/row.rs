//! Rows to values: what stands in the tables, read back into the types of the log.

use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::cursor::{Position, Version};
use shared::order::event::OrderEvent;
use shared::stock::event::StockEvent;
use shared::upcast::{newest_version, upcast};

use super::StoreError;
use crate::eventing::attempt::Attempt;
use crate::eventing::delivery::{Delivery, DeliveryKey, DeliveryStatus, Token};
use crate::eventing::log::{
    Body, CustomerEvent, InputHash, LogEvent, StreamName, StreamState, SystemEvent,
};
use crate::eventing::plan::Stream;

mod columns;

use columns::Columns;

/// The columns that [`event`] reads.
pub(crate) const EVENT_COLUMNS: &str = "event.seq, event.id, event.stream, event.stream_version, \
     event.type, event.schema_version, event.customer_id, event.data, event.mutation_id, event.input_hash, \
     event.causation_id, event.source, event.occurred_at, event.recorded_at";

/// The columns that [`stream`] reads.
pub(crate) const STREAM_COLUMNS: &str =
    "stream.stream, stream.version, stream.first_seq, stream.state";

/// The columns that [`FoundBy::read`] reads.
pub(crate) const FINDING_COLUMNS: &str = "stream.customer_id, stream.status, stream.wait_until";

/// The columns that [`delivery`] reads.
pub(crate) const DELIVERY_COLUMNS: &str = "delivery.function, delivery.seq, delivery.status, \
     delivery.token, delivery.tries, delivery.revision, delivery.due_at, delivery.last_error";

/// The columns by which a stream is found. They say nothing that its state does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundBy {
    /// Whose order it is.
    pub customer_id: Option<String>,
    /// Where the order stands.
    pub status: Option<String>,
    /// When what it waits for is over, in milliseconds.
    pub wait_until: Option<i64>,
}

impl FoundBy {
    /// How a stream in this state is found.
    pub(crate) fn of(state: &StreamState) -> Self {
        let order = state.order();
        let until = order.and_then(|order| order.waiting_for()).and_then(|wait| wait.until);
        Self {
            customer_id: order.map(|order| order.customer_id.to_string()),
            status: order.map(|order| order.status.word().to_owned()),
            wait_until: until.map(Timestamp::as_millisecond),
        }
    }

    /// How it is found, from [`FINDING_COLUMNS`].
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            customer_id: row.get("customer_id")?,
            status: row.get("status")?,
            wait_until: row.get("wait_until")?,
        })
    }
}

/// An event, from [`EVENT_COLUMNS`].
pub(crate) fn event(row: &Row<'_>) -> Result<LogEvent, StoreError> {
    let mut columns = Columns::of(row);
    let (position, id) = (Position::new(columns.next()?), columns.parsed()?);
    let (stream, stream_version) = (columns.parsed()?, Version::new(columns.next()?));
    let (type_name, schema_version) = (columns.text()?, columns.next()?);
    let customer_id = columns.parsed_option()?;
    let body = body(stream, type_name, schema_version, columns.text()?)?;
    Ok(LogEvent {
        position,
        id,
        stream,
        stream_version,
        customer_id,
        body,
        mutation_id: columns.parsed_option()?,
        input_hash: columns.next::<Option<String>>()?.map(InputHash),
        causation_id: columns.parsed_option()?,
        source: columns.parsed()?,
        occurred_at: columns.timestamp()?,
        recorded_at: columns.timestamp()?,
    })
}

/// A stream, from [`STREAM_COLUMNS`].
pub(crate) fn stream(row: &Row<'_>) -> Result<(StreamName, Stream), StoreError> {
    let mut columns = Columns::of(row);
    let name = columns.parsed()?;
    let (version, first_position) = (columns.next()?, columns.next()?);
    let text = columns.text()?;
    let unreadable = |why| StoreError::unreadable(format!("the state of {name}"), why);
    let state = match name {
        StreamName::Order(_) => {
            serde_json::from_str(text).map(|order| StreamState::Order(Arc::new(order)))
        }
        StreamName::Customer(_) => serde_json::from_str(text).map(StreamState::Customer),
        StreamName::Restaurant(_) => serde_json::from_str(text).map(StreamState::Restaurant),
        StreamName::System => serde_json::from_str(text).map(StreamState::System),
    };
    let stream = Stream {
        version: Version::new(version),
        first_position: Position::new(first_position),
        state: state.map_err(unreadable)?,
    };
    Ok((name, stream))
}

/// A delivery, from [`DELIVERY_COLUMNS`].
pub(crate) fn delivery(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let mut columns = Columns::of(row);
    let (function, position) = (columns.parsed()?, Position::new(columns.next()?));
    Ok(Delivery {
        key: DeliveryKey { function, position },
        status: status(columns.text()?)?,
        token: Token(columns.next()?),
        tries: columns.next()?,
        revision: columns.next()?,
        due_at: columns.timestamp()?,
        last_error: columns.next()?,
    })
}

/// The columns that [`attempt`] reads.
pub(crate) const ATTEMPT_COLUMNS: &str = "attempt.function, attempt.seq, attempt.token, \
     attempt.started_at, attempt.ended_at, attempt.outcome, attempt.error, attempt.worker";

/// An attempt, from [`ATTEMPT_COLUMNS`].
pub(crate) fn attempt(row: &Row<'_>) -> Result<Attempt, StoreError> {
    let mut columns = Columns::of(row);
    let (function, position) = (columns.parsed()?, Position::new(columns.next()?));
    Ok(Attempt {
        delivery: DeliveryKey { function, position },
        token: Token(columns.next()?),
        started_at: columns.timestamp()?,
        ended_at: columns.timestamp()?,
        end: columns.parsed()?,
        error: columns.next::<Option<String>>()?.unwrap_or_default(),
        worker: columns.next()?,
    })
}

/// The word for a delivery's status in the table.
pub(crate) const fn status_word(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Pending => "pending",
        DeliveryStatus::Leased => "leased",
        DeliveryStatus::Done => "done",
        DeliveryStatus::Dead => "dead",
    }
}

fn status(word: &str) -> Result<DeliveryStatus, StoreError> {
    let all = [
        DeliveryStatus::Pending,
        DeliveryStatus::Leased,
        DeliveryStatus::Done,
        DeliveryStatus::Dead,
    ];
    all.into_iter()
        .find(|status| status_word(*status) == word)
        .ok_or_else(|| StoreError::unreadable("a delivery's status", word))
}

/// What happened, as the public contract has it: without its type.
pub(crate) fn data(body: &Body) -> Result<Value, serde_json::Error> {
    serde_json::from_str(written_data(body)?.get())
}

/// The same as the `data` column has it.
pub(crate) fn written_data(body: &Body) -> Result<Box<RawValue>, serde_json::Error> {
    let tagged = match body {
        Body::Order(event) => serde_json::to_string(event)?,
        Body::Customer(event) => serde_json::to_string(event)?,
        Body::Restaurant(event) => serde_json::to_string(event)?,
        Body::System(event) => serde_json::to_string(event)?,
    };
    let Tagged { data, .. } = serde_json::from_str(&tagged)?;
    data.map_or_else(|| RawValue::from_string("{}".to_owned()), |data| Ok(data.to_owned()))
}

/// An event's type and what it says, as our enums are written.
#[derive(Debug, Serialize, Deserialize)]
struct Tagged<'a> {
    #[serde(rename = "type")]
    type_name: &'a str,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Whatever version stands there, what comes out is of the newest.
fn body(
    stream: StreamName,
    type_name: &str,
    schema_version: u32,
    data: &str,
) -> Result<Body, StoreError> {
    let unreadable = |why| StoreError::unreadable(format!("an event of type {type_name}"), why);
    let upcasted;
    let data = if schema_version == newest_version(type_name) {
        data
    } else {
        let old: Value = serde_json::from_str(data).map_err(unreadable)?;
        upcasted = upcast(type_name, schema_version, old)
            .map_err(|why| StoreError::unreadable("an event of another version", why))?
            .to_string();
        &upcasted
    };
    let data = Some(serde_json::from_str(data).map_err(unreadable)?);
    let tagged = serde_json::to_string(&Tagged { type_name, data }).map_err(unreadable)?;
    match stream {
        StreamName::Order(_) => serde_json::from_str::<OrderEvent>(&tagged).map(Body::Order),
        StreamName::Customer(_) => {
            serde_json::from_str::<CustomerEvent>(&tagged).map(Body::Customer)
        }
        StreamName::Restaurant(_) => {
            serde_json::from_str::<StockEvent>(&tagged).map(Body::Restaurant)
        }
        StreamName::System => serde_json::from_str::<SystemEvent>(&tagged).map(Body::System),
    }
    .map_err(unreadable)
}

pub(crate) fn position(row: &Row<'_>, column: &str) -> Result<Position, StoreError> {
    Ok(Position::new(row.get(column)?))
}

pub(crate) fn timestamp(row: &Row<'_>, column: &str) -> Result<Timestamp, StoreError> {
    let milliseconds = row.get(column)?;
    Timestamp::from_millisecond(milliseconds).map_err(|why| StoreError::unreadable(column, why))
}

pub(crate) fn timestamp_option(
    row: &Row<'_>,
    column: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let milliseconds: Option<i64> = row.get(column)?;
    let timestamp = milliseconds.map(Timestamp::from_millisecond).transpose();
    timestamp.map_err(|why| StoreError::unreadable(column, why))
}

pub(crate) fn parsed<T: FromStr<Err: std::fmt::Display>>(
    row: &Row<'_>,
    column: &str,
) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|why: T::Err| StoreError::unreadable(column, why))
}
