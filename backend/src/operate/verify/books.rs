//! Do the bank's own books say what the log says, to the cent?
//!
//! The bank is asked before its answer is on record, so the books may be ahead of the log: what a
//! delivery that is not done will settle is *under way*, and told apart from what is wrong.

use std::path::PathBuf;

use rusqlite::Connection;
use shared::cursor::Position;
use shared::function::Function;
use shared::id::OrderId;
use shared::money::Cents;
use shared::order::Order;
use shared::order::payment::{Charge, Refund};

use super::deliveries::unfinished;
use super::verdict::{Check, Findings};
use crate::operate::fold::Folded;
use crate::operate::words::{counted, dollars};
use crate::store::StoreError;
use crate::store::sqlite::open_reader;

/// The bank's books, where there are any.
pub(super) struct Books {
    path: PathBuf,
    found: Option<Connection>,
}

/// What the books say of one order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Account {
    dishes: Cents,
    tip: Cents,
    /// None where the books are still open.
    given_back: Option<Cents>,
}

/// Books and log differ on an order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Difference {
    words: String,
    /// Whose work, where it is not done, explains it.
    settled_by: &'static [Function],
}

/// Looks each order up in the books.
pub(super) struct BooksCheck<'a> {
    log: &'a Connection,
    books: Books,
    /// What the log had when the books were opened.
    before_books: Position,
    under_way: u64,
    findings: Findings,
}

impl Books {
    /// Opens the books as they are now.
    pub(super) fn open(path: PathBuf) -> Result<Self, StoreError> {
        if !path.exists() {
            return Ok(Self { path, found: None });
        }
        let found = open_reader(&path)?;
        // The transaction begins with its first read.
        found.execute_batch("BEGIN; SELECT 1 FROM entry LIMIT 1;")?;
        Ok(Self { path, found: Some(found) })
    }
}

impl<'a> BooksCheck<'a> {
    pub(super) fn new(log: &'a Connection, books: Books, before_books: Position) -> Self {
        Self { log, books, before_books, under_way: 0, findings: Findings::default() }
    }

    pub(super) fn see(&mut self, folded: &Folded) -> Result<(), StoreError> {
        let Some((books, order)) = self.books.found.as_ref().zip(folded.stream.state.order())
        else {
            return Ok(());
        };
        let differences = compare(order, &account(books, order.id)?);
        if differences.is_empty() {
            return Ok(());
        }
        let unfinished = unfinished(self.log, order.id)?;
        let newer_than_books = folded.last_position > self.before_books;
        let (explained, wrong): (Vec<_>, Vec<_>) = differences.into_iter().partition(|it| {
            newer_than_books || it.settled_by.iter().any(|it| unfinished.contains(it))
        });
        self.under_way += u64::from(!explained.is_empty());
        for Difference { words, .. } in wrong {
            self.findings.add(format!("order {}: {words}", order.id));
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<Check, StoreError> {
        let Some(books) = self.books.found.take() else {
            let why = format!("there are none at {}", self.books.path.display());
            return Ok(Check::not_compared("books", why));
        };
        self.find_strangers(&books)?;
        let (taken, given) = books.query_row(
            "SELECT coalesce(sum(taken), 0), coalesce(sum(given), 0) FROM entry",
            [],
            |row| Ok((dollars(row.get(0)?), dollars(row.get(1)?))),
        )?;
        let under_way = counted(self.under_way, "order");
        let summary =
            format!("{taken} taken and {given} given back, as the log says; {under_way} under way");
        Ok(Check::new("books", summary, self.findings))
    }

    /// Orders that only the bank knows.
    fn find_strangers(&mut self, books: &Connection) -> Result<(), StoreError> {
        let mut known = self.log.prepare("SELECT 1 FROM stream WHERE stream = ?1")?;
        let mut statement = books.prepare("SELECT DISTINCT order_id FROM entry")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            if !known.exists([format!("order:{id}")])? {
                self.findings.add(format!("the bank has an order {id}, and the log does not"));
            }
        }
        Ok(())
    }
}

/// Where they differ, and who may be about to settle it.
fn compare(order: &Order, account: &Account) -> Vec<Difference> {
    let money = &order.money;
    let settled = match money.refund {
        Refund::Settled { captured, refunded } => Some((captured, refunded)),
        Refund::Owed | Refund::NotOwed => None,
    };
    let mut differences = Vec::new();
    let mut differ = |what: &str, log: Cents, bank: Cents, settled_by| {
        if log != bank {
            let words = format!("{what}, the log says {log} and the bank {bank}");
            differences.push(Difference { words, settled_by });
        }
    };
    // The refund's fact says what the bank had taken, also where the charge itself is not on record.
    let charged = settled.map_or(amount(money.charge), |(captured, _)| captured);
    differ("charged", charged, account.dishes, &[Function::ChargePayment, Function::Refund]);
    differ("tip", amount(money.tip), account.tip, &[Function::SettleTip]);
    let (refunded, given_back) = (settled.map(|(_, refunded)| refunded), account.given_back);
    let (log, bank) = (refunded.unwrap_or_default(), given_back.unwrap_or_default());
    differ("given back", log, bank, &[Function::Refund]);
    if refunded.is_some() && given_back.is_none() {
        let words = "the log says that the bank closed its books, and they are open".to_owned();
        differences.push(Difference { words, settled_by: &[] });
    }
    differences
}

fn amount(charge: Charge) -> Cents {
    match charge {
        Charge::Captured(amount) => amount,
        Charge::Open | Charge::Declined => Cents::ZERO,
    }
}

fn account(books: &Connection, order: OrderId) -> Result<Account, StoreError> {
    let mut statement =
        books.prepare_cached("SELECT key, taken, given FROM entry WHERE order_id = ?1")?;
    let mut rows = statement.query([order.to_string()])?;
    let mut account = Account::default();
    while let Some(row) = rows.next()? {
        let key: String = row.get("key")?;
        let cents = |column: &str| -> Result<Cents, StoreError> {
            let number: i64 = row.get(column)?;
            Cents::try_from(number).map_err(|why| StoreError::unreadable("the bank's books", why))
        };
        match key.split_once(':') {
            Some(("charge", _)) => account.dishes = cents("taken")?,
            Some(("tip", _)) => account.tip = cents("taken")?,
            Some(("refund", _)) => account.given_back = Some(cents("given")?),
            Some(_) | None => return Err(StoreError::unreadable("the bank's books", key)),
        }
    }
    Ok(account)
}
