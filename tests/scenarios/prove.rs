//! `prove` itself, small: everything breaks at once, everything holds, and what was to happen did.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::process::run;

use crate::house::BACKEND;

/// Seconds in a debug build on a quiet machine; the rest is for a busy one.
const RUN_MAX: Duration = Duration::from_mins(2);

#[test]
fn with_every_fault_on_and_three_deaths_everything_holds_and_everything_was_tried() -> Result<()> {
    let arguments = ["prove", "--orders", "60", "--kills", "3", "--seed", "1"];
    let output = run(Path::new(BACKEND), &arguments, &[], RUN_MAX)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}{complained}");
    for check in
        ["durable", "once", "money", "log", "order", "changes", "portions", "fenced", "file"]
    {
        let holds = said.lines().any(|line| line.starts_with(&format!("✓ {check} ")));
        ensure!(holds, "{check} does not hold: {said}");
    }
    let (_, happened) = said.split_once("What happened on the way:").context("it says so")?;
    for deaths in ["      3  deaths by SIGKILL", "      1  of these at named points: "] {
        ensure!(happened.contains(deaths), "{happened}");
    }
    ensure!(!happened.contains("never in this run"), "{happened}");
    Ok(())
}

#[test]
fn a_server_that_does_not_come_by_its_point_is_killed_all_the_same() -> Result<()> {
    // The seed has it die when the bank is asked for the 24th time, and eight orders ask less often.
    let arguments = ["prove", "--orders", "8", "--kills", "2", "--seed", "199"];
    let output = run(Path::new(BACKEND), &arguments, &[], RUN_MAX)?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for deaths in ["      2  deaths by SIGKILL", "      0  of these at named points"] {
        ensure!(said.contains(deaths), "{said}");
    }
    Ok(())
}
