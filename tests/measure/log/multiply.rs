//! A long log, made of a short one: each event of an order is there many times over, one after the
//! other, with ids of its own. What a server has really written is multiplied, so `verify` can say whether
//! the long log is one, and it takes seconds where a server would need an hour.
//!
//! It knows the tables by their names and which columns hold a position. What is no order's (customers,
//! restaurants, the system) stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Row, params_from_iter};
use uuid::Uuid;

/// Tables whose rows belong to the event in this column.
const BY_POSITION: [(&str, &str); 5] = [
    ("event", "seq"),
    ("stream", "first_seq"),
    ("receipt", "seq"),
    ("delivery", "seq"),
    ("attempt", "seq"),
];
/// The length of an id as text.
const ID_LENGTH: usize = 36;
/// What stands before the first hyphen of an id.
const ID_BEGINNING: usize = 8;

/// Makes the log in `long` of the one in `short`, with at least so many events; says how many it has.
pub(super) fn multiply(short: &Path, long: &Path, events: u64) -> Result<u64> {
    let from = reading(&short.join("tiffin.db"))?;
    let of_orders = positions(&from, "SELECT seq FROM event WHERE stream LIKE 'order:%'")?;
    let ours = u64::try_from(of_orders.len())?;
    ensure!(ours > 0, "there is no order to multiply");
    let ids = ids(&from)?;
    let of_each = events.div_ceil(ours);
    let (mut begins, mut head) = (BTreeMap::new(), 0);
    for position in positions(&from, "SELECT seq FROM event")? {
        let copies = if of_orders.contains(&position) { of_each } else { 1 };
        begins.insert(position, (head + 1, copies));
        head += copies;
    }
    let copies = Copies { begins, of_each, ids };
    write(&from, &long.join("tiffin.db"), |to| {
        for (table, column) in BY_POSITION {
            copies.table(&from, to, table, Rows::OfEvents(column))?;
        }
        for table in ["log_head", "consumer"] {
            copies.table(&from, to, table, Rows::Once)?;
        }
        to.execute("UPDATE log_head SET seq = ?1", [head])?;
        to.execute("UPDATE consumer SET cursor = ?1 WHERE cursor > 0", [head])?;
        // Its chain is of the very events: it has to read them itself, from the first.
        to.execute("DELETE FROM consumer WHERE function = 'audit'", [])?;
        Ok(())
    })?;
    let books = reading(&short.join("tiffin-gateway.db"))?;
    write(&books, &long.join("tiffin-gateway.db"), |to| {
        copies.table(&books, to, "entry", Rows::OfOrders)
    })?;
    Ok(head)
}

fn reading(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).with_context(|| path.display().to_string())
}

