//! A hard case of the store on the screen: what happens line by line, and the orders as they are drawn.
//! Steps 1 to 9 of an order's way, without a backend.
//!
//! Everything is decided before the first frame (a case is pure): here somebody only turns the pages.
//! Where the output is no terminal, all pages come as text.

pub(crate) mod player;
mod text;
mod show;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use optimistic::Rules;
use optimistic::case::{play, read};

use crate::cli::ReplayCase;
use crate::terminal::require_terminal;
use player::Player;

/// The exit code for a file that is no case.
const UNREADABLE: u8 = 2;

/// Plays a case. The exit code is 0 where it holds, 1 where it fails, and 2 where the file cannot be
/// read or is no case.
pub(crate) fn replay_case(wanted: &ReplayCase) -> ExitCode {
    let player = match load(wanted) {
        Ok(player) => player,
        Err(sentence) => {
            say(&sentence);
            return ExitCode::from(UNREADABLE);
        }
    };
    let verdict = player.verdict().clone();
    let shown = match require_terminal() {
        Ok(()) => show::on_the_screen(player),
        Err(_) => io::stdout().write_all(text::all_frames(&player).as_bytes()),
    };
    if let Err(error) = shown {
        say(&format!("tiffin: {error}"));
        return ExitCode::FAILURE;
    }
    if verdict.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The case, performed. The error is one sentence that begins with the place of the mistake.
fn load(wanted: &ReplayCase) -> Result<Player, String> {
    let file = wanted.file.display();
    let text = fs::read_to_string(&wanted.file).map_err(|error| format!("{file}: {error}"))?;
    let performed = read(&text).and_then(|case| {
        let play = play(&case, Rules::whole())?;
        Ok(Player::new(case.head, &text, play, wanted.pages))
    });
    performed.map_err(|unreadable| format!("{file}:{}: {}", unreadable.line, unreadable.why))
}

/// On standard error, where nobody may be listening any more.
fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}
