//! The contract's scalars: strict where they are read, canonical where they are written.
//! Step 3 of an order's way.

use std::str::FromStr;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use jiff::Timestamp;
use shared::cursor::Cursor;
use uuid::Uuid;

/// A UUID on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UuidScalar(pub(super) Uuid);

/// A time on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateTime(pub(super) Timestamp);

/// A cursor on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CursorScalar(pub(super) Cursor);

/// A large number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Int64(pub(super) i64);

/// Anything on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Json(pub(super) Value);

/// UUID, lower-case hyphenated. Clients create version 7.
#[Scalar(name = "UUID")]
impl ScalarType for UuidScalar {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value)?;
        match Uuid::parse_str(&text) {
            Ok(uuid) if uuid.hyphenated().to_string() == text => Ok(Self(uuid)),
            _ => Err(InputValueError::custom(format!(
                "`{text}` is not a UUID in lower case with hyphens"
            ))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.hyphenated().to_string())
    }
}

/// RFC 3339 timestamp in UTC, millisecond precision or finer.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value)?;
        Timestamp::from_str(&text).map(Self).map_err(|_| {
            InputValueError::custom(format!(
                "`{text}` is not a timestamp like 2026-01-31T18:30:00Z"
            ))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(format!("{:.3}", self.0))
    }
}

/// Position in an event log, and which log: `<logId>:<position>` (lower-case UUID, decimal without leading zeros; 0 stands before
/// the first event). Positions of one log are dense and may be compared; nothing else may be computed with a cursor.
#[Scalar(name = "Cursor")]
impl ScalarType for CursorScalar {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value)?.parse().map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// 64-bit integer as a decimal string.
#[Scalar(name = "Int64")]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value)?;
        text.parse().map(Self).map_err(|_| {
            InputValueError::custom(format!("`{text}` is not a 64-bit integer in decimals"))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON value.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

fn text(value: Value) -> Result<String, String> {
    if let Value::String(text) = value {
        Ok(text)
    } else {
        Err(format!("expected a string, not {value}"))
    }
}
