//! What the terminal's program, its disk and its clock do. Step 3 of an order's way.

use std::time::Duration;

use jiff::SignedDuration;

use super::super::client::{Client, Disk};
use super::super::names::TerminalName;
use super::super::stage::{Cannot, Stage, Terminal};
use super::{Done, duration, facts, link, mutation};
use crate::input::Input;
use crate::intent::{AnyIntent, UnknownIntent};
use crate::record::Record;

pub(super) fn perform(stage: &mut Stage, words: &[&str], _text: &str) -> Done {
    match words {
        ["on", name] => {
            let mut letters = name.chars();
            let (Some(letter), None) = (letters.next(), letters.next()) else {
                return Err(Cannot::Malformed("a terminal is one letter".to_owned()));
            };
            stage.speaking = TerminalName(letter);
            Ok(())
        }
        ["start"] => start(stage, |_| Ok(())),
        ["start", "with", "the", "menu"] => start(stage, facts::bring_menu),
        ["start", "online"] => start(stage, |stage| {
            facts::bring_menu(stage)?;
            link::link_up(stage, None)?;
            facts::bring_pages(stage)?;
            facts::bring_mark(stage)
        }),
        ["look", "away"] => {
            stage.terminal()?.look_away();
            Ok(())
        }
        ["restart"] => restart(stage),
        ["power", "cut"] => {
            let client = &mut stage.terminal()?.client;
            client.journal.truncate(client.flushed);
            restart(stage)
        }
        ["save", "the", "cache"] => {
            let terminal = stage.terminal()?;
            terminal.cache = Some(terminal.client.state.to_cache());
            Ok(())
        }
        ["a", "newer", "Tiffin", "writes", name @ ..] => {
            let mutation_id = mutation(stage, name)?;
            let client = &mut stage.terminal()?.client;
            let intent = AnyIntent::Unknown(of_a_newer_tiffin()?);
            let asked_at = client.now.wall;
            client.journal.push(Record::Intent { mutation_id, asked_at, seen: None, intent });
            Ok(())
        }
        ["adopt", "the", "journal", "of", other] => adopt(stage, other),
        ["wait", number, unit] => {
            wait(stage, duration(number, unit)?);
            Ok(())
        }
        ["clock", "jumps", number, unit] => jump(stage, duration(number, unit)?, 1),
        ["clock", "jumps", "back", number, unit] => jump(stage, duration(number, unit)?, -1),
        ["disk", "works"] => disk(stage, Disk::Works),
        ["disk", "waits"] => disk(stage, Disk::Waits),
        ["disk", "is", "full"] => disk(stage, Disk::Full),
        ["disk", "writes"] => move_disk(stage, Client::write_next),
        ["disk", "fails"] => move_disk(stage, Client::fail_next),
        _ => Err(Cannot::NotUnderstood),
    }
}

/// A program that has never run here, brought so far; how it got there needs no look.
fn start(stage: &mut Stage, bring: fn(&mut Stage) -> Done) -> Done {
    let mut client = Client::under(stage.rules);
    client.now.wall = stage.server.now;
    let terminal = Terminal::new(client, stage.terminals.get(&stage.speaking));
    stage.terminals.insert(stage.speaking, terminal);
    bring(stage)?;
    stage.terminal()?.look_away();
    Ok(())
}

/// The program dies wherever it is, and a new one begins with what is on the disk.
fn restart(stage: &mut Stage) -> Done {
    let mut client = Client::under(stage.rules);
    let terminal = stage.terminal()?;
    client.now.wall = terminal.client.now.wall;
    client.journal.clone_from(&terminal.client.journal);
    client.flushed = terminal.client.flushed;
    let mutations = terminal.client.remembered();
    let mut begun = Terminal::new(client, Some(terminal));
    begun.left = std::mem::take(&mut terminal.left);
    begun.cache = terminal.cache.take();
    if let Some(cached) = begun.cache.clone() {
        begun.client.tell(Input::CacheRestored(cached));
    }
    begun.client.tell(Input::JournalRestored { mutations });
    *terminal = begun;
    Ok(())
}

/// A wish of a kind that this build has never heard of, as the journal would have it.
fn of_a_newer_tiffin() -> Result<UnknownIntent, Cannot> {
    let written = serde_json::json!({ "kind": "send_flowers", "colour": "yellow" });
    serde_json::from_value(written).map_err(|error| Cannot::Happen(error.to_string()))
}

/// The other program has died; this one takes over what its journal remembers.
fn adopt(stage: &mut Stage, other: &str) -> Done {
    let dead = other.chars().next().map(TerminalName);
    let dead = dead.and_then(|dead| stage.terminals.remove(&dead));
    let Some(dead) = dead else {
        return Err(Cannot::Happen(format!("{other} has no journal that is free to be adopted")));
    };
    let client = &mut stage.terminal()?.client;
    client.journal.extend(dead.client.journal.iter().cloned());
    client.tell(Input::JournalRestored { mutations: dead.client.remembered() });
    Ok(())
}

/// For everybody, by every clock.
fn wait(stage: &mut Stage, duration: Duration) {
    for terminal in stage.terminals.values_mut() {
        terminal.client.pass(duration);
    }
    let signed = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    stage.server.now = stage.server.now.saturating_add(signed).unwrap_or(stage.server.now);
}

/// The terminal's wall clock; its timers do not notice.
fn jump(stage: &mut Stage, duration: Duration, sign: i32) -> Done {
    let now = &mut stage.terminal()?.client.now;
    let signed = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    now.wall = now.wall.saturating_add(signed.saturating_mul(sign)).unwrap_or(now.wall);
    Ok(())
}

fn disk(stage: &mut Stage, disk: Disk) -> Done {
    stage.terminal()?.client.disk = disk;
    Ok(())
}

fn move_disk(stage: &mut Stage, one: fn(&mut Client) -> bool) -> Done {
    let moved = one(&mut stage.terminal()?.client);
    if moved { Ok(()) } else { Err(Cannot::Happen("nothing waits for the disk".to_owned())) }
}
