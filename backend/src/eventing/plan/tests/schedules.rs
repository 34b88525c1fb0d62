//! A schedule runs once for its time, with what it is for, in the one transaction.

use std::time::Duration;

use jiff::Timestamp;
use shared::stock::event::StockEvent;

use crate::eventing::fixture::{NOW, Room, types};
use crate::eventing::log::{Body, Source, StreamName};
use crate::eventing::request::Request;
use crate::eventing::schedule::Schedule;

const DAY: Duration = Duration::from_hours(24);

/// A room whose shelves are to be filled at a time.
fn room(next_at: Timestamp) -> Room {
    let mut room = Room::new(0.0);
    room.log.schedules.insert(Schedule::ResetPortions, next_at);
    room
}

#[test]
fn at_its_time_and_not_before_the_shelves_are_filled_and_the_log_says_why() {
    let mut room = room(NOW.checked_add(DAY).unwrap());
    room.pass(DAY.saturating_sub(Duration::from_millis(1)));
    assert!(room.write(&[Request::LookAtDue]).writes.is_empty());
    room.pass(Duration::from_millis(1));
    let events = room.write(&[Request::LookAtDue]).writes.events;
    assert_eq!(types(&events)[..2], ["ScheduleRan", "PortionsReset"]);
    let limited = room.house.catalog.restaurants.iter().filter(|it| it.has_limits()).count();
    assert_eq!(events.len(), 1 + limited, "an event for each restaurant with limited dishes");
    let ran = &events[0].event;
    assert_eq!((ran.stream, ran.source), (StreamName::System, Source::Schedule));
    for filled in &events[1..] {
        assert!(matches!(filled.event.body, Body::Restaurant(StockEvent::PortionsReset { .. })));
        assert_eq!(filled.event.causation_id, Some(ran.id));
    }
    assert!(room.write(&[Request::LookAtDue]).writes.is_empty(), "once");
}

#[test]
fn nights_that_were_missed_become_one_under_the_id_that_any_server_would_give_it() {
    let mut room = room(NOW);
    room.pass(DAY * 5);
    let events = room.write(&[Request::LookAtDue]).writes.events;
    assert_eq!(types(&events).iter().filter(|it| **it == "ScheduleRan").count(), 1);
    assert_eq!(events[0].event.id, Schedule::ResetPortions.run_id(NOW));
    assert!(room.log.schedules[&Schedule::ResetPortions] > room.now);
}

#[test]
fn without_a_look_at_what_is_due_nothing_runs() {
    let mut room = room(NOW);
    assert!(room.write(&[Request::ForgetOld]).writes.events.is_empty());
}
