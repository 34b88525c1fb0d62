//! The bank of a second environment: another one, which nobody has asked anything yet. Its books begin
//! with what the log says of each order, so that what was paid there can be given back here.

use std::path::Path;

use rusqlite::{Connection, Transaction};
use shared::money::Cents;
use shared::order::Order;
use shared::order::payment::{Charge, Refund};

use super::{Answer, ChargeKind, Entry, GatewayError, TABLES, enter, refund_key};

/// Books in the making.
#[derive(Debug)]
pub(crate) struct NewBooks<'a>(Transaction<'a>);

/// Makes books and has `tell` enter all orders; all of them are on the disk afterwards, or none.
///
/// # Errors
/// The books cannot be written, or `tell` failed.
pub(crate) fn make_books<E: From<GatewayError>>(
    path: &Path,
    tell: impl FnOnce(&NewBooks<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut connection = Connection::open(path).map_err(GatewayError::from)?;
    connection.execute_batch(TABLES).map_err(GatewayError::from)?;
    let books = NewBooks(connection.transaction().map_err(GatewayError::from)?);
    tell(&books)?;
    books.0.commit().map_err(|why| GatewayError::from(why).into())
}

impl NewBooks<'_> {
    /// Enters what the log says of an order, as if this bank had answered it.
    ///
    /// # Errors
    /// The books cannot be written.
    pub(crate) fn enter(&self, order: &Order) -> Result<(), GatewayError> {
        for (key, entry) in entries(order) {
            enter(&self.0, &key, order.id, &entry)?;
        }
        Ok(())
    }
}

fn entries(order: &Order) -> Vec<(String, Entry)> {
    let mut entries = Vec::new();
    let mut enter = |key, answer, taken, given| entries.push((key, Entry { answer, taken, given }));
    let dishes = ChargeKind::Dishes.key(order.id);
    match (order.money.refund, order.money.charge) {
        // The refund's fact tells what was taken, also where the charge by itself is not on record.
        (Refund::Settled { captured, .. }, _) if !captured.is_zero() => {
            enter(dishes, Answer::Captured, captured, Cents::ZERO);
        }
        (_, Charge::Captured(amount)) => enter(dishes, Answer::Captured, amount, Cents::ZERO),
        (_, Charge::Declined) => enter(dishes, Answer::Declined, Cents::ZERO, Cents::ZERO),
        (_, Charge::Open) => {}
    }
    if let Charge::Captured(amount) = order.money.tip {
        enter(ChargeKind::Tip.key(order.id), Answer::Captured, amount, Cents::ZERO);
    }
    if let Refund::Settled { refunded, .. } = order.money.refund {
        enter(refund_key(order.id), Answer::Voided, Cents::ZERO, refunded);
    }
    entries
}
