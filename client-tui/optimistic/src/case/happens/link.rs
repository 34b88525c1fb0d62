//! What the link does with mutations, and what comes back for them. Steps 3 and 5 of an order's way.

use shared::id::MutationId;

use super::super::server::{Reply, customer};
use super::super::stage::{Cannot, Stage, Terminal};
use super::super::words::named;
use super::{Done, mutation};
use crate::account::Account;
use crate::input::{Failure, FailureCode, Input};
use crate::intent::Intent;

pub(super) fn perform(stage: &mut Stage, words: &[&str], text: &str) -> Done {
    match words {
        ["link", "up"] => link_up(stage, None),
        ["link", "up", "as", "customer", number] => {
            let number =
                number.parse().map_err(|_| Cannot::Malformed(format!("which {number}?")))?;
            link_up(stage, Some(number))
        }
        ["link", "down"] => {
            let terminal = stage.terminal()?;
            terminal.break_link();
            terminal.client.link_down();
            Ok(())
        }
        ["access", "is", "refused"] => {
            stage.terminal()?.client.tell(Input::AccessRefused);
            Ok(())
        }
        ["server", "answers", "everything"] => {
            let (terminal, server) = stage.both()?;
            terminal.client.exchange(server);
            Ok(())
        }
        ["server", "receives", "everything"] => {
            let sent: Vec<MutationId> = stage
                .terminal()?
                .client
                .sends
                .iter()
                .map(|(mutation_id, _)| *mutation_id)
                .collect();
            sent.into_iter().try_for_each(|mutation_id| receive(stage, mutation_id))
        }
        ["server", "receives", name @ ..] => {
            let mutation_id = mutation(stage, name)?;
            receive(stage, mutation_id)
        }
        ["receipt", "of", name @ .., "arrives"] => {
            let mutation_id = mutation(stage, name)?;
            let (terminal, server) = stage.both()?;
            let Some((_, receipt)) = server.receipts.get(&mutation_id) else {
                return Err(Cannot::Happen("the server has not decided it".to_owned()));
            };
            terminal.client.tell(Input::Answered(receipt.clone()));
            Ok(())
        }
        ["outcome", "of", name @ .., "is", "unknown"] => {
            let mutation_id = mutation(stage, name)?;
            tell(stage, Input::OutcomeUnknown { mutation_id, reason: text.to_owned() })
        }
        [name @ .., "fails", "with", code] => {
            let mutation_id = mutation(stage, name)?;
            leave(stage, mutation_id)?;
            let failure = Failure { code: FailureCode::from_word(code), message: text.to_owned() };
            tell(stage, Input::Failed { mutation_id, failure })
        }
        [name @ .., "leaves"] => {
            let mutation_id = mutation(stage, name)?;
            leave(stage, mutation_id)
        }
        [name @ .., "is", "not", "sent"] => {
            let mutation_id = mutation(stage, name)?;
            take(stage.terminal()?, mutation_id);
            tell(stage, Input::NotSent { mutation_id })
        }
        _ => Err(Cannot::NotUnderstood),
    }
}

/// A connection to the server, as its customer or as another one.
pub(super) fn link_up(stage: &mut Stage, number: Option<u128>) -> Done {
    let (terminal, server) = stage.both()?;
    let account = match number {
        Some(number) => Account { customer_id: customer(number), ..server.account() },
        None => server.account(),
    };
    terminal.break_link();
    terminal.client.link_up_as(account, server.now);
    Ok(())
}

/// The link writes its first byte, if it has not done so yet.
fn leave(stage: &mut Stage, mutation_id: MutationId) -> Done {
    let terminal = stage.terminal()?;
    if let Some(intent) = take(terminal, mutation_id) {
        terminal.left.push((mutation_id, intent));
        terminal.client.tell(Input::SendStarted { mutation_id });
    }
    Ok(())
}

/// It arrives, and the server decides; the answer is not here yet.
fn receive(stage: &mut Stage, mutation_id: MutationId) -> Done {
    leave(stage, mutation_id)?;
    let speaking = stage.speaking;
    let (terminal, server) = stage.both()?;
    let Some((_, intent)) = terminal.left.iter().find(|(left, _)| *left == mutation_id) else {
        let name = named(mutation_id, speaking);
        return Err(Cannot::Happen(format!("{name} was not sent")));
    };
    match server.answer(mutation_id, intent) {
        Reply::Receipt(_) => Ok(()),
        Reply::Failure(_, failure) => Err(Cannot::Happen(failure.message)),
    }
}

/// Takes it out of what the link was given.
fn take(terminal: &mut Terminal, mutation_id: MutationId) -> Option<Intent> {
    let sends = &mut terminal.client.sends;
    let index = sends.iter().position(|(sent, _)| *sent == mutation_id)?;
    sends.remove(index).map(|(_, intent)| intent)
}

fn tell(stage: &mut Stage, input: Input) -> Done {
    stage.terminal()?.client.tell(input);
    Ok(())
}
