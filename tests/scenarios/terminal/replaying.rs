//! The hard cases on the screen: somebody turns the pages of one and leaves, and the exit code says
//! whether it holds.

use std::path::Path;

use anyhow::{Context, Result};
use harness::Key;
use harness::process::run;

use super::person::{Home, PROGRAM};
use crate::house::PATIENCE;

const CASE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/client-tui/optimistic/cases/H63-cancel-versus-cooking.case"
);

#[test]
fn a_case_is_read_page_by_page_and_left_with_its_verdict() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start(&["replay-case", CASE, "--step"])?;
    ada.sees("step 1 of 11")?;
    ada.sees("No orders yet.")?;
    ada.presses(Key::Right)?;
    ada.sees("step 2 of 11")?;
    ada.sees("sending")?;
    ada.types("G")?;
    ada.sees("It holds")?;
    ada.sees("Preparing")?;
    ada.presses(Key::Left)?;
    ada.sees("step 10 of 11")?;
    ada.sees("refused")?;
    ada.types("q")?;
    assert_eq!(ada.terminal.exit_code(PATIENCE)?, 0);
    Ok(())
}

#[test]
fn without_a_key_the_pages_turn_by_themselves() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start(&["replay-case", CASE])?;
    ada.sees("step 2 of 11")?;
    ada.types("gq")?;
    assert_eq!(ada.terminal.exit_code(PATIENCE)?, 0);
    Ok(())
}

#[test]
fn into_a_pipe_a_case_comes_as_text_and_a_mistake_with_its_file_and_line() -> Result<()> {
    let output = run(Path::new(PROGRAM), &["replay-case", CASE], &[], PATIENCE)?;
    let text = String::from_utf8(output.stdout)?;
    assert!(text.contains("1 PREPARING confirmed [cancel refused]"), "{text}");
    assert!(text.trim_end().ends_with("looks were as the case says."), "{text}");
    assert_eq!(output.status.code(), Some(0));

    let directory = tempfile::tempdir()?;
    let wrong = std::fs::read_to_string(CASE)?;
    for (was, is, code, words) in [
        ("1 PREPARING confirmed", "1 CANCELLED confirmed", 1, "It fails at line"),
        ("cancel 1\n", "cancle 1\n", 2, "wrong.case:12: “cancle 1”: no line says this"),
    ] {
        let file = directory.path().join("wrong.case");
        std::fs::write(&file, wrong.replace(was, is))?;
        let path = file.to_str().context("a path in words")?;
        let output = run(Path::new(PROGRAM), &["replay-case", path], &[], PATIENCE)?;
        let all = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(all)?;
        assert!(said.contains(words), "{said}");
        assert_eq!(output.status.code(), Some(code), "{said}");
    }
    Ok(())
}
