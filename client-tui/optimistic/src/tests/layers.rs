//! Wishes laid over facts: each lasts as long as it may, and none leaks into what is known.

use shared::catalog::Catalog;
use shared::money::Cents;

use super::world::{Client, Server, kinds, mutation, order_id, wish};
use crate::input::Input;
use crate::state::ORDERS_MAX;

/// A confirmed order with a cancellation on its way.
fn cancelling(steps: usize) -> (Client, Server) {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    server.advance(1, steps);
    client.follow(&server);
    client.cancel(1);
    (client, server)
}

/// H32
#[test]
fn a_prediction_never_becomes_a_fact_and_leaves_nothing_behind() {
    let (mut client, mut server) = cancelling(0);
    let facts = client.state.confirmed.orders.clone();
    assert!(!facts[&order_id(1)].cancel_requested());
    server.advance(1, 4);
    client.exchange(&mut server);
    assert_eq!(client.screen(), ["1 PREPARING confirmed [cancel refused]"]);
    client.tell(Input::Dismiss { mutation_id: mutation(101) });
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PREPARING confirmed"]);
    assert_eq!(client.state.confirmed.orders, server.orders);
    assert!(client.state.predictions.is_empty());
}

/// H33
#[test]
fn a_wish_that_no_longer_applies_is_left_out_and_in_doubt() {
    let (mut client, mut server) = cancelling(3);
    assert_eq!(client.screen(), ["1 ACCEPTED cancelling confirmed [cancel sending]"]);
    server.advance(1, 5);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 READY confirmed [cancel sending in doubt]"]);
    let doubt = client.pending(101).unwrap().doubt.unwrap().to_owned();
    assert!(doubt.contains("too late to cancel"), "{doubt}");
    // Everything else goes on, and the server has the last word.
    client.place(2);
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(client.screen(), ["2 PLACED confirmed", "1 READY confirmed [cancel refused]"]);
}

/// H33, H47
#[test]
fn a_placeholder_keeps_what_the_person_saw_when_the_menu_changes() {
    let mut client = Client::offline();
    client.place(1);
    let before = client.state.order(order_id(1)).unwrap().clone();
    let mut dearer = Server::new(1).catalog;
    dearer.restaurants[0].menu[0].price = Cents::saturating(99_00);
    client.tell(Input::CatalogLoaded(dearer));
    assert_eq!(client.state.order(order_id(1)), Some(&before));
    let doubt = client.pending(1).unwrap().doubt.unwrap().to_owned();
    assert!(doubt.contains("This costs"), "{doubt}");
    client.tell(Input::CatalogLoaded(Catalog::default()));
    assert_eq!(client.state.order(order_id(1)), Some(&before));
    let view = client.view();
    assert_eq!(view.rows[0].restaurant.unwrap().name, "Bombay Tiffin Room");
}

/// H36
#[test]
fn a_page_that_has_my_change_already_counts_it_once() {
    let (mut client, mut server) = cancelling(0);
    client.lose_answers(&mut server);
    client.link_down();
    // The cursor was lost, so that the order comes by a page.
    let mut client = client.restarted();
    client.link_up(&server);
    assert_eq!(client.view().elsewhere.len(), 1, "its order is not known yet");
    client.load(&server);
    assert_eq!(client.screen(), ["1 PLACED cancelling confirmed"]);
    assert_eq!(client.state.order(order_id(1)), server.orders.get(&order_id(1)));
    assert_eq!(client.ends().len(), 1);
}

#[test]
fn a_cancellation_that_was_never_sent_can_be_taken_back() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    client.link_down();
    client.cancel(1);
    client.tell(Input::TakeBack { mutation_id: mutation(101) });
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
    client.link_up(&server);
    assert!(client.sent().is_empty());
}

#[test]
fn what_may_have_been_sent_is_not_taken_back() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.lose_answers(&mut server);
    client.link_down();
    client.tell(Input::TakeBack { mutation_id: mutation(1) });
    assert_eq!(client.screen(), ["1 PLACED placeholder [place checking]"]);
    client.cancel(1);
    assert_eq!(
        client.screen(),
        ["1 PLACED cancelling placeholder [place checking] [cancel queued]"]
    );
}

#[test]
fn what_our_own_rules_deny_is_declined_with_their_words_and_never_pending() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    server.advance(1, 4);
    client.follow(&server);
    client.cancel(1);
    client.cancel(9);
    client.place(1);
    assert_eq!(kinds(&client.notices), ["declined", "declined", "declined"]);
    let words: Vec<_> = client.notices.iter().map(crate::effect::Notice::words).collect();
    assert!(words[0].contains("too late to cancel"), "{words:?}");
    assert!(words[1].contains("no such order"), "{words:?}");
    assert!(words[2].contains("already"), "{words:?}");
    assert_eq!(client.screen(), ["1 PREPARING confirmed"]);
    assert!(client.sent().is_empty());
}

#[test]
fn a_cancellation_is_asked_for_once() {
    let (mut client, mut server) = cancelling(0);
    let again = |client: &mut Client| {
        client.tell(Input::Cancel { mutation_id: mutation(201), order_id: order_id(1) });
    };
    again(&mut client);
    client.exchange(&mut server);
    client.follow(&server);
    again(&mut client);
    assert_eq!(kinds(&client.notices), ["declined", "declined"]);
    assert_eq!(client.screen(), ["1 PLACED cancelling confirmed"]);
}

#[test]
fn nothing_can_be_ordered_before_there_is_a_menu() {
    let mut client = Client::new();
    client.tell(Input::Place { mutation_id: mutation(1), order: wish(1) });
    assert_eq!(kinds(&client.notices), ["declined"]);
    assert!(client.screen().is_empty());
}

/// H50
#[test]
fn totals_are_those_of_the_rows() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    client.place(2);
    let totals = client.view().totals;
    assert_eq!((totals.on_their_way, totals.today), (2, Cents::saturating(62_00)));
    server.act(1, &shared::order::command::Command::Reject { reason: "No.".to_owned() });
    client.follow(&server);
    let totals = client.view().totals;
    assert_eq!((totals.on_their_way, totals.today), (1, Cents::saturating(31_00)));
    let tomorrow = crate::view::Looking {
        day_began: jiff::Timestamp::constant(1_800_050_000, 0),
        ..client.looking()
    };
    assert_eq!(crate::view(&client.state, &tomorrow).totals.today, Cents::ZERO);
}

/// R11
#[test]
fn beyond_the_bound_of_orders_the_lowest_row_goes_that_has_ended() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    let template = server.orders[&order_id(1)].clone();
    let many = |numbers: std::ops::Range<u128>, status| {
        let of = |number| shared::order::Order {
            id: order_id(number),
            status,
            mutation_ids: Vec::new(),
            ..template.clone()
        };
        numbers.rev().map(of).collect::<Vec<_>>()
    };
    let room = u128::try_from(ORDERS_MAX).unwrap() - 1;
    client.state.confirmed.orders.extend(
        many(10..10 + room, shared::order::status::OrderStatus::Delivered)
            .into_iter()
            .map(|order| (order.id, order)),
    );
    let ids: Vec<_> = (10..10 + room).rev().map(order_id).collect();
    client.state.rows.show_below(Some(order_id(1)), &ids);
    client.place(2);
    client.exchange(&mut server);
    client.follow(&server);
    let view = client.view();
    assert_eq!(view.rows.len(), ORDERS_MAX);
    assert_eq!(view.loading, crate::view::Loading::AsManyAsKept);
    assert!(!view.rows.iter().any(|row| row.order.id == order_id(10)), "the lowest went");
}
