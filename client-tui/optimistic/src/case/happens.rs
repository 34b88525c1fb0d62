//! What can happen in a case: tables of words, each line of a case one arm of a match.
//!
//! Whoever acts has a table of their own: the person, the program with its disk and clock, the link,
//! the facts that it brings, and the server with everybody behind it.

mod person;
mod program;
mod link;
mod facts;
mod server;

use std::time::Duration;

use shared::id::MutationId;

use super::names::{MutationName, TerminalName, kind};
use super::stage::{Cannot, Stage};
use super::text::Line;

/// What a table makes of a line.
type Done = Result<(), Cannot>;

/// Lets a line happen.
pub(super) fn perform(stage: &mut Stage, line: &Line) -> Done {
    let words = line.words();
    let text = line.text.as_deref().unwrap_or_default();
    for table in [person::perform, program::perform, link::perform, facts::perform, server::perform]
    {
        match table(stage, &words, text) {
            Err(Cannot::NotUnderstood) => {}
            done => return done,
        }
    }
    Err(Cannot::NotUnderstood)
}

/// `place 1`, `cancel 1b`, `A's place 1`.
pub(super) fn mutation(stage: &Stage, words: &[&str]) -> Result<MutationId, Cannot> {
    let (terminal, words) = match words {
        [owner, rest @ ..] if owner.ends_with("'s") => {
            (TerminalName(owner.chars().next().unwrap_or_default()), rest)
        }
        _ => (stage.speaking, words),
    };
    let [kind_word, number] = words else { return Err(Cannot::NotUnderstood) };
    let kind = kind(kind_word).ok_or(Cannot::NotUnderstood)?;
    let (order, letter) = numbered(number)?;
    Ok(MutationName { terminal, kind, order, letter }.id())
}

/// The order and the letter of a mutation's number: `1b` is the second one on order 1.
pub(super) fn numbered(word: &str) -> Result<(u32, char), Cannot> {
    let letter = word.chars().last().filter(|it| it.is_ascii_lowercase() && word.len() > 1);
    let digits = letter.and_then(|letter| word.strip_suffix(letter)).unwrap_or(word);
    let order =
        order(digits).map_err(|_| Cannot::Malformed(format!("“{word}” is no order's number")))?;
    Ok((order, letter.unwrap_or('a')))
}

/// An order's number.
pub(super) fn order(word: &str) -> Result<u32, Cannot> {
    word.parse().map_err(|_| Cannot::Malformed(format!("“{word}” is no order's number")))
}

/// `30 s`, `5 min`, `2 h`, `400 ms`.
fn duration(number: &str, unit: &str) -> Result<Duration, Cannot> {
    let number: u64 = number
        .parse()
        .map_err(|_| Cannot::Malformed(format!("“{number}” is no whole number of {unit}")))?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "min" => Ok(Duration::from_secs(number.saturating_mul(60))),
        "h" => Ok(Duration::from_secs(number.saturating_mul(3_600))),
        other => Err(Cannot::Malformed(format!("“{other}” is no unit of time: ms, s, min or h"))),
    }
}
