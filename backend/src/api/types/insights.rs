//! How the business is doing, as operators see it.

use async_graphql::SimpleObject;
use shared::order::status;

use super::delivery::bounded;
use super::order::OrderStatus;
use crate::api::scalars::{CursorScalar, Int64};
use crate::store::read::{ConsumerStats, Overview};

#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct Insights {
    /// The log position up to which this counts.
    cursor: CursorScalar,
    by_status: Vec<StatusCount>,
    /// Captured less refunded.
    revenue_cents: Int64,
    /// Median and 95th percentile from placed to delivered, milliseconds; null before the first delivery.
    delivery_ms_p50: Option<i32>,
    delivery_ms_p95: Option<i32>,
    functions: Vec<FunctionStats>,
}

/// Backlog and health of one function; `lagMs` is the age of its oldest due delivery.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct FunctionStats {
    pub(crate) name: String,
    pending: i32,
    running: i32,
    retrying: i32,
    dead: i32,
    done_total: i32,
    pub(crate) lag_ms: i32,
    paused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct StatusCount {
    status: OrderStatus,
    orders: i32,
}

impl Insights {
    /// The insights at a cursor.
    pub(crate) fn new(cursor: CursorScalar, overview: Overview) -> Self {
        let Overview { cursor: _, insights, consumers } = overview;
        let orders = |status| insights.by_status.get(&status).copied().unwrap_or_default();
        let count = |status: status::OrderStatus| StatusCount {
            status: status.into(),
            orders: bounded(orders(status)),
        };
        Self {
            cursor,
            by_status: status::OrderStatus::ALL.into_iter().map(count).collect(),
            revenue_cents: Int64(insights.revenue_cents),
            delivery_ms_p50: insights.delivery_ms.percentile(50).map(bounded),
            delivery_ms_p95: insights.delivery_ms.percentile(95).map(bounded),
            functions: consumers.into_iter().map(FunctionStats::from).collect(),
        }
    }

    /// Whether something is due and not handled yet, so that time alone changes what is shown.
    pub(crate) fn lags(&self) -> bool {
        self.functions.iter().any(|function| function.lag_ms > 0)
    }
}

impl From<ConsumerStats> for FunctionStats {
    fn from(stats: ConsumerStats) -> Self {
        Self {
            name: stats.consumer.name().to_owned(),
            pending: bounded(stats.pending),
            running: bounded(stats.running),
            retrying: bounded(stats.retrying),
            dead: bounded(stats.dead),
            done_total: bounded(stats.done),
            lag_ms: bounded(stats.lag_ms),
            paused: stats.paused,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use shared::cursor::{Cursor, Position};
    use shared::function::Function;
    use shared::id::LogId;
    use shared::order::status::OrderStatus as Status;
    use uuid::Uuid;

    use super::*;
    use crate::eventing::consumer::Consumer;
    use crate::eventing::follower::insights;

    #[test]
    fn each_number_is_shown_where_it_belongs() {
        let position = Position::new(9);
        let mut counted = insights::Insights {
            by_status: BTreeMap::from([(Status::Paid, 2), (Status::Delivered, 3)]),
            revenue_cents: 29_00,
            ..insights::Insights::default()
        };
        (1..=20).for_each(|number| counted.delivery_ms.count(number));
        let kitchen = ConsumerStats {
            consumer: Consumer::Function(Function::Kitchen),
            pending: 1,
            running: 2,
            retrying: 3,
            dead: 4,
            done: 5,
            lag_ms: 6,
            paused: true,
        };
        let overview = Overview { cursor: position, insights: counted, consumers: vec![kitchen] };
        let cursor = CursorScalar(Cursor { log_id: LogId::new(Uuid::nil()), position });
        let shown = Insights::new(cursor, overview);
        assert_eq!((shown.cursor, shown.revenue_cents), (cursor, Int64(29_00)));
        assert_eq!((shown.delivery_ms_p50, shown.delivery_ms_p95), (Some(10), Some(19)));
        let orders = |of: Status| {
            let of = OrderStatus::from(of);
            shown.by_status.iter().filter(|it| it.status == of).map(|it| it.orders).sum::<i32>()
        };
        let told = Status::ALL.map(orders);
        let expected = Status::ALL.map(|status| match status {
            Status::Paid => 2,
            Status::Delivered => 3,
            Status::Placed
            | Status::Validated
            | Status::Accepted
            | Status::Preparing
            | Status::Ready
            | Status::PickedUp
            | Status::Rejected
            | Status::PaymentDeclined
            | Status::Cancelled => 0,
        });
        assert_eq!(told, expected, "of a status that no order has there are none");
        let kitchen = FunctionStats {
            name: "kitchen".to_owned(),
            pending: 1,
            running: 2,
            retrying: 3,
            dead: 4,
            done_total: 5,
            lag_ms: 6,
            paused: true,
        };
        assert_eq!(shown.functions, [kitchen]);
    }
}
