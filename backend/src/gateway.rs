//! The payment gateway: the simulated outside, with books of its own in a file of its own.
//! Step 6 of an order's way.
//!
//! It behaves as a good gateway does: a repeated idempotency key gets its first answer, and *voiding* an
//! order gives back what was taken and leaves a tombstone, so that a charge that comes later fails.
//! *Closing* one charge leaves what was taken, or a tombstone where nothing was. It
//! declines amounts that end in 13 cents. Its books are what the log is checked against; nothing of
//! them is ever read to decide what an order is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use shared::id::OrderId;
use shared::money::Cents;
use thiserror::Error;

use crate::lab::FaultPoint;
use crate::safeguard::Safeguard;
use crate::secret;

pub(crate) mod from_log;
#[cfg(test)]
pub(crate) mod tests;

const TABLES: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -200;
    CREATE TABLE IF NOT EXISTS entry (
        key      TEXT    PRIMARY KEY,  -- the idempotency key
        order_id TEXT    NOT NULL,
        answer   TEXT    NOT NULL CHECK (answer IN ('captured', 'declined', 'voided')),
        taken    INTEGER NOT NULL,     -- cents
        given    INTEGER NOT NULL,     -- cents given back
        requests INTEGER NOT NULL      -- how often the key was presented
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entry_of_order ON entry (order_id);";

/// The gateway; clones share its books.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    books: Arc<Mutex<Connection>>,
    line: Line,
}

/// How the gateway is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Line {
    /// Its answers arrive.
    #[default]
    Sound,
    /// It hears what it is asked, does it, and its answer never arrives.
    LosesAnswers,
}

/// What is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChargeKind {
    /// The dishes, before the kitchen begins.
    Dishes,
    /// The tip, on delivery.
    Tip,
}

impl ChargeKind {
    /// The idempotency key: made of the order, never of the attempt.
    fn key(self, order: OrderId) -> String {
        if Safeguard::GatewayKey.is_gone() {
            return format!("charge:{order}:{}", secret::fresh());
        }
        match self {
            Self::Dishes => format!("charge:{order}"),
            Self::Tip => format!("tip:{order}"),
        }
    }
}

/// What the gateway says to a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The card has paid.
    Captured,
    /// The bank said no.
    Declined,
    /// The order was voided, or this charge closed, before: nothing is taken any more.
    Voided,
}

/// What the gateway says to a void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Void {
    /// What it had taken for the order.
    pub captured: Cents,
    /// What it has given back.
    pub refunded: Cents,
}

/// What the gateway has on its books of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Book {
    /// Whose.
    pub order: OrderId,
    /// What it took.
    pub captured: Cents,
    /// What it gave back.
    pub refunded: Cents,
    /// How often it took something.
    pub captures: u32,
    /// How often it gave something back.
    pub refunds: u32,
    /// How often it was asked, repetitions included.
    pub requests: u32,
}

/// The gateway did not answer as it should; the same call may be made again.
#[derive(Debug, Error)]
pub(crate) enum GatewayError {
    /// Its books could not be read or written.
    #[error("the payment gateway is in trouble: {0}")]
    Books(#[from] rusqlite::Error),
    /// The call was cut short.
    #[error("the payment gateway was cut short: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// Its books name an order that is none.
    #[error("the payment gateway's books make no sense: {0}")]
    NoOrder(#[from] uuid::Error),
    /// Its books hold an amount that is none.
    #[error("the payment gateway's books make no sense: {0}")]
    Unreadable(#[from] shared::money::NotAnAmount),
}

/// Where the books of the bank beside this database lie: a file of their own.
pub(crate) fn books_beside(database: &Path) -> PathBuf {
    let stem = database.file_stem().unwrap_or_default().to_string_lossy();
    database.with_file_name(format!("{stem}-gateway.db"))
}

impl Gateway {
    /// Opens the books, and makes them where there are none.
    ///
    /// # Errors
    /// The file cannot be opened or written.
    pub(crate) fn open(path: &Path) -> Result<Self, GatewayError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.execute_batch(TABLES)?;
        Ok(Self { books: Arc::new(Mutex::new(connection)), line: Line::Sound })
    }

    /// The same gateway, heard over this line.
    pub(crate) fn over(&self, line: Line) -> Self {
        Self { line, ..self.clone() }
    }

    /// Charges an amount under the key `charge:<orderId>` or `tip:<orderId>`.
    ///
    /// # Errors
    /// The gateway is in trouble; whether it charged is unknown until the same key is presented again.
    pub(crate) async fn charge(
        &self,
        order: OrderId,
        kind: ChargeKind,
        amount: Cents,
    ) -> Result<Answer, GatewayError> {
        self.keep_books(move |books| charge(books, &kind.key(order), order, amount)).await
    }

    /// Says what a charge has taken, and takes nothing: one that was never presented leaves a
    /// tombstone, so that it is voided if it comes later.
    ///
    /// # Errors
    /// The gateway is in trouble; the same call may be made again.
    pub(crate) async fn close(
        &self,
        order: OrderId,
        kind: ChargeKind,
    ) -> Result<Cents, GatewayError> {
        self.keep_books(move |books| close(books, &kind.key(order), order)).await
    }

    /// Gives back what was taken for the dishes, under the key `refund:<orderId>`, and takes nothing
    /// for this order any more.
    ///
    /// # Errors
    /// The gateway is in trouble; the same call may be made again.
    pub(crate) async fn void(&self, order: OrderId) -> Result<Void, GatewayError> {
        self.keep_books(move |books| void(books, order)).await
    }

    /// A page of the books, by order, after `after`.
    ///
    /// # Errors
    /// The gateway is in trouble.
    pub(crate) async fn books(
        &self,
        order: Option<OrderId>,
        after: Option<OrderId>,
        first: usize,
    ) -> Result<Vec<Book>, GatewayError> {
        self.keep_books(move |books| page(books, order, after, first)).await
    }

    async fn keep_books<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, GatewayError> + Send + 'static,
    ) -> Result<T, GatewayError> {
        let books = Arc::clone(&self.books);
        let answer = tokio::task::spawn_blocking(move || {
            // A transaction that panicked was rolled back when it was dropped.
            let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = books.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&entry)?;
            entry.commit()?;
            Ok(result)
        })
        .await?;
        match self.line {
            Line::Sound => answer,
            // What is done is done; whoever asked waits until their patience is over.
            Line::LosesAnswers => std::future::pending().await,
        }
    }
}

