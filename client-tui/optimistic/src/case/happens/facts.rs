//! The facts that the link brings: changes, position marks, pages, the menu. Step 8 of an order's way.

use shared::cursor::Position;

use super::super::server::Subscription;
use super::super::stage::{Cannot, Stage};
use super::Done;
use crate::input::{Input, SubscriptionEnd};

pub(super) fn perform(stage: &mut Stage, words: &[&str], text: &str) -> Done {
    match words {
        ["change", "arrives"] => bring_change(stage),
        ["changes", "arrive"] => bring_changes(stage),
        ["change", position, "arrives"] => bring_change_at(stage, position),
        ["change", "is", "lost"] => {
            let (terminal, server) = stage.both()?;
            let lost = server.next(terminal.subscription(server)?);
            lost.map(drop).ok_or_else(|| Cannot::Happen("there is no further change".to_owned()))
        }
        ["mark", "arrives"] => bring_mark(stage),
        ["subscription", "ends"] => {
            let end = match text {
                "CURSOR_OF_ANOTHER_LOG" => SubscriptionEnd::CursorOfAnotherLog,
                reason => SubscriptionEnd::Interrupted { reason: reason.to_owned() },
            };
            let terminal = stage.terminal()?;
            terminal.client.tell(Input::SubscriptionEnded(end));
            Ok(())
        }
        ["page", "is", "read"] => {
            let (terminal, server) = stage.both()?;
            let Some(after) = terminal.client.pages.pop_front() else {
                return Err(Cannot::Happen("no page was asked for".to_owned()));
            };
            terminal.read_pages.push_back(server.page(after));
            Ok(())
        }
        ["page", "arrives"] => bring_page(stage),
        ["pages", "arrive"] => bring_pages(stage),
        ["page", "fails"] => {
            let terminal = stage.terminal()?;
            terminal.client.pages.pop_front();
            terminal.client.tell(Input::PageFailed { reason: text.to_owned() });
            Ok(())
        }
        ["menu", "arrives"] => bring_menu(stage),
        _ => Err(Cannot::NotUnderstood),
    }
}

/// The next change of the subscription.
fn bring_change(stage: &mut Stage) -> Done {
    let (terminal, server) = stage.both()?;
    let change = server.next(terminal.subscription(server)?);
    let change = change.ok_or_else(|| Cannot::Happen("there is no further change".to_owned()))?;
    terminal.client.tell(Input::Changed(change));
    Ok(())
}

/// All that are there, also those of a subscription that was asked for meanwhile.
fn bring_changes(stage: &mut Stage) -> Done {
    loop {
        let (terminal, server) = stage.both()?;
        let Some(change) = server.next(terminal.subscription(server)?) else { return Ok(()) };
        terminal.client.tell(Input::Changed(change));
    }
}

/// The change at this position of the log, whatever came before it: lost, overtaken or repeated.
fn bring_change_at(stage: &mut Stage, word: &str) -> Done {
    let position: u64 =
        word.parse().map_err(|_| Cannot::Malformed(format!("“{word}” is no position")))?;
    let (terminal, server) = stage.both()?;
    let mut subscription = Subscription { last: Position::START };
    let mut change = server.next(&mut subscription);
    while let Some(there) = &change
        && there.cursor.position < Position::new(position)
    {
        change = server.next(&mut subscription);
    }
    let Some(change) = change.filter(|it| it.cursor.position == Position::new(position)) else {
        return Err(Cannot::Happen(format!("the log has no change of ours at {position}")));
    };
    let sent = terminal.subscription(server)?;
    sent.last = sent.last.max(change.cursor.position);
    terminal.client.tell(Input::Changed(change));
    Ok(())
}

/// The server says that it has said everything.
pub(super) fn bring_mark(stage: &mut Stage) -> Done {
    let (terminal, server) = stage.both()?;
    let mark = server.mark(terminal.subscription(server)?);
    let mark = mark.ok_or_else(|| Cannot::Happen("there are changes to come first".to_owned()))?;
    terminal.client.tell(Input::Changed(mark));
    Ok(())
}

/// The page that was read already, or the next one asked for as of now.
fn bring_page(stage: &mut Stage) -> Done {
    let (terminal, server) = stage.both()?;
    let read = terminal.read_pages.pop_front();
    let page = read.or_else(|| terminal.client.pages.pop_front().map(|after| server.page(after)));
    let page = page.ok_or_else(|| Cannot::Happen("no page was asked for".to_owned()))?;
    terminal.client.tell(Input::PageLoaded(page));
    Ok(())
}

/// All that are asked for.
pub(super) fn bring_pages(stage: &mut Stage) -> Done {
    let (terminal, server) = stage.both()?;
    while let Some(page) = terminal.read_pages.pop_front() {
        terminal.client.tell(Input::PageLoaded(page));
    }
    terminal.client.load(server);
    Ok(())
}

pub(super) fn bring_menu(stage: &mut Stage) -> Done {
    let (terminal, server) = stage.both()?;
    terminal.client.tell(Input::CatalogLoaded(server.catalog.clone()));
    Ok(())
}
