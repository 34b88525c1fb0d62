//! Whether what was there is what the case says, and if not, where and how they differ, in words.
//!
//! `…` in what a case says stands for any text, so that a case can say of a sentence what matters in it.

use std::fmt;

use super::Frame;
use super::text::Line;

/// One look at something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The line of the file.
    pub line: usize,
    /// At what: `screen`, `out` …
    pub what: String,
    /// What the case says.
    pub expected: Vec<String>,
    /// What was there.
    pub there: Vec<String>,
}

/// What stands on one line of a case: things with commas between them, or one that may have commas.
#[derive(Clone, Debug)]
pub(super) enum There {
    Listed(Vec<String>),
    Lines(Vec<String>),
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was as the case says, at each of so many looks.
    Holds {
        /// How many.
        looks: usize,
    },
    /// It was not; the first difference.
    Fails {
        /// The line of the file.
        line: usize,
        /// What should have been and what was, in words.
        why: String,
    },
}

impl Look {
    pub(super) fn new(line: &Line, there: There) -> Self {
        let text = line.text.as_deref().unwrap_or_default();
        let separated: Vec<&str> = match &there {
            There::Listed(_) => text.split(", ").collect(),
            There::Lines(_) => vec![text],
        };
        let expected = separated
            .into_iter()
            .filter(|item| !item.is_empty() && *item != "nothing")
            .map(str::to_owned)
            .chain(line.items.iter().cloned())
            .collect();
        let (There::Listed(there) | There::Lines(there)) = there;
        Self { line: line.number, what: line.phrase.clone(), expected, there }
    }

    /// Whether all was as the case says: nothing more, nothing less, in this order.
    pub fn holds(&self) -> bool {
        self.expected.len() == self.there.len()
            && self.expected.iter().zip(&self.there).all(|(pattern, text)| matches(pattern, text))
    }
}

impl Verdict {
    pub(super) fn cannot_happen(line: &Line, why: &str) -> Self {
        Self::Fails {
            line: line.number, why: format!("“{}” cannot happen: {why}", line.whole())
        }
    }

    pub(super) fn of(frames: &[Frame], not_looked_at: &[String]) -> Self {
        let looks =
            || frames.iter().flat_map(|frame| frame.looks.iter().map(move |look| (frame, look)));
        if let Some((frame, look)) = looks().find(|(_, look)| !look.holds()) {
            let why = format!(
                "after “{}” (line {}) {} should be{}\nbut was{}",
                frame.text,
                frame.line,
                look.what,
                list(&look.expected),
                list(&look.there)
            );
            return Self::Fails { line: look.line, why };
        }
        if !not_looked_at.is_empty() {
            let line = frames.last().map_or(1, |frame| frame.line);
            let why = format!("at the end nobody had looked at{}", list(not_looked_at));
            return Self::Fails { line, why };
        }
        Self::Holds { looks: looks().count() }
    }

    /// Whether it holds.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Holds { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds { looks } => {
                write!(f, "It holds: all {looks} looks were as the case says.")
            }
            Self::Fails { line, why } => write!(f, "It fails at line {line}: {why}"),
        }
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return " nothing".to_owned();
    }
    items.iter().flat_map(|item| ["\n  ", item]).collect()
}

/// Whether a text is as a pattern says, in which each `…` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((beginning, mut pattern)) = pattern.split_once('…') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(beginning) else { return false };
    while let Some((middle, rest)) = pattern.split_once('…') {
        let Some((_, after)) = text.split_once(middle) else { return false };
        (pattern, text) = (rest, after);
    }
    text.ends_with(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stand_for_any_text_and_nothing_else_does() {
        for (pattern, text) in [
            ("a", "a"),
            ("…", ""),
            ("a…", "abc"),
            ("…c", "abc"),
            ("a…c…e", "abcde"),
            ("…b…", "abc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "b"), ("a", "ab"), ("a…", "ba"), ("…a", "ab"), ("a…a", "a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
