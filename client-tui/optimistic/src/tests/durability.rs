//! Crashes and full disks: nothing is lost, nothing is sent behind the disk's back, nothing twice.

use shared::catalog::Catalog;
use std::time::Duration;

use super::world::{Client, Disk, Server, kinds, mutation};
use crate::effect::Flush;
use crate::input::Input;
use crate::record::{Record, Settlement};

fn names(client: &Client) -> Vec<&'static str> {
    let names = client.writes.iter().map(|(_, record, flush)| match (record, flush) {
        (Record::Intent { .. }, Flush::Lazily) => "intent",
        (Record::Sending { .. }, Flush::First) => "sending, flushed",
        (Record::Settled { .. }, Flush::Lazily) => "settled",
        (Record::Settled { .. }, Flush::First) => "settled, flushed",
        (Record::Dismissed { .. }, Flush::Lazily) => "dismissed",
        (_, _) => "something else",
    });
    names.collect()
}

#[test]
fn a_run_that_was_written_down_and_is_played_again_wants_and_becomes_the_same() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    for number in 1..5 {
        client.place(number);
    }
    client.cancel(1);
    client.exchange(&mut server);
    server.advance(2, 4);
    client.lose_answers(&mut server);
    client.follow(&server);
    client.cancel(2);
    client.link_down();
    client.cancel(3);
    client.link_up(&server);
    client.exchange(&mut server);
    client.pass(Duration::from_secs(30));
    let written = serde_json::to_string(&client.tape).unwrap();
    let tape: Vec<(Input, crate::Now, Vec<crate::Effect>)> =
        serde_json::from_str(&written).unwrap();
    let mut state = crate::State::new(client.state.profile());
    for (input, now, effects) in tape {
        assert_eq!(crate::step(&mut state, input, now), effects);
    }
    assert_eq!(state, client.state);
}

/// R8
#[test]
fn nothing_is_sent_before_the_disk_knows_of_it_and_the_placeholder_waits_for_nothing() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.disk = Disk::Waits;
    client.place(1);
    assert_eq!(client.screen(), ["1 PLACED placeholder [place sending]"]);
    assert_eq!(names(&client), ["intent", "sending, flushed"]);
    assert!(client.sends.is_empty());
    client.write_next();
    assert!(client.sends.is_empty(), "the intent alone is not enough");
    client.write_next();
    assert_eq!(client.sends.len(), 1);
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(names(&client), ["settled"]);
}

/// H70
#[test]
fn what_may_have_been_sent_before_a_crash_is_checked_with_its_old_id() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.lose_answers(&mut server);
    let mut client = client.restarted();
    assert_eq!(client.screen(), ["1 PLACED placeholder [place checking]"]);
    client.cancel(1);
    assert_eq!(
        client.screen(),
        ["1 PLACED cancelling placeholder [place checking] [cancel queued]"],
        "it is not taken back: it may have been sent"
    );
    client.link_up(&server);
    assert_eq!(client.sends.front().map(|(id, _)| *id), Some(mutation(1)));
    client.exchange(&mut server);
    client.load(&server);
    assert_eq!(client.screen(), ["1 PLACED cancelling confirmed"]);
    assert_eq!(server.orders.len(), 1);
}

#[test]
fn what_certainly_was_not_sent_before_a_crash_waits_for_its_turn() {
    let mut client = Client::offline();
    client.place(1);
    client.now.wall += jiff::SignedDuration::from_secs(40);
    let mut client = client.restarted();
    assert_eq!(client.screen(), ["1 PLACED placeholder [place queued]"]);
    assert_eq!(client.pending(1).unwrap().age, Duration::from_secs(40));
    client.cancel(1);
    assert!(client.screen().is_empty());
    assert!(client.restarted().screen().is_empty(), "also after another restart");
}

#[test]
fn a_withdrawal_is_flushed() {
    let mut client = Client::offline();
    client.place(1);
    client.disk = Disk::Waits;
    client.cancel(1);
    assert_eq!(names(&client), ["settled, flushed"]);
}

#[test]
fn a_refusal_stays_over_restarts_until_it_is_dismissed() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.cancel(1);
    server.catalog = Catalog::default();
    client.exchange(&mut server);
    let mut client = client.restarted();
    assert_eq!(client.screen(), ["1 PLACED not placed [place refused]"]);
    assert!(client.pending(1).unwrap().reason.unwrap().contains("no such restaurant"));
    client.link_up(&server);
    assert!(client.sent().is_empty());
    client.tell(Input::Dismiss { mutation_id: mutation(1) });
    assert!(client.screen().is_empty());
    assert!(client.restarted().screen().is_empty());
}

/// H35
#[test]
fn a_crash_between_a_refusal_and_what_hung_on_it_leaves_nothing_hanging() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.cancel(1);
    server.catalog = Catalog::default();
    client.exchange(&mut server);
    client.journal.retain(|record| {
        !matches!(record, Record::Settled { settlement: Settlement::OrderNotPlaced, .. })
    });
    let mut client = client.restarted();
    assert_eq!(client.screen(), ["1 PLACED not placed [place refused]"]);
    client.link_up(&server);
    assert!(client.sent().is_empty());
}

/// H74
#[test]
fn a_late_word_of_a_write_before_a_failure_sends_nothing() {
    let server = Server::new(1);
    let mut client = Client::online(&server);
    client.disk = Disk::Waits;
    client.place(1);
    let sending = client.writes.pop_back().unwrap();
    client.fail_next();
    client.tell(Input::JournalWritten { write: sending.0 });
    assert!(client.sends.is_empty());
    client.tell(Input::RetryNow { mutation_id: mutation(1) });
    client.tell(Input::JournalWritten { write: sending.0 });
    assert!(client.sends.is_empty(), "the second try is not written yet");
    assert_eq!(names(&client), ["intent", "sending, flushed"]);
    client.write_next();
    client.write_next();
    assert_eq!(client.sends.len(), 1);
}

#[test]
fn an_end_that_cannot_be_saved_is_told_and_harms_nothing() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    client.disk = Disk::Full;
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
    assert_eq!(kinds(&client.notices), ["end not saved"]);
    let mut client = client.restarted();
    client.link_up(&server);
    client.exchange(&mut server);
    client.load(&server);
    assert_eq!(server.orders.len(), 1);
    assert_eq!(client.screen(), ["1 PLACED confirmed"]);
}

#[test]
fn the_journal_may_come_before_the_cache_after_it_or_after_the_link() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.lose_answers(&mut server);
    client.follow(&server);
    let cached = client.state.to_cache();
    // Crashed before the end was written.
    client.journal.pop();
    let restore = Input::JournalRestored {
        mutations: {
            let mut ledger = crate::record::Ledger::default();
            client.journal.iter().for_each(|record| ledger.apply(record));
            ledger.pending().cloned().collect()
        },
    };
    for turn in 0..3 {
        let mut client = Client::offline();
        if turn == 0 {
            client.tell(restore.clone());
        }
        client.tell(Input::CacheRestored(cached.clone()));
        if turn == 1 {
            client.tell(restore.clone());
        }
        client.link_up(&server);
        if turn == 2 {
            client.tell(restore.clone());
        }
        assert_eq!(client.screen(), ["1 PLACED confirmed"], "turn {turn}");
        assert!(client.sent().is_empty(), "the cache proves it");
    }
}
