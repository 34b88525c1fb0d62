//! Sizes: each has a bound, and at the bound something happens that one can see.

use super::world::{Client, Server, mutation};
use crate::input::Input;
use crate::outcome::OUTCOMES_MAX;
use crate::state::IN_FLIGHT_MAX;
use crate::step;
use crate::view::PendingState;

#[test]
fn a_few_are_in_flight_at_once_and_the_others_follow() {
    let mut server = Server::new(1);
    let mut client = Client::offline();
    for number in 0..20 {
        client.place(number);
    }
    client.link_up(&server);
    client.load(&server);
    assert_eq!(client.sends.len(), IN_FLIGHT_MAX);
    assert_eq!(client.view().pending.sending, IN_FLIGHT_MAX);
    // One answer makes room for one.
    let (mutation_id, intent) = client.sends.pop_front().unwrap();
    client.tell(Input::Answered(server.receive(mutation_id, &intent)));
    assert_eq!(client.sends.len(), IN_FLIGHT_MAX);
    assert_eq!(client.sends.back().map(|(id, _)| *id), Some(mutation(8)), "the oldest first");
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(server.orders.len(), 20);
    assert_eq!(client.view().pending.undecided(), 0);
}

#[test]
fn the_timer_never_rings_in_circles() {
    let server = Server::new(1);
    let mut client = Client::online(&server);
    for number in 0..20 {
        client.place(number);
    }
    let mut rings = 0;
    while client.now.monotonic.millis() < 121_000 {
        let due = client.state.next_wakeup().unwrap();
        assert!(due > client.now.monotonic);
        client.pass(due.since(client.now.monotonic));
        rings += 1;
    }
    // Twenty mutations, each timing out after 10 s at the earliest.
    assert!(rings < 500, "rang {rings} times in two minutes");
}

/// H84
#[test]
fn outcomes_are_kept_for_a_while() {
    let mut client = Client::offline();
    for number in 0..u128::try_from(OUTCOMES_MAX).unwrap() + 5 {
        client.place(number);
        client.cancel(number);
    }
    assert_eq!(client.state.outcomes().count(), OUTCOMES_MAX);
    let newest = client.state.outcomes().next().unwrap();
    assert_eq!(newest.mutation_id, mutation(u128::try_from(OUTCOMES_MAX).unwrap() + 4));
}

/// Whatever passes by while one mutation hangs, the store keeps no more of it.
#[test]
fn what_passes_by_while_a_mutation_hangs_leaves_nothing_behind() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    client.place(2);
    let mut change = server.changes().pop().unwrap();
    let mut size_after = |changes: usize| {
        for _ in 0..changes {
            change.previous = client.state.cursor();
            change.cursor.position = change.cursor.position.next();
            let order = &mut change.event.as_mut().unwrap().order;
            order.version = order.version.next();
            step(&mut client.state, Input::Changed(change.clone()), client.now);
        }
        format!("{:?}", client.state).len()
    };
    // Positions and versions have five digits from here on.
    let before = size_after(10_000);
    assert_eq!(size_after(20_000), before);
    assert_eq!(client.pending(2).unwrap().state, PendingState::Sending);
}
