//! What the clock appends: schedules that are struck. In the plan of a batch, so that a run, its effects
//! and when it is due next become durable together, or not at all.

use std::time::Duration;

use super::{Cause, Draft};
use crate::eventing::log::{Body, Source, StreamName, SystemEvent};
use crate::eventing::schedule::{Planned, Schedule, Strike};

/// When to look again at a schedule whose times cannot be told: not at once, for ever.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

impl Draft<'_> {
    /// Strikes what is due: each appends one event, by whose id no run can be appended twice.
    pub(in crate::eventing::plan) fn strike_schedules(&mut self, due: &[Planned]) {
        for planned in due {
            match planned.strike(self.now) {
                Ok(Strike::NotYet) => {}
                Ok(Strike::Run { due_at, next_at }) => {
                    let schedule = planned.schedule;
                    let cause = self.tell(*planned, SystemEvent::ScheduleRan { schedule, due_at });
                    self.run(schedule, &cause);
                    self.schedules.insert(schedule, next_at);
                }
                Ok(Strike::Skip { next_at }) => {
                    let (schedule, due_at) = (planned.schedule, planned.next_at);
                    self.tell(*planned, SystemEvent::ScheduleSkipped { schedule, due_at });
                    self.schedules.insert(schedule, next_at);
                }
                Err(error) => {
                    tracing::error!(%error, schedule = %planned.schedule, "it did not run");
                    self.schedules.insert(planned.schedule, self.after(LOOK_AGAIN));
                }
            }
        }
    }

    fn run(&mut self, schedule: Schedule, cause: &Cause) {
        match schedule {
            Schedule::ResetPortions => self.reset_portions(cause),
        }
    }

    /// What follows from it is caused by it.
    fn tell(&mut self, planned: Planned, event: SystemEvent) -> Cause {
        let cause = Cause { source: Source::Schedule, mutation: None, causation_id: None };
        let id = planned.schedule.run_id(planned.next_at);
        let (system, body) = (StreamName::System, Body::System(event));
        self.append_as(id, system, None, body, cause.clone());
        Cause { causation_id: Some(id), ..cause }
    }
}
