//! Queries: bounded pages of what is stored, each true at the cursor that it carries.
//! Step 8 of an order's way.

#![expect(clippy::unused_async, reason = "resolvers are asynchronous by the library's convention")]

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use shared::cursor::{Cursor, Position};
use shared::id::{OrderId, RestaurantId};

use super::Backend;
use super::auth::Caller;
use super::error::ApiError;
use super::scalars::{CursorScalar, DateTime, UuidScalar};
use super::types::catalog::Restaurant;
use super::types::event::Event;
use super::types::order::{Order, OrderStatus};
use super::types::page::{Customer, EventConnection, OrderConnection, PageInfo, ServerInfo};
use crate::store::read::More;

/// The most that one page holds.
const PAGE_MAX: i32 = 200;

#[derive(Default)]
pub(super) struct Query;

// Merged with what operators ask; only the whole is called `Query`.
#[Object(name = "CustomerQuery")]
impl Query {
    /// Which event log this server serves. A client that sees another `logId` must drop its confirmed state.
    async fn server(&self, context: &Context<'_>) -> Result<ServerInfo> {
        let backend = context.data::<Backend>()?;
        Ok(ServerInfo {
            log_id: UuidScalar(backend.log_id.uuid()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cursor: backend.cursor(backend.tail.head()),
            now: DateTime(backend.clock.now()),
            lab: backend.lab.is_open(),
        })
    }

    /// The signed-in customer, or null without a token.
    async fn viewer(&self, context: &Context<'_>) -> Option<Customer> {
        let customer = Caller::of(context).signed_in()?;
        Some(Customer { id: UuidScalar(customer.id.uuid()), name: customer.name.clone() })
    }

    async fn restaurants(&self, context: &Context<'_>) -> Result<Vec<Restaurant>> {
        let catalog = &context.data::<Backend>()?.catalog;
        Ok(catalog.restaurants.iter().cloned().map(Restaurant::new).collect())
    }

    async fn restaurant(
        &self,
        context: &Context<'_>,
        id: UuidScalar,
    ) -> Result<Option<Restaurant>> {
        let catalog = &context.data::<Backend>()?.catalog;
        Ok(catalog.restaurant(RestaurantId::new(id.0)).cloned().map(Restaurant::new))
    }

    /// One of the viewer's orders; null if there is none with this id that the viewer may see.
    async fn order(&self, context: &Context<'_>, id: UuidScalar) -> Result<Option<Order>> {
        let customer = Caller::customer(context)?;
        let backend = context.data::<Backend>()?;
        let order = backend.reader.order(customer.id, OrderId::new(id.0)).await;
        Ok(order.map_err(ApiError::from)?.map(|order| backend.order(Arc::new(order))))
    }

    /// The viewer's orders, newest first by the position of their first event, together with the log
    /// position at which this page was true. A client subscribes after the first page's cursor at once and merges later pages and
    /// changes by `version`, the higher one wins. `first` is at most 200 here and wherever a page is asked for.
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
        status: Option<Vec<OrderStatus>>,
    ) -> Result<OrderConnection> {
        let customer = Caller::customer(context)?;
        let backend = context.data::<Backend>()?;
        let first = page_size(first.unwrap_or(50))?;
        let before = after.map(|after| page_position(&after)).transpose()?;
        let statuses = status.unwrap_or_default().into_iter().map(Into::into).collect();
        let page = backend.reader.orders(customer.id, statuses, before, first).await;
        let page = page.map_err(ApiError::from)?;
        let end_cursor = page.orders.last().map(|(position, _)| position.to_string());
        let order = |(_, order)| backend.order(Arc::new(order));
        Ok(OrderConnection {
            nodes: page.orders.into_iter().map(order).collect(),
            page_info: PageInfo { has_next_page: page.more == More::Follows, end_cursor },
            cursor: backend.cursor(page.head.position),
        })
    }

    /// The event log of the viewer's orders, oldest first; for an operator who is not also signed in as a customer, the whole log.
    async fn events(
        &self,
        context: &Context<'_>,
        order_id: Option<UuidScalar>,
        after: Option<CursorScalar>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<EventConnection> {
        let scope = Caller::scope(context)?;
        let backend = context.data::<Backend>()?;
        let first = page_size(first.unwrap_or(100))?;
        let after = after.map_or(Ok(Position::START), |after| backend.position(after.0))?;
        let order = order_id.map(|id| OrderId::new(id.0));
        let page = backend.reader.events(scope, order, after, first).await;
        let page = page.map_err(ApiError::from)?;
        let cursor = |position| Cursor { log_id: backend.log_id, position }.to_string();
        let end_cursor = page.events.last().map(|event| cursor(event.position));
        let event = |event| Event::of_page(backend.log_id, event);
        Ok(EventConnection {
            nodes: page.events.into_iter().map(event).collect(),
            page_info: PageInfo { has_next_page: page.more == More::Follows, end_cursor },
        })
    }
}

impl Backend {
    /// An order as the contract shows it.
    pub(super) fn order(&self, order: Arc<shared::order::Order>) -> Order {
        Order { order, catalog: Arc::clone(&self.catalog) }
    }

    /// A position of our log as the contract shows it.
    pub(super) fn cursor(&self, position: Position) -> CursorScalar {
        CursorScalar(Cursor { log_id: self.log_id, position })
    }

    /// The position of a cursor of our log.
    fn position(&self, cursor: Cursor) -> Result<Position, ApiError> {
        if cursor.log_id == self.log_id {
            Ok(cursor.position)
        } else {
            Err(ApiError::CursorOfAnotherLog)
        }
    }
}

pub(super) fn page_size(first: i32) -> Result<usize, ApiError> {
    let size = usize::try_from(first).ok().filter(|_| (1..=PAGE_MAX).contains(&first));
    size.ok_or_else(|| ApiError::bad_input(format!("`first` is from 1 to {PAGE_MAX}, not {first}")))
}

fn page_position(after: &str) -> Result<Position, ApiError> {
    let wrong = || ApiError::bad_input(format!("`{after}` is no endCursor of a page of orders"));
    // Also of the same database: its integers are signed.
    let number: i64 = after.parse().map_err(|_| wrong())?;
    u64::try_from(number).map(Position::new).map_err(|_| wrong())
}
