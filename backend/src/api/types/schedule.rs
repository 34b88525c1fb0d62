//! A schedule, as the contract shows it.

use async_graphql::SimpleObject;

use crate::api::scalars::DateTime;
use crate::eventing::schedule::Planned;

#[derive(SimpleObject)]
pub(crate) struct Schedule {
    name: String,
    cron: String,
    next_at: DateTime,
    paused: bool,
}

impl From<Planned> for Schedule {
    fn from(planned: Planned) -> Self {
        Self {
            name: planned.schedule.name().to_owned(),
            cron: planned.schedule.cron().to_owned(),
            next_at: DateTime(planned.next_at),
            // The contract shows it, and has no way yet to pause one.
            paused: false,
        }
    }
}
