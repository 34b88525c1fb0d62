//! The whole program in one process: keys in, frames out, a backend that answers by hand, a real disk.
//!
//! Nothing here sleeps to wait: one waits for a frame or a command, with a deadline.

mod stage;

use std::time::Duration;

use optimistic::{Rule, Rules};

use super::*;
use crate::link::{LinkCommand, LinkEvent};
use crate::terminal::TerminalEvent;
use stage::{Disk, Stage};

#[tokio::test]
async fn the_first_frame_has_menu_and_orders_before_any_backend_has_answered() {
    let mut stage = Stage::build().with_a_cache().raise();
    let frame = stage.frame_with("Three-tier Tiffin").await;
    assert!(frame.contains("Starting your own backend"), "{frame}");
    assert_eq!(stage.frames(), 1, "not one frame before the menu was there");
}

#[tokio::test]
async fn the_placeholder_is_in_the_frame_after_the_key_whatever_disk_and_network_do() {
    let mut stage = Stage::build().with_a_cache().on(Disk::ThatHangs).raise();
    stage.frame_with("Three-tier Tiffin").await;
    stage.press("Enter Enter");
    stage.frame_with("1 in the cart").await;
    let before = stage.frames();
    stage.press("p");
    let frame = stage.frame_with("queued").await;
    assert!(frame.contains("Bombay Tiffin Room"), "{frame}");
    assert_eq!(stage.frames(), before + 1, "in the very next frame");
}

#[tokio::test]
async fn an_order_goes_from_the_key_to_the_fact() {
    let mut stage = Stage::build().with_a_cache().signed_in().raise();
    stage.connect().await;
    stage.frame_with("Live, as anna").await;
    stage.press("Enter Enter p");
    let placed = stage.request("PlaceOrder").await;
    stage.frame_with("sending").await;
    stage.answer(&placed, &stage::receipt(&placed)).await;
    stage.frame_with("accepted").await;
    let order = stage::order_of(&placed);
    stage.change(&order).await;
    let frame = stage.frame_with("Placed since").await;
    assert!(!frame.contains("accepted"), "{frame}");
    stage.press("4");
    stage.frame_with("OrderPlaced").await;
    stage.press("3 Enter");
    let events = stage.request("Events").await;
    stage.answer(&events, &stage::events(&order)).await;
    stage.frame_with("OrderValidated").await;
}

#[tokio::test]
async fn a_first_start_signs_in_by_itself_and_keeps_who_it_is() {
    let mut stage = Stage::build().with_a_cache().raise();
    stage.reach().await;
    let target = stage.target().await;
    assert_eq!(target.token, None);
    stage.greet().await;
    let sign_in = stage.request("SignIn").await;
    assert_eq!(sign_in.body["variables"]["name"], "anna");
    stage.answer(&sign_in, &stage::session()).await;
    let target = stage.target().await;
    assert!(target.token.is_some(), "we connect as the customer that we have become");
    assert!(stage.profile().signed_in.is_some(), "and remember it");
}

#[tokio::test]
async fn what_was_pending_when_the_program_ended_is_on_the_first_frame_of_the_next_one() {
    let mut stage = Stage::build().with_a_cache().raise();
    stage.frame_with("Three-tier Tiffin").await;
    stage.press("Enter Enter p");
    stage.frame_with("queued").await;
    stage.press("q");
    let (farewell, theatre) = stage.end().await;
    let words = farewell.unwrap().words().unwrap();
    assert!(words.starts_with("1 order still on its way"), "{words}");
    let mut stage = theatre.raise();
    let frame = stage.frame_with("3 Orders (1)").await;
    assert!(frame.contains("Three-tier Tiffin"), "{frame}");
    assert_eq!(stage.frames(), 1);
}

#[tokio::test]
async fn whoever_leaves_with_a_full_cart_finds_it_again_until_it_is_ordered() {
    let mut stage = Stage::build().with_a_cache().raise();
    stage.frame_with("Three-tier Tiffin").await;
    stage.press("Enter Enter + 2 n");
    stage.frame_with("Enter keep").await;
    stage.press("h o t Enter q");
    let (_, theatre) = stage.end().await;
    let mut stage = theatre.raise();
    stage.frame_with("2 Cart (2)").await;
    assert_eq!(stage.frames(), 1, "it is on the first frame");
    stage.press("2");
    stage.frame_with("hot").await;
    stage.press("p q");
    let (_, theatre) = stage.end().await;
    let frame = theatre.raise().frame_with("Three-tier Tiffin").await;
    assert!(!frame.contains("2 Cart (2)"), "{frame}");
}

