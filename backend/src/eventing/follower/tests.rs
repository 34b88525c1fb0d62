//! What followers promise: each event counts once, whatever crashes, and a new one catches up.

use jiff::Timestamp;
use proptest::prelude::*;
use shared::function::Function;
use shared::money::Cents;
use shared::order::event::OrderEvent;
use shared::order::status::OrderStatus;
use tokio::task::JoinSet;

use super::audit::Audit;
use super::insights::Insights;
use super::notifications::Notifications;
use super::*;
use crate::eventing::consumer::Consumer;
use crate::eventing::fixture::engine::{Engine, PATIENCE};
use crate::eventing::fixture::history::{any_history, play};
use crate::eventing::fixture::{
    CUSTOMER, Room, cancel, done, functions, house, place, place_draft, portions, types,
};
use crate::eventing::log::{Body, Source};
use crate::eventing::plan::Committed;
use crate::eventing::request::Pause;

fn taken_in<F: Follow>(events: &[Committed]) -> (F, Vec<Notice>) {
    let mut state = F::default();
    let notices = events.iter().filter_map(|it| state.take_in(it)).collect();
    (state, notices)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn insights_say_what_a_count_of_everything_says(history in any_history()) {
        let room = play(history, |_, _| Ok(()))?;
        let (insights, _) = taken_in::<Insights>(&room.log.events);
        let orders: Vec<_> =
            room.log.streams.values().filter_map(|stream| stream.state.order()).collect();
        for status in OrderStatus::ALL {
            let count = orders.iter().filter(|order| order.status == status).count();
            let told = insights.by_status.get(&status).copied().unwrap_or_default();
            prop_assert_eq!(usize::try_from(told).unwrap(), count, "{}", status);
        }
        for function in Function::ALL {
            let count = room.log.deliveries.keys().filter(|key| key.function == function).count();
            let told = insights.handed_out.get(&function).copied().unwrap_or_default();
            prop_assert_eq!(usize::try_from(told).unwrap(), count, "{}", function);
        }
    }

    #[test]
    fn whatever_is_changed_in_the_log_changes_every_later_link(
        history in any_history(),
        at in any::<prop::sample::Index>(),
    ) {
        let room = play(history, |_, _| Ok(()))?;
        let events = room.log.events;
        prop_assume!(!events.is_empty());
        let (audit, _) = taken_in::<Audit>(&events);
        prop_assert_eq!(audit.by_source.values().sum::<u64>(), events.len() as u64);
        let mut changed = events.clone();
        let index = at.index(changed.len());
        Arc::make_mut(&mut changed[index].event).occurred_at = Timestamp::UNIX_EPOCH;
        let mut other = Audit::default();
        for change in &changed {
            prop_assert_eq!(other.take_in(change), None);
        }
        prop_assert_ne!(audit.chain, other.chain);
    }
}

#[test]
fn revenue_is_what_was_captured_less_what_was_refunded() {
    let mut room = Room::new(0.0);
    let claim = room.claim(place(1, 10));
    let charge = room.claim(done(&claim, Command::Validate));
    let amount = Cents::saturating(29_00);
    room.write(&[done(&charge, Command::RecordCapture { amount })]);
    assert_eq!(taken_in::<Insights>(&room.log.events).0.revenue_cents, 29_00);
    let asked = room.claim(cancel(1, 11));
    let refund = room.claim(done(&asked, Command::Cancel));
    let back = Command::RecordRefund { captured: amount, refunded: amount };
    room.write(&[done(&refund, back)]);
    assert_eq!(taken_in::<Insights>(&room.log.events).0.revenue_cents, 0);
}

#[test]
fn customers_are_told_of_their_money_and_of_the_way_and_of_nothing_twice() {
    let mut room = Room::new(0.0);
    let claim = room.claim(place(1, 10));
    let charge = room.claim(done(&claim, Command::Validate));
    let amount = Cents::saturating(29_00);
    room.write(&[done(&charge, Command::RecordCapture { amount })]);
    let (_, notices) = taken_in::<Notifications>(&room.log.events);
    let told = Command::Notify { message: "Your payment of $29.00 is confirmed.".to_owned() };
    assert_eq!(notices.iter().map(|it| &it.command).collect::<Vec<_>>(), [&told]);

    let advance = Advance {
        follower: Follower::Notifications,
        from: Position::START,
        to: room.log.head.position,
        state: "{}".to_owned(),
        notices,
    };
    let again = Request::Advance(Box::new(advance));
    let plan = room.write(&[again.clone(), again.clone()]);
    assert_eq!(plan.answers, [Answer::Done, Answer::Zombie]);
    assert_eq!(types(&plan.writes.events), ["CustomerNotified"]);
    let event = &plan.writes.events[0].event;
    assert_eq!(event.source, Source::Follower(Follower::Notifications));
    assert!(event.causation_id.is_some() && event.customer_id == Some(CUSTOMER));
    let plan = room.write(&[again]);
    assert_eq!((plan.answers, plan.writes.events), (vec![Answer::Zombie], vec![]));
    // What was said is no reason to say more.
    assert_eq!(taken_in::<Notifications>(&room.log.events).1.len(), 1);
}

