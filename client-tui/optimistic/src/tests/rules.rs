//! What each rule is good for: the same short story told with it and without it.
//!
//! R12 acts in the loop of the terminal program and is tested there.

use jiff::SignedDuration;
use shared::order::command::Command;

use super::world::{Client, Disk, Server, kinds, mutation};
use crate::input::{Answer, Failure, FailureCode, Input};
use crate::rules::{Rule, Rules};
use crate::state::PENDING_MAX;

/// What the story says when all rules hold, and what without this one.
fn with_and_without<T>(rule: Rule, story: impl Fn(Rules) -> T) -> (T, T) {
    (story(Rules::whole()), story(Rules::without(rule)))
}

/// A server with this client's order 1, known to both.
fn one_order(rules: Rules) -> (Client, Server) {
    let mut server = Server::new(1);
    let mut client = Client::under(rules).and_online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.follow(&server);
    (client, server)
}

#[test]
fn without_r1_a_change_that_comes_first_leaves_the_mutation_pending() {
    let (with, without) = with_and_without(Rule::FirstProofEnds, |rules| {
        let mut server = Server::new(1);
        let mut client = Client::under(rules).and_online(&server);
        client.place(1);
        client.lose_answers(&mut server);
        client.follow(&server);
        client.screen()
    });
    assert_eq!(with, ["1 PLACED confirmed"]);
    assert_eq!(without, ["1 PLACED confirmed [place sending in doubt]"]);
}

#[test]
fn without_r2_what_was_refused_stays_drawn() {
    let (with, without) = with_and_without(Rule::RefusalUnappliesAtOnce, |rules| {
        let (mut client, _) = one_order(rules);
        client.cancel(1);
        let failure = Failure { code: FailureCode::Forbidden, message: "No.".to_owned() };
        client.tell(Input::Failed { mutation_id: mutation(101), failure });
        client.screen()
    });
    assert_eq!(with, ["1 PLACED confirmed [cancel refused]"]);
    assert_eq!(without, ["1 PLACED cancelling confirmed [cancel refused]"]);
}

#[test]
fn without_r3_a_change_that_got_lost_is_never_missed() {
    let (with, without) = with_and_without(Rule::ChangesInLogOrder, |rules| {
        let (mut client, mut server) = one_order(rules);
        server.place(2);
        server.place(3);
        let last = server.changes().pop().unwrap();
        client.tell(Input::Changed(last));
        client.follow(&server);
        client.screen()
    });
    assert_eq!(with, ["3 PLACED confirmed", "2 PLACED confirmed", "1 PLACED confirmed"]);
    assert_eq!(without, ["3 PLACED confirmed", "1 PLACED confirmed"]);
}

#[test]
fn without_r4_an_order_goes_back_to_what_an_older_message_says() {
    let (with, without) = with_and_without(Rule::HigherVersionWins, |rules| {
        let (mut client, mut server) = one_order(rules);
        client.cancel(1);
        let (cancel, intent) = client.sends.pop_front().unwrap();
        server.act(1, &Command::Reject { reason: "Closed.".to_owned() });
        let answer = server.receive(cancel, &intent);
        let Answer::Refused { order: Some(_), .. } = &answer.answer else { panic!("too late") };
        client.tell(Input::Answered(answer));
        let mut older = server.changes().remove(0);
        older.cursor = server.head();
        older.previous = client.state.cursor();
        client.tell(Input::Changed(older));
        client.screen()
    });
    assert_eq!(with, ["1 REJECTED confirmed [cancel refused]"]);
    assert_eq!(without, ["1 PLACED confirmed [cancel refused]"]);
}

#[test]
fn without_r5_the_orders_of_another_log_stay() {
    let (with, without) = with_and_without(Rule::AnotherLogClearsFacts, |rules| {
        let (mut client, _) = one_order(rules);
        let other = Server::new(2);
        client.link_up(&other);
        client.load(&other);
        client.screen()
    });
    assert!(with.is_empty());
    assert_eq!(without, ["1 PLACED confirmed"]);
}

#[test]
fn without_r6_a_lost_answer_says_that_an_order_was_not_placed_which_was() {
    let (with, without) = with_and_without(Rule::SilenceIsNoRefusal, |rules| {
        let mut server = Server::new(1);
        let mut client = Client::under(rules).and_online(&server);
        client.place(1);
        client.lose_answers(&mut server);
        client.link_down();
        assert_eq!(server.orders.len(), 1);
        client.screen()
    });
    assert_eq!(with, ["1 PLACED placeholder [place checking]"]);
    assert_eq!(without, ["1 PLACED not placed [place refused]"]);
}

#[test]
fn without_r7_a_cancellation_overtakes_its_order() {
    let (with, without) = with_and_without(Rule::OneInFlightPerOrder, |rules| {
        let mut server = Server::new(1);
        let mut client = Client::under(rules).and_online(&server);
        client.place(1);
        client.cancel(1);
        client.sends.make_contiguous().reverse();
        client.exchange(&mut server);
        client.follow(&server);
        client.screen()
    });
    assert_eq!(with, ["1 PLACED cancelling confirmed"]);
    assert_eq!(without, ["1 PLACED confirmed [cancel refused]"]);
}

#[test]
fn without_r8_a_crash_forgets_that_an_order_was_sent() {
    let (with, without) = with_and_without(Rule::RecordBeforeSending, |rules| {
        let mut server = Server::new(1);
        let mut client = Client::under(rules).and_online(&server);
        client.disk = Disk::Waits;
        client.place(1);
        client.write_next();
        client.lose_answers(&mut server);
        let mut client = client.restarted();
        client.cancel(1);
        (server.orders.len(), kinds(&client.notices))
    });
    assert_eq!(with, (0, vec!["withdrawn"]), "it waited for the disk, and was never sent");
    assert_eq!(without, (1, vec!["withdrawn"]), "told that it was not sent, and it was");
}

#[test]
fn without_r9_rows_jump() {
    let (with, without) = with_and_without(Rule::RowsKeepTheirPlaces, |rules| {
        let (mut client, mut server) = one_order(rules);
        client.place(2);
        server.advance(1, 1);
        client.follow(&server);
        client.screen()
    });
    assert_eq!(with, ["2 PLACED placeholder [place sending]", "1 VALIDATED confirmed"]);
    assert_eq!(without, ["1 VALIDATED confirmed", "2 PLACED placeholder [place sending]"]);
}

#[test]
fn without_r10_a_clock_that_is_set_back_sends_a_cancellation_before_its_order() {
    let (with, without) = with_and_without(Rule::NoWallClock, |rules| {
        let mut client = Client::under(rules).and_offline();
        client.link_up(&Server::new(1));
        client.place(1);
        client.now.wall = client.now.wall.saturating_sub(SignedDuration::from_hours(1)).unwrap();
        client.tell(Input::SendStarted { mutation_id: mutation(1) });
        client.cancel(1);
        client.link_down();
        client.link_up(&Server::new(1));
        client.sent()
    });
    assert_eq!(with, [mutation(1)]);
    assert_eq!(without, [mutation(101)]);
}

#[test]
fn without_r11_what_is_pending_grows_without_end() {
    let (with, without) = with_and_without(Rule::EverythingIsBounded, |rules| {
        let mut client = Client::under(rules).and_offline();
        for number in 0..=u128::try_from(PENDING_MAX).unwrap() {
            client.place(number);
        }
        client.view().pending.undecided()
    });
    assert_eq!((with, without), (PENDING_MAX, PENDING_MAX + 1));
}
