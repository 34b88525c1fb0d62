//! The bank's own books, as operators hold them against the log.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::house::{House, TIFFIN, list, texts};

const BOOKS: &str = "query($orderId: UUID, $first: Int, $after: String) {
    books(orderId: $orderId, first: $first, after: $after) {
        nodes { orderId capturedCents refundedCents captures refunds requests }
        pageInfo { hasNextPage endCursor } } }";
/// Five of it are more than its kitchen takes on at a time: it is paid for, and the money goes back.
const TOO_MUCH: &str = "Lasagne della Nonna";

#[test]
fn books_come_in_pages_by_order_and_show_what_was_given_back() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    let orders = [house.order(TIFFIN, 1)?, house.order(TOO_MUCH, 5)?, house.order(TIFFIN, 2)?];
    for order in &orders {
        ada.place(order)?;
        ada.settled(order.order_id)?;
    }
    let mut ids = orders.each_ref().map(|order| order.order_id.to_string());
    let refunded = &orders[1];
    ids.sort();
    let page = |variables: Value| -> Result<Value> {
        Ok(operator.query(BOOKS, &variables)?["books"].take())
    };
    let first = page(json!({ "first": 2 }))?;
    assert_eq!(texts(list(&first, "/nodes"), "/orderId"), ids[..2]);
    assert_eq!(first["pageInfo"], json!({ "hasNextPage": true, "endCursor": ids[1] }));
    let second = page(json!({ "first": 2, "after": ids[1] }))?;
    assert_eq!(texts(list(&second, "/nodes"), "/orderId"), ids[2..]);
    assert_eq!(second["pageInfo"], json!({ "hasNextPage": false, "endCursor": ids[2] }));
    let full = page(json!({ "first": 3 }))?;
    assert_eq!(full["pageInfo"]["hasNextPage"], false, "a page that is full may be the last one");

    let account = house.books()?.of(refunded.order_id)?;
    let paid = account.dishes.context("the card had paid")?;
    assert_eq!(account.given_back, Some(paid));
    let of_one = page(json!({ "orderId": refunded.order_id.to_string() }))?;
    let book = json!({ "orderId": refunded.order_id.to_string(), "capturedCents": paid,
        "refundedCents": paid, "captures": 1, "refunds": 1, "requests": 2 });
    assert_eq!(of_one["nodes"], json!([book]));
    for wrong in [json!({ "after": "soup" }), json!({ "first": 0 }), json!({ "first": 201 })] {
        assert_eq!(operator.error(BOOKS, &wrong)?.code, "BAD_USER_INPUT", "{wrong}");
    }
    Ok(())
}
