//! `insights`: how the business is doing, a read model that follows the log.
//!
//! It counts what is asked for often, so that nobody has to read the log for it: orders by status,
//! revenue, how long deliveries take, and how much work each function was given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::function::Function;
use shared::order::Order;
use shared::order::payment::{Charge, Refund};
use shared::order::status::OrderStatus;

use super::{Follow, Notice};
use crate::eventing::consumer::Follower;
use crate::eventing::log::Body;
use crate::eventing::plan::Committed;
use crate::eventing::routes::routes;

mod histogram;

pub(crate) use histogram::Histogram;

/// The read model up to a position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Insights {
    /// How many orders stand where.
    pub by_status: BTreeMap<OrderStatus, u64>,
    /// What was captured less what was refunded, in cents.
    pub revenue_cents: i64,
    /// From placed to delivered, in milliseconds.
    pub delivery_ms: Histogram,
    /// How many deliveries each function was ever given.
    pub handed_out: BTreeMap<Function, u64>,
}

impl Follow for Insights {
    const NAME: Follower = Follower::Insights;

    fn take_in(&mut self, committed: &Committed) -> Option<Notice> {
        if let Body::Order(event) = &committed.event.body {
            for route in routes(event) {
                *self.handed_out.entry(route.function).or_default() += 1;
            }
            if let Some(after) = &committed.order {
                self.count(committed.before.as_deref(), after);
            }
        }
        None
    }
}

impl Insights {
    fn count(&mut self, before: Option<&Order>, after: &Order) {
        let was = before.map(|order| order.status);
        if was != Some(after.status) {
            if let Some(was) = was {
                let orders = self.by_status.entry(was).or_default();
                *orders = orders.saturating_sub(1);
            }
            *self.by_status.entry(after.status).or_default() += 1;
            if after.status == OrderStatus::Delivered {
                self.delivery_ms.count(milliseconds_on_the_way(after));
            }
        }
        self.revenue_cents += earned(after) - before.map_or(0, earned);
    }
}

/// What the house has of an order, in cents. A refund's fact says what the bank had taken and what it
/// gave back, whether or not the charge was on record.
fn earned(order: &Order) -> i64 {
    let captured = |charge: Charge| match charge {
        Charge::Captured(amount) => i64::from(amount),
        Charge::Open | Charge::Declined => 0,
    };
    let dishes = match order.money.refund {
        Refund::Settled { captured, refunded } => i64::from(captured) - i64::from(refunded),
        Refund::NotOwed | Refund::Owed => captured(order.money.charge),
    };
    dishes + captured(order.money.tip)
}

fn milliseconds_on_the_way(order: &Order) -> u64 {
    let (Some(first), Some(last)) = (order.timeline.first(), order.timeline.last()) else {
        return 0;
    };
    let took = last.at.as_millisecond() - first.at.as_millisecond();
    u64::try_from(took).unwrap_or(0)
}
