//! Terminals of every size, without colours, and no terminal at all.

use std::path::Path;

use anyhow::{Context, Result};
use harness::process::run;
use harness::terminal::{Color, Position, Screen};
use harness::{Size, Terminal, TerminalOptions};

use super::person::{Home, LARGE, LIVE, PROGRAM, THREE_TIER, USUAL};
use crate::house::{FOR_EVER, House, PATIENCE};

#[test]
fn a_terminal_that_is_too_small_says_how_large_it_is_and_has_to_be() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.terminal.resize(Size { columns: 39, rows: 12 })?;
    ada.reads("This terminal is 39x12; tiffin needs 40x12. Make it larger, or press q to leave.")?;
    ada.terminal.resize(Size { columns: 80, rows: 11 })?;
    ada.reads("This terminal is 80x11; tiffin needs 40x12. Make it larger, or press q to leave.")?;
    ada.terminal.resize(Size { columns: 40, rows: 12 })?;
    ada.sees(THREE_TIER.restaurant)?;
    ada.sees("? help")?;
    Ok(())
}

/// Sizes from the smallest there is to a wall, as a window passes through them while it is dragged.
fn storm() -> impl Iterator<Item = Size> {
    (0..200_u16).map(|step| Size { columns: 1 + step * 37 % 210, rows: 1 + step * 23 % 70 })
}

#[test]
fn every_size_is_drawn_to_its_last_line() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    let sizes =
        [(40, 12), (300, 12), (69, 24), (70, 24), (139, 50), (140, 35), (140, 36), (40, 120)];
    for (columns, rows) in sizes {
        ada.terminal.resize(Size { columns, rows })?;
        let what = format!("{columns}x{rows} with its hints");
        ada.terminal.wait_until(PATIENCE, what, |screen| {
            screen.row(rows - 1).ends_with("? help") && screen.contains(THREE_TIER.restaurant)
        })?;
    }
    Ok(())
}

#[test]
fn after_a_storm_of_sizes_the_screen_is_as_before() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    for size in [USUAL, LARGE] {
        let mut ada = home.start_in(size, &["--url", &house.backend.url()])?;
        ada.sees(LIVE)?;
        let before = ada.sees(THREE_TIER.name)?.text();
        for passing in storm() {
            ada.terminal.resize(passing)?;
        }
        ada.terminal.resize(size)?;
        let as_before = |screen: &Screen| screen.text() == before;
        ada.terminal.wait_until(PATIENCE, "the screen as it was", as_before)?;
        ada.leaves()?;
    }
    Ok(())
}

#[test]
fn a_window_that_is_small_for_a_blink_is_drawn_anew() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    let before = ada.sees(THREE_TIER.name)?.text();
    for _ in 0..20 {
        // Faster than frames follow each other: the program may see the last size only.
        ada.terminal.resize(Size { columns: 10, rows: 3 })?;
        ada.terminal.resize(USUAL)?;
        let as_before = |screen: &Screen| screen.text() == before;
        ada.terminal.wait_until(PATIENCE, "the screen as it was", as_before)?;
    }
    Ok(())
}

/// The parameters of all SGR sequences (colours, bold, reverse …) among these bytes.
fn graphics(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let sequences = text.split("\x1b[").skip(1);
    let ends = |sequence: &str| sequence.find(|end: char| !end.is_ascii_digit() && end != ';');
    sequences
        .filter_map(|sequence| {
            let (parameters, rest) = sequence.split_at_checked(ends(sequence)?)?;
            rest.starts_with('m').then(|| parameters.to_owned())
        })
        .collect()
}

/// Each cell of this text is seen to be selected.
fn assert_reversed(screen: &Screen, text: &str) -> Result<()> {
    let start = screen.find(text).with_context(|| format!("{text:?} is not there:\n{screen}"))?;
    for (column, _) in (start.column..).zip(text.chars()) {
        let style = screen.style_at(Position { column, ..start }).unwrap_or_default();
        assert!(style.inverse, "{text:?} is not reversed at column {column}:\n{screen}");
    }
    Ok(())
}

#[test]
fn without_colours_no_colour_is_sent_and_the_selection_is_still_seen() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let environment = vec![("NO_COLOR".into(), "1".into())];
    let options = TerminalOptions { environment, ..TerminalOptions::default() };
    let mut ada = home.start_with(options, &["--url", &house.backend.url()])?;
    ada.sees(LIVE)?;
    ada.sees(THREE_TIER.name)?;
    ada.types("j")?;
    let screen = ada.sees("▸ Nonna's Attic")?;
    assert_reversed(&screen, "▸ Nonna's Attic")?;
    assert!(!screen.style_of("Phở Corner")?.inverse, "{screen}");

    ada.orders(&THREE_TIER)?;
    let screen = ada.sees_status("Validated")?;
    assert_reversed(&screen, "1 x Three-tier Tiffin")?;
    ada.types("x")?;
    let screen = ada.sees("Cancel the order?")?;
    for row in 0..USUAL.rows {
        for column in 0..USUAL.columns {
            let style = screen.style_at(Position { column, row }).unwrap_or_default();
            assert_eq!((style.foreground, style.background), (Color::Default, Color::Default));
        }
    }
    let coloured = |parameters: &&String| {
        // 39 and 49 are the terminal's own colours.
        parameters.split(';').any(|it| {
            let it: u16 = it.parse().unwrap_or_default();
            matches!(it, 30..=38 | 40..=48 | 90..=97 | 100..=107)
        })
    };
    let sent = graphics(&ada.terminal.output());
    assert!(sent.iter().any(|it| it.contains('7')), "reverse is how the selection is seen");
    assert_eq!(sent.iter().find(coloured), None);
    Ok(())
}

#[test]
fn with_colours_some_are_sent() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let screen = home.start_at(&house.backend.url())?.terminal.screen();
    assert_ne!(screen.style_of(LIVE)?.foreground, Color::Default);
    Ok(())
}

/// Runs a command line of the shell in a wide terminal and gives all that it leaves there.
fn in_a_shell(command: &str) -> Result<Screen> {
    let command = format!("{}; echo exit code $?", command.replace("tiffin", PROGRAM));
    let options = TerminalOptions { size: LARGE, ..TerminalOptions::default() };
    let shell = Terminal::start(Path::new("/bin/sh"), &["-c", &command], &options)?;
    assert_eq!(shell.exit_code(PATIENCE)?, 0);
    assert_eq!(shell.left_behind()?, [""; 0]);
    Ok(shell.screen())
}

#[test]
fn a_pipe_on_either_side_is_answered_with_one_sentence() -> Result<()> {
    for (command, sentence) in [
        ("tiffin >screen.txt", "its standard output is not a terminal"),
        ("tiffin </dev/null", "its standard input is not a terminal"),
    ] {
        let screen = in_a_shell(command)?;
        let lines: Vec<String> = screen.text().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2, "{screen}");
        assert!(lines[0].contains(sentence), "{screen}");
        assert_eq!(lines[1], "exit code 2");
    }
    Ok(())
}

#[test]
fn help_and_version_need_no_terminal_and_a_wrong_flag_is_explained() -> Result<()> {
    let program = Path::new(PROGRAM);
    let help = run(program, &["--help"], &[], PATIENCE)?;
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("--data-dir"));
    let version = run(program, &["--version"], &[], PATIENCE)?;
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("tiffin "));
    let wrong = run(program, &["--url", "kitchen"], &[], PATIENCE)?;
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("http://127.0.0.1:4000"));
    Ok(())
}
