//! State from the log: each stream folded on its own, and one hash over all of them.
//!
//! The hash says whether two files tell the same, whatever else differs between them (identity, leases,
//! free pages): it covers the folded streams and nothing else.

use std::fmt;

use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::cursor::{Position, Version};

use super::scan::{Along, Illegible, each_event};
use crate::eventing::log::{LogEvent, StreamName, StreamState};
use crate::eventing::plan::Stream;
use crate::secret::hexadecimal;
use crate::store::StoreError;

/// A stream as its events make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folded {
    /// Which stream.
    pub name: StreamName,
    /// What its events come to.
    pub stream: Stream,
    /// The position of its last event.
    pub last_position: Position,
}

/// What comes out of a log, stream after stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FromLog {
    /// A stream.
    Folded(Box<Folded>),
    /// A stream whose events come to nothing: none of them begins it.
    Empty(StreamName),
    /// An event that nobody can read. What of its stream can be read is not shown.
    Illegible(Illegible),
}

/// SHA-256 over the canonical JSON of all streams, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateHash(String);

/// Takes the streams in, in the order of their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct StateHasher(Sha256);

/// Folds the log, in constant memory, and shows what comes out to `see`, in the order of the names.
///
/// # Errors
/// The database failed, or `see` did.
pub(crate) fn each_stream<E: From<StoreError>>(
    log: &Connection,
    mut see: impl FnMut(FromLog) -> Result<(), E>,
) -> Result<(), E> {
    let mut growing: Option<Growing> = None;
    let mut torn = String::new();
    each_event(log, Along::Streams, |event| -> Result<(), E> {
        let stream = match &event {
            Ok(event) => event.stream.to_string(),
            Err(illegible) => illegible.stream.clone(),
        };
        if let Some(grown) = growing.take_if(|growing| growing.name.to_string() != stream) {
            grown.show(&torn, &mut see)?;
        }
        match event {
            Ok(event) => growing.get_or_insert_with(|| Growing::from(&event)).take_in(&event),
            Err(illegible) => {
                torn = stream;
                see(FromLog::Illegible(illegible))?;
            }
        }
        Ok(())
    })?;
    growing.map_or(Ok(()), |grown| grown.show(&torn, &mut see))
}

/// A stream that is being folded.
struct Growing {
    name: StreamName,
    version: Version,
    first_position: Position,
    last_position: Position,
    state: Option<StreamState>,
}

impl Growing {
    fn from(event: &LogEvent) -> Self {
        Self {
            name: event.stream,
            version: Version::NONE,
            first_position: event.position,
            last_position: event.position,
            state: None,
        }
    }

    fn take_in(&mut self, event: &LogEvent) {
        self.version = event.stream_version;
        self.last_position = event.position;
        self.state = event.fold(self.state.take());
    }

    fn show<E>(self, torn: &str, see: &mut impl FnMut(FromLog) -> Result<(), E>) -> Result<(), E> {
        let Self { name, version, first_position, last_position, state } = self;
        if name.to_string() == torn {
            return Ok(());
        }
        see(state.map_or(FromLog::Empty(name), |state| {
            let stream = Stream { version, first_position, state };
            FromLog::Folded(Box::new(Folded { name, stream, last_position }))
        }))
    }
}

impl StateHasher {
    /// Takes in one stream.
    ///
    /// # Errors
    /// Its state is no JSON.
    pub(crate) fn take_in(&mut self, folded: &Folded) -> Result<(), StoreError> {
        let state = canonical(&folded.stream.state);
        let state = state.map_err(|why| StoreError::unreadable(folded.name.to_string(), why))?;
        let Folded { name, stream, .. } = folded;
        self.0.update(format!("{name} {} {state}\n", stream.version));
        Ok(())
    }

    /// The hash over all that was taken in.
    pub(crate) fn finish(self) -> StateHash {
        StateHash(hexadecimal(&self.0.finalize()))
    }
}

/// The state as JSON that has one spelling: keys sorted, no spaces.
fn canonical(state: &StreamState) -> Result<String, serde_json::Error> {
    let value = match state {
        StreamState::Order(order) => serde_json::to_value(&**order)?,
        StreamState::Customer(customer) => serde_json::to_value(customer)?,
        StreamState::Restaurant(stock) => serde_json::to_value(stock)?,
        StreamState::System(system) => serde_json::to_value(system)?,
    };
    let mut text = String::new();
    spell(&value, &mut text);
    Ok(text)
}

/// Sorted here, and not by the library, whose maps keep their order once any crate asks for that.
fn spell(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| name.as_str());
            let spell_field = |(name, value): (&String, &Value), text: &mut String| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                spell(value, text);
            };
            spell_list('{', '}', fields, spell_field, text);
        }
        Value::Array(items) => spell_list('[', ']', items, spell, text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

fn spell_list<T>(
    open: char,
    close: char,
    items: impl IntoIterator<Item = T>,
    spell_item: impl Fn(T, &mut String),
    text: &mut String,
) {
    text.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        spell_item(item, text);
    }
    text.push(close);
}

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_has_sorted_keys_at_every_depth_and_no_spaces() {
        let text = r#"{ "b": [ { "z": null, "a": "x \"y\"" }, 2 ], "a": { } }"#;
        let mut spelled = String::new();
        spell(&serde_json::from_str(text).unwrap(), &mut spelled);
        assert_eq!(spelled, r#"{"a":{},"b":[{"a":"x \"y\"","z":null},2]}"#);
    }
}
