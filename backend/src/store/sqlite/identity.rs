//! Whose file it is: ours, of which schema version, or somebody else's.
//!
//! Looked at before anything is set or written, so that a file which is not for us stays as it is.

use std::path::Path;

use rusqlite::Connection;

use super::MIGRATIONS;
use crate::store::StoreError;

/// Stands in the header of each of our files, where the `file` command and we look for it: `tifn`.
pub(super) const APPLICATION_ID: i64 = 0x7469_666e;

/// The schema version of a file that is to be written; 0 where there is nothing in it yet.
///
/// # Errors
/// The file is not ours, or a newer program's.
pub(super) fn schema_version_to_write(
    connection: &Connection,
    path: &Path,
) -> Result<u32, StoreError> {
    let found = schema_version(connection, path)?.unwrap_or_default();
    let known = known();
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(found)
}

/// Says no where the file is not ours, or not of the one version that this program reads.
pub(super) fn expect_our_version(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = schema_version_to_write(connection, path)?;
    match known() {
        _ if found == 0 => Err(StoreError::NotOurs(path.to_owned())),
        known if found < known => Err(StoreError::Older { path: path.to_owned(), found, known }),
        _ => Ok(()),
    }
}

/// None where the file is empty: it can become ours.
fn schema_version(connection: &Connection, path: &Path) -> Result<Option<u32>, StoreError> {
    let opening = |why| StoreError::opening(path, why);
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let version = number("PRAGMA user_version").map_err(opening)?;
    let is_ours = match number("PRAGMA application_id").map_err(opening)? {
        APPLICATION_ID => true,
        0 if version == 0 && is_empty(connection).map_err(opening)? => return Ok(None),
        // Files of our first days have no mark, but a table that nobody else has.
        0 => has_table(connection, "log_head").map_err(opening)?,
        _ => false,
    };
    let version = u32::try_from(version).ok().filter(|_| is_ours);
    version.map(Some).ok_or_else(|| StoreError::NotOurs(path.to_owned()))
}

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    connection.query_row(sql, [name], |row| row.get(0))
}

fn is_empty(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
    connection.query_row(sql, [], |row| row.get(0))
}
