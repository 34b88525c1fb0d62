//! Pages of the viewer's orders. Step 8 of an order's way.

use optimistic::input::{Page, PageToken};
use serde_json::Value;
use shared::id::CustomerId;

use super::{
    AnswerError, body, data, documents,
    wire::{order, order_of},
};

/// How many orders a page has: some 50 KiB, far below the bound of a message, and more than a screen.
pub const PAGE_SIZE: u8 = 50;

order_of!(orders);

/// Asks for a page; `None` is the first one.
pub fn orders(after: Option<&PageToken>) -> Value {
    let after = after.map(|token| token.0.clone());
    body::<documents::Orders>(documents::orders::Variables { first: PAGE_SIZE.into(), after })
}

/// Reads the page that was asked for with `after`.
///
/// # Errors
/// See [`AnswerError`].
pub fn read_orders(
    payload: Value,
    after: Option<PageToken>,
    customer_id: CustomerId,
) -> Result<Page, AnswerError> {
    let page = data::<documents::Orders>(payload, "a page of orders")?.orders;
    let orders =
        page.nodes.into_iter().map(|node| order(node, customer_id)).collect::<Result<_, _>>()?;
    let next = match (page.page_info.has_next_page, page.page_info.end_cursor) {
        (true, Some(end)) => Some(PageToken(end)),
        (true, None) => {
            return Err(AnswerError::not_understood("a page of orders", "it has no end"));
        }
        (false, _) => None,
    };
    Ok(Page { after, orders, cursor: page.cursor, next })
}
