//! The tools that our pages take from the system, as far as they use them, so that no test needs
//! them: they look into files, and change nothing but what a page has them break.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// What this command prints, run in this folder.
pub(crate) fn run(folder: &Path, command: &[String]) -> Result<String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cat", file] => Ok(std::fs::read_to_string(found(folder, file)?)?),
        ["sed", "-n", script, file] => {
            let text = std::fs::read_to_string(found(folder, file)?)?;
            sed(script, &text).with_context(|| format!("{script} finds nothing in {text}"))
        }
        ["sqlite3", file, question] => sqlite3(&found(folder, file)?, question),
        _ => bail!("the tests do not know this command"),
    }
}

/// Whether a command changes nothing, so that it may be run until it shows what is awaited.
pub(crate) fn only_asks(command: &[String]) -> bool {
    match command.first().map(String::as_str) {
        Some("echo" | "cat") => true,
        Some("sqlite3") => command.last().is_some_and(|question| question.starts_with("SELECT")),
        Some("cargo") => {
            let asks = ["events", "deliveries", "stats", "verify"];
            command
                .iter()
                .skip_while(|word| *word != "--")
                .nth(1)
                .is_some_and(|it| asks.contains(&&**it))
        }
        Some("curl") => !command.iter().any(|word| word.contains("\"mutation")),
        _ => false,
    }
}

/// The one file that is meant; `*` in its name stands for anything.
fn found(folder: &Path, file: &str) -> Result<PathBuf> {
    let path = folder.join(file);
    let name = path.file_name().and_then(|name| name.to_str()).context("no file's name")?;
    let Some((before, after)) = name.split_once('*') else { return Ok(path) };
    let within = path.parent().context("no folder")?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(within).with_context(|| within.display().to_string())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(before) && name.ends_with(after) {
            files.push(within.join(name));
        }
    }
    match files.as_slice() {
        [one] => Ok(one.clone()),
        _ => bail!("{file} is not one file but {files:?}"),
    }
}

/// `s/BEFORE\(.*\)AFTER/\1/p`: what stands between the two in the first line that has them; a `.*`
/// or `^` around them means the line's own beginning or end.
fn sed(script: &str, text: &str) -> Option<String> {
    let pattern = script.strip_prefix("s/")?.strip_suffix("/\\1/p")?;
    let (before, after) = pattern.split_once("\\(.*\\)")?;
    let before = before.trim_start_matches(".*").trim_start_matches('^');
    let after = after.trim_end_matches(".*");
    text.lines().find_map(|line| {
        let (_, rest) = line.split_once(before)?;
        let inside = if after.is_empty() { rest } else { rest.split_once(after)?.0 };
        Some(inside.to_owned())
    })
}

/// One line a row, `|` between the columns.
fn sqlite3(file: &Path, question: &str) -> Result<String> {
    let looks = question.starts_with("SELECT");
    let flags =
        if looks { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let database = Connection::open_with_flags(file, flags)
        .with_context(|| format!("looking into {}", file.display()))?;
    if !looks {
        database.execute_batch(question)?;
        return Ok(String::new());
    }
    let mut statement = database.prepare(question)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut lines = String::new();
    while let Some(row) = rows.next()? {
        let cells: Result<Vec<String>, rusqlite::Error> = (0..columns)
            .map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => String::new(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => number.to_string(),
                    ValueRef::Text(text) | ValueRef::Blob(text) => {
                        String::from_utf8_lossy(text).into_owned()
                    }
                })
            })
            .collect();
        lines.push_str(&cells?.join("|"));
        lines.push('\n');
    }
    Ok(lines)
}

#[test]
fn sed_gives_what_stands_between() {
    let profile = "{\n  \"name\": \"Ada\",\n  \"token\": \"a.b\",\n";
    let token = sed("s/.*\"token\": \"\\(.*\\)\",/\\1/p", profile);
    assert_eq!(token.as_deref(), Some("a.b"));
    assert_eq!(sed("s/^pid \\(.*\\)/\\1/p", "http://x\npid 7\n").as_deref(), Some("7"));
    assert_eq!(sed("s/^pid \\(.*\\)/\\1/p", "http://x\n"), None);
}