fn positions(from: &Connection, sql: &str) -> Result<BTreeSet<u64>> {
    let mut statement = from.prepare(sql)?;
    let found = statement.query_map([], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// All ids that are of one order alone: its own, its events', its mutations'.
fn ids(from: &Connection) -> Result<BTreeSet<Uuid>> {
    let mut statement = from.prepare(
        "SELECT substr(stream, 7) FROM stream WHERE stream LIKE 'order:%'
         UNION SELECT id FROM event WHERE stream LIKE 'order:%'
         UNION SELECT mutation_id FROM event WHERE mutation_id IS NOT NULL",
    )?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    found.map(|id| id?.parse().context("an id is no UUID")).collect()
}

/// A new file with the same tables, filled in one transaction; what speeds up reading is made last.
fn write(
    from: &Connection,
    path: &Path,
    fill: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let to = Connection::open(path)?;
    // Whoever loses this file makes it anew.
    to.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -300000; BEGIN",
    )?;
    let made = |kind: &str| -> Result<Vec<String>> {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = ?1 AND sql IS NOT NULL";
        let mut statement = from.prepare(sql)?;
        let found = statement.query_map([kind], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    };
    for sql in made("table")? {
        to.execute_batch(&sql)?;
    }
    fill(&to)?;
    for sql in made("index")?.iter().chain(&made("trigger")?) {
        to.execute_batch(sql)?;
    }
    to.execute_batch("COMMIT")?;
    for pragma in ["user_version", "application_id"] {
        let value: i64 = from.pragma_query_value(None, pragma, |row| row.get(0))?;
        to.pragma_update(None, pragma, value)?;
    }
    Ok(())
}

/// How often everything is there.
struct Copies {
    /// Of each event, by its former position: the position of its first copy, and how many there are.
    begins: BTreeMap<u64, (u64, u64)>,
    /// How many there are of an order.
    of_each: u64,
    ids: BTreeSet<Uuid>,
}

/// How often the rows of a table are there.
#[derive(Clone, Copy)]
enum Rows<'a> {
    Once,
    /// As often as the event whose position stands in this column.
    OfEvents(&'a str),
    /// As often as an order.
    OfOrders,
}

/// What a column of a row comes to in each copy.
enum Cell {
    Same(Value),
    /// The copies of an event stand one after the other, beginning here.
    Position(u64),
    Text(Vec<Piece>),
}

enum Piece {
    Text(String),
    Id(Uuid),
}

impl Copies {
    fn table(&self, from: &Connection, to: &Connection, table: &str, each: Rows<'_>) -> Result<()> {
        let mut statement = from.prepare(&format!("SELECT * FROM {table}"))?;
        let names: Vec<String> = statement.column_names().map(Into::into).collect();
        let places = vec!["?"; names.len()].join(", ");
        let mut insert = to.prepare(&format!("INSERT INTO {table} VALUES ({places})"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (copies, begin) = match each {
                Rows::Once => (1, None),
                Rows::OfOrders => (self.of_each, None),
                Rows::OfEvents(column) => {
                    let event = self.begins.get(&row.get(column)?).context("a row of no event")?;
                    (event.1, Some((column, event.0)))
                }
            };
            let cells = self.cells(row, &names, begin)?;
            for copy in 0..copies {
                insert.execute(params_from_iter(cells.iter().map(|cell| cell.of(copy))))?;
            }
        }
        Ok(())
    }

    fn cells(
        &self,
        row: &Row<'_>,
        names: &[String],
        position: Option<(&str, u64)>,
    ) -> Result<Vec<Cell>> {
        let cell = |name: &String| {
            let value = row.get(name.as_str())?;
            Ok(match (value, position) {
                (_, Some((column, begin))) if name == column => Cell::Position(begin),
                (Value::Text(text), _) => Cell::Text(self.pieces(&text)),
                (value, _) => Cell::Same(value),
            })
        };
        names.iter().map(cell).collect()
    }

    /// A text, cut at the ids that differ between copies.
    fn pieces(&self, text: &str) -> Vec<Piece> {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(hyphen) = rest.find('-') {
            let begin = hyphen.saturating_sub(ID_BEGINNING);
            let id = rest.get(begin..begin + ID_LENGTH).and_then(|id| id.parse().ok());
            if let Some(id) = id.filter(|id| self.ids.contains(id)) {
                plain.push_str(rest.get(..begin).unwrap_or_default());
                pieces.extend([Piece::Text(std::mem::take(&mut plain)), Piece::Id(id)]);
                rest = rest.get(begin + ID_LENGTH..).unwrap_or_default();
            } else {
                plain.push_str(rest.get(..=hyphen).unwrap_or_default());
                rest = rest.get(hyphen + 1..).unwrap_or_default();
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        pieces
    }
}

impl Cell {
    fn of(&self, copy: u64) -> Value {
        match self {
            Self::Same(value) => value.clone(),
            Self::Position(begin) => Value::Integer((begin + copy).cast_signed()),
            Self::Text(pieces) => Value::Text(pieces.iter().map(|piece| piece.of(copy)).collect()),
        }
    }
}

impl Piece {
    fn of(&self, copy: u64) -> String {
        match self {
            Self::Text(text) => text.clone(),
            // The low half of an id is random: the copies differ there.
            Self::Id(id) => Uuid::from_u128(id.as_u128() ^ u128::from(copy)).to_string(),
        }
    }
}
