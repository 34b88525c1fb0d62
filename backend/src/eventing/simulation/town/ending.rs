//! The end of the trouble in a town, and what everybody does then.

use jiff::Timestamp;
use shared::function::Function;

use super::{RING, Town};
use crate::eventing::consumer::Consumer;
use crate::eventing::delivery::{Delivery, DeliveryStatus};
use crate::eventing::fixture::completed;
use crate::eventing::request::{Pause, Request};
use crate::eventing::retry::slots;
use crate::eventing::simulation::trouble::Inclination;
use crate::eventing::tail::Tail;

impl Town {
    /// Everything works from now on, customers hear what has become of what they asked, and the
    /// operator looks after what only a person can mend: dead letters that owe money to somebody, or
    /// may. Plays on until nothing is left to do, and says since when there was no trouble.
    pub(in crate::eventing::simulation) fn trouble_ends(&mut self) -> Timestamp {
        self.inclination = Inclination::NONE;
        self.down.clear();
        let heard: Vec<Request> = std::mem::take(&mut self.ended)
            .into_iter()
            .map(|(claim, outcome)| completed(&claim, outcome))
            .collect();
        self.write(&heard);
        self.everybody_asks_again();
        let go_on = |it| Request::SetPaused(Consumer::Function(it), Pause::Running);
        let dead = self.room.log.deliveries.values().filter(|it| owes_money(it));
        let again = dead.map(|it| Request::Redeliver(it.key));
        let mended: Vec<Request> = Function::ALL.into_iter().map(go_on).chain(again).collect();
        self.write(&mended);
        let since = self.room.now.max(self.room.log.head.recorded_at);
        let open = std::mem::take(&mut self.claims);
        self.room.free_slots = Function::ALL.into_iter().map(|it| (it, slots(it))).collect();
        self.crew.finish(&mut self.room, open);
        self.tail = Tail::with_ring(self.room.log.head.position, RING);
        since
    }

    /// A server that nothing befalls looks at what is due by now.
    pub(in crate::eventing::simulation) fn somebody_looks_at_the_clock(&mut self) -> Timestamp {
        self.inclination = Inclination::NONE;
        self.write(&[Request::LookAtDue]);
        self.room.now.max(self.room.log.head.recorded_at)
    }

    /// All subscribers read to the end.
    pub(in crate::eventing::simulation) fn everybody_reads(&mut self) {
        for subscriber in &mut self.subscribers {
            subscriber.catch_up(&self.tail, &self.room.log, &mut self.seen);
        }
    }

    /// All customers repeat whatever they have asked, and hear.
    pub(in crate::eventing::simulation) fn everybody_asks_again(&mut self) {
        self.inclination = Inclination::NONE;
        let again: Vec<Request> =
            self.customers.asked.values().map(|asked| asked.request.clone()).collect();
        self.write(&again);
    }
}

/// Only an operator can mend it: the refund of an order, and a tip that may have been taken.
fn owes_money(delivery: &Delivery) -> bool {
    let of_money = matches!(delivery.key.function, Function::Refund | Function::SettleTip);
    of_money && delivery.status == DeliveryStatus::Dead
}
