//! One event as one line: for a person, or for a program.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::cursor::Cursor;
use shared::id::LogId;

use crate::eventing::log::{LogEvent, StreamName};
use crate::operate::scan::Illegible;
use crate::store::row;

/// How much of an id tells it from its neighbours: its random end.
const ID_END: usize = 8;

/// For a person: where it stands, when it became durable, of what, by whom, and what happened.
pub(super) fn in_words(found: &Result<LogEvent, Illegible>) -> String {
    match found {
        Ok(event) => {
            let LogEvent { position, recorded_at, stream, source, .. } = event;
            let time = recorded_at.strftime("%Y-%m-%d %H:%M:%S%.3fZ");
            let (stream, message) = (short(*stream), on_one_line(&event.message()));
            format!("{position:>7}  {time}  {stream:<18}  {source:<14}  {message}")
        }
        Err(Illegible { position, why, .. }) => {
            format!("{position:>7}  cannot be read: {}", on_one_line(why))
        }
    }
}

/// For a program: all that the contract tells of an event.
pub(super) fn as_json(
    log_id: LogId,
    found: &Result<LogEvent, Illegible>,
) -> Result<String, serde_json::Error> {
    match found {
        Ok(event) => serde_json::to_string(&Line::of(log_id, event)?),
        Err(Illegible { position, stream, why }) => serde_json::to_string(&serde_json::json!({
            "cursor": format!("{log_id}:{position}"), "stream": stream, "error": why,
        })),
    }
}

/// An event as the contract has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    id: String,
    cursor: Cursor,
    r#type: &'static str,
    schema_version: u32,
    message: String,
    stream: String,
    stream_version: u32,
    order_id: Option<String>,
    order_version: Option<u32>,
    mutation_id: Option<String>,
    causation_id: Option<String>,
    source: String,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    data: Value,
}

impl Line {
    fn of(log_id: LogId, event: &LogEvent) -> Result<Self, serde_json::Error> {
        let order_id = event.order_id();
        Ok(Self {
            id: event.id.to_string(),
            cursor: Cursor { log_id, position: event.position },
            r#type: event.type_name(),
            schema_version: event.schema_version(),
            message: event.message(),
            stream: event.stream.to_string(),
            stream_version: event.stream_version.get(),
            order_id: order_id.map(|id| id.to_string()),
            order_version: order_id.map(|_| event.stream_version.get()),
            mutation_id: event.mutation_id.map(|id| id.to_string()),
            causation_id: event.causation_id.map(|id| id.to_string()),
            source: event.source.to_string(),
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            data: row::data(&event.body)?,
        })
    }
}

fn short(stream: StreamName) -> String {
    let name = stream.to_string();
    match name.split_once(':') {
        Some((kind, id)) => {
            format!("{kind} …{}", id.get(id.len().saturating_sub(ID_END)..).unwrap_or(id))
        }
        None => name,
    }
}

/// What a function reported may be anything; on a terminal it stays a line.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
