//! What happens to the system, in the plan of a batch: servers that begin and end.

use super::{Cause, Draft};
use crate::eventing::log::{Body, Source, StreamName, System, SystemEvent};
use crate::eventing::request::{Run, Standing};

impl Draft<'_> {
    /// A server begins to work on this log, goes on with it, or ends in order.
    pub(in crate::eventing::plan) fn record_run(&mut self, run: &Run) {
        let (event, source) = match run {
            Run::Started { version } => {
                (SystemEvent::started(self.system(), version), Source::Server)
            }
            Run::Stopped { reason } => {
                (SystemEvent::ServerStopped { reason: reason.clone() }, Source::Server)
            }
            Run::Resumed => {
                self.standing = Some(Standing::Free);
                (SystemEvent::EnvironmentResumed {}, Source::Operator)
            }
        };
        self.append_to_system(event, source);
    }

    /// Appends an event to the system; no function consumes any.
    pub(in crate::eventing::plan) fn append_to_system(
        &mut self,
        event: SystemEvent,
        source: Source,
    ) {
        let cause = Cause { source, mutation: None, causation_id: None };
        self.append(StreamName::System, None, Body::System(event), cause);
    }

    pub(in crate::eventing::plan) fn system(&self) -> Option<&System> {
        self.stream(StreamName::System).and_then(|stream| stream.state.system())
    }
}
