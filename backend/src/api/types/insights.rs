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