/// One line of the books: money goes one way at most.
struct Entry {
    answer: Answer,
    taken: Cents,
    given: Cents,
}

fn charge(
    books: &Transaction<'_>,
    key: &str,
    order: OrderId,
    amount: Cents,
) -> Result<Answer, GatewayError> {
    if let Some(first) = repeated(books, key)? {
        return Ok(first.answer);
    }
    let answer = if entry(books, &refund_key(order))?.is_some() {
        Answer::Voided
    } else if amount.get() % 100 == 13 {
        Answer::Declined
    } else {
        Answer::Captured
    };
    let taken = if answer == Answer::Captured { amount } else { Cents::ZERO };
    enter(books, key, order, &Entry { answer, taken, given: Cents::ZERO })?;
    Ok(answer)
}

fn close(books: &Transaction<'_>, key: &str, order: OrderId) -> Result<Cents, GatewayError> {
    if let Some(first) = repeated(books, key)? {
        return Ok(first.taken);
    }
    let (taken, given) = (Cents::ZERO, Cents::ZERO);
    enter(books, key, order, &Entry { answer: Answer::Voided, taken, given })?;
    Ok(taken)
}

fn void(books: &Transaction<'_>, order: OrderId) -> Result<Void, GatewayError> {
    let key = refund_key(order);
    let given = if let Some(first) = repeated(books, &key)? {
        first.given
    } else {
        let charged = entry(books, &ChargeKind::Dishes.key(order))?;
        let given = charged.map_or(Cents::ZERO, |charge| charge.taken);
        enter(books, &key, order, &Entry { answer: Answer::Voided, taken: Cents::ZERO, given })?;
        given
    };
    // What it took is what it gives back, to the cent.
    Ok(Void { captured: given, refunded: given })
}

fn page(
    books: &Transaction<'_>,
    order: Option<OrderId>,
    after: Option<OrderId>,
    first: usize,
) -> Result<Vec<Book>, GatewayError> {
    let mut statement = books.prepare_cached(
        "SELECT order_id, sum(taken), sum(given), sum(taken > 0), sum(given > 0), sum(requests)
         FROM entry WHERE (?1 IS NULL OR order_id = ?1) AND order_id > ?2
         GROUP BY order_id ORDER BY order_id LIMIT ?3",
    )?;
    let (order, after) = (order.map(|it| it.to_string()), after.map(|it| it.to_string()));
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![order, after.unwrap_or_default(), first])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        let order: String = row.get(0)?;
        page.push(Book {
            order: order.parse()?,
            captured: row.get::<_, i64>(1)?.try_into()?,
            refunded: row.get::<_, i64>(2)?.try_into()?,
            captures: row.get(3)?,
            refunds: row.get(4)?,
            requests: row.get(5)?,
        });
    }
    Ok(page)
}

fn refund_key(order: OrderId) -> String {
    format!("refund:{order}")
}

/// The first answer to a key, if it was presented before; counts the repetition.
fn repeated(books: &Transaction<'_>, key: &str) -> Result<Option<Entry>, GatewayError> {
    books
        .prepare_cached("UPDATE entry SET requests = requests + 1 WHERE key = ?1")?
        .execute([key])?;
    entry(books, key)
}

fn entry(books: &Transaction<'_>, key: &str) -> Result<Option<Entry>, GatewayError> {
    let found: Option<(String, i64, i64)> = books
        .prepare_cached("SELECT answer, taken, given FROM entry WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((word, taken, given)) = found else { return Ok(None) };
    let answer = match word.as_str() {
        "captured" => Answer::Captured,
        "declined" => Answer::Declined,
        _ => Answer::Voided,
    };
    Ok(Some(Entry { answer, taken: taken.try_into()?, given: given.try_into()? }))
}

fn enter(
    books: &Transaction<'_>,
    key: &str,
    order: OrderId,
    entry: &Entry,
) -> Result<(), GatewayError> {
    let word = match entry.answer {
        Answer::Captured => "captured",
        Answer::Declined => "declined",
        Answer::Voided => "voided",
    };
    books
        .prepare_cached(
            "INSERT INTO entry (key, order_id, answer, taken, given, requests)
             VALUES (?1, ?2, ?3, ?4, ?5, 1)",
        )?
        .execute(params![
            key,
            order.to_string(),
            word,
            i64::from(entry.taken),
            i64::from(entry.given),
        ])?;
    FaultPoint::DuringEffect.passed();
    Ok(())
}
