//! `customers` and `revoke`: who has signed in, and the end of their tokens.
//!
//! The contract has no question for all customers, so they are read from the file.

use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::deliveries::text;
use super::server::Server;
use super::table::{Side, Table};
use crate::eventing::log::StreamState;
use crate::store::StoreError;
use crate::store::row::{self, STREAM_COLUMNS};
use crate::store::sqlite::open_to_look;

const REVOKE: &str = "mutation($id: UUID!) { revokeTokens(customerId: $id) { name } }";

/// A table of all customers, in the order in which they signed in.
pub(super) fn list(database: &Path) -> Result<String, StoreError> {
    let log = open_to_look(database)?;
    // `;` is the character after `:`.
    let sql = format!(
        "SELECT {STREAM_COLUMNS},
             (SELECT count(*) FROM stream AS orders WHERE orders.customer_id =
                 substr(stream.stream, length('customer:') + 1)) AS orders
         FROM stream WHERE stream.stream >= 'customer:' AND stream.stream < 'customer;'
         ORDER BY stream.first_seq"
    );
    let mut statement = log.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut table = Table::new(&[
        ("CUSTOMER", Side::Left),
        ("ORDERS", Side::Right),
        ("NAME", Side::Left),
        ("", Side::Left),
    ]);
    let mut customers = 0;
    while let Some(row) = rows.next()? {
        let (_, stream) = row::stream(row)?;
        let orders: u64 = row.get("orders")?;
        if let StreamState::Customer(customer) = stream.state {
            customers += 1;
            let revoked = if customer.token_hash.is_none() { "tokens revoked" } else { "" };
            table.row(vec![
                customer.id.to_string(),
                orders.to_string(),
                customer.name,
                revoked.to_owned(),
            ]);
        }
    }
    Ok(if customers == 0 { "Nobody has signed in yet.\n".to_owned() } else { table.text() })
}

/// Ends all tokens of a customer.
pub(super) fn revoke(server: &Server, customer: Uuid) -> anyhow::Result<String> {
    let answer = server.ask(REVOKE, &json!({ "id": customer }))?;
    let name = text(&answer, "/revokeTokens/name");
    Ok(format!(
        "All tokens of {name} have ended; {name} has to sign in again, as a new customer.\n"
    ))
}
