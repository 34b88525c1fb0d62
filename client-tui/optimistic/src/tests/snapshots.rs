//! Pages, the cache, and logs that are not the one we knew.

use std::time::Duration;

use shared::id::LogId;
use uuid::Uuid;

use super::world::{Client, Disk, PAGE, Server, mutation};
use crate::cached::Extent;
use crate::input::{Input, SubscriptionEnd};
use crate::view::Loading;

/// A server with so many orders, the highest number the newest.
fn server_with(orders: u128) -> Server {
    let mut server = Server::new(1);
    for number in 1..=orders {
        server.place(number);
    }
    server
}

fn numbers(client: &Client) -> Vec<u128> {
    client.view().rows.iter().map(|row| row.order.id.uuid().as_u128() - 0x1000).collect()
}

#[test]
fn all_pages_are_loaded_newest_first() {
    let server = server_with(8);
    let client = Client::online(&server);
    assert_eq!(numbers(&client), [8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(client.view().loading, Loading::All);
}

/// H14, H25, R4
#[test]
fn changes_count_at_once_while_pages_are_still_coming() {
    let mut server = server_with(8);
    let mut client = Client::new();
    client.link_up(&server);
    let first = server.page(client.pages.pop_front().unwrap());
    client.tell(Input::PageLoaded(first.clone()));
    assert_eq!(client.subscribes, [first.cursor], "subscribed at once");
    assert_eq!(client.view().loading, Loading::Newest);
    let older = server.page(first.next);
    // A change of an order on a page that was read before it, and of one that is on none yet.
    server.advance(4, 2);
    server.advance(1, 1);
    client.follow(&server);
    assert!(client.screen().contains(&"4 PAID confirmed".to_owned()));
    client.pages.pop_front();
    client.tell(Input::PageLoaded(older));
    client.load(&server);
    assert!(client.screen().contains(&"4 PAID confirmed".to_owned()), "the higher version wins");
    assert_eq!(client.view().rows.len(), 8);
    assert_eq!(client.state.confirmed.orders, server.orders);
}

#[test]
fn a_newer_page_does_not_take_us_past_changes_that_have_not_come() {
    let mut server = server_with(2 * u128::try_from(PAGE).unwrap());
    let mut client = Client::new();
    client.link_up(&server);
    let first = server.page(client.pages.pop_front().unwrap());
    client.tell(Input::PageLoaded(first.clone()));
    server.advance(6, 1);
    server.advance(1, 1);
    client.tell(Input::PageLoaded(server.page(first.next)));
    assert_eq!(client.state.cursor(), Some(first.cursor));
    client.follow(&server);
    assert_eq!(client.state.confirmed.orders, server.orders);
}

#[test]
fn a_page_that_is_not_the_next_one_is_ignored() {
    let server = server_with(8);
    let mut client = Client::online(&server);
    let before = client.state.clone();
    client.tell(Input::PageLoaded(server.page(None)));
    assert_eq!(client.state, before);
}

#[test]
fn a_page_that_fails_is_asked_for_again() {
    let server = server_with(8);
    let mut client = Client::new();
    client.link_up(&server);
    let first = client.pages.pop_front().unwrap();
    client.tell(Input::PageFailed { reason: "busy".to_owned() });
    assert!(client.pages.is_empty(), "not at once");
    client.pass(Duration::from_secs(1));
    assert_eq!(client.pages, [first]);
    client.load(&server);
    assert_eq!(client.view().rows.len(), 8);
}

#[test]
fn a_page_whose_beginning_the_server_does_not_know_any_more_is_given_up_for_the_first() {
    let server = server_with(8);
    let mut client = Client::new();
    client.link_up(&server);
    let first = client.pages.pop_front().unwrap();
    client.tell(Input::PageLoaded(server.page(first)));
    let mut asked = Vec::new();
    while let Some(after) = client.pages.pop_front() {
        asked.push(after.is_some());
        if after.is_none() {
            client.tell(Input::PageLoaded(server.page(after)));
            break;
        }
        client.tell(Input::PageFailed { reason: "no such place".to_owned() });
        client.pass(Duration::from_secs(30));
    }
    assert_eq!(asked, [true, true, true, true, true, false]);
    client.load(&server);
    assert_eq!(numbers(&client), [8, 7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn a_link_that_breaks_between_pages_goes_on_with_the_next_one() {
    let server = server_with(8);
    let mut client = Client::new();
    client.link_up(&server);
    let first = client.pages.pop_front().unwrap();
    client.tell(Input::PageLoaded(server.page(first)));
    client.link_down();
    client.link_up(&server);
    assert_eq!(client.pages.len(), 1);
    assert!(client.pages[0].is_some(), "not from the start");
    client.load(&server);
    assert_eq!(numbers(&client), [8, 7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn the_cache_gives_the_first_frame_and_the_link_what_happened_since() {
    let mut server = server_with(8);
    let cached = Client::online(&server).state.to_cache();
    assert_eq!(cached.orders.as_ref().map(|it| it.extent), Some(Extent::All));
    server.advance(8, 1);
    let mut client = Client::new();
    client.tell(Input::CacheRestored(cached));
    assert_eq!(numbers(&client), [8, 7, 6, 5, 4, 3, 2, 1]);
    client.link_up(&server);
    assert!(client.pages.is_empty(), "the cache had all of them");
    client.follow(&server);
    assert!(client.screen().contains(&"8 VALIDATED confirmed".to_owned()));
}

#[test]
fn a_cache_that_comes_after_the_facts_is_ignored() {
    let server = server_with(2);
    let old = Client::online(&server).state.to_cache();
    let mut server = server;
    server.advance(2, 1);
    let mut client = Client::online(&server);
    client.tell(Input::CacheRestored(old));
    assert_eq!(client.screen()[0], "2 VALIDATED confirmed");
    assert_eq!(client.state.cursor(), Some(server.head()));
}

#[test]
fn what_another_log_has_too_is_not_reported_as_vanished() {
    let server = server_with(3);
    let mut client = Client::online(&server);
    let mut moved = server.clone();
    moved.log_id = LogId::new(Uuid::from_u128(9));
    client.link_up(&moved);
    client.load(&moved);
    assert!(client.notices.is_empty());
    assert_eq!(numbers(&client), [3, 2, 1]);
}

#[test]
fn a_server_that_never_knows_its_own_cursors_is_not_asked_in_circles() {
    let server = server_with(1);
    let mut client = Client::online(&server);
    let mut loaded = 0;
    for _ in 0..100 {
        client.tell(Input::SubscriptionEnded(SubscriptionEnd::CursorOfAnotherLog));
        loaded += client.pages.len();
        client.load(&server);
    }
    assert_eq!(loaded, 0, "not without waiting");
    client.pass(Duration::from_secs(1));
    assert_eq!(client.pages.len(), 1);
}

#[test]
fn a_message_of_another_log_ends_the_connection() {
    let mut server = server_with(1);
    let mut client = Client::online(&server);
    let before = client.screen();
    server.log_id = LogId::new(Uuid::from_u128(9));
    server.advance(1, 1);
    let change = server.changes().pop().unwrap();
    client.tell(Input::Changed(change));
    assert_eq!((client.screen(), client.reconnects()), (before, 1));
}

/// R5, R7
#[test]
fn what_hangs_on_an_order_waits_again_when_the_order_has_to_go_once_more() {
    for (set_back, disk) in
        [(false, Disk::Works), (true, Disk::Works), (false, Disk::Waits), (true, Disk::Waits)]
    {
        let mut server = Server::new(1);
        let mut client = Client::online(&server);
        client.place(1);
        let before = server.clone();
        client.exchange(&mut server);
        client.disk = disk;
        client.cancel(1);
        let words = "1 PLACED cancelling placeholder [place accepted] [cancel sending]";
        assert_eq!(client.screen(), [words]);
        let mut server = if set_back { before } else { Server::new(2) };
        if set_back {
            client.sends.clear();
            client.tell(Input::SubscriptionEnded(SubscriptionEnd::CursorOfAnotherLog));
        } else {
            client.link_up(&server);
        }
        assert_eq!(client.view().pending.sending, 1);
        while client.write_next() {}
        client.disk = Disk::Works;
        let sent: Vec<_> = client.sends.iter().map(|(id, _)| *id).collect();
        assert_eq!(sent, [mutation(1)], "one in flight per order");
        client.pass(Duration::from_secs(1));
        client.load(&server);
        client.exchange(&mut server);
        client.follow(&server);
        assert_eq!(client.screen(), ["1 PLACED cancelling confirmed"]);
    }
}
