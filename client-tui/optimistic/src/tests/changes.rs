//! The stream of changes: repeated, missing, overtaking, ending, flooding.

use std::time::Duration;

use super::world::{Client, Server};
use crate::cached::Cached;
use crate::input::{Input, SubscriptionEnd};
use crate::state::BUFFER_MAX;

/// A client that has the first order of a server, and the server's further changes.
fn behind(steps: usize) -> (Client, Server, Vec<crate::input::Change>) {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    server.advance(1, steps);
    let changes = server.changes().split_off(1);
    client.subscribes.clear();
    (client, server, changes)
}

/// R3
#[test]
fn what_waits_for_a_missing_change_is_bounded_and_loses_nothing() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    for number in 0..u128::try_from(BUFFER_MAX).unwrap() + 20 {
        server.place(number);
    }
    let changes = server.changes();
    for change in changes.iter().skip(1) {
        client.tell(Input::Changed(change.clone()));
    }
    assert!(client.screen().is_empty());
    assert_eq!(client.state.confirmed.buffer.len(), BUFFER_MAX);
    // The resumed subscription brings all of them again.
    for change in &changes {
        client.tell(Input::Changed(change.clone()));
    }
    assert_eq!(client.screen().len(), changes.len());
}

#[test]
fn a_subscription_that_ends_again_and_again_is_asked_for_less_and_less() {
    let (mut client, _, _) = behind(0);
    let mut asked = 0;
    for _ in 0..600 {
        if client.subscribes.len() > asked {
            asked = client.subscribes.len();
            let end = SubscriptionEnd::Interrupted { reason: "no".to_owned() };
            client.tell(Input::SubscriptionEnded(end));
        } else if asked == 0 {
            let end = SubscriptionEnd::Interrupted { reason: "no".to_owned() };
            client.tell(Input::SubscriptionEnded(end));
        }
        client.pass(Duration::from_millis(500));
    }
    // Five minutes at most 30 s apart, on the average 15 s.
    assert!((10..80).contains(&asked), "asked for {asked} times");
}

#[test]
fn a_subscription_that_stays_silent_is_asked_for_again() {
    let server = Server::new(1);
    let mut client = Client::online(&server);
    assert_eq!(client.subscribes.len(), 1);
    client.pass(Duration::from_secs(16));
    assert_eq!(client.subscribes.len(), 2);
}

/// H26
#[test]
fn a_flood_ends_in_the_same_state_as_a_snapshot() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    for number in 0..200 {
        server.place(number);
        server.advance(number, 5);
    }
    client.follow(&server);
    let fresh = Client::online(&server);
    assert_eq!(client.state.confirmed.orders, fresh.state.confirmed.orders);
    assert_eq!(client.screen(), fresh.screen(), "also in the same order");
}

/// H83
#[test]
fn with_nothing_pending_and_a_live_link_nothing_is_awaited() {
    let (mut client, server, _) = behind(0);
    client.follow(&server);
    assert_eq!(client.state.next_wakeup(), None);
    let mut ledger = crate::record::Ledger::default();
    client.journal.iter().for_each(|record| ledger.apply(record));
    assert!(ledger.is_empty());
    let Cached { orders: Some(cached), .. } = client.state.to_cache() else { panic!("facts") };
    assert_eq!(cached.orders, server.orders.into_values().collect::<Vec<_>>());
}
