//! Networks and servers that fail: a silence is never a "no", and nothing is sent in circles.

use std::time::Duration;

use super::world::{Client, Server, customer, kinds, mutation};
use crate::account::Account;
use crate::input::{Failure, FailureCode, Input};
use crate::view::{Attention, Offer, PendingState, Queue};

fn sending() -> (Client, Server) {
    let server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    (client, server)
}

fn fail(client: &mut Client, number: u128, word: &str) {
    let failure = Failure { code: FailureCode::from_word(word), message: word.to_owned() };
    client.tell(Input::Failed { mutation_id: mutation(number), failure });
}

/// R6, R8
#[test]
fn an_attempt_that_was_not_sent_does_not_make_an_earlier_one_unsent() {
    let (mut timed_out, server) = sending();
    timed_out.pass(Duration::from_secs(10));
    let mut restarted = timed_out.restarted();
    restarted.link_up(&server);
    for client in [&mut timed_out, &mut restarted] {
        client.pass(Duration::from_secs(1));
        client.tell(Input::NotSent { mutation_id: mutation(1) });
        client.tell(Input::TakeBack { mutation_id: mutation(1) });
        assert_eq!(client.screen(), ["1 PLACED placeholder [place checking]"]);
    }
}

/// H54, R6
#[test]
fn a_server_that_does_not_answer_in_time_is_asked_again_and_nothing_is_rolled_back() {
    let (mut client, mut server) = sending();
    let first = client.sends.pop_front().unwrap();
    client.pass(Duration::from_secs(10));
    assert_eq!(client.screen(), ["1 PLACED placeholder [place checking]"]);
    client.pass(Duration::from_secs(1));
    let again = client.sends.front().unwrap().clone();
    assert_eq!(again, first, "the same id with the same content");
    assert_eq!(client.pending(1).unwrap().attempts, 2);
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
}

/// H53
#[test]
fn an_answer_that_comes_after_all_is_taken() {
    let (mut client, mut server) = sending();
    let (mutation_id, intent) = client.sends.pop_front().unwrap();
    client.pass(Duration::from_secs(10));
    client.tell(Input::Answered(server.receive(mutation_id, &intent)));
    assert_eq!(client.screen(), ["1 PLACED placeholder [place accepted]"]);
    client.pass(Duration::from_mins(1));
    assert!(client.sent().is_empty());
}

/// H59
#[test]
fn a_no_is_final_with_its_reason_and_trouble_is_retried() {
    let (mut client, _) = sending();
    fail(&mut client, 1, "BAD_USER_INPUT");
    assert_eq!(client.pending(1).unwrap().state, PendingState::Refused);
    assert_eq!(client.pending(1).unwrap().offers, [Offer::Dismiss]);
    client.sends.clear();
    for (number, word) in [(2, "UNAVAILABLE"), (3, "RATE_LIMITED"), (4, "SOMETHING_NEW")] {
        client.place(number);
        assert_eq!(client.sent(), [mutation(number)]);
        client.tell(Input::SendStarted { mutation_id: mutation(number) });
        fail(&mut client, number, word);
        assert!(client.sent().is_empty(), "not at once");
    }
    assert_eq!(
        client.screen(),
        [
            "4 PLACED placeholder [place checking]",
            "3 PLACED placeholder [place queued]",
            "2 PLACED placeholder [place checking]",
            "1 PLACED not placed [place refused]",
        ]
    );
    client.pass(Duration::from_secs(1));
    assert_eq!(client.sent().len(), 3);
}

#[test]
fn retries_come_less_and_less_often() {
    let (mut client, _) = sending();
    let mut attempts = 0;
    for _ in 0..600 {
        if !client.sent().is_empty() {
            attempts += 1;
            client.tell(Input::SendStarted { mutation_id: mutation(1) });
            fail(&mut client, 1, "UNAVAILABLE");
        }
        client.pass(Duration::from_millis(500));
    }
    // Five minutes at most 30 s apart, on the average 15 s.
    assert!((10..80).contains(&attempts), "tried {attempts} times");
}

#[test]
fn somebody_who_does_not_want_to_wait_retries_at_once() {
    let (mut client, _) = sending();
    for _ in 0..8 {
        client.sends.clear();
        client.tell(Input::SendStarted { mutation_id: mutation(1) });
        fail(&mut client, 1, "UNAVAILABLE");
        client.tell(Input::RetryNow { mutation_id: mutation(1) });
        assert_eq!(client.sends.len(), 1);
    }
}

