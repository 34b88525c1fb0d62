//! Several wishes on one order, of which each may end in its own way: tips, ratings, cancellations.

use shared::catalog::Catalog;
use shared::money::Cents;
use shared::order::command::Command;
use shared::order::rating::Rating;

use super::world::{Client, Server, kinds, mutation, order_id};
use crate::input::{Failure, FailureCode, Input};
use crate::intent::{Intent, IntentKind};
use crate::record::{Ledger, Record};
use crate::view::{Attention, Offer};

/// A confirmed order with a tip of $2.00, so many steps on its way.
fn ordered(steps: usize) -> (Client, Server) {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.exchange(&mut server);
    server.advance(1, steps);
    client.follow(&server);
    (client, server)
}

/// The server says no to this mutation, for a reason of its own.
fn refuse(client: &mut Client, number: u128) {
    client.sends.retain(|(mutation_id, _)| *mutation_id != mutation(number));
    let failure = Failure { code: FailureCode::Forbidden, message: "No.".to_owned() };
    client.tell(Input::Failed { mutation_id: mutation(number), failure });
}

/// P3, H27
#[test]
fn a_tip_that_is_refused_leaves_the_cancellation_asked_for_after_it_intact() {
    let (mut client, mut server) = ordered(0);
    client.tip(1, 1_00);
    client.cancel(1);
    refuse(&mut client, 201);
    assert_eq!(client.screen(), ["1 PLACED cancelling confirmed [tip refused] [cancel sending]"]);
    client.tell(Input::Dismiss { mutation_id: mutation(201) });
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PLACED cancelling confirmed"]);
}

/// P4, H29
#[test]
fn a_new_status_and_a_pending_tip_show_together() {
    let (mut client, mut server) = ordered(3);
    client.tip(1, 5_00);
    server.act(1, &Command::BeginCooking);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PREPARING tip $5.00 confirmed [tip sending]"]);
}

/// P7, H36
#[test]
fn a_change_that_has_my_tip_already_counts_it_once() {
    let (mut client, mut server) = ordered(0);
    client.tip(1, 1_00);
    client.lose_answers(&mut server);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PLACED tip $1.00 confirmed"]);
    assert_eq!(client.ends().len(), 2);
}

/// H40, H72
#[test]
fn a_tip_on_a_placeholder_is_drawn_at_once_and_sent_after_its_order() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.tip(1, 7_00);
    assert_eq!(client.screen(), ["1 PLACED tip $7.00 placeholder [place sending] [tip queued]"]);
    let sent: Vec<_> = client.sends.iter().map(|(id, _)| *id).collect();
    assert_eq!(sent, [mutation(1)]);
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(client.screen(), ["1 PLACED tip $7.00 confirmed"]);
    assert_eq!(client.state.confirmed.orders, server.orders);
}

/// H64
#[test]
fn a_tip_behind_a_cancellation_that_wins_is_refused_and_says_that_it_won() {
    let (mut client, mut server) = ordered(0);
    client.cancel(1);
    client.tip(1, 4_00);
    let (cancel, intent) = client.sends.pop_front().unwrap();
    client.tell(Input::Answered(server.receive(cancel, &intent)));
    server.act(1, &Command::Cancel);
    client.exchange(&mut server);
    assert_eq!(client.screen(), ["1 CANCELLED confirmed [tip refused]"]);
    let words = client.state.outcome(mutation(201)).unwrap().explanation(|_| "NOW".to_owned());
    assert_eq!(words, "Tip not changed: the order was cancelled at NOW; you asked at NOW.");
    let reason = client.pending(201).unwrap().reason.unwrap().to_owned();
    assert!(reason.contains("cancelled already"), "{reason}");
    client.follow(&server);
    assert_eq!(
        client.screen(),
        ["1 CANCELLED confirmed [tip refused]"],
        "and the tip is as it was"
    );
}

/// H35
#[test]
fn a_tip_and_a_cancellation_of_an_order_that_was_not_placed_end_each_with_a_reason() {
    let mut server = Server::new(1);
    let mut client = Client::online(&server);
    client.place(1);
    client.tip(1, 3_00);
    client.cancel(1);
    server.catalog = Catalog::default();
    client.exchange(&mut server);
    assert_eq!(client.screen(), ["1 PLACED not placed [place refused]"]);
    for (number, noun) in [(101, "cancellation"), (201, "change of the tip")] {
        let end = client.ends().into_iter().find(|(id, _)| *id == mutation(number)).unwrap().1;
        assert!(end.contains(noun) && end.contains("was not placed"), "{end}");
    }
    client.tip(1, 9_00);
    assert_eq!(kinds(&client.notices), ["refused", "declined"], "nothing more can be asked of it");
}

