//! The hard cases, each a play that a person can read: a server, one or two terminals, and everything
//! that happens between them in an explicit order, with what is drawn and what is wanted after each step.
//!
//! A case is a text (`cases/*.case`; `cases/README.md` says how one is written). [`read`] makes sense of
//! its head, [`play`] performs it on the real [`step`](crate::step()): no file, no clock, no chance. A
//! line is either something that happens (the vocabulary of `happens`) or something to look at (that
//! of `look`); both are tables of words, one line of a case to one arm of a match.

mod text;
pub(crate) mod names;
pub(crate) mod server;
pub(crate) mod client;
pub(crate) mod words;
mod stage;
mod happens;
mod look;
mod verdict;

use crate::clock::Now;
use crate::rules::Rules;
use crate::state::State;
use crate::view::view;
use stage::{Cannot, Stage};

pub use text::{Case, Head, Line, Unreadable, read};
pub use verdict::{Look, Verdict};

/// A case that was performed: what happened, one frame after the other.
#[derive(Clone, Debug)]
pub struct Play {
    /// One for each thing that happened, in order.
    pub frames: Vec<Frame>,
    /// Whether everything was as the case says.
    pub verdict: Verdict,
}

/// One thing that happened, and everything as it was after it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The line of the file, from one.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// The terminal that it is about.
    pub terminal: char,
    /// The store of that terminal.
    pub state: State,
    /// The moment there.
    pub now: Now,
    /// What the store wanted in this step, in the words of a case.
    pub out: Vec<String>,
    /// What it told the person in this step.
    pub told: Vec<String>,
    /// What the case looks at here.
    pub looks: Vec<Look>,
}

impl Frame {
    /// The rows that are drawn, from top to bottom, in the words of a case.
    pub fn screen(&self) -> Vec<String> {
        let looking = client::looking(self.now);
        view(&self.state, &looking).rows.iter().map(words::row).collect()
    }
}

/// Performs a case from its first line to its last, or to the first that cannot happen, on stores in
/// which these rules hold.
///
/// # Errors
/// A line that no table knows, or a word in it that makes no sense.
pub fn play(case: &Case, rules: Rules) -> Result<Play, Unreadable> {
    let mut stage = Stage::new(rules);
    let mut frames: Vec<Frame> = Vec::new();
    for line in &case.lines {
        let before = stage.marks();
        match perform(&mut stage, &mut frames, line) {
            Ok(()) => {}
            Err(Cannot::NotUnderstood) => return Err(Unreadable::line(line, "no line says this")),
            Err(Cannot::Malformed(why)) => return Err(Unreadable::line(line, &why)),
            Err(Cannot::Happen(why)) => {
                frames.extend(stage.frame(line, &before));
                return Ok(Play { verdict: Verdict::cannot_happen(line, &why), frames });
            }
        }
    }
    let verdict = Verdict::of(&frames, &stage.not_looked_at());
    Ok(Play { frames, verdict })
}

/// Looks at something, or lets it happen.
fn perform(stage: &mut Stage, frames: &mut Vec<Frame>, line: &Line) -> Result<(), Cannot> {
    match look::there(stage, line) {
        Err(Cannot::NotUnderstood) => {
            let before = stage.marks();
            happens::perform(stage, line)?;
            frames.extend(stage.frame(line, &before));
        }
        Err(cannot) => return Err(cannot),
        Ok(there) => {
            let Some(frame) = frames.last_mut() else {
                return Err(Cannot::Malformed("nothing has happened yet".to_owned()));
            };
            frame.looks.push(Look::new(line, there));
        }
    }
    Ok(())
}