/// Lets a follower run until it has taken in the log up to its end.
async fn until_it_stands_at_the_end(engine: &Engine, follower: Follower) -> Position {
    let waiting = async {
        let mut pulse = engine.monitor.pulse();
        loop {
            let cursor = engine.reader.progress(follower).await.unwrap().cursor;
            if cursor == engine.reader.head().await.unwrap().position {
                return cursor;
            }
            pulse.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it never came so far")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_follower_catches_up_from_the_beginning_goes_on_live_and_counts_each_event_once() {
    let house = house(0.0);
    let engine = Engine::start(house.clone(), functions(&house)).await;
    for number in 1..=3 {
        engine.door.ask(place(number, number)).await.unwrap();
        engine.until(number, |order| order.status.is_final()).await;
    }
    let mut tasks = JoinSet::new();
    let stop = CancellationToken::new();
    tasks.spawn(engine.runner().run::<Insights>(stop.clone()));
    let first = until_it_stands_at_the_end(&engine, Follower::Insights).await;
    assert!(first > Position::START);
    // It dies at any moment; another one goes on where it stood.
    tasks.shutdown().await;
    engine.door.ask(place_draft(portions(1, 2, 0, 4), 4)).await.unwrap();
    engine.until(4, |order| order.waiting_for().is_none()).await;
    tasks.spawn(engine.runner().run::<Insights>(stop.clone()));
    until_it_stands_at_the_end(&engine, Follower::Insights).await;

    let overview = engine.reader.overview(Timestamp::UNIX_EPOCH).await.unwrap();
    let changes = engine.reader.changes(Scope::WholeLog, Position::START, 1000).await.unwrap();
    let mut naive = Insights::default();
    for change in &changes {
        assert_eq!(naive.take_in(change), None);
    }
    assert_eq!(overview.insights, naive);
    assert_eq!(naive.by_status[&OrderStatus::PaymentDeclined], 1);
    let statistics = |function| {
        let of =
            |it: &&crate::store::read::ConsumerStats| it.consumer == Consumer::Function(function);
        *overview.consumers.iter().find(of).unwrap()
    };
    assert_eq!(statistics(Function::ValidateOrder).done, 4);
    assert_eq!(statistics(Function::ChargePayment).done, 4);
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_paused_stands_still_while_the_others_go_on() {
    let house = house(0.0);
    let engine = Engine::start(house.clone(), functions(&house)).await;
    let paused = Consumer::Follower(Follower::Audit);
    engine.door.ask(Request::SetPaused(paused, Pause::Paused)).await.unwrap();
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    tasks.spawn(engine.runner().run::<Insights>(stop.clone()));
    tasks.spawn(engine.runner().run::<Audit>(stop.clone()));
    engine.door.ask(place(1, 1)).await.unwrap();
    engine.until(1, |order| order.waiting_for().is_none()).await;
    let head = until_it_stands_at_the_end(&engine, Follower::Insights).await;
    let overview = engine.reader.overview(Timestamp::MAX).await.unwrap();
    let audit = overview.consumers.iter().find(|it| it.consumer == paused).unwrap();
    assert_eq!((audit.done, audit.pending, audit.paused), (0, head.get(), true));
    assert!(audit.lag_ms > 0, "its own lag");
    engine.door.ask(Request::SetPaused(paused, Pause::Running)).await.unwrap();
    until_it_stands_at_the_end(&engine, Follower::Audit).await;
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_arrive_in_the_order_s_stream_once() {
    let house = house(0.0);
    let engine = Engine::start(house.clone(), functions(&house)).await;
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    // Two of them, as after a restart whose predecessor still speaks: one overtakes the other.
    tasks.spawn(engine.runner().run::<Notifications>(stop.clone()));
    tasks.spawn(engine.runner().run::<Notifications>(stop.clone()));
    engine.door.ask(place(1, 1)).await.unwrap();
    engine.until(1, |order| order.waiting_for().is_none()).await;
    until_it_stands_at_the_end(&engine, Follower::Notifications).await;
    let log = engine.reader.changes(Scope::WholeLog, Position::START, 1000).await.unwrap();
    let messages: Vec<_> = log
        .iter()
        .filter_map(|change| match &change.event.body {
            Body::Order(OrderEvent::CustomerNotified { message }) => Some(message.as_str()),
            Body::Order(_) | Body::Customer(_) | Body::Restaurant(_) | Body::System(_) => None,
        })
        .collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("is confirmed") && messages[1].contains("on the way"));
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_far_behind_reads_the_log_without_a_gap_and_what_others_have_read_only_once() {
    let house = house(0.0);
    let engine = Engine::start(house.clone(), functions(&house)).await;
    for number in 1..=70 {
        engine.door.ask(place(number, number)).await.unwrap();
    }
    for number in 1..=70 {
        engine.until(number, |order| order.waiting_for().is_none()).await;
    }
    let log = engine.reader.changes(Scope::WholeLog, Position::START, 2000).await.unwrap();
    assert!(log.len() > PAGE, "{} events", log.len());
    for pages in [Pages::default(), engine.runner().pages] {
        for from in [0, 0, 1, PAGE - 1, 0, PAGE, PAGE + 1, 1] {
            let position = Position::new(u64::try_from(from).unwrap());
            let read = pages.after(position, &engine.reader).await.unwrap();
            let end = if from < PAGE { PAGE } else { log.len().min(2 * PAGE) };
            assert_eq!(read, log[from..end], "from {from}");
            let again = pages.clone().after(position, &engine.reader).await.unwrap();
            assert_eq!(
                Arc::ptr_eq(&read[0], &again[0]),
                from < PAGE,
                "a page that grows is read anew"
            );
        }
    }
    engine.stop().await;
}
