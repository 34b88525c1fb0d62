//! A row, column by column.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::store::StoreError;

/// The columns of a row, one after the other, in the order in which they were asked for: to look each up
/// by its name would take longer than to read it.
pub(super) struct Columns<'r> {
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> Columns<'r> {
    /// From the first.
    pub(super) fn of(row: &'r Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    /// The next one, as what it is.
    pub(super) fn next<T: FromSql>(&mut self) -> Result<T, rusqlite::Error> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    /// The next one, which is text.
    pub(super) fn text(&mut self) -> Result<&'r str, StoreError> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        value.as_str().map_err(|why| self.unreadable(why))
    }

    /// What the next one says.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&mut self) -> Result<T, StoreError> {
        self.text()?.parse().map_err(|why: T::Err| self.unreadable(why))
    }

    /// What the next one says, if it says anything.
    pub(super) fn parsed_option<T: FromStr<Err: fmt::Display>>(
        &mut self,
    ) -> Result<Option<T>, StoreError> {
        self.next += 1;
        let value = self.row.get_ref(self.next - 1)?;
        let text = value.as_str_or_null().map_err(|why| self.unreadable(why))?;
        text.map(str::parse).transpose().map_err(|why: T::Err| self.unreadable(why))
    }

    /// The next one, which counts milliseconds.
    pub(super) fn timestamp(&mut self) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.next()?).map_err(|why| self.unreadable(why))
    }

    /// Of the column that was read last.
    fn unreadable(&self, why: impl fmt::Display) -> StoreError {
        let column = self.row.as_ref().column_name(self.next - 1).unwrap_or("a column");
        StoreError::unreadable(column, why)
    }
}
