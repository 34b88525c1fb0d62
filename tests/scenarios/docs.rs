//! The documentation is true: what it links to is there, what it names is defined where it says, its
//! commands do what it shows, and its picture is one that the program draws.

mod page;
mod symbols;
mod shown;
mod shell;
mod tools;
mod walk;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use harness::process::run;

use page::{Kind, Page, Part, parts, repository};
use symbols::{is_named_by, is_test};
use walk::{TIFFIN, Walk};

use crate::house::{BACKEND, PATIENCE};

const README: &str = "README.md";
const TUTORIAL: &str = "docs/tutorial.md";
const ARCHITECTURE: &str = "docs/architecture.md";
const GLOSSARY: &str = "docs/glossary.md";
const OPTIMISTIC: &str = "docs/optimistic.md";
const EVENTING: &str = "docs/eventing.md";
const LAB: &str = "docs/lab.md";
const CASES: &str = "client-tui/optimistic/cases/README.md";

fn pages() -> Result<Vec<Page>> {
    let pages = [README, TUTORIAL, ARCHITECTURE, GLOSSARY, OPTIMISTIC, EVENTING, LAB, CASES];
    pages.into_iter().map(Page::read).collect()
}

/// Each of these must be empty; what is wrong with the documentation is best seen all at once.
fn nothing(wrong: &[String]) -> Result<()> {
    ensure!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_link_leads_somewhere() -> Result<()> {
    let pages = pages()?;
    let mut wrong = Vec::new();
    for page in &pages {
        for (part, link) in page.links() {
            let Some((file, heading)) = link.leads_to(page) else { continue };
            let linked = pages.iter().find(|page| Path::new(page.path) == file);
            let has_it = |heading: &str| {
                linked.is_some_and(|page| page.anchors().iter().any(|it| it == heading))
            };
            if !repository().join(&file).exists() || !heading.is_none_or(has_it) {
                wrong.push(format!("{}: {} is not there", page.place(part), link.target));
            }
        }
    }
    nothing(&wrong)
}

#[test]
fn every_symbol_is_defined_in_the_file_that_it_is_linked_to() -> Result<()> {
    let mut wrong = Vec::new();
    for page in pages()? {
        for (part, link) in page.links() {
            let (Some(words), Some((file, None))) = (link.code(), link.leads_to(&page)) else {
                continue;
            };
            let path = repository().join(&file);
            if !path.is_file() {
                continue;
            }
            let source = std::fs::read_to_string(&path)
                .with_context(|| format!("{} links to {}", page.place(part), file.display()))?;
            if !is_named_by(&file.to_string_lossy(), &source, words) {
                wrong.push(format!("{}: {} has no {words}", page.place(part), file.display()));
            }
        }
    }
    nothing(&wrong)
}

#[test]
fn every_path_that_is_named_exists_and_every_symbol_with_a_path_is_linked() -> Result<()> {
    let mut wrong = Vec::new();
    for page in pages()? {
        for (part, code) in page.code() {
            if code.contains("::") {
                wrong.push(format!("{}: `{code}` is not linked to its file", page.place(part)));
            }
            let is_ours = code.split_once('/').is_some_and(|(first, _)| {
                ["backend", "client-tui", "docs", "shared", "tests", ".ci"].contains(&first)
            });
            if is_ours && !repository().join(code).exists() {
                wrong.push(format!("{}: there is no `{code}`", page.place(part)));
            }
        }
    }
    nothing(&wrong)
}

#[test]
fn every_flag_that_is_named_is_in_the_help() -> Result<()> {
    let mut help = String::new();
    let commands = [
        "serve",
        "verify",
        "replay",
        "events",
        "backup",
        "restore",
        "deliveries",
        "redeliver",
        "pause",
        "resume",
        "stats",
        "faults",
        "customers",
        "revoke",
        "prove",
    ];
    let of_backend = commands.map(|command| (BACKEND, vec![command, "--help"]));
    for (program, arguments) in [(TIFFIN, vec!["--help"])].into_iter().chain(of_backend) {
        let output = run(Path::new(program), &arguments, &[], PATIENCE)?;
        help.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    let mut wrong = Vec::new();
    for page in pages()? {
        for (part, code) in page.code().filter(|(_, code)| code.starts_with("--")) {
            if !help.split_whitespace().any(|word| word == code) {
                wrong.push(format!("{}: the help has no {code}", page.place(part)));
            }
        }
    }
    nothing(&wrong)
}

#[test]
fn each_idea_of_the_readme_has_its_file_and_a_test_that_proves_it() -> Result<()> {
    let text = std::fs::read_to_string(repository().join(README))?;
    let page = Page::read(README)?;
    let rows = text.lines().skip_while(|line| !line.starts_with("| idea |")).skip(2);
    let mut proven = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<Vec<Part>> = row.trim_matches('|').split('|').map(parts).collect();
        let [_, files, tests] = cells.as_slice() else {
            anyhow::bail!("not three columns: {row}");
        };
        if files.is_empty() {
            // The name of a factor.
            continue;
        }
        ensure!(!tests.is_empty(), "no test proves this: {row}");
        for test in tests {
            let Kind::Link(link) = &test.kind else { continue };
            let (file, _) = link.leads_to(&page).context("a test stands in this repository")?;
            let source = std::fs::read_to_string(repository().join(&file))?;
            let name = link.code().context("the test's name is in code type")?;
            ensure!(is_test(&source, name), "{} has no test {name}", file.display());
        }
        proven += 1;
    }
    ensure!(proven >= 10, "the table of the README was not found, or has shrunk to {proven}");
    Ok(())
}

#[test]
fn the_screen_of_the_readme_is_one_that_the_program_draws() -> Result<()> {
    let text = std::fs::read_to_string(repository().join(README))?;
    let (_, from) = text.split_once("<!-- screen: ").context("the README has no screen")?;
    let (snapshot, from) = from.split_once(" -->").context("its marker is not closed")?;
    let (shown, _) = from.split_once("<!-- /screen -->").context("its end is not marked")?;
    let snapshot = std::fs::read_to_string(repository().join(snapshot))
        .with_context(|| format!("the README's screen is the snapshot {snapshot}"))?;
    // Behind the head of insta's own stands the frame.
    let frame = snapshot.splitn(3, "---\n").last().unwrap_or_default();
    let expected = format!("\n```text\n{}\n```\n", frame.trim_end());
    ensure!(
        shown == expected,
        "the program draws another screen by now; put this between the README's markers:\n{expected}"
    );
    Ok(())
}

#[test]
fn the_case_that_shows_how_one_is_written_holds() -> Result<()> {
    let page = Page::read(CASES)?;
    let example = page.parts.iter().find_map(|part| match &part.kind {
        Kind::Block { language, text, .. } => (language == "case").then_some(text),
        Kind::Key(_) | Kind::Link(_) | Kind::Code(_) | Kind::Heading(_) => None,
    });
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("X01.case");
    std::fs::write(&file, example.context("the page has no example")?)?;
    plays(&file)
}

/// Plays a case on the program that was built.
fn plays(case: &Path) -> Result<()> {
    let path = case.to_str().context("a path in words")?;
    let output = run(Path::new(TIFFIN), &["replay-case", path], &[], PATIENCE)?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Our own column among the peers' is filled by running: each of its marks leads to a case that is
/// played here, on the program that was built.
#[test]
fn every_mark_of_ours_among_the_peers_is_played() -> Result<()> {
    let page = Page::read(OPTIMISTIC)?;
    let text = std::fs::read_to_string(repository().join(OPTIMISTIC))?;
    let rows = text.lines().skip_while(|line| !line.starts_with("| probe |")).skip(2);
    let mut played = 0;
    for row in rows.take_while(|line| line.starts_with('|')) {
        let ours = row.trim_matches('|').split('|').next_back().map(parts).unwrap_or_default();
        let [Part { kind: Kind::Link(link), .. }] = ours.as_slice() else {
            anyhow::bail!("the last column is not one link: {row}");
        };
        ensure!(link.text == "✓", "not right: {row}");
        let (file, _) = link.leads_to(&page).context("a case stands in this repository")?;
        plays(&repository().join(file))?;
        played += 1;
    }
    ensure!(played >= 11, "the table of the peers was not found, or has shrunk to {played}");
    Ok(())
}

#[test]
fn the_readme_does_what_it_says() -> Result<()> {
    Walk::begin()?.follow(&Page::read(README)?)
}

#[test]
fn the_tutorial_does_what_it_says() -> Result<()> {
    Walk::begin()?.follow(&Page::read(TUTORIAL)?)
}

#[test]
fn the_lab_does_what_it_says() -> Result<()> {
    Walk::begin()?.follow(&Page::read(LAB)?)
}