/// H62
#[test]
fn a_token_that_is_refused_stops_the_queue_until_somebody_has_signed_in() {
    let (mut client, mut server) = sending();
    client.place(2);
    client.tell(Input::SendStarted { mutation_id: mutation(1) });
    fail(&mut client, 1, "UNAUTHENTICATED");
    fail(&mut client, 2, "UNAUTHENTICATED");
    client.sends.clear();
    assert_eq!(kinds(&client.notices), ["sign-in needed"], "said once");
    assert_eq!(client.view().queue, Queue::SignInNeeded);
    client.place(3);
    client.pass(Duration::from_mins(1));
    assert!(client.sent().is_empty());
    assert_eq!(client.view().pending.queued, 3, "nothing of it can have happened");
    client.link_down();
    client.tell(Input::AccessRefused);
    client.link_up(&server);
    assert_eq!(client.sends.len(), 3);
    client.exchange(&mut server);
    assert_eq!(server.orders.len(), 3);
}

/// H62
#[test]
fn what_was_accepted_of_one_customer_waits_for_them_to_come_back() {
    let (mut client, mut server) = sending();
    client.exchange(&mut server);
    client.link_down();
    let customers = server.account();
    let somebody_else = Account { customer_id: customer(2), ..customers };
    client.link_up_as(somebody_else, server.now);
    // As they see it: the position of our order, and nothing of it.
    let mut theirs = Server::new(1);
    theirs.somebody_else_acts();
    client.load(&theirs);
    assert_eq!(client.screen(), ["1 PLACED placeholder [place accepted]"]);
    assert_eq!(client.ends(), []);
    client.link_up(&server);
    client.load(&server);
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
}

/// H62
#[test]
fn what_may_have_been_sent_as_one_customer_never_goes_out_as_another() {
    let (mut client, mut server) = sending();
    client.lose_answers(&mut server);
    client.link_down();
    client.place(2);
    let somebody_else = Account { customer_id: customer(2), ..server.account() };
    client.link_up_as(somebody_else, server.now);
    client.pass(Duration::from_secs(9));
    assert_eq!(client.sent(), [mutation(2)], "what was never sent may go");
    let view = client.view();
    assert!(view.rows.iter().all(|row| row.confirmed_version.is_none()), "their facts are gone");
    let pending = client.pending(1).unwrap();
    assert_eq!(pending.attention, Some(Attention::AnotherCustomer));
    assert_eq!(pending.offers, [Offer::Dismiss]);
    client.tell(Input::Dismiss { mutation_id: mutation(1) });
    assert!(client.ends()[0].1.contains("given up"));
}

/// R6: whatever state it is in, sending it now is sending the same mutation.
#[test]
fn a_retry_now_keeps_the_id_in_every_state() {
    let retry = |client: &mut Client| {
        client.tell(Input::RetryNow { mutation_id: mutation(1) });
        client.sends.iter().map(|(id, intent)| (*id, intent.clone())).collect::<Vec<_>>()
    };
    let mut server = Server::new(1);
    let mut client = Client::offline();
    client.place(1);
    assert_eq!(retry(&mut client), [], "queued, and there is no link");
    client.link_up(&server);
    client.load(&server);
    let first = client.sends.front().unwrap().clone();
    assert_eq!(retry(&mut client), std::slice::from_ref(&first), "sending: not a second time");
    client.sends.clear();
    client.pass(Duration::from_secs(10));
    assert_eq!(client.screen(), ["1 PLACED placeholder [place checking]"]);
    assert_eq!(retry(&mut client), [first], "checking: the same id and content, at once");
    client.exchange(&mut server);
    assert_eq!(client.screen(), ["1 PLACED placeholder [place accepted]"]);
    assert_eq!(retry(&mut client), [], "accepted");
    client.follow(&server);
    assert_eq!(server.orders.len(), 1);
    let (mut refused, _) = sending();
    refused.sends.clear();
    fail(&mut refused, 1, "BAD_USER_INPUT");
    assert_eq!(retry(&mut refused), [], "refused: a no is final");
}
