//! `prove` fails where it should: with one safeguard taken away, the check that misses it says so.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use harness::process::run;

use crate::house::BACKEND;

/// Much longer than a run takes.
const RUN_MAX: Duration = Duration::from_mins(2);

fn without(safeguard: &str, check: &str) -> Result<()> {
    let arguments = ["prove", "--orders", "48", "--kills", "0", "--seed", "1"];
    let environment = [("TIFFIN_WITHOUT", safeguard)];
    let output = run(Path::new(BACKEND), &arguments, &environment, RUN_MAX)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "{safeguard} was not missed: {said}{complained}");
    let found = said.lines().any(|line| line.starts_with(&format!("✗ {check} ")));
    ensure!(found, "{check} did not miss {safeguard}: {said}{complained}");
    Ok(())
}

#[test]
fn a_store_that_forgets_receipts_is_found() -> Result<()> {
    without("receipts", "once")
}

#[test]
fn completions_that_need_no_token_are_found() -> Result<()> {
    without("tokens", "fenced")
}

#[test]
fn a_key_at_the_bank_that_is_another_for_each_attempt_is_found() -> Result<()> {
    without("gateway-key", "money")
}

#[test]
fn a_tail_that_skips_is_found() -> Result<()> {
    without("tail", "changes")
}
