//! Every case of the folder `cases` is played on the store; each rule that is switched off makes the
//! case fail that the folder's README names for it.

use std::path::{Path, PathBuf};

use crate::case::{Case, Play, Verdict, play, read};
use crate::rules::{Rule, Rules};

/// The cases that there have to be: the hard ones (H), and the probes (P) that other engines were put
/// to.
const IDS: &str = "H01 H02 H03 H04 H06 H07 H08 H10 H11 H13 H14 H15 H16 H18 H19 H20 H21 H23 H25 H26 \
    H27 H29 H30 H31 H32 H33 H34 H35 H36 H38 H39 H40 H43 H44 H46 H47 H48 H50 H52 H53 H54 H55 H56 H58 \
    H59 H60 H61 H62 H63 H64 H65 H67 H69 H70 H71 H72 H73 H74 H77 H78 H79 H81 H82 H83 H84 H85 \
    P1a P1b P2 P3 P4 P6a P6b P7 P9 P10 P11";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// The cases of the folder by their files' names, in order.
fn cases() -> Vec<(String, Case)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|it| it == "case")).collect();
    files.sort();
    let named = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let case = read(&text).unwrap_or_else(|error| panic!("{name}.case: {error}"));
        (name, case)
    };
    files.into_iter().map(named).collect()
}

fn played(name: &str, case: &Case, rules: Rules) -> Play {
    play(case, rules).unwrap_or_else(|error| panic!("{name}.case: {error}"))
}

#[test]
fn every_case_holds() {
    let mut failures = Vec::new();
    for (name, case) in cases() {
        if let Verdict::Fails { line, why } = played(&name, &case, Rules::whole()).verdict {
            failures.push(format!("{name}.case:{line}: {why}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

#[test]
fn there_is_a_case_of_each_name() {
    let mut expected: Vec<&str> = IDS.split_whitespace().collect();
    let cases = cases();
    let mut there: Vec<&str> = cases.iter().map(|(_, case)| case.head.id.as_str()).collect();
    expected.sort_unstable();
    there.sort_unstable();
    assert_eq!(there, expected);
    for (name, case) in &cases {
        assert!(name.starts_with(&format!("{}-", case.head.id)), "{name} is {}", case.head.id);
    }
}

/// What shows the rest of a case is there.
#[test]
fn the_tests_that_cases_name_exist() {
    let workspace = folder().join("../../..");
    for (name, case) in cases() {
        let Some(elsewhere) = case.head.elsewhere else { continue };
        let file = elsewhere.split_whitespace().next().unwrap();
        assert!(workspace.join(file).is_file(), "{name}.case names {file}");
    }
}

/// The README's table: which case fails without which rule, R1 first.
fn caught_by() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| R"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1].to_owned(), cells[3].trim_matches('`').to_owned())
    })
    .collect()
}

#[test]
fn without_a_rule_the_case_fails_that_the_table_names() {
    let cases = cases();
    let table = caught_by();
    assert_eq!(table.len(), Rule::ALL.len());
    for (rule, (number, caught_by)) in Rule::ALL.into_iter().zip(table) {
        if rule == Rule::OneFrameForMany {
            // It acts in the terminal program's loop, where a test of this name has it switched off.
            let loop_tests = folder().join("../../src/run/tests.rs");
            assert!(std::fs::read_to_string(loop_tests).unwrap().contains(&caught_by));
            continue;
        }
        let (_, case) = cases
            .iter()
            .find(|(name, _)| *name == caught_by)
            .unwrap_or_else(|| panic!("{number} names {caught_by}, which is no case"));
        assert!(played(&caught_by, case, Rules::whole()).verdict.holds(), "{caught_by}");
        let without = played(&caught_by, case, Rules::without(rule)).verdict;
        assert!(!without.holds(), "{caught_by} holds without {number} {rule:?}");
        println!("without {number} {rule:?}, {caught_by}: {without}");
    }
}

/// The README's tables of lines: what happens, and what looks.
#[test]
fn every_line_that_the_readme_names_is_understood() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let rows = readme.lines().skip_while(|line| !line.starts_with("| who |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let named: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 60, "{named:?}");
    for line in named {
        // A look has a colon; where the table leaves the name out, any will do.
        let lookable =
            if line.ends_with(" of") { format!("{line} place 1") } else { line.to_owned() };
        let text = |line: &str| {
            format!(
                "case: X a case\ngiven: a\nwhen: b\nthen: c\nsource: d\n\n\
                 start online\nplace 1\n{line}\n"
            )
        };
        let understood = |line: &str| play(&read(&text(line)).unwrap(), Rules::whole()).is_ok();
        assert!(understood(&lookable) || understood(&format!("{lookable}: x")), "{line}");
    }
}

#[test]
fn a_mistake_in_a_case_is_told_with_its_line() {
    let head = "case: X a case\ngiven: a\nwhen: b\nthen: c\nsource: d\n\n";
    let told = |lines: &str| {
        let case = read(&format!("{head}{lines}"))?;
        play(&case, Rules::whole()).map(|play| play.verdict.to_string())
    };
    for (lines, words) in [
        ("start online\nplase 1\n", "line 8: “plase 1”: no line says this"),
        ("start online\nplace one\n", "line 8: “place one”: “one” is no order's number"),
        ("  1 PLACED\n", "line 7: an indented line belongs to the line above it"),
    ] {
        let unreadable = told(lines).unwrap_err().to_string();
        assert!(unreadable.contains(words), "{unreadable}");
    }
    for (lines, words) in [
        (
            "start online\nplace 1\nscreen: 1 PLACED confirmed\n",
            "line 9: after “place 1” (line 8) screen should be\n  1 PLACED confirmed\n\
             but was\n  1 PLACED placeholder [place sending]",
        ),
        (
            "start online\nplace 1\nserver receives place 2\n",
            "line 9: “server receives place 2” cannot happen: place 2 was not sent",
        ),
        ("screen: nothing\n", "line 7: “screen: nothing” cannot happen: A is not started"),
        ("start online\nplace 1\n", "nobody had looked at\n  out: journal intent of place 1"),
    ] {
        let verdict = told(lines).unwrap();
        assert!(verdict.contains(words), "{verdict}");
    }
    assert!(read("given: a\n\nstart\n").is_err(), "a head without a name");
}
