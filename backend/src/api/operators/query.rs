//! Pages of deliveries and of the bank's books, for operators.

use async_graphql::{Context, Object, Result};
use shared::cursor::Position;
use shared::id::OrderId;

use crate::api::Backend;
use crate::api::auth::Caller;
use crate::api::error::ApiError;
use crate::api::query::page_size;
use crate::api::scalars::UuidScalar;
use crate::api::types::delivery::{BookConnection, Delivery, DeliveryConnection, DeliveryStatus};
use crate::api::types::insights::Insights;
use crate::api::types::page::PageInfo;
use crate::api::types::schedule::Schedule;
use crate::eventing::delivery::DeliveryKey;
use crate::store::read::{DeliveryFilter, DeliveryPlace, More};

#[derive(Default)]
pub(in crate::api) struct OperatorQuery;

#[Object]
impl OperatorQuery {
    /// Operators: what the payment gateway has on its own books, to hold against the log.
    async fn books(
        &self,
        context: &Context<'_>,
        order_id: Option<UuidScalar>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<BookConnection> {
        Caller::operator(context)?;
        let backend = context.data::<Backend>()?;
        let first = page_size(first.unwrap_or(100))?;
        let after = after.map(|after| book_place(&after)).transpose()?;
        let order = order_id.map(|id| OrderId::new(id.0));
        let books = backend.gateway.books(order, after, first + 1).await;
        let mut books = books.map_err(ApiError::from)?;
        let has_next_page = books.len() > first;
        books.truncate(first);
        let end_cursor = books.last().map(|book| book.order.to_string());
        Ok(BookConnection {
            nodes: books.into_iter().map(Into::into).collect(),
            page_info: PageInfo { has_next_page, end_cursor },
        })
    }

    /// Operators: how the business is doing, from a read model of its own that follows the log.
    async fn insights(&self, context: &Context<'_>) -> Result<Insights> {
        Caller::operator(context)?;
        Ok(context.data::<Backend>()?.insights().await?)
    }

    /// Operators: one row for each event and function that has to handle it.
    async fn deliveries(
        &self,
        context: &Context<'_>,
        order_id: Option<UuidScalar>,
        function: Option<String>,
        status: Option<Vec<DeliveryStatus>>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<DeliveryConnection> {
        Caller::operator(context)?;
        let backend = context.data::<Backend>()?;
        let first = page_size(first.unwrap_or(100))?;
        let function =
            function.map(|name| name.parse()).transpose().map_err(ApiError::no_function)?;
        let filter = DeliveryFilter {
            order: order_id.map(|id| OrderId::new(id.0)),
            function,
            handling: status.unwrap_or_default().into_iter().map(Into::into).collect(),
        };
        let before = after.map(|after| delivery_place(&after)).transpose()?;
        let page = backend.reader.deliveries(filter, before, first).await;
        let page = page.map_err(ApiError::from)?;
        let end_cursor = page.deliveries.last().map(|(row, ..)| written(row.key));
        let delivery = |(row, event, attempts)| Delivery::of_page(row, event, attempts);
        Ok(DeliveryConnection {
            nodes: page.deliveries.into_iter().map(delivery).collect(),
            page_info: PageInfo { has_next_page: page.more == More::Follows, end_cursor },
        })
    }

    /// Operators: what is appended by the clock.
    async fn schedules(&self, context: &Context<'_>) -> Result<Vec<Schedule>> {
        Caller::operator(context)?;
        let planned = context.data::<Backend>()?.reader.schedules().await;
        Ok(planned.map_err(ApiError::from)?.into_iter().map(Schedule::from).collect())
    }
}

impl Backend {
    /// How the business is doing just now.
    pub(super) async fn insights(&self) -> Result<Insights, ApiError> {
        let overview = self.reader.overview(self.clock.now()).await?;
        Ok(Insights::new(self.cursor(overview.cursor), overview))
    }
}

fn book_place(after: &str) -> Result<OrderId, ApiError> {
    let wrong = |_| ApiError::bad_input(format!("`{after}` is no endCursor of a page of books"));
    after.parse().map_err(wrong)
}

/// `<position>:<function>`.
fn written(key: DeliveryKey) -> String {
    format!("{}:{}", key.position, key.function)
}

fn delivery_place(after: &str) -> Result<DeliveryPlace, ApiError> {
    let read = || {
        let (position, function) = after.split_once(':')?;
        let function = function.parse().ok()?;
        let position: i64 = position.parse().ok()?;
        let position = Position::new(u64::try_from(position).ok()?);
        Some(DeliveryPlace(DeliveryKey { function, position }))
    };
    let wrong =
        || ApiError::bad_input(format!("`{after}` is no endCursor of a page of deliveries"));
    read().ok_or_else(wrong)
}
