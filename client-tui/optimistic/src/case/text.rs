//! The text of a case: a head that says what it is about, an empty line, and the play.
//!
//! ```text
//! case: H01 push before ack
//! given: …
//!
//! start online
//! place 1
//! screen: 1 PLACED placeholder [place sending]
//! ```
//!
//! A line that begins with `#` is a comment. Indented lines belong to the line above them. What a line
//! of the play means is not decided here.

use thiserror::Error;

/// A case as it was read.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub head: Head,
    /// The play.
    pub lines: Vec<Line>,
}

/// What a case is about.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// `H01`, `P1a` …
    pub id: String,
    /// A few words.
    pub title: String,
    /// How things stand at first.
    pub given: String,
    /// What happens.
    pub when: String,
    /// What has to come of it.
    pub then: String,
    /// Who got it wrong, or where one can read about it.
    pub source: String,
    /// Which test shows what the store alone cannot show.
    pub elsewhere: Option<String>,
}

/// One line of the play.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the file, from one.
    pub number: usize,
    /// What comes before the first colon, or all of it.
    pub phrase: String,
    /// What comes after it; `None` without a colon.
    pub text: Option<String>,
    /// The indented lines below it.
    pub items: Vec<String>,
}

/// A text that is no case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub struct Unreadable {
    /// The line, from one.
    pub line: usize,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

impl Unreadable {
    pub(super) fn line(line: &Line, why: &str) -> Self {
        let why = format!("“{}”: {why}; cases/README.md has the lines that there are", line.phrase);
        Self { line: line.number, why }
    }
}

impl Line {
    /// The phrase, word by word.
    pub(super) fn words(&self) -> Vec<&str> {
        self.phrase.split_whitespace().collect()
    }

    /// The line as it stands in the file, without what is indented below it.
    pub(super) fn whole(&self) -> String {
        match &self.text {
            Some(text) => format!("{}: {text}", self.phrase),
            None => self.phrase.clone(),
        }
    }
}

/// Reads a case: its head, and the play line by line.
///
/// # Errors
/// Where the head lacks something or has what no head has, or where an indented line belongs to none.
pub fn read(text: &str) -> Result<Case, Unreadable> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with('#'));
    let mut head: Vec<Line> = Vec::new();
    let mut play: Vec<Line> = Vec::new();
    let mut part = &mut head;
    for (number, line) in lines {
        if line.trim().is_empty() {
            if !part.is_empty() {
                part = &mut play;
            }
        } else if line.starts_with(char::is_whitespace) {
            let Some(above) = part.last_mut() else {
                let why = "an indented line belongs to the line above it".to_owned();
                return Err(Unreadable { line: number, why });
            };
            above.items.push(line.trim().to_owned());
        } else {
            part.push(parts(number, line));
        }
    }
    Ok(Case { head: read_head(&head)?, lines: play })
}

fn parts(number: usize, line: &str) -> Line {
    let (phrase, text) = match line.split_once(':') {
        Some((phrase, text)) => (phrase, Some(text.trim().to_owned())),
        None => (line, None),
    };
    Line { number, phrase: phrase.trim().to_owned(), text, items: Vec::new() }
}

fn read_head(lines: &[Line]) -> Result<Head, Unreadable> {
    let mut head = Head::default();
    for line in lines {
        let mut text = line.text.clone().unwrap_or_default();
        for more in &line.items {
            text.push(' ');
            text.push_str(more);
        }
        match line.phrase.as_str() {
            "case" => {
                let (id, title) = text.split_once(' ').unwrap_or((&text, ""));
                (head.id, head.title) = (id.to_owned(), title.trim().to_owned());
            }
            "given" => head.given = text,
            "when" => head.when = text,
            "then" => head.then = text,
            "source" => head.source = text,
            "elsewhere" => head.elsewhere = Some(text),
            other => {
                let why = format!(
                    "a head has case, given, when, then, source and elsewhere, and no “{other}”"
                );
                return Err(Unreadable { line: line.number, why });
            }
        }
    }
    let parts = [&head.id, &head.title, &head.given, &head.when, &head.then, &head.source];
    if parts.iter().any(|part| part.is_empty()) {
        let why =
            "the head has to say case (id and words), given, when, then and source".to_owned();
        return Err(Unreadable { line: lines.first().map_or(1, |line| line.number), why });
    }
    Ok(head)
}
