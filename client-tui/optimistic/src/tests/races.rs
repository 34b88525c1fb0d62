//! Orders that others move too: the kitchen, another terminal, a clock that is wrong.

use jiff::SignedDuration;
use shared::cursor::Version;
use shared::order::command::Command;
use shared::order::status::OrderStatus;
use std::time::Duration;

use super::world::{Client, Server, kinds, mutation, order_id};
use crate::effect::Notice;
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

/// H63, R2
#[test]
fn a_cancellation_that_comes_too_late_shows_what_the_kitchen_has_done_and_why() {
    let (mut client, mut server) = accepted();
    client.cancel(1);
    server.act(1, &Command::BeginCooking);
    // The refusal arrives before the change: it carries the order on which it was decided.
    client.exchange(&mut server);
    assert_eq!(client.screen(), ["1 PREPARING confirmed [cancel refused]"]);
    let [Notice::Refused { message, .. }] = &client.notices[..] else { panic!("one refusal") };
    assert!(message.contains("too late to cancel"), "{message}");
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PREPARING confirmed [cancel refused]"], "until it is read");
    client.tell(Input::Dismiss { mutation_id: mutation(101) });
    assert_eq!(client.screen(), ["1 PREPARING confirmed"]);
    assert_eq!(client.ends().len(), 2);
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

/// H65
#[test]
fn of_two_terminals_the_log_decides_and_the_loser_is_told() {
    let (mut mine, mut server) = accepted();
    let mut theirs = Client::online(&server);
    theirs.tell(Input::Cancel { mutation_id: mutation(201), order_id: order_id(1) });
    mine.cancel(1);
    theirs.exchange(&mut server);
    server.act(1, &Command::Cancel);
    mine.follow(&server);
    assert_eq!(mine.screen(), ["1 CANCELLED confirmed [cancel sending in doubt]"]);
    mine.exchange(&mut server);
    assert_eq!(mine.screen(), ["1 CANCELLED confirmed [cancel refused]"]);
    assert_eq!(kinds(&mine.notices), ["ended", "refused"]);
}

/// H67
#[test]
fn what_a_function_decides_later_is_a_fact_with_a_reason_and_no_rollback() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    server.act(1, &Command::Reject { reason: "The kitchen is closed.".to_owned() });
    client.follow(&server);
    assert_eq!(client.screen(), ["1 REJECTED confirmed"]);
    let [Notice::Ended { order_id: ended, reason: Some(reason), .. }] = &client.notices[..] else {
        panic!("its end is told: {:?}", client.notices)
    };
    assert_eq!((*ended, reason.as_str()), (order_id(1), "The kitchen is closed."));
    assert_eq!(client.ends()[0].1, "The order went through.");
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

/// H46, R9
#[test]
fn rows_keep_their_places_whatever_arrives_in_whatever_order() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    for number in [3, 1, 2] {
        client.place(number);
    }
    assert_eq!(
        client.screen(),
        [
            "2 PLACED placeholder [place sending]",
            "1 PLACED placeholder [place sending]",
            "3 PLACED placeholder [place sending]",
        ]
    );
    client.sends.make_contiguous().reverse();
    client.exchange(&mut server);
    server.advance(1, 5);
    client.follow(&server);
    assert_eq!(client.screen(), ["2 PLACED confirmed", "1 READY confirmed", "3 PLACED confirmed"]);
}
