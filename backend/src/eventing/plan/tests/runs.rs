//! Starts and stops of servers are events like any other, of a stream of their own.

use crate::eventing::fixture::{NOW, Room, place};
use crate::eventing::log::{Source, StreamName};
use crate::eventing::request::{Request, Run};

fn started() -> Request {
    Request::Record(Run::Started { version: "1.2.3".to_owned() })
}

fn stopped() -> Request {
    Request::Record(Run::Stopped { reason: "SIGTERM".to_owned() })
}

/// What the log says of each start and stop.
fn told(room: &Room) -> Vec<String> {
    let events = room.log.events.iter().map(|committed| &committed.event);
    events.filter(|event| event.stream == StreamName::System).map(|event| event.message()).collect()
}

#[test]
fn a_start_and_a_stop_are_events_of_the_system_and_of_no_customer() {
    let mut room = Room::new(1.0);
    room.write(&[started(), place(1, 10)]);
    room.write(&[stopped()]);
    assert_eq!(
        told(&room),
        ["The server started (version 1.2.3).", "The server stopped: SIGTERM."]
    );
    let event = &room.log.events[0].event;
    assert_eq!((event.source, event.customer_id, event.order_id()), (Source::Server, None, None));
    let system = room.log.streams[&StreamName::System].state.system().unwrap();
    assert_eq!((system.starts, system.running_since), (1, None));
}

#[test]
fn a_server_that_was_killed_is_found_out_by_the_next_one() {
    let mut room = Room::new(1.0);
    room.write(&[started()]);
    room.write(&[started()]);
    assert!(told(&room)[1].ends_with("its last run had been cut short."), "{:?}", told(&room));
    room.write(&[stopped()]);
    room.write(&[started()]);
    assert_eq!(told(&room)[3], "The server started (version 1.2.3).");
    let system = room.log.streams[&StreamName::System].state.system().unwrap();
    assert_eq!((system.starts, system.running_since), (3, Some(NOW)));
}