#[tokio::test]
async fn a_burst_of_messages_is_few_frames_and_locks_no_key_out() {
    let mut stage = Stage::build().with_a_cache().signed_in().raise();
    stage.connect().await;
    stage.frame_with("Live, as anna").await;
    let before = stage.frames();
    for _ in 0..500 {
        stage.reach().await;
        stage.say(LinkEvent::Connecting).await;
    }
    stage.press("?");
    stage.frame_with("Keys and marks").await;
    let frames = stage.frames() - before;
    assert!(frames < 100, "{frames} frames for a thousand messages");
}

/// How many frames are drawn while so many changes arrive between two of them.
async fn frames_of_changes_between_two_frames(changes: u64, rules: Rules) -> usize {
    let mut stage = Stage::build().with_a_cache().signed_in().under(rules).raise();
    stage.connect().await;
    stage.frame_with("Live, as anna").await;
    stage.press("Enter Enter p");
    let placed = stage.request("PlaceOrder").await;
    stage.answer(&placed, &stage::receipt(&placed)).await;
    stage.pass(Duration::from_secs(1)).await;
    let before = stage.frames();
    let order = stage::order_of(&placed);
    stage.change(&order).await;
    stage.frame_after(before).await;
    let before = stage.frames();
    // The clock stands still while somebody has something to do.
    stage.changes(&order, 2..=changes + 1).await;
    stage.frame_after(before).await;
    stage.pass(Duration::from_millis(1)).await;
    stage.frames() - before
}

/// R12
#[tokio::test(start_paused = true)]
async fn ten_thousand_changes_between_two_frames_make_one_frame() {
    assert_eq!(frames_of_changes_between_two_frames(10_000, Rules::whole()).await, 1);
    let broken = Rules::without(Rule::OneFrameForMany);
    assert!(frames_of_changes_between_two_frames(100, broken).await >= 100, "one for each");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_drawn_and_nobody_wakes_up_while_nothing_happens() {
    let mut stage = Stage::build().with_a_cache().signed_in().raise();
    stage.connect().await;
    stage.frame_with("Live, as anna").await;
    // What is newest is cached once it has been quiet for a moment.
    stage.pass(Duration::from_secs(10)).await;
    let (frames, looks) = (stage.frames(), stage.looks());
    stage.pass(Duration::from_hours(1)).await;
    assert_eq!((stage.frames(), stage.looks()), (frames, looks));
}

#[tokio::test(start_paused = true)]
async fn a_pulse_is_slow_and_stops_when_nobody_looks() {
    let mut stage = Stage::build().with_a_cache().raise();
    stage.frame_with("Three-tier Tiffin").await;
    stage.press("Enter Enter p");
    stage.frame_with("queued").await;
    stage.pass(Duration::from_secs(10)).await;
    let before = stage.frames();
    stage.pass(Duration::from_secs(10)).await;
    let frames = stage.frames() - before;
    assert!((10..=150).contains(&frames), "{frames} frames in ten seconds");
    stage.event(TerminalEvent::FocusLost);
    stage.pass(Duration::from_secs(1)).await;
    let looks = stage.looks();
    stage.pass(Duration::from_hours(1)).await;
    assert_eq!(stage.looks(), looks);
    stage.event(TerminalEvent::FocusGained);
    stage.frame_with("queued 1 h").await;
}

#[tokio::test]
async fn a_terminal_that_is_gone_ends_the_program_without_another_frame() {
    let mut stage = Stage::build().with_a_cache().raise();
    stage.frame_with("Three-tier Tiffin").await;
    let frames = stage.frames();
    stage.signal(TerminalSignal::Quit(QuitReason::HungUp)).await;
    let drawn = stage.frame_counter();
    let (farewell, _) = stage.end().await;
    assert_eq!(farewell.unwrap().words(), None);
    assert_eq!(drawn.borrow().number, frames);
}

#[tokio::test]
async fn a_task_that_panics_ends_the_program_with_an_error() {
    let mut stage = Stage::build().with_a_cache().raise();
    stage.let_a_task_panic();
    let (farewell, _) = stage.end().await;
    assert!(farewell.unwrap_err().to_string().contains("panicked"));
}

#[tokio::test]
async fn after_a_suspension_everything_is_drawn_anew_and_the_link_is_looked_after() {
    let mut stage = Stage::build().with_a_cache().signed_in().raise();
    stage.connect().await;
    stage.frame_with("Live, as anna").await;
    let before = stage.frames();
    stage.press("Ctrl-Z");
    stage.command(|command| matches!(command, LinkCommand::TryNow).then_some(())).await;
    stage.frame_after(before).await;
    assert_eq!(stage.suspensions(), 1);
    stage.signal(TerminalSignal::Continued).await;
    stage.press("?");
    stage.frame_with("Keys and marks").await;
    assert_eq!(stage.resumptions(), 0, "the echo of our own suspension is none of somebody else's");
    stage.signal(TerminalSignal::Continued).await;
    stage.command(|command| matches!(command, LinkCommand::TryNow).then_some(())).await;
    assert_eq!(stage.resumptions(), 1);
}
