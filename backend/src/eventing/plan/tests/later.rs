//! An order for later waits in its delivery to the kitchen: nobody sleeps, and nobody looks at it
//! before.

use std::time::Duration;

use jiff::Timestamp;
use shared::function::Function;
use shared::order::command::OrderDraft;
use shared::order::status::OrderStatus;
use shared::policy::Policy;

use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{Room, completed, draft, place_draft};
use crate::eventing::plan::Claim;
use crate::eventing::request::Request;

const AHEAD: Duration = Duration::from_mins(45);

/// A room in which an order for later comes home by itself.
struct Story {
    room: Room,
    crew: Crew,
    claims: Vec<Claim>,
    scheduled_for: Timestamp,
}

impl Story {
    fn new(pace: f64) -> Self {
        let mut room = Room::new(pace);
        let scheduled_for = room.now.checked_add(AHEAD).unwrap();
        let order = OrderDraft { scheduled_for: Some(scheduled_for), ..draft(1) };
        let claims = room.write(&[place_draft(order, 10)]).claims;
        Self { crew: Crew::of(&room), room, claims, scheduled_for }
    }

    /// The next delivery, at its time.
    fn next(&mut self) -> Claim {
        while self.claims.is_empty() {
            self.room.now = self.room.next_due().unwrap().max(self.room.now);
            self.claims = self.room.write(&[Request::LookAtDue]).claims;
        }
        self.claims.remove(0)
    }

    fn handle(&mut self, claim: &Claim) {
        let outcome = self.crew.handle(claim);
        self.claims.extend(self.room.write(&[completed(claim, outcome)]).claims);
    }

    /// Goes on until the kitchen has its ticket.
    fn ticket(&mut self) -> Claim {
        loop {
            let claim = self.next();
            if claim.delivery.key.function == Function::Kitchen {
                return claim;
            }
            self.handle(&claim);
        }
    }
}

#[test]
fn the_kitchen_gets_the_ticket_so_long_before_as_the_way_from_it_to_the_door_takes() {
    let mut story = Story::new(1.0);
    story.ticket();
    let durations = &story.room.house.policy.durations;
    let still_to_go = durations.queue + durations.cooking + durations.handover + durations.riding;
    assert_eq!(story.room.now, story.scheduled_for.checked_sub(still_to_go).unwrap());
}

#[test]
fn it_is_at_the_door_at_its_time_also_where_a_server_with_another_pace_goes_on_with_it() {
    for pace in [1.0, 0.0] {
        let mut story = Story::new(1.0);
        let ticket = story.ticket();
        story.room.house.policy = Policy::with_pace(pace);
        story.handle(&ticket);
        while story.room.order(1).status != OrderStatus::Delivered {
            let claim = story.next();
            story.handle(&claim);
        }
        assert_eq!(story.room.order(1).updated_at, story.scheduled_for, "at pace {pace}");
    }
}
