//! `prove` fails where it should: with one safeguard taken away, the check that misses it says so.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use harness::process::run;

use crate::house::BACKEND;

/// Much longer than a run takes.
const RUN_MAX: Duration = Duration::from_mins(2);

/// How often the run is killed. What only a death brings to light needs some.
#[derive(Clone, Copy)]
enum Deaths {
    None,
    Some,
}

fn without(safeguard: &str, deaths: Deaths, checks: &[&str]) -> Result<()> {
    let kills = match deaths {
        Deaths::None => "0",
        Deaths::Some => "8",
    };
    let arguments = ["prove", "--orders", "64", "--kills", kills, "--seed", "1"];
    let environment = [("TIFFIN_WITHOUT", safeguard)];
    let output = run(Path::new(BACKEND), &arguments, &environment, RUN_MAX)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "{safeguard} was not missed: {said}{complained}");
    let found = |check: &&str| said.lines().any(|it| it.starts_with(&format!("✗ {check} ")));
    ensure!(checks.iter().any(found), "{checks:?} did not miss {safeguard}: {said}{complained}");
    Ok(())
}

#[test]
fn a_reply_that_goes_out_before_its_commit_is_found() -> Result<()> {
    // Mostly a receipt, or somebody who had signed in; sometimes only what a subscriber had seen.
    without("commit", Deaths::Some, &["durable", "changes"])
}

#[test]
fn a_store_that_forgets_receipts_is_found() -> Result<()> {
    without("receipts", Deaths::None, &["once"])
}

#[test]
fn a_mutation_id_that_stands_for_two_inputs_is_found() -> Result<()> {
    without("input-hash", Deaths::None, &["once"])
}

#[test]
fn a_key_at_the_bank_that_is_another_for_each_attempt_is_found() -> Result<()> {
    without("gateway-key", Deaths::None, &["money"])
}

#[test]
fn a_card_that_is_charged_within_the_grace_is_found() -> Result<()> {
    without("grace", Deaths::None, &["money"])
}

#[test]
fn a_log_that_skips_positions_is_found() -> Result<()> {
    without("head", Deaths::None, &["log"])
}

#[test]
fn a_stored_state_that_is_not_the_fold_of_its_events_is_found() -> Result<()> {
    without("fold", Deaths::None, &["file"])
}

#[test]
fn an_order_that_is_shown_ahead_of_its_event_is_found() -> Result<()> {
    without("as-of", Deaths::Some, &["order"])
}

#[test]
fn a_tail_that_skips_is_found() -> Result<()> {
    without("tail", Deaths::None, &["changes"])
}

#[test]
fn completions_that_need_no_token_are_found() -> Result<()> {
    without("tokens", Deaths::None, &["fenced"])
}

#[test]
fn a_limited_dish_that_is_served_whatever_is_left_is_found() -> Result<()> {
    without("portions", Deaths::None, &["portions"])
}
