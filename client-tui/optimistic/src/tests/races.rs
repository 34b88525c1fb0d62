//! Orders that others move too: the kitchen, another terminal, a clock that is wrong.

use jiff::SignedDuration;
use shared::cursor::Version;
use shared::order::command::Command;
use shared::order::status::OrderStatus;
use std::time::Duration;

use super::world::{Client, Server, mutation, order_id};
use crate::input::{Answer, Input};

fn accepted() -> (Client, Server) {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    server.advance(1, 3);
    client.follow(&server);
    (client, server)
}

/// H63: asked where the clock is an hour off and nobody had told us the time yet.
#[test]
fn a_conflict_is_explained_with_what_was_seen_and_by_the_servers_clock() {
    let (client, mut server) = accepted();
    let cached = client.state.to_cache();
    let mut client = Client::offline();
    client.now.wall = server.now.saturating_sub(SignedDuration::from_hours(1)).unwrap();
    client.tell(Input::CacheRestored(cached));
    client.cancel(1);
    client.pass(Duration::from_secs(3));
    server.act(1, &Command::BeginCooking);
    let began = server.orders[&order_id(1)].updated_at;
    let asked = server.now.saturating_sub(SignedDuration::from_secs(3)).unwrap();
    client.link_up_as(server.account(), server.now);
    client.exchange(&mut server);
    let outcome = client.state.outcome(mutation(101)).unwrap();
    let seen = outcome.seen.unwrap();
    assert_eq!((seen.status, seen.version), (OrderStatus::Accepted, Some(Version::new(4))));
    assert_eq!(outcome.decided_on, Some(Version::new(5)));
    assert_eq!(outcome.asked_at, asked);
    let words = outcome.explanation(|at| if at == began { "BEGAN" } else { "ASKED" }.to_owned());
    assert_eq!(words, "Not cancelled: the kitchen began at BEGAN; you asked at ASKED.");
}

#[test]
fn a_refusal_without_an_order_only_takes_the_wish_away() {
    let (mut client, mut server) = accepted();
    client.cancel(1);
    server.act(1, &Command::BeginCooking);
    let (mutation_id, intent) = client.sends.pop_front().unwrap();
    let mut receipt = server.receive(mutation_id, &intent);
    if let Answer::Refused { order, .. } = &mut receipt.answer {
        *order = None;
    }
    client.tell(Input::Answered(receipt));
    assert_eq!(client.screen(), ["1 ACCEPTED confirmed [cancel refused]"]);
}

/// H69, R10
#[test]
fn a_wrong_clock_changes_no_order_no_retry_and_no_age() {
    let mut server = Server::new(1);
    let mut client = Client::offline();
    client.now.wall = client.now.wall.saturating_sub(SignedDuration::from_hours(1)).unwrap();
    client.place(1);
    client.now.wall = client.now.wall.saturating_add(SignedDuration::from_hours(5)).unwrap();
    client.place(2);
    client.now.wall = client.now.wall.saturating_sub(SignedDuration::from_hours(9)).unwrap();
    client.pass(Duration::from_secs(12));
    assert_eq!(client.pending(1).unwrap().age, Duration::from_secs(12));
    client.link_up(&server);
    client.load(&server);
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(client.screen(), ["2 PLACED confirmed", "1 PLACED confirmed"]);
    let skew = client.state.server_time(client.now.wall).duration_since(server.now);
    assert!(skew.abs() < SignedDuration::from_secs(5), "{skew:?}");
}
