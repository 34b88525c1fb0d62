//! Answers against changes: whichever comes first, nothing flickers, doubles or goes back.

use super::world::{Client, Server, mutation};
use crate::input::Input;

fn placed() -> (Client, Server) {
    let server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    (client, server)
}

/// Until the answer, the change, or both have come.
fn send(client: &mut Client, server: &mut Server) -> Input {
    let (mutation_id, intent) = client.sends.pop_front().unwrap();
    client.tell(Input::SendStarted { mutation_id });
    Input::Answered(server.receive(mutation_id, &intent))
}

#[test]
fn a_placeholder_is_there_at_once_and_becomes_the_fact_in_place() {
    let (mut client, mut server) = placed();
    assert_eq!(client.screen(), ["1 PLACED placeholder [place sending]"]);
    let answer = send(&mut client, &mut server);
    client.tell(answer);
    assert_eq!(client.screen(), ["1 PLACED placeholder [place accepted]"]);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
}

/// H06
#[test]
fn an_answer_to_somebody_elses_mutation_is_ignored_and_remarked() {
    let (mut client, mut server) = placed();
    let intent = client.sends.front().unwrap().1.clone();
    let mut receipt = server.receive(mutation(1), &intent);
    receipt.mutation_id = mutation(99);
    let before = client.state.clone();
    client.tell(Input::Answered(receipt));
    assert_eq!(client.state, before);
    assert_eq!(client.remarks(), 1);
}

/// R1: each proof stands for itself.
#[test]
fn a_change_that_carries_the_mutation_is_enough_even_where_its_order_does_not_list_it() {
    let (mut client, mut server) = placed();
    send(&mut client, &mut server);
    let mut change = server.changes().remove(0);
    change.event.as_mut().unwrap().order.mutation_ids.clear();
    client.tell(Input::Changed(change));
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
}

#[test]
fn an_answer_of_another_log_is_ignored_and_ends_the_connection() {
    let (mut client, mut server) = placed();
    let answer = send(&mut client, &mut server);
    let Input::Answered(mut receipt) = answer else { panic!("an answer") };
    receipt.cursor.log_id = shared::id::LogId::new(uuid::Uuid::from_u128(9));
    let before = client.state.clone();
    client.tell(Input::Answered(receipt));
    assert_eq!((&client.state, client.reconnects()), (&before, 1));
}

#[test]
fn an_answer_beyond_our_position_is_the_third_proof_once_all_pages_are_here() {
    let (mut client, mut server) = placed();
    let answer = send(&mut client, &mut server);
    client.tell(answer);
    // The server's log loses its tail and tells nobody: it has the position, but not the order.
    server.log.clear();
    server.orders.clear();
    server.somebody_else_acts();
    let mut subscription = server.subscribe(client.state.cursor().unwrap()).unwrap();
    let mark = server.mark(&mut subscription).unwrap();
    client.tell(Input::Changed(mark));
    assert!(client.screen().is_empty());
    let [(_, words)] = &client.ends()[..] else { panic!("one end") };
    assert!(words.contains("no longer has this order"), "{words}");
}
