//! What has happened in the towns: a promise that nothing ever put to the test is not proven.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use shared::order::event::{EndedBy, OrderEvent};
use shared::order::status::OrderStatus;

use crate::eventing::log::{Body, Source};
use crate::eventing::plan::Committed;
use crate::eventing::routes::routes;

/// The kinds, once: the list of all of them cannot lack one.
macro_rules! happenings {
    ($($name:ident,)*) => {
        /// Something that has to have happened somewhere, or the towns were too calm.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Happening { $($name,)* }

        impl Happening {
            const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

happenings! {
    MutationRepeated,
    MutationRefused,
    MutationIdGivenTwice,
    UnheardMutationHadBeenWritten,
    UnheardMutationHadNotBeenWritten,
    StoreRefused,
    DiedBeforeCommit,
    DiedAfterCommit,
    CommitUnknownAndWritten,
    CommitUnknownAndLost,
    ProcessDied,
    ProcessStoppedAndWokeUp,
    ClaimNeverBegun,
    HandlerFailedBeforeItsEffect,
    HandlerFailedAfterItsEffect,
    HandlerVanishedAfterItsEffect,
    HandlerAskedForTime,
    HandlerGaveUp,
    PoisonPanicked,
    PoisonKilledItsProcess,
    DeadLetterOfPoison,
    EventOfTwoFunctions,
    FunctionDown,
    FunctionPaused,
    CompletionHeardTwice,
    ZombieRefused,
    TriedAgain,
    NotYet,
    Late,
    DeadLetter,
    DeadLetterOfWhatNeverCameBack,
    DoneRedelivered,
    DoneForgotten,
    DeadRedelivered,
    RunningNotRedelivered,
    DeadlineStruck,
    LateCaptureRefunded,
    TipTakenAfterWaiver,
    TipSet,
    Rated,
    RestaurantAskedLater,
    LeaseOver,
    Suspended,
    ClockPutBack,
    Restored,
    SubscriberResumed,
    SubscriberFellBehind,
    SoldOut,
    PortionsGivenBack,
    NightPassed,
    NightLostWithItsProcess,
    NightWrittenByOneWhoDied,
    NightWhileSomeWereTaken,
    PortionsTakenAfterTheNight,
    ServedBeforeWhoCameFirst,
    EndedDelivered,
    EndedRejected,
    EndedDeclined,
    EndedCancelled,
    CancelledByItsCustomer,
}

/// How often each happened.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(BTreeMap<Happening, usize>);

impl Seen {
    pub(super) fn note(&mut self, happening: Happening) {
        *self.0.entry(happening).or_default() += 1;
    }

    pub(super) fn note_if(&mut self, happened: Option<Happening>) {
        if let Some(happening) = happened {
            self.note(happening);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (happening, times) in &other.0 {
            *self.0.entry(*happening).or_default() += times;
        }
    }

    /// What never happened.
    pub(super) fn never(&self) -> Vec<Happening> {
        Happening::ALL.iter().copied().filter(|it| !self.0.contains_key(it)).collect()
    }

    /// What a log tells.
    pub(super) fn read(&mut self, log: &[Committed]) {
        let (mut ended, mut waived) = (BTreeSet::new(), BTreeSet::new());
        for event in log.iter().map(|committed| &committed.event) {
            if event.source == Source::Deadline {
                self.note(Happening::DeadlineStruck);
            }
            let Body::Order(data) = &event.body else { continue };
            self.note_if((routes(data).len() > 1).then_some(Happening::EventOfTwoFunctions));
            if let OrderEvent::OrderCancelled { by: EndedBy::Customer, .. } = data {
                self.note(Happening::CancelledByItsCustomer);
            }
            if let OrderEvent::DeliveryDied { error, .. } = data {
                self.note(Happening::DeadLetter);
                let lost = error.starts_with("it did not come back");
                self.note_if(lost.then_some(Happening::DeadLetterOfWhatNeverCameBack));
            } else if let OrderEvent::OrderRejected { reason } = data {
                let sold_out = reason.contains("Mole Negro");
                self.note_if(sold_out.then_some(Happening::SoldOut));
            } else if let OrderEvent::TipSet { .. } = data {
                self.note(Happening::TipSet);
            } else if let OrderEvent::OrderRated { .. } = data {
                self.note(Happening::Rated);
            } else if let OrderEvent::TipWaived { .. } = data {
                waived.insert(event.stream);
            } else if let OrderEvent::TipCaptured { .. } = data {
                let late = waived.contains(&event.stream);
                self.note_if(late.then_some(Happening::TipTakenAfterWaiver));
            } else if let OrderEvent::PaymentCaptured { ask_at: Some(_), .. } = data {
                self.note(Happening::RestaurantAskedLater);
            } else if let OrderEvent::PaymentCaptured { wait_until: None, .. } = data {
                ended.insert(event.stream);
            } else if let OrderEvent::PaymentRefunded { captured, .. } = data {
                let late = ended.contains(&event.stream) && !captured.is_zero();
                self.note_if(late.then_some(Happening::LateCaptureRefunded));
            }
        }
    }

    /// How an order ended, where it has.
    pub(super) fn end_of(&mut self, status: OrderStatus) {
        self.note_if(match status {
            OrderStatus::Delivered => Some(Happening::EndedDelivered),
            OrderStatus::Rejected => Some(Happening::EndedRejected),
            OrderStatus::PaymentDeclined => Some(Happening::EndedDeclined),
            OrderStatus::Cancelled => Some(Happening::EndedCancelled),
            OrderStatus::Placed
            | OrderStatus::Validated
            | OrderStatus::Paid
            | OrderStatus::Accepted
            | OrderStatus::Preparing
            | OrderStatus::Ready
            | OrderStatus::PickedUp => None,
        });
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.0.iter().map(|(happening, times)| format!("{happening:?} {times}"));
        f.write_str(&told.collect::<Vec<_>>().join(", "))
    }
}