#[test]
fn the_last_rating_stands_and_none_is_taken_before_the_door() {
    let (mut client, mut server) = ordered(6);
    client.rate(1, 5);
    assert_eq!(kinds(&client.notices), ["declined"]);
    assert!(client.notices[0].words().contains("not delivered yet"));
    server.act(1, &Command::Deliver);
    client.follow(&server);
    client.rate(1, 2);
    client.tell(Input::Rate {
        mutation_id: mutation(999),
        order_id: order_id(1),
        rating: Rating::BEST,
    });
    assert_eq!(client.screen(), ["1 DELIVERED rated 5 confirmed [rate sending] [rate queued]"]);
    assert_eq!(client.state.order(order_id(1)).unwrap().rating, Some(Rating::BEST));
    client.exchange(&mut server);
    client.follow(&server);
    assert_eq!(client.state.confirmed.orders[&order_id(1)].rating, Some(Rating::BEST));
    client.tip(1, 1_00);
    assert!(client.notices.last().unwrap().words().contains("no longer be changed"));
}

/// H70
#[test]
fn tips_and_ratings_outlast_a_restart() {
    let (mut client, server) = ordered(0);
    client.link_down();
    client.tip(1, 6_00);
    let cached = client.state.to_cache();
    let written = serde_json::to_string(&client.journal).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Record>>(&written).unwrap(), client.journal);
    let mut client = client.restarted();
    client.tell(Input::CacheRestored(cached));
    assert_eq!(client.screen(), ["1 PLACED tip $6.00 confirmed [tip queued]"]);
    client.link_up(&server);
    let [(_, Intent::SetTip { tip, .. })] = client.sends.make_contiguous() else { panic!("a tip") };
    assert_eq!(tip.cents(), Cents::saturating(6_00));
}

/// A journal as an older Tiffin has left it.
#[test]
fn an_older_journal_is_still_read() {
    let order = r#"{"orderId":"00000000-0000-0000-0000-000000001001",
        "restaurantId":"00000000-0000-0000-0000-000000000001",
        "lines":[{"menuItemId":"00000000-0000-0000-0000-000000000002","quantity":2}],
        "tip":200,"expectedSubtotal":2900}"#;
    let id = "00000000-0000-0000-0000-00000000200";
    let lines = [
        format!(
            r#"{{"record":"intent","mutation_id":"{id}1","asked_at":"2026-11-21T12:00:00Z",
            "intent":{{"kind":"place","order":{order},"seen":{{"restaurants":[]}}}}}}"#
        ),
        format!(
            r#"{{"record":"intent","mutation_id":"{id}2","asked_at":"2026-11-21T12:00:01Z",
            "intent":{{"kind":"cancel","order_id":"00000000-0000-0000-0000-000000001001"}}}}"#
        ),
    ];
    let mut ledger = Ledger::default();
    for line in &lines {
        ledger.apply(&serde_json::from_str(line).unwrap());
    }
    let kinds: Vec<_> = ledger.pending().map(|it| it.intent.kind()).collect();
    assert_eq!(kinds, [IntentKind::Place, IntentKind::Cancel]);
}

/// H34
#[test]
fn what_a_newer_tiffin_has_asked_for_is_kept_word_for_word_and_never_sent() {
    let (client, server) = ordered(0);
    let line = format!(
        r#"{{"record":"intent","mutation_id":"{}","asked_at":"2026-11-21T12:00:00Z","intent":
        {{"kind":"gift","order_id":"{}","wrapping":{{"paper":"red","ribbons":2}}}}}}"#,
        mutation(77),
        order_id(1),
    );
    let newer: Record = serde_json::from_str(&line).unwrap();
    let back: serde_json::Value = serde_json::to_value(&newer).unwrap();
    assert_eq!(back, serde_json::from_str::<serde_json::Value>(&line).unwrap());

    let mut journal = client.clone();
    journal.journal = vec![newer];
    let mut client = journal.restarted().and_online(&server);
    client.cancel(1);
    assert!(client.sent().is_empty(), "what comes after it on the same order waits for it");
    assert_eq!(client.screen(), ["1 PLACED cancelling confirmed [unknown queued] [cancel queued]"]);
    let pending = client.pending(77).unwrap();
    assert_eq!(pending.attention, Some(Attention::NeedsNewerTiffin));
    assert_eq!(pending.offers, [Offer::Dismiss]);
    client.place(2);
    assert_eq!(client.sent(), [mutation(2)], "other orders go on");
    client.tell(Input::Dismiss { mutation_id: mutation(77) });
    assert_eq!(client.sent(), [mutation(101)]);
    assert!(client.ends()[0].1.contains("newer Tiffin"));
}
